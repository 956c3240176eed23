/** The contract's own keys, asked of a layer 1 that answers as it is told. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { escapeVerifierCall, rollupOf, shapeCall, verifierKeyCall, type ContractCall, type Hex } from '@assay/client';
import { refusalOf } from '../src/proofs/batch-check.js';
import { escapeKeyDigest, shapeKeyDigest } from '../src/proofs/contract-key.js';
import type { Verdict } from '../src/proofs/module.js';

const rollup = rollupOf(31337, '0x948B3c65b89DF0B4894ABE91E6D02FE579834F8F');
const VERIFIER: Hex = `0x${'c4'.repeat(20)}`;
/** Words of a key of one input. */
const WORDS = 18;
const word = (value: bigint | number) => value.toString(16).padStart(64, '0');
const key = Array.from({ length: WORDS }, (_, at) => word(at + 1)).join('');
const digest = `0x${createHash('sha256').update(key, 'hex').digest('hex')}`;

/** A layer 1 that knows these answers and no others. */
function layer1(answers: readonly (readonly [ContractCall, string])[]) {
  return async ({ to, data }: ContractCall): Promise<Hex> => {
    const found = answers.find(([call]) => call.to === to && call.data === data);
    assert.ok(found, `${to} is not asked ${data}`);
    return `0x${found[1]}`;
  };
}

test('the digest is of the key that the contract’s own verifier has', async () => {
  const verifier = word(BigInt(VERIFIER));
  const read = layer1([
    [shapeCall(rollup, 7), word(0).repeat(5) + verifier],
    [escapeVerifierCall(rollup), verifier],
    [verifierKeyCall(VERIFIER), word(32) + word(WORDS) + key],
  ]);
  assert.equal(await shapeKeyDigest(read, rollup, 7), digest);
  assert.equal(await escapeKeyDigest(read, rollup), digest);
});

test('where the contract has no such verifier, there is no digest', async () => {
  const read = layer1([
    [shapeCall(rollup, 8), word(0).repeat(6)],
    [escapeVerifierCall(rollup), word(0)],
  ]);
  await assert.rejects(shapeKeyDigest(read, rollup, 8), /The contract has no shape 8\./);
  await assert.rejects(escapeKeyDigest(read, rollup), { code: 'answer' });
});

test('a check that this page does not know is named all the same', () => {
  const verdict = (first_failure: string | null) => ({ first_failure }) as Verdict;
  assert.equal(refusalOf(verdict('newer')), 'newer');
  assert.equal(refusalOf(verdict(null)), '');
});
