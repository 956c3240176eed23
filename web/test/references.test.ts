/** Texts beside payments: the sender's own are shown, and no others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SecretKey, rollupOf, signReference } from '@assay/client';
import { isOfSender } from '../src/references.js';

const rollup = rollupOf(31337, '0x948B3c65b89DF0B4894ABE91E6D02FE579834F8F');
const other = rollupOf(31337, '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed');
const key = SecretKey.fromSeed(new Uint8Array(32).fill(1));
const stranger = SecretKey.fromSeed(new Uint8Array(32).fill(2));
const hash = `0x${'ab'.repeat(32)}`;

test('a text is the sender’s for one transaction of one rollup, each time that it is asked', () => {
  const sender = key.address('development');
  const reference = signReference(rollup, hash, 'invoice 17', key);
  for (let turn = 0; turn < 2; turn += 1) {
    assert.equal(isOfSender(reference, rollup, hash, sender), true);
    assert.equal(isOfSender({ ...reference, text: 'a gift' }, rollup, hash, sender), false);
    assert.equal(isOfSender(reference, rollup, `0x${'ac'.repeat(32)}`, sender), false);
    assert.equal(isOfSender(reference, other, hash, sender), false);
    assert.equal(isOfSender(reference, rollup, hash, stranger.address('development')), false);
    assert.equal(isOfSender(reference, rollup, hash, 'nobody'), false);
    const broken = { ...reference, signature: { ...reference.signature, s: 'x' } };
    assert.equal(isOfSender(broken, rollup, hash, sender), false);
  }
});
