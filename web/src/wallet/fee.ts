/** What the node asks for a payment. */
import { parseAmount, type FeeView } from '@assay/client';
import type { Kind } from './receiver.js';

/** What to pay, base units: more where the payment takes a full record, as one does that makes an account. */
export function feeFor(fees: readonly FeeView[], token: number, kind: Kind, makesAccount: boolean): bigint {
  const fee = fees.find((found) => found.token === token && found.accepted);
  if (!fee) return 0n;
  return parseAmount(kind === 'withdrawal' || makesAccount ? fee.full_record : fee.suggested);
}
