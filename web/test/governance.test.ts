/** What is announced at the contract, read as an Ethereum wallet reads it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  deploymentCall,
  proposalCall,
  proposedOperatorCall,
  rollupOf,
  standingCall,
  type ContractCall,
  type Hex,
  type Proposal,
} from '@assay/client';
import { readGovernance, stateOf } from '../src/governance.js';

const rollup = rollupOf(31337, '0x948B3c65b89DF0B4894ABE91E6D02FE579834F8F');
const NOBODY = '0x00000000000000000000000000000000000000b1';
const hex = (...words: (bigint | number)[]): Hex =>
  `0x${words.map((word) => word.toString(16).padStart(64, '0')).join('')}`;

test('a proposal goes its way by time and queue', () => {
  const proposal: Proposal = {
    ...{ shapeId: 9, transfers: 1, fullRecords: 1, feeSlots: 1, verifier: NOBODY },
    ...{ readyAt: 500, voidAt: 900, afterEntries: undefined },
  };
  const marked = { ...proposal, afterEntries: 7 };
  assert.deepEqual(stateOf(proposal, 499, 0), { is: 'announced', until: 500 });
  assert.deepEqual(stateOf(proposal, 500, 0), { is: 'ready', until: 900 });
  assert.deepEqual(stateOf(marked, 500, 4), { is: 'waits', entries: 3, until: 900 });
  assert.deepEqual(stateOf(marked, 900, 7), { is: 'usable', until: 900 });
  assert.deepEqual(stateOf(marked, 901, 7), { is: 'void' });
});

/** A contract with these proposals, by shape, and these in its events. */
function contract(proposals: ReadonlyMap<number, Hex>, announced: readonly number[] | undefined) {
  const key = hex(32, 22, ...Array.from({ length: 22 }, (_, at) => at));
  const read = async ({ to, data }: Pick<ContractCall, 'to' | 'data'>): Promise<Hex> => {
    if (to === NOBODY) return key;
    if (data === standingCall(rollup).data) return hex(...Array.from({ length: 14 }, (_, at) => (at === 6 ? 3 : 0)));
    if (data === deploymentCall(rollup).data) return hex(...Array.from({ length: 15 }, (_, at) => at));
    if (data === proposedOperatorCall(rollup).data) return hex(BigInt(NOBODY));
    for (const [shape, proposal] of proposals) if (data === proposalCall(rollup, shape).data) return proposal;
    return hex(...Array.from({ length: 9 }, () => 0));
  };
  const logs = async () => {
    if (!announced) throw new Error('the range is too wide');
    const log = (shape: number) => ({ address: rollup.contract, topics: [], data: hex(shape, 0, 0, 0, 0, 0, 0, 0) });
    return announced.map(log);
  };
  return { read, logs, time: async () => 600 };
}

test('proposals are those that were announced and still stand, each once', async () => {
  const proposal = hex(9, 56, 8, 3, 1, BigInt(NOBODY), 500, 1, 5);
  const layer1 = contract(new Map([[9, proposal]]), [4, 9, 9]);
  const { proposals, nextOperator, deployment } = await readGovernance(rollup, layer1);
  assert.deepEqual(
    proposals?.map(({ shapeId, transfers, state }) => [shapeId, transfers, state]),
    [[9, 56, { is: 'waits', entries: 2, until: 500 + 14 * 86_400 }]],
  );
  assert.match(proposals?.[0]?.digest ?? '', /^0x[0-9a-f]{64}$/);
  assert.equal(nextOperator, NOBODY);
  assert.deepEqual(deployment.upgradeDelayS, 12);
});

test('a layer 1 without old events leaves open what is announced', async () => {
  const { proposals, nextOperator } = await readGovernance(rollup, contract(new Map(), undefined));
  assert.equal(proposals, undefined);
  assert.equal(nextOperator, NOBODY);
});
