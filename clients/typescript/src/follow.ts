/** How far a transaction has come, as it comes there. */
import type { QueueEntryView, Stage, TransactionView } from './api-types.js';
import { NodeError, RejectedError, UnansweredError } from './errors.js';
import type { NodeEvent } from './events.js';
import type { NodeClient } from './node.js';
import { deadline } from './time.js';

export interface FollowOptions {
  /** Ends it, without an error. */
  readonly signal?: AbortSignal;
  /** The last stage that is of interest; `final` by default. */
  readonly until?: Stage;
}

export interface WaitOptions {
  readonly signal?: AbortSignal;
  /** Ten minutes by default. */
  readonly timeoutMs?: number;
}

/** Stages in their order. */
export const STAGES: readonly Stage[] = ['received', 'executed', 'sealed', 'proved', 'final', 'rejected'];

const WAIT_MS = 600_000;
/** So old is at most what was read, whatever is told. */
const READ_AGAIN_MS = 10_000;

/** Whether a stage is `wanted`, or past it. */
export function hasReached(stage: Stage, wanted: Stage): boolean {
  return STAGES.indexOf(stage) >= STAGES.indexOf(wanted);
}

/**
 * A transaction each time that its stage, its batch or its drop changed. It can fall back: a batch that
 * was dropped takes it to `received`, a reorganisation to `sealed`.
 */
export async function* followTransaction(
  node: NodeClient,
  hash: string,
  { signal, until = 'final' }: FollowOptions = {},
): AsyncGenerator<TransactionView, void, void> {
  let seen: TransactionView | undefined;
  let readAt = 0;
  for await (const event of node.events({ transaction: hash, ...(signal ? { signal } : {}) })) {
    const old = performance.now() - readAt >= READ_AGAIN_MS;
    if (!old && !isAbout(event, hash, seen)) continue;
    let view: TransactionView;
    try {
      view = await node.transaction(hash, signal ? { signal } : {});
    } catch (error) {
      if (signal?.aborted) return;
      // The next event asks again; there is one at the latest when the stream is open again.
      if (error instanceof UnansweredError) continue;
      throw error;
    }
    readAt = performance.now();
    if (seen === undefined || hasChanged(seen, view)) yield view;
    seen = view;
    if (hasReached(view.stage, until)) return;
  }
}

/** Waits on the stream of events; throws where the transaction is rejected or the time is over. */
export async function waitForTransaction(
  node: NodeClient,
  hash: string,
  stage: Stage,
  { signal, timeoutMs = WAIT_MS }: WaitOptions = {},
): Promise<TransactionView> {
  let found = 'not there yet';
  const told = () => `transaction ${hash} did not come to stage ${stage} within ${timeoutMs} ms; it is ${found}`;
  const limit = deadline(timeoutMs, told, signal);
  try {
    for await (const view of followTransaction(node, hash, { signal: limit.signal, until: stage })) {
      found = view.stage;
      if (view.stage === 'rejected' && stage !== 'rejected') throw rejected(view);
      if (hasReached(view.stage, stage)) return view;
    }
    throw limit.signal.reason;
  } finally {
    limit.clear();
  }
}

/** Waits until an entry of the layer 1's queue is in a batch that has come to a stage. */
export async function waitForEntry(
  node: NodeClient,
  index: number | bigint,
  stage: Stage,
  { signal, timeoutMs = WAIT_MS }: WaitOptions = {},
): Promise<QueueEntryView> {
  let found = 'in no batch yet';
  const told = () =>
    `entry ${index} of the queue did not come to stage ${stage} within ${timeoutMs} ms; it is ${found}`;
  const limit = deadline(timeoutMs, told, signal);
  let readAt = 0;
  try {
    for await (const event of node.events({ type: 'operation', signal: limit.signal })) {
      const old = performance.now() - readAt >= READ_AGAIN_MS;
      if (!old && !isAboutEntry(event, index)) continue;
      readAt = performance.now();
      const entry = await entryIfThere(node, index, limit.signal);
      if (entry === undefined) continue;
      if (hasReached(entry.stage, stage)) return entry;
      found = entry.stage;
    }
    throw limit.signal.reason;
  } finally {
    limit.clear();
  }
}

async function entryIfThere(
  node: NodeClient,
  index: number | bigint,
  signal: AbortSignal,
): Promise<QueueEntryView | undefined> {
  try {
    return await node.queueEntry(index, { signal });
  } catch (error) {
    const waits = error instanceof UnansweredError || (error instanceof NodeError && error.is('unknown_entry'));
    if (waits) return undefined;
    throw error;
  }
}

function rejected({ hash, rejection }: TransactionView): RejectedError {
  const { code, message, details } = rejection ?? { code: 'rejected', message: 'the node gives no reason' };
  return new RejectedError<string>(hash, code, message, details ?? {});
}

/** Of events that are told of one transaction. */
function isAbout(event: NodeEvent, hash: string, seen: TransactionView | undefined): boolean {
  if (event.type === 'open') return !event.resumed || seen === undefined;
  if (event.type === 'transaction') return event.hash === hash.toLowerCase();
  return mayHaveMissed(event);
}

/** Of events that are told of operations. */
function isAboutEntry(event: NodeEvent, index: number | bigint): boolean {
  if (event.type === 'open') return !event.resumed;
  if (event.type === 'operation') return event.queue_index !== null && BigInt(event.queue_index) === BigInt(index);
  return mayHaveMissed(event) || event.type === 'dropped';
}

function mayHaveMissed(event: NodeEvent): boolean {
  return event.type === 'lagged' || event.type === 'reset';
}

function hasChanged(before: TransactionView, after: TransactionView): boolean {
  return before.stage !== after.stage || before.batch !== after.batch || before.dropped?.at_ms !== after.dropped?.at_ms;
}
