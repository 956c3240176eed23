/** From when anybody may freeze, by the node and by a contract that answers as it is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deploymentCall, rollupOf, standingCall, type ContractCall, type Hex } from '@assay/client';
import { freezingByContract, freezingByNode, mayFreeze } from '../src/exit/freezing.js';
import { status } from './node-in-parts.js';

const rollup = rollupOf(31337, '0x948B3c65b89DF0B4894ABE91E6D02FE579834F8F');
const hex = (words: readonly number[]): Hex => `0x${words.map((word) => word.toString(16).padStart(64, '0')).join('')}`;

/** A contract of which so many entries wait, the first due then, and that closes then (0 for never). */
function contract(waiting: number, due: number, closing: number, now: number) {
  const standing = Array.from({ length: 14 }, (_, at) => ({ 7: waiting, 8: due, 11: closing })[at] ?? 0);
  const deployment = Array.from({ length: 15 }, (_, at) => (at === 11 ? 60 : 0));
  const read = async ({ data }: Pick<ContractCall, 'to' | 'data'>) => {
    if (data === standingCall(rollup).data) return hex(standing);
    assert.equal(data, deploymentCall(rollup).data);
    return hex(deployment);
  };
  return { read, time: async () => now };
}

test('an entry must be overdue by more than the contract names, and closing’s time be reached', async () => {
  const may = async (...given: Parameters<typeof contract>) =>
    mayFreeze(await freezingByContract(rollup, contract(...given)));
  assert.deepEqual([await may(1, 100, 0, 160), await may(1, 100, 0, 161)], [false, true]);
  assert.deepEqual([await may(0, 0, 500, 499), await may(0, 0, 500, 500)], [false, true]);
  // What is left of an entry that was taken, and nothing at all.
  assert.deepEqual([await may(0, 100, 0, 161), await may(0, 0, 0, 161)], [false, false]);
  const { by, overdue, closing } = await freezingByContract(rollup, contract(2, 100, 500, 0));
  assert.deepEqual([by, overdue, closing], ['the contract', 161, 500]);
});

test('the node’s word comes to the same', () => {
  const of = (freezable_at: number | null, closing_at: number | null, timestamp: number) =>
    freezingByNode({ ...status().l1, freezable_at, closing_at, timestamp });
  assert.deepEqual(of(160, 500, 7), { by: 'the node', overdue: 161, closing: 500, now: 7 });
  assert.deepEqual([mayFreeze(of(160, null, 160)), mayFreeze(of(160, null, 161))], [false, true]);
  assert.deepEqual([mayFreeze(of(null, 500, 499)), mayFreeze(of(null, 500, 500))], [false, true]);
  assert.equal(mayFreeze(of(null, null, 500)), false);
});
