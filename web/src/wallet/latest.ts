/** One list of the payments of several accounts. */
import type { PaymentView } from '@assay/client';

/**
 * The latest first, as the node orders those of one account: what is in no sealed batch stands above all that is.
 * Batches stand as they were sealed and what one holds as it was executed, since of a deposit no other time is known;
 * what was rejected stands among them by its time.
 */
export function latestFirst(payments: readonly PaymentView[]): PaymentView[] {
  const placed = payments.map((payment) => ({ payment, place: placeOf(payment) }));
  return placed.sort((a, b) => compared(b.place, a.place)).map(({ payment }) => payment);
}

type Place = readonly [number, number, number];

function placeOf({ times_ms: times, batch, position }: PaymentView): Place {
  const at = times.sealed ?? times.rejected;
  if (at == null) return [Infinity, times.received ?? times.executed ?? Infinity, 0];
  return [at, batch ?? Infinity, position ?? Infinity];
}

function compared(a: Place, b: Place): number {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0;
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}
