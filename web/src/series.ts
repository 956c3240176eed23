/** What the charts show, from what batches say and from what was seen since the page was opened. */
import type { BatchView, CostsView, StatusView } from '@assay/client';
import { steps } from './pipeline.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What was seen of the node at a time. */
export interface Sample {
  readonly atMs: number;
  readonly waiting: number;
  readonly unproved: number;
}

export function sample(status: StatusView, atMs: number): Sample {
  const { heights, pool } = status;
  return { atMs, waiting: pool.transactions, unproved: Math.max(0, heights.executed - heights.proved) };
}

/** Widths of bars, seconds, that people can name. */
const WIDTHS_S = [5, 10, 30, 60, 300, 600, 1800, 3600, 21_600, 86_400];

export interface Bars {
  readonly widthMs: number;
  /** By the beginning of each bar; those with nothing in them as well. */
  readonly bars: readonly Point[];
}

/** Operations by the time at which their batches were closed, in at most `most` bars. */
export function throughput(batches: readonly BatchView[], nowMs: number, most: number): Bars {
  const closed = batches.map(({ times_ms, operations }) => ({ at: times_ms.closed, operations }));
  const begin = Math.min(nowMs, ...closed.map(({ at }) => at));
  const end = Math.max(nowMs, ...closed.map(({ at }) => at));
  const fits = (width: number) => Math.floor(end / width / 1000) - Math.floor(begin / width / 1000) < most;
  const last = WIDTHS_S.at(-1) ?? 1;
  const widthS = WIDTHS_S.find(fits) ?? last * Math.ceil((end - begin) / (last * 1000 * most));
  const widthMs = widthS * 1000;
  const sums = new Map<number, number>();
  for (const { at, operations } of closed) {
    const bar = Math.floor(at / widthMs);
    sums.set(bar, (sums.get(bar) ?? 0) + operations);
  }
  const bars: Point[] = [];
  for (let bar = Math.floor(begin / widthMs); bar <= Math.floor(end / widthMs); bar += 1) {
    bars.push({ x: bar * widthMs, y: sums.get(bar) ?? 0 });
  }
  return { widthMs, bars };
}

/** Seconds from sealed to proof, by batch. */
export function provingTimes(batches: readonly BatchView[]): Point[] {
  const points: Point[] = [];
  for (const batch of batches) {
    const { prove } = steps(batch);
    if (prove !== undefined) points.push({ x: batch.number, y: prove / 1000 });
  }
  return points.sort((a, b) => a.x - b.x);
}

/**
 * Batches that were closed and not on the layer 1, each time that their number changed. Known from the first
 * of `batches` on: those before it count as proved.
 */
export function backlog(batches: readonly BatchView[], nowMs: number): Point[] {
  const changes: { at: number; by: number }[] = [];
  for (const { times_ms } of batches) {
    changes.push({ at: times_ms.closed, by: 1 });
    if (times_ms.proved != null) changes.push({ at: Math.max(times_ms.closed, times_ms.proved), by: -1 });
  }
  changes.sort((a, b) => a.at - b.at || b.by - a.by);
  const points: Point[] = [];
  let level = 0;
  for (const { at, by } of changes) {
    level += by;
    if (points.at(-1)?.x === at) points.pop();
    points.push({ x: at, y: level });
  }
  if (points.length > 0) points.push({ x: Math.max(nowMs, points.at(-1)?.x ?? 0), y: level });
  return points;
}

/** Wei in a unit in which the largest of them is no long number. */
export interface PriceUnit {
  readonly name: 'wei' | 'gwei';
  readonly wei: number;
}

export function unitOfGas(mostWei: number): PriceUnit {
  return mostWei < 1e6 ? { name: 'wei', wei: 1 } : { name: 'gwei', wei: 1e9 };
}

/** Wei per gas, for people. */
export function priceOfGas(wei: string): string {
  const { name, wei: unit } = unitOfGas(Number(wei));
  return `${Number((Number(wei) / unit).toPrecision(3))} ${name}`;
}

/** The layer 1's base fee by block, in the unit that fits. */
export function baseFees({ blocks }: CostsView): { readonly unit: PriceUnit; readonly points: readonly Point[] } {
  const unit = unitOfGas(Math.max(0, ...blocks.map((block) => Number(block.base_fee_wei))));
  return { unit, points: blocks.map((block) => ({ x: block.block, y: Number(block.base_fee_wei) / unit.wei })) };
}

/** Thousands of gas of batches, by number. */
export function gasOfBatches({ batches }: CostsView): Point[] {
  return batches.map(({ batch, gas }) => ({ x: batch, y: gas / 1000 }));
}

/** A round number that is not below `value`, for the top of an axis. */
export function ceiling(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value * (1 - 1e-9)) ?? 10;
  return factor * power;
}
