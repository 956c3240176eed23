/** What is announced at the contract, by the node's word and as an Ethereum wallet reads it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  deploymentCall,
  proposalCall,
  proposedOperatorCall,
  rollupOf,
  standingCall,
  type ContractCall,
  type GovernanceView,
  type Hex,
  type Proposal,
  type ProposalView,
} from '@assay/client';
import { comingShapes, governanceByNode, readGovernance, stateOf } from '../src/governance.js';
import { status } from './node-in-parts.js';

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
  const { by, proposals, nextOperator, noticeS, isWhole } = await readGovernance(rollup, layer1);
  assert.deepEqual([by, isWhole], ['the contract', true]);
  assert.deepEqual(
    proposals.map(({ shapeId, transfers, state }) => [shapeId, transfers, state]),
    [[9, 56, { is: 'waits', entries: 2, until: 500 + 14 * 86_400 }]],
  );
  assert.match(proposals[0]?.digest ?? '', /^0x[0-9a-f]{64}$/);
  assert.equal(nextOperator, NOBODY);
  assert.equal(noticeS, 12);
});

test('a layer 1 without old events leaves open what is announced, but for what the node names', async () => {
  const proposal = hex(9, 56, 8, 3, 1, BigInt(NOBODY), 500, 1, 5);
  const layer1 = contract(new Map([[9, proposal]]), undefined);
  const alone = await readGovernance(rollup, layer1);
  assert.deepEqual([alone.proposals, alone.isWhole, alone.nextOperator], [[], false, NOBODY]);
  const { proposals, isWhole } = await readGovernance(rollup, layer1, [4, 9]);
  assert.deepEqual([proposals.map(({ shapeId }) => shapeId), isWhole], [[9], false]);
});

const shape: ProposalView = {
  ...{ number: 9, transfers: 56, full_records: 8, fee_slots: 3, verifier: NOBODY, verifying_key_sha256: null },
  ...{ ready_at: 500, void_at: 900, after_entries: null, state: 'announced' },
};
const view: GovernanceView = {
  ...{ block: 7, block_hash: '0x', governor: NOBODY, guardian: null, notice_s: 12, next_operator: NOBODY },
  shapes: [shape, { ...shape, number: 10, ready_at: 400, after_entries: 4 }, { ...shape, number: 11, void_at: 99 }],
};

test('what the node has not read is not that nothing is announced', () => {
  assert.equal(governanceByNode(status()), undefined);
  assert.deepEqual(governanceByNode(status({ governance: { ...view, shapes: [] } }))?.proposals, []);
});

test('by the node’s word it is what the node says, as the layer 1 stands', () => {
  const at = (timestamp: number, queue_consumed: number) =>
    governanceByNode(status({ governance: view, l1: { ...status().l1, timestamp, queue_consumed } }));
  const { by, block, governor, guardian, nextOperator, proposals } = at(450, 1) ?? assert.fail();
  assert.deepEqual([by, block, governor, guardian, nextOperator], ['the node', 7, NOBODY, undefined, NOBODY]);
  assert.deepEqual(
    proposals.map(({ shapeId, digest, state }) => [shapeId, digest, state]),
    [
      [9, undefined, { is: 'announced', until: 500 }],
      [10, undefined, { is: 'waits', entries: 3, until: 900 }],
      [11, undefined, { is: 'announced', until: 500 }],
    ],
  );
  assert.deepEqual(
    at(500, 4)?.proposals.map(({ state }) => state.is),
    ['ready', 'usable', 'void'],
  );
});

test('users are told of shapes that may still come, the earliest first', () => {
  const known = governanceByNode(status({ governance: view, l1: { ...status().l1, timestamp: 500 } }));
  assert.deepEqual(
    comingShapes(known, false).map(({ shapeId }) => shapeId),
    [10, 9],
  );
  assert.deepEqual(comingShapes(known, true), []);
  assert.deepEqual(comingShapes(undefined, false), []);
});
