/** What a node says, made up for tests. */
import type { BatchView, StatusView } from '@assay/client';

export function status(part: Partial<StatusView> = {}): StatusView {
  return {
    version: '0.1.0',
    network: 'development',
    chain_id: 31337,
    domain: '1',
    contract: '0x',
    operator: 'assaydev1',
    shapes: [],
    batch_time_ms: 2000,
    faucet: null,
    heights: { executed: 0, sealed: 0, proved: 0, final: 0 },
    l1: {
      block: 1,
      block_hash: null,
      timestamp: 1,
      seen_ms: 1,
      queue_length: 0,
      queue_taken: 0,
      queue_consumed: 0,
      head_due: null,
      freezable_at: null,
      open_until: 0,
      frozen: false,
      closing_at: null,
      max_lag_s: 3600,
      confirmations: 1,
      finality_blocks: 4,
    },
    governance: null,
    pool: { transactions: 0, most: 100 },
    prover: { open: 0, leased: 0 },
    ready: true,
    faults: [],
    trust: [],
    ...part,
  };
}

/** Times are those from stage to stage, ms; what is left out has not been reached. */
export function batch(number: number, closed: number, ...took: number[]): BatchView {
  const [sealed, proof, proved, final] = took.map((_, step) =>
    took.slice(0, step + 1).reduce((at, ms) => at + ms, closed),
  );
  return {
    number,
    stage: final !== undefined ? 'final' : proved !== undefined ? 'proved' : 'sealed',
    trust: '',
    shape: 'tiny',
    timestamp: 1,
    old_root: '0x',
    new_root: '0x',
    operations: number,
    accounts: 1,
    settler: '0x',
    times_ms: { closed, sealed: sealed ?? null, proof: proof ?? null, proved: proved ?? null, final: final ?? null },
    l1: { submit: null },
    prover: null,
  };
}
