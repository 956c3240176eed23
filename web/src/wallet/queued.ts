/** What this browser has put into the layer 1's queue and is under way: deposits and forced orders. It holds nothing secret. */
import {
  decodeNumber,
  queueDueCall,
  queuedEntries,
  type QueueEntryView,
  type Rollup,
  type WaitingEntryView,
} from '@assay/client';
import type { L1Receipt, Layer1 } from '../ethereum/layer1.js';
import { KeptList, isDigits, isText, type Store } from './kept.js';

export interface Queued {
  /** Of the layer 1's transaction. */
  readonly hash: string;
  readonly kind: 'deposit' | 'forced_transfer' | 'forced_withdrawal';
  readonly to: string;
  readonly token: number;
  /** Base units in decimal. */
  readonly amount: string;
  readonly atMs: number;
  /** Where it stands in the queue, and the block it came by, once it is in one. */
  readonly index?: number;
  readonly block?: number;
  /** Until when it must be in a proved batch, Unix seconds. */
  readonly due?: number;
}

export const QUEUED_MOST = 100;

/** Those of one address on one rollup, latest first. */
export function queuedOf(store: Store, domain: string, address: string): KeptList<Queued> {
  return new KeptList(store, `assay/queued/${domain}/${address}`, QUEUED_MOST, isQueued);
}

function isQueued(found: Partial<Record<keyof Queued, unknown>>): boolean {
  const { kind, to, token, amount, atMs, index, block, due } = found;
  const kinds: readonly unknown[] = ['deposit', 'forced_transfer', 'forced_withdrawal'];
  const placed = [index, block, due].every((number) => number === undefined || Number.isSafeInteger(number));
  return kinds.includes(kind) && isText(to) && isDigits(amount) && [token, atMs].every(Number.isSafeInteger) && placed;
}

/** Where what was sent stands in the queue; nothing where its transaction put nothing there. */
export async function placeOf(
  rollup: Rollup,
  layer1: Pick<Layer1, 'read'>,
  { block, logs }: L1Receipt,
): Promise<Pick<Queued, 'index' | 'block' | 'due'> | undefined> {
  const [place] = queuedEntries(rollup, logs);
  if (place === undefined) return undefined;
  const placed = { index: Number(place), block };
  // It is in the queue whether its time can be read or not.
  const due = await layer1.read(queueDueCall(rollup, place)).then(decodeNumber, () => undefined);
  return due === undefined ? placed : { ...placed, due: Number(due) };
}

/** Whether an entry that the node shows is the very one: a reorganisation can put another in its place. */
export function isEntryOf(entry: QueueEntryView, { kind, to, token, amount }: Queued): boolean {
  const same = entry.kind === kind && entry.token === token && entry.to.toLowerCase() === to.toLowerCase();
  // Of a token that keeps a part of what moves less arrives than was sent.
  return same && (kind === 'deposit' ? BigInt(entry.amount) <= BigInt(amount) : entry.amount === amount);
}

/** Of what waits in the queue that which pays an address, and that this browser has not put there itself. */
export function fromElsewhere(
  entries: readonly WaitingEntryView[],
  address: string,
  own: readonly Queued[],
): readonly WaitingEntryView[] {
  const isOwn = ({ queue_index: place, l1_transaction: hash }: WaitingEntryView) =>
    own.some((queued) => queued.index === place || queued.hash === hash);
  return entries.filter((entry) => entry.to === address && !isOwn(entry));
}
