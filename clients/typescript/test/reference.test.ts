/** Texts beside payments: who wrote them, and which can be. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SecretKey, checkReference, isReference, referenceMessage, rollupOf, signReference } from '@assay/client';

const rollup = rollupOf(31337, '0x0707070707070707070707070707070707070707');
const hash = `0x${'03'.repeat(32)}`;
const sender = SecretKey.fromSeed(new Uint8Array(32).fill(1));
const other = SecretKey.fromSeed(new Uint8Array(32).fill(2));

/** As the Rust crate works it out (`api/src/reference.rs`). */
test('the message is that of another implementation', () => {
  const expected = 36630452525788703377374383580561451024575217444742054191605650897914019531n;
  assert.equal(referenceMessage(rollup, hash, 'Rechnung 17, März'), expected);
});

test('a text is its sender’s, for one transaction on one rollup', () => {
  const reference = signReference(rollup, hash, 'invoice 17', sender);
  checkReference(reference, rollup, hash, sender.publicKey);
  const elsewhere = rollupOf(1337, rollup.contract);
  for (const forged of [
    () => checkReference({ ...reference, text: 'invoice 18' }, rollup, hash, sender.publicKey),
    () => checkReference(reference, rollup, `0x${'04'.repeat(32)}`, sender.publicKey),
    () => checkReference(reference, elsewhere, hash, sender.publicKey),
    () => checkReference(reference, rollup, hash, other.publicKey),
  ]) {
    assert.throws(forged, { code: 'signature' });
  }
});

test('a text is short and seen', () => {
  for (const good of ['1', 'Rechnung 17, März', '請求書', 'é'.repeat(140), '😀'.repeat(140)])
    assert.ok(isReference(good));
  const bad = ['', 'a\nb', 'a\u007f', 'a\u202eb', '\u200b', 'a\u2028', 'x'.repeat(141), '\ud800'];
  for (const text of bad) {
    assert.ok(!isReference(text), JSON.stringify(text));
    assert.throws(() => signReference(rollup, hash, text, sender), { code: 'reference' });
  }
});
