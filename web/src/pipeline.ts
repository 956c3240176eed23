/** Where everything stands, for the picture of the pipeline. */
import type { BatchView, StatusView } from '@assay/client';
import { median, plural } from './numbers.js';
import { PIPELINE, type PipelineStage } from './stages.js';

/** A batch in the picture. */
export interface Chip {
  readonly number: number;
  /** Its place among the stages. */
  readonly column: number;
  /** From the front of its stage, 0 first. */
  readonly slot: number;
}

export interface Column {
  readonly stage: PipelineStage;
  readonly count: number;
  /** What is counted. */
  readonly unit: string;
  readonly note: string;
  /** The usual time from the stage before, ms; of the batches that are known. */
  readonly usualMs: number | undefined;
  /** Batches for which the picture has no room. */
  readonly more: number;
}

export interface Picture {
  readonly columns: readonly Column[];
  readonly chips: readonly Chip[];
}

/** Batches that a stage has room for. */
export const SLOTS = 4;
/** What is usual is what these latest batches did. */
const USUAL_OF = 20;

/** From the node's heights, so that no batch is counted of which nothing else is known here. */
export function picture(status: StatusView, batches: readonly BatchView[]): Picture {
  const { heights, pool, prover, l1 } = status;
  const counts = [
    pool.transactions,
    heights.executed - heights.sealed,
    heights.sealed - heights.proved,
    heights.proved - heights.final,
    heights.final,
  ].map((number) => Math.max(0, number));
  const lasts = [0, heights.executed, heights.sealed, heights.proved, heights.final];
  const usual = usualTimes(batches);
  const notes: Readonly<Record<PipelineStage, string>> = {
    received: 'waiting for their turn',
    executed: 'open, or being sealed',
    sealed: proverNote(prover.leased, prover.open),
    proved: `final after ${plural(l1.finality_blocks, 'block', 'blocks')}`,
    final: 'since the beginning',
  };
  const chips: Chip[] = [];
  const columns = PIPELINE.map((stage, column) => {
    const number = counts[column] ?? 0;
    const last = lasts[column] ?? 0;
    const shown = column === 0 ? 0 : Math.min(number, SLOTS);
    for (let slot = 0; slot < shown; slot += 1) {
      // What came last is shown of what stays; elsewhere what is next to go on.
      const isLast = stage === 'final';
      chips.push({ number: isLast ? last - slot : last - number + 1 + slot, column, slot });
    }
    const [one, many] = column === 0 ? ['transaction', 'transactions'] : ['batch', 'batches'];
    return {
      stage,
      count: number,
      unit: number === 1 ? one : many,
      note: notes[stage],
      usualMs: usual[stage],
      more: column === 0 || stage === 'final' ? 0 : number - shown,
    } as Column;
  });
  chips.sort((a, b) => a.number - b.number);
  return { columns, chips };
}

function proverNote(leased: number, open: number): string {
  if (leased === 0 && open === 0) return 'none waits for a proof';
  const parts = [leased > 0 ? `${leased} being proved` : '', open > 0 ? `${open} wait${open === 1 ? 's' : ''}` : ''];
  return parts.filter((part) => part !== '').join(', ');
}

function usualTimes(batches: readonly BatchView[]): Partial<Record<PipelineStage, number | undefined>> {
  const latest = batches.slice(0, USUAL_OF).map(steps);
  const of = (name: keyof Steps) => median(latest.map((times) => times[name]).filter((ms) => ms !== undefined));
  const latestProved = latest
    .map(({ prove, settle }) => (prove === undefined || settle === undefined ? undefined : prove + settle))
    .filter((ms) => ms !== undefined);
  return { sealed: of('seal'), proved: median(latestProved), final: of('finalise') };
}

/** How long a batch took from stage to stage, ms. */
export interface Steps {
  readonly seal: number | undefined;
  readonly prove: number | undefined;
  readonly settle: number | undefined;
  readonly finalise: number | undefined;
}

export function steps({ times_ms: times }: Pick<BatchView, 'times_ms'>): Steps {
  return {
    seal: between(times.closed, times.sealed),
    prove: between(times.sealed, times.proof),
    // A batch of another operator has no proof of its own here.
    settle: between(times.proof, times.proved),
    finalise: between(times.proved, times.final),
  };
}

/** Clocks can be set back: no step took less than no time. */
function between(begin: number | null | undefined, end: number | null | undefined): number | undefined {
  return begin == null || end == null ? undefined : Math.max(0, end - begin);
}
