/** What becomes of a transaction of the layer 1: in a block, reverted there, or another in its place. */
import type { ContractCall, Hex, L1Log } from '@assay/client';
import { EthereumFailure, type FailureCode } from './failure.js';

/** A receipt of a transaction that did what it was to do. */
export interface L1Receipt {
  readonly hash: Hex;
  readonly block: number;
  readonly logs: readonly L1Log[];
}

export type Ask = <T>(method: string, ...params: readonly unknown[]) => Promise<T>;
export type Pause = (signal?: AbortSignal) => Promise<void>;

interface Following {
  readonly ask: Ask;
  /** Who has sent it, as long as nobody has been found to know of it: the wallet's account may be another by now. */
  readonly account: Hex;
  readonly hash: Hex;
  /** What was to be done, to know it again where its user paid more for it. */
  readonly call?: ContractCall | undefined;
  /** The last block before it was sent. */
  readonly fromBlock?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly pause: Pause;
  readonly tell: (hash: Hex, sight: Sight) => void;
}

/** What of a transaction that was sent is known now. */
export interface Sight {
  /** False while nobody knows of it any more: it may have been dropped. */
  readonly seen: boolean;
  /** Whether nobody could be asked at the last look: what was sent stays sent. */
  readonly away: boolean;
}

interface RawReceipt {
  readonly status: Hex;
  readonly blockNumber: Hex;
  readonly logs: readonly L1Log[];
}

interface RawTransaction {
  readonly hash: Hex;
  readonly from: Hex;
  readonly to: Hex | null;
  readonly input: Hex;
  readonly value: Hex;
  readonly nonce: Hex;
}

/** Looks that a network may need before it knows what was sent to it. */
const LOOKS_UNSEEN = 20;
/** With these it is settled what became of it; all else is a layer 1, or a wallet, that does not answer now. */
const SETTLED: readonly FailureCode[] = ['reverted', 'replaced'];
/** Blocks that are searched for what took a transaction's place. */
const BLOCKS_SEARCHED = 100;

/** Waits until it is in a block, however long nobody can be asked. */
export async function follow(sent: Following): Promise<L1Receipt> {
  const followed: Followed = { hash: sent.hash, from: sent.account, nonce: undefined, unseen: 0 };
  let told = '';
  const say = (sight: Sight) => {
    const now = `${followed.hash} ${sight.seen} ${sight.away}`;
    if (now !== told) sent.tell(followed.hash, sight);
    told = now;
  };
  say({ seen: true, away: false });
  for (;;) {
    if (sent.signal?.aborted) throw new EthereumFailure('failed', 'Nobody waits for it here any more.', followed.hash);
    let away = false;
    try {
      const receipt = await look(sent, followed);
      if (receipt) return receipt;
    } catch (error) {
      if (!(error instanceof EthereumFailure) || SETTLED.includes(error.code)) throw error;
      away = true;
    }
    say({ seen: followed.unseen < LOOKS_UNSEEN, away });
    await sent.pause(sent.signal);
  }
}

/** What is known of it so far; another takes its place where it does the same. */
interface Followed {
  hash: Hex;
  from: Hex;
  nonce: number | undefined;
  /** Looks since somebody knew of it. */
  unseen: number;
}

async function look(sent: Following, followed: Followed): Promise<L1Receipt | undefined> {
  const receipt = await receiptOf(sent, followed.hash);
  if (receipt) return receipt;
  const found = await sent.ask<RawTransaction | null>('eth_getTransactionByHash', followed.hash);
  if (found) Object.assign(followed, { from: found.from, nonce: Number(found.nonce) });
  const next = Number(await sent.ask<Hex>('eth_getTransactionCount', followed.from, 'latest'));
  followed.unseen = found ? 0 : followed.unseen + 1;
  if (followed.nonce === undefined || next <= followed.nonce) return undefined;
  // It may have come into its block since the first look.
  const late = await receiptOf(sent, followed.hash);
  if (late) return late;
  followed.hash = await successorOf(sent, followed, followed.nonce);
  return undefined;
}

async function receiptOf({ ask, account, call }: Following, hash: Hex): Promise<L1Receipt | undefined> {
  const receipt = await ask<RawReceipt | null>('eth_getTransactionReceipt', hash);
  if (!receipt) return undefined;
  const block = Number(receipt.blockNumber);
  if (BigInt(receipt.status) === 1n) return { hash, block, logs: receipt.logs };
  const why = call === undefined ? '' : await whyReverted(ask, account, call, block);
  const spent = 'Nothing of it happened; its gas is spent.';
  throw new EthereumFailure('reverted', `${why || 'The contract refused it.'} ${spent}`, hash);
}

/** The reason, where the call is refused in the state before its block as well. */
async function whyReverted(ask: Ask, from: Hex, { to, data, value }: ContractCall, block: number): Promise<string> {
  const transaction = { from, to, data, value: `0x${value.toString(16)}` };
  try {
    await ask('eth_call', transaction, `0x${(block - 1).toString(16)}`);
    return '';
  } catch (error) {
    return error instanceof EthereumFailure && error.code === 'reverted' ? error.message : '';
  }
}

/** The transaction that took the nonce, where it does the very same for more gas. */
async function successorOf(sent: Following, { hash: replaced, from: account }: Followed, nonce: number): Promise<Hex> {
  const { ask, call, fromBlock } = sent;
  const last = Number(await ask<Hex>('eth_blockNumber'));
  const first = Math.max(fromBlock ?? 0, last - BLOCKS_SEARCHED) + 1;
  for (let number = last; number >= first; number -= 1) {
    const block = await ask<{ transactions: RawTransaction[] } | null>(
      'eth_getBlockByNumber',
      `0x${number.toString(16)}`,
      true,
    );
    const isIt = ({ from, nonce: other }: RawTransaction) =>
      from.toLowerCase() === account.toLowerCase() && Number(other) === nonce;
    const found = block?.transactions.find(isIt);
    if (!found) continue;
    if (!call) break;
    if (isSame(found, call)) return found.hash;
    const words = 'Another transaction of the account took its place, as when it is cancelled in the wallet.';
    throw new EthereumFailure('replaced', `${words} Nothing of this one happened.`, found.hash);
  }
  throw new EthereumFailure(
    'replaced',
    'Another transaction of the account took its place: look in your wallet.',
    replaced,
  );
}

function isSame({ to, input, value }: RawTransaction, call: ContractCall): boolean {
  const same = to?.toLowerCase() === call.to.toLowerCase() && input.toLowerCase() === call.data.toLowerCase();
  return same && BigInt(value) === call.value;
}
