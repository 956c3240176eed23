/** How long it will take until the layer 1 has a payment, by what the latest batches took. */
import type { BatchView, StatusView } from '@assay/client';
import { median } from './numbers.js';

export interface Estimate {
  /** From now, ms. */
  readonly provedMs: number;
  readonly finalMs: number;
  /** Batches that it is made of. */
  readonly batches: number;
}

/** What is usual is what these latest final batches did. */
const USUAL_OF = 20;
/** Of fewer nothing is foretold. */
const BATCHES_LEAST = 2;

/** Times of a payment, Unix ms, or of nothing yet. */
export interface SoFar {
  readonly sealed?: number | null;
  readonly proved?: number | null;
  readonly final?: number | null;
}

/**
 * For a payment that is handed in now, or came so far already. Nothing where too little is known, or where it takes longer than
 * is usual: then nobody knows how long.
 */
export function estimate(
  status: Pick<StatusView, 'batch_time_ms'>,
  batches: readonly BatchView[],
  nowMs: number,
  soFar: SoFar = {},
): Estimate | undefined {
  const latest = batches.filter(({ times_ms: times }) => times.final != null).slice(0, USUAL_OF);
  if (latest.length < BATCHES_LEAST || soFar.final != null) return undefined;
  const usual = (from: 'closed' | 'sealed' | 'proved', to: 'proved' | 'final') =>
    median(latest.map(({ times_ms: times }) => Math.max(0, (times[to] ?? 0) - (times[from] ?? times.closed)))) ?? 0;
  // A batch that is open waits for its time at most; what is sealed waits no more.
  const from = soFar.sealed == null ? 'closed' : 'sealed';
  const begun = soFar.sealed == null ? 0 : Math.max(0, nowMs - soFar.sealed);
  const waits = soFar.sealed == null ? status.batch_time_ms : 0;
  const provedMs = soFar.proved == null ? waits + usual(from, 'proved') - begun : 0;
  const finalMs =
    soFar.proved == null
      ? provedMs + usual('proved', 'final')
      : usual('proved', 'final') - Math.max(0, nowMs - soFar.proved);
  if (provedMs < 0 || finalMs <= 0) return undefined;
  return { provedMs, finalMs, batches: latest.length };
}
