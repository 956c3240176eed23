import assert from 'node:assert/strict';
import { test } from 'node:test';
import { picture, steps } from '../src/pipeline.js';
import { backlog, baseFees, ceiling, gasOfBatches, priceOfGas, provingTimes, throughput } from '../src/series.js';
import { batch, status } from './node-in-parts.js';

test('each batch stands where it is, and those without room are counted', () => {
  const heights = { executed: 20, sealed: 19, proved: 9, final: 7 };
  const { columns, chips } = picture(
    status({ heights, pool: { transactions: 1, most: 9 }, prover: { open: 9, leased: 1 } }),
    [],
  );
  assert.deepEqual(
    columns.map(({ stage, count, unit, more }) => [stage, count, unit, more]),
    [
      ['received', 1, 'transaction', 0],
      ['executed', 1, 'batch', 0],
      ['sealed', 10, 'batches', 6],
      ['proved', 2, 'batches', 0],
      ['final', 7, 'batches', 0],
    ],
  );
  const at = (column: number) => chips.filter((chip) => chip.column === column).map(({ number }) => number);
  assert.deepEqual([at(0), at(1), at(2), at(3)], [[], [20], [10, 11, 12, 13], [8, 9]]);
  // The latest of what is final, latest first.
  const final = chips.filter(({ column }) => column === 4).sort((a, b) => a.slot - b.slot);
  assert.deepEqual(
    final.map(({ number }) => number),
    [7, 6, 5, 4],
  );
  assert.equal(columns[2]?.note, '1 being proved, 9 wait');
});

test('an empty rollup, and heights that contradict each other, make a picture too', () => {
  assert.deepEqual(picture(status(), []).chips, []);
  const odd = picture(status({ heights: { executed: 1, sealed: 2, proved: 3, final: 1 } }), []);
  assert.deepEqual(
    odd.columns.map(({ count }) => count),
    [0, 0, 0, 2, 1],
  );
});

test('what is usual is the median of what batches took', () => {
  const batches = [batch(3, 0, 30), batch(2, 0, 20, 200, 20, 2000), batch(1, 0, 10, 100, 10, 1000)];
  const { columns } = picture(status(), batches);
  assert.deepEqual(
    columns.map(({ usualMs }) => usualMs),
    [undefined, undefined, 20, 165, 1500],
  );
  const { times_ms } = batch(1, 100);
  // A clock was set back, and another operator's batch has no proof of its own.
  const odd = steps({ times_ms: { ...times_ms, sealed: 50, proved: 70 } });
  assert.deepEqual(odd, { seal: 0, prove: undefined, settle: undefined, finalise: undefined });
});

test('the backlog rises when a batch is closed and falls when it is proved', () => {
  const batches = [batch(2, 150, 10), batch(1, 100, 10, 50, 40)];
  assert.deepEqual(backlog(batches, 300), [
    { x: 100, y: 1 },
    { x: 150, y: 2 },
    { x: 200, y: 1 },
    { x: 300, y: 1 },
  ]);
  assert.deepEqual(backlog([], 300), []);
});

test('throughput adds up to all operations, in bars that fit', () => {
  for (const apart of [10, 1000, 100_000, 10_000_000, 10_000_000_000]) {
    const batches = [1, 2, 3, 4].map((number) => batch(number, number * apart));
    const { bars, widthMs } = throughput(batches, 5 * apart, 40);
    assert.ok(bars.length <= 41, `${bars.length}`);
    assert.equal(
      bars.reduce((sum, { y }) => sum + y, 0),
      10,
    );
    assert.ok(bars.every(({ x }) => x % widthMs === 0));
  }
  assert.equal(throughput([], 5000, 40).bars.length, 1);
});

test('proving times are in the order of batches, without those that are not proved', () => {
  assert.deepEqual(provingTimes([batch(3, 0, 1), batch(2, 0, 1, 2500), batch(1, 0, 1, 1500)]), [
    { x: 1, y: 1.5 },
    { x: 2, y: 2.5 },
  ]);
});

test('the top of an axis is round and not below', () => {
  const cases = [
    [0, 1],
    [1, 1],
    [1.2, 1.5],
    [7, 8],
    [10, 10],
    [48.4, 50],
    [0.3, 0.3],
    [9.9, 10],
  ];
  for (const [value = 0, top = 0] of cases) assert.ok(Math.abs(ceiling(value) - top) < 1e-9, `${value}`);
});

test('base fees are in the unit in which they are read, and gas stands by batch', () => {
  const costs = (...wei: string[]) => ({
    estimate: null,
    blocks: wei.map((base_fee_wei, block) => ({ block, timestamp: 1, base_fee_wei })),
    batches: [{ batch: 7, gas: 300_000, operations: 3 }],
  });
  const shown = (...wei: string[]) => {
    const { unit, points } = baseFees(costs(...wei));
    return [unit.name, ...points.map(({ y }) => y)];
  };
  assert.deepEqual(shown('7', '900'), ['wei', 7, 900]);
  assert.deepEqual(shown('7000000', '2500000000'), ['gwei', 0.007, 2.5]);
  assert.deepEqual(shown(), ['wei']);
  assert.deepEqual(gasOfBatches(costs()), [{ x: 7, y: 300 }]);
  assert.deepEqual(['8', '12345678900', '1000000000'].map(priceOfGas), ['8 wei', '12.3 gwei', '1 gwei']);
});
