/** What the node asks for a payment. */
import { parseAmount, type FeeView } from '@assay/client';
import type { Kind } from './receiver.js';

export interface Quote {
  /** Base units. */
  readonly fee: bigint;
  /** How long the node takes it from its answer on, ms. */
  readonly validMs: number;
}

/** Nothing is asked; whether that changes is looked at as often as a quote. */
const NOTHING: Quote = { fee: 0n, validMs: 60_000 };

/** What to pay: more where the payment takes a full record, as one does that makes an account. */
export function quoteFor(fees: readonly FeeView[], token: number, kind: Kind, makesAccount: boolean): Quote {
  const found = fees.find((fee) => fee.token === token && fee.accepted);
  if (!found) return NOTHING;
  const fee = parseAmount(kind === 'withdrawal' || makesAccount ? found.full_record : found.suggested);
  return { fee, validMs: found.valid_ms };
}
