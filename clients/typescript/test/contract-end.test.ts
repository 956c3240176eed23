/** Freezing, what is paid back afterwards, and what is announced: against viem and the compiled contract's interface. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  SecretKey,
  announcedShape,
  claimCall,
  claimsHash,
  decodeAddress,
  decodeDeployment,
  decodeProposal,
  decodeStanding,
  deploymentCall,
  entryContent,
  freezableFrom,
  freezeCall,
  isRefundedCall,
  packetClaimCall,
  proposalCall,
  proposedOperatorCall,
  queueLinkCall,
  queuedTopics,
  refundCall,
  shapeProposedTopics,
  standingCall,
  toQueuedEntry,
  type BatchDetail,
  type Hex,
} from '@assay/client';
import { encodeAbiParameters, encodeEventTopics, encodeFunctionData, encodeFunctionResult } from 'viem';
import { abi, rollup, word } from './compiled.js';

const account = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const nobody = `0x${'00'.repeat(20)}` as const;
const data = (functionName: string, ...args: unknown[]) => encodeFunctionData({ abi, functionName, args });
const result = (functionName: string, value: unknown) => encodeFunctionResult({ abi, functionName, result: value });

/** The data of an event, as its inputs that are not indexed are encoded. */
function eventData(name: string, values: readonly unknown[]): Hex {
  const event = abi.find((entry) => entry.type === 'event' && entry.name === name);
  assert.ok(event?.type === 'event');
  return encodeAbiParameters(
    event.inputs.filter(({ indexed }) => indexed !== true),
    values,
  );
}

const STATUS = {
  ...{
    lastProved: 7n,
    lastTimestamp: 1,
    lastProvedAt: 2,
    accounts: 3,
    provedRoot: word('0c'),
    lastBatchHash: word('01'),
  },
  ...{ queueConsumed: 4n, queueLength: 6n, headDue: 1000, openUntil: 50, frozen: false, closingAt: 0n, tokens: 2 },
  operator: account,
};
const CONFIG = {
  ...{ operator: account, governor: account, guardian: nobody, verifierFactory: account },
  ...{ provingS: 1, restoreS: 2, maxLagS: 3, silenceS: 4, rescueWindowS: 5, queueDelayS: 6, queueGapS: 7 },
  ...{ freezeAfterS: 8, upgradeDelayS: 9, inclusionGas: 10, inclusionStep: 11 },
};

test('where the contract stands, and what is fixed', () => {
  assert.equal(standingCall(rollup).data, data('status'));
  assert.deepEqual(decodeStanding(result('status', STATUS)), {
    ...{ lastProved: 7, provedRoot: word('0c'), queueConsumed: 4, queueLength: 6, headDue: 1000, openUntil: 50 },
    ...{ frozen: false, closingAt: undefined, operator: account.toLowerCase() },
  });
  const ended = { ...STATUS, queueConsumed: 6n, headDue: 0, frozen: true, closingAt: 77n };
  const { headDue, frozen, closingAt } = decodeStanding(result('status', ended));
  assert.deepEqual([headDue, frozen, closingAt], [undefined, true, 77]);
  assert.equal(deploymentCall(rollup).data, data('config'));
  assert.deepEqual(decodeDeployment(result('config', CONFIG)), {
    ...{ governor: account.toLowerCase(), guardian: undefined, queueDelayS: 6, freezeAfterS: 8, upgradeDelayS: 9 },
  });
});

test('freezing, and from when the contract takes it', () => {
  assert.deepEqual(freezeCall(rollup), { to: rollup.contract, data: data('freeze'), value: 0n });
  // Overdue by more than eight seconds.
  assert.equal(freezableFrom(1000, 8), 1009);
  assert.equal(freezableFrom(undefined, 8), undefined);
});

test('entries of the queue, and what comes back of them', () => {
  const key = SecretKey.fromSeed(new Uint8Array(32).fill(9));
  const { x, y } = key.publicKey;
  const tail = (BigInt(account) << 96n) | (30n << 48n) | 4n;
  const words = [(3n << 244n) | (5n << 176n) | (12n << 16n), x, y, 0n, 0n, 0n];
  const topics = encodeEventTopics({ abi, eventName: 'Queued', args: { index: 41n } }) as string[];
  assert.deepEqual(queuedTopics(41, 42), [topics[0], [topics[1]]]);
  assert.equal(queuedTopics(41, 44)[1].length, 3);
  const entry = toQueuedEntry({ address: rollup.contract, topics, data: eventData('Queued', [99, words, tail]) });
  assert.deepEqual(entry, { index: 41n, due: 99, words, tail });
  assert.deepEqual(entryContent(entry, rollup), {
    ...{ kind: 'deposit', token: 5, amount: 12n, owner: key.address('development') },
    ...{ refundTo: account, feeWei: 34_000_000_000n },
  });
  const forced = { ...entry, words: [(5n << 244n) | (12n << 16n), BigInt(account), 0n, x, y, 1n] };
  assert.deepEqual(
    [entryContent(forced, rollup).kind, entryContent(forced, rollup).owner],
    ['forced_withdrawal', undefined],
  );
  assert.throws(() => entryContent({ ...entry, words: [1n << 244n] }, rollup), { code: 'answer' });
  assert.equal(queueLinkCall(rollup, 41n).data, data('queueLink', 41n));
  assert.equal(isRefundedCall(rollup, 41n).data, data('isRefunded', 41n));
  assert.deepEqual(refundCall(rollup, entry, 7n, account), {
    to: rollup.contract,
    data: data('refund', 41n, 7n, words, tail, account),
    value: 0n,
  });
});

test('what is announced', () => {
  const shape = { shapeId: 9, transfers: 56, fullRecords: 8, feeSlots: 3, verifierType: 1 };
  const [topic] = encodeEventTopics({ abi, eventName: 'ShapeProposed' });
  assert.deepEqual(shapeProposedTopics(), [topic]);
  const log = {
    ...{ address: rollup.contract, topics: [topic as string] },
    data: eventData('ShapeProposed', [9, shape, account, 500n]),
  };
  assert.equal(announcedShape(log), 9);
  assert.equal(proposalCall(rollup, 9).data, data('proposals', 9));
  const answer = (part: object) =>
    result('proposals', { shape, verifier: account, readyAt: 500n, marked: false, queueLength: 0n, ...part });
  const proposal = {
    ...{ shapeId: 9, transfers: 56, fullRecords: 8, feeSlots: 3, verifier: account.toLowerCase() },
    ...{ readyAt: 500, voidAt: 500 + 14 * 86_400, afterEntries: undefined },
  };
  assert.deepEqual(decodeProposal(answer({})), proposal);
  assert.deepEqual(decodeProposal(answer({ marked: true, queueLength: 0n })), { ...proposal, afterEntries: 0 });
  assert.equal(decodeProposal(answer({ readyAt: 0n })), undefined);
  assert.equal(proposedOperatorCall(rollup).data, data('proposedOperator'));
  assert.equal(decodeAddress(result('proposedOperator', account)), account.toLowerCase());
  assert.equal(decodeAddress(result('proposedOperator', nobody)), undefined);
});

test('a claim of a packet is that of its batch', () => {
  const list = [5, 6].map((amount) => ({ token: 0, amount: String(amount), receiver: account, from: amount }));
  const hashed = claimsHash(list.map((claim) => ({ ...claim, amount: BigInt(claim.amount) })));
  const header = {
    ...{ commitment: word('01'), new_root: word('02'), claims_hash: hashed, queue_end: 3 },
    ...{ timestamp: 4, accounts: 5, shape: 0 },
  };
  const packet = { batch: 9, header, list, which: [0, 1] };
  const claims = list.map((claim, which) => ({ ...claim, which, to: account, hash: null, queue_index: null }));
  const batch = { number: 9, header, claims } as unknown as BatchDetail;
  assert.deepEqual(packetClaimCall(rollup, packet, 1), claimCall(rollup, batch, { which: 1 }));
  assert.throws(() => packetClaimCall(rollup, packet, 2), { code: 'unknown_claim' });
  const changed = [{ ...list[0], amount: '7' }, list[1]] as typeof list;
  assert.throws(() => packetClaimCall(rollup, { ...packet, list: changed }, 1), { code: 'claims_hash' });
});
