/** Many payments in few requests, each of which is made once. */
import type { Receipt, TransactionAnswer } from './api-types.js';
import type { Hex } from './bytes.js';
import { AssayError, NodeError, UnansweredError, isUnclear } from './errors.js';
import type { NodeClient } from './node.js';
import { toOperation, transactionHash, type SignedOrder } from './order.js';
import type { Rollup } from './rollup.js';
import { sleep } from './time.js';

/** How many a node takes in one request. */
export const LIST_MAX = 1000;
/** How often it is asked again where no answer comes. */
const LOOKS = 20;
const PAUSE_MS = 250;
/** When nothing more was taken for so long, those that are left are given up. */
const PATIENCE_MS = 120_000;
/** The node has no room yet: the same may come again. */
const FOR_NOW = ['nonce_too_far', 'busy'];
/** Something else has the nonce. */
export const NONCE_CONFLICTS = ['wrong_nonce', 'nonce_taken'];

/** The node has it, with the receipt unless that was lost; or why it has not. */
type Outcome = { readonly receipt: Receipt | undefined } | { readonly error: AssayError };

/** What became of an order. */
export type Answered = { readonly signed: SignedOrder; readonly hash: Hex } & Outcome;

/** Sees to it that something has the nonce of an order that was refused: later ones of its account wait for it. */
export type Fill = (refused: SignedOrder) => Promise<void>;

/**
 * Hands orders in until it is known of each whether the node has it. The same transaction has one effect
 * however often it arrives, so where no answer comes the very same are handed in again.
 */
export async function handInAll(
  node: NodeClient,
  rollup: Rollup,
  orders: readonly SignedOrder[],
  fill: Fill,
): Promise<Answered[]> {
  const waiting = orders.map((signed) => new Waiting(signed, transactionHash(signed, rollup)));
  let lost = 0;
  let deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const left = waiting.filter(({ outcome }) => outcome === undefined);
    if (left.length === 0) break;
    const list = left.slice(0, LIST_MAX);
    try {
      const answers = await node.submitAll(list.map(({ signed }) => toOperation(signed)));
      await Promise.all(list.map((one, place) => one.hear(answers[place], node, lost > 0)));
      lost = 0;
    } catch (error) {
      if (!(error instanceof AssayError)) throw error;
      if (isUnclear(error)) lost += 1;
      // Refused whole, and there was no earlier request in which they may have come.
      else if (lost === 0) return giveUp(waiting, error);
      if (lost > LOOKS) return giveUp(waiting, unknown(error));
      if (!isUnclear(error)) lost += 1;
      await sleep(PAUSE_MS);
      continue;
    }
    for (const { signed } of list.filter((one) => one.leavesGap(waiting))) await fill(signed);
    if (list.some(({ outcome }) => outcome !== undefined)) deadline = Date.now() + PATIENCE_MS;
    else if (Date.now() > deadline) return giveUp(waiting, list[0]?.last ?? unknown(undefined));
    if (list.some(({ outcome }) => outcome === undefined)) await sleep(PAUSE_MS);
  }
  return giveUp(waiting, unknown(undefined));
}

/** An order, and what is known of it. */
class Waiting {
  outcome: Outcome | undefined;
  /** Why it was not taken yet. */
  last: AssayError | undefined;

  constructor(
    readonly signed: SignedOrder,
    readonly hash: Hex,
  ) {}

  /** Takes an answer up; after one that was lost, what is refused may be there all the same. */
  async hear(answer: TransactionAnswer | undefined, node: NodeClient, mayBeThere: boolean): Promise<void> {
    if (answer?.receipt) {
      this.outcome = { receipt: answer.receipt };
      return;
    }
    const error = answer?.error;
    if (!error) return;
    const refused = new NodeError<string>(answer.status, error.code, error.message, error.details);
    if (error.code === 'duplicate') this.outcome = { receipt: await receipt(node, this.hash) };
    else if (FOR_NOW.includes(error.code)) this.last = refused;
    else if (mayBeThere && (await isThere(node, this.hash))) this.outcome = { receipt: undefined };
    else this.outcome = { error: refused };
  }

  /** Whether nothing has its nonce, and a later one of its account is on its way. */
  leavesGap(all: readonly Waiting[]): boolean {
    const { outcome, signed } = this;
    if (!outcome || !('error' in outcome) || NONCE_CONFLICTS.includes(outcome.error.code)) return false;
    const isLater = ({ order }: SignedOrder) => order.from === signed.order.from && order.nonce > signed.order.nonce;
    return all.some((other) => isLater(other.signed) && !(other.outcome && 'error' in other.outcome));
  }
}

/** What became of each; those of which nothing is known have this error. */
function giveUp(all: readonly Waiting[], error: AssayError): Answered[] {
  return all.map(({ signed, hash, outcome }) => ({ signed, hash, ...(outcome ?? { error }) }));
}

function unknown(cause: unknown): UnansweredError {
  const told = 'whether the node has this payment is not known: look for it before you pay again';
  return new UnansweredError(told, { cause });
}

/** The payment is there, also where its receipt does not come. */
async function receipt(node: NodeClient, hash: Hex): Promise<Receipt | undefined> {
  return node.receipt(hash).catch(() => undefined);
}

async function isThere(node: NodeClient, hash: Hex): Promise<boolean> {
  try {
    await node.transaction(hash);
    return true;
  } catch (error) {
    if (error instanceof NodeError && error.is('unknown_transaction')) return false;
    throw error;
  }
}
