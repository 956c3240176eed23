/** What can still be taken out of a frozen rollup, as the layer 1 says. */
import {
  creditCall,
  decodeFlag,
  decodeNumber,
  decodeStanding,
  entryContent,
  isClaimedCall,
  isEscapedCall,
  isRefundedCall,
  parseAmount,
  queueLinkCall,
  queuedTopics,
  standingCall,
  toQueuedEntry,
  type EntryContent,
  type ExitPacket,
  type PacketAccount,
  type PacketClaims,
  type QueuedEntry,
  type Rollup,
} from '@assay/client';
import type { Layer1 } from '../ethereum/layer1.js';

/** A withdrawal of a proved batch that was not paid. */
export interface OpenClaim {
  readonly of: PacketClaims;
  readonly which: number;
  readonly token: number;
  /** Base units. */
  readonly amount: bigint;
  readonly receiver: string;
}

/** An entry of the queue that no proved batch took, and that was not paid back. */
export interface OpenRefund {
  readonly entry: QueuedEntry;
  readonly content: EntryContent;
  /** Of the queue's chain, before the entry. */
  readonly previousLink: bigint;
}

export interface Holdings {
  /** Those of the packet that hold something and have not left. */
  readonly accounts: readonly PacketAccount[];
  readonly claims: readonly OpenClaim[];
  /** In their order; `undefined` where there are entries, and the wallet's layer 1 does not tell of them. */
  readonly refunds: readonly OpenRefund[] | undefined;
  /** What the contract owes the Ethereum account beside them. */
  readonly creditWei: bigint;
}

/** Names the credit among the {@link nameOf} names. */
export const CREDIT = 'credit';

/** What names one thing that can be taken out. */
export const nameOf = {
  account: ({ index }: Pick<PacketAccount, 'index'>) => `account ${index}`,
  claim: ({ of, which }: Pick<OpenClaim, 'of' | 'which'>) => `claim ${of.batch} ${which}`,
  refund: ({ entry }: Pick<OpenRefund, 'entry'>) => `refund ${entry.index}`,
};

/** What is there now, and of what was there before that which has a name in `begun`. */
export function withBegun(now: Holdings, before: Holdings, begun: ReadonlySet<string>): Holdings {
  const both = <T>(name: (item: T) => string, these: readonly T[], those: readonly T[]): readonly T[] => {
    const there = new Set(these.map(name));
    return [...these, ...those.filter((item) => begun.has(name(item)) && !there.has(name(item)))];
  };
  return {
    accounts: both(nameOf.account, now.accounts, before.accounts),
    claims: both(nameOf.claim, now.claims, before.claims),
    refunds: now.refunds && both(nameOf.refund, now.refunds, before.refunds ?? []),
    creditWei: begun.has(CREDIT) && now.creditWei === 0n ? before.creditWei : now.creditWei,
  };
}

interface Asked {
  readonly rollup: Rollup;
  readonly layer1: Pick<Layer1, 'account' | 'read' | 'logs'>;
  /** What the wallet has in the last proved state; nothing where it has nothing there. */
  readonly packet: ExitPacket | undefined;
  /** The wallet's, on the rollup. */
  readonly address: string;
}

/** Entries that are asked for at a time. */
const ENTRIES_AT_ONCE = 100;

/**
 * What a wallet and an Ethereum account can take out. Entries of the queue are those that name the account, and the
 * deposits to the wallet, whomever they name.
 */
export async function findHoldings(asked: Asked): Promise<Holdings> {
  const { rollup, layer1, packet } = asked;
  const flag = async (call: Parameters<Layer1['read']>[0]) => decodeFlag(await layer1.read(call));
  const accounts: PacketAccount[] = [];
  for (const account of packet?.accounts ?? []) {
    if (account.balance !== '0' && !(await flag(isEscapedCall(rollup, account.index)))) accounts.push(account);
  }
  const claims: OpenClaim[] = [];
  for (const claim of (packet?.claims ?? []).flatMap(claimsOf)) {
    if (!(await flag(isClaimedCall(rollup, claim.of.batch, claim.which)))) claims.push(claim);
  }
  const creditWei = decodeNumber(await layer1.read(creditCall(rollup, layer1.account)));
  return { accounts, claims, refunds: await refundsOf(asked), creditWei };
}

function claimsOf(of: PacketClaims): OpenClaim[] {
  return of.which.flatMap((which) => {
    const claim = of.list[which];
    if (!claim) return [];
    return [{ of, which, token: claim.token, amount: parseAmount(claim.amount), receiver: claim.receiver }];
  });
}

async function refundsOf({ rollup, layer1, address }: Asked): Promise<OpenRefund[] | undefined> {
  const { queueConsumed: first, queueLength: end } = decodeStanding(await layer1.read(standingCall(rollup)));
  const refunds: OpenRefund[] = [];
  for (let from = first; from < end; from += ENTRIES_AT_ONCE) {
    const topics = queuedTopics(from, Math.min(end, from + ENTRIES_AT_ONCE));
    // Some layer 1 providers tell of the latest blocks alone.
    const logs = await layer1.logs(rollup.contract, topics).catch(() => undefined);
    if (logs?.length !== topics[1].length) return undefined;
    for (const entry of logs.map(toQueuedEntry)) {
      const content = entryContent(entry, rollup);
      const isOwn = content.owner === address || content.refundTo.toLowerCase() === layer1.account.toLowerCase();
      if (!isOwn || decodeFlag(await layer1.read(isRefundedCall(rollup, entry.index)))) continue;
      const previousLink = decodeNumber(await layer1.read(queueLinkCall(rollup, entry.index)));
      refunds.push({ entry, content, previousLink });
    }
  }
  return refunds;
}
