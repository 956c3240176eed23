/** What becomes of a transaction of the layer 1: in a block, reverted there, or another in its place. */
import type { ContractCall, Hex, L1Log } from '@assay/client';
import { EthereumFailure } from './failure.js';

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
  readonly account: Hex;
  readonly hash: Hex;
  /** What was to be done, to know it again where its user paid more for it. */
  readonly call?: ContractCall | undefined;
  /** The last block before it was sent. */
  readonly fromBlock?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly pause: Pause;
  readonly tell: (hash: Hex, seen: boolean) => void;
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
/** Blocks that are searched for what took a transaction's place. */
const BLOCKS_SEARCHED = 100;

export async function follow(sent: Following): Promise<L1Receipt> {
  let { hash } = sent;
  let [unseen, nonce] = [0, undefined as number | undefined];
  let told: boolean | undefined;
  const say = (seen: boolean) => {
    if (seen !== told) sent.tell(hash, seen);
    told = seen;
  };
  say(true);
  for (;;) {
    if (sent.signal?.aborted) throw new EthereumFailure('failed', 'Nobody waits for it here any more.', hash);
    const receipt = await receiptOf(sent, hash);
    if (receipt) return receipt;
    const found = await sent.ask<RawTransaction | null>('eth_getTransactionByHash', hash);
    nonce = found ? Number(found.nonce) : nonce;
    unseen = found ? 0 : unseen + 1;
    const next = Number(await sent.ask<Hex>('eth_getTransactionCount', sent.account, 'latest'));
    if (nonce !== undefined && next > nonce) {
      // It may have come into its block since the first look.
      const late = await receiptOf(sent, hash);
      if (late) return late;
      hash = await successorOf(sent, hash, nonce);
      told = undefined;
    }
    say(unseen < LOOKS_UNSEEN);
    await sent.pause(sent.signal);
  }
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
async function successorOf(sent: Following, replaced: Hex, nonce: number): Promise<Hex> {
  const { ask, account, call, fromBlock } = sent;
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
