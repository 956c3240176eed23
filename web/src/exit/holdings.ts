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
