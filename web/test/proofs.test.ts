/** The WebAssembly that the page has, on a bundle that `assay demo --out DIR` wrote. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { BatchDetail } from '@assay/client';
import { differences, refusalOf } from '../src/proofs/batch-check.js';
import { Proofs, type Verdict } from '../src/proofs/module.js';

const file = (path: string) => readFileSync(new URL(path, import.meta.url));
const bundle = file('../test/bundle.json');
const proofs = await Proofs.of(file('../dist/proofs.wasm'));
const bytes = (text: string) => new TextEncoder().encode(text);
type Json = string | number | null | readonly Json[] | { readonly [name: string]: Json };
const original = JSON.parse(bundle.toString()) as { [name: string]: Json } & { verifying_key_sha256: string };
const digest = original.verifying_key_sha256;

/** What the verifier says of bytes; nothing where it cannot read them. */
function verdictOn(text: Uint8Array, trusted = digest): Verdict | undefined {
  try {
    return proofs.verify(text, trusted);
  } catch (error) {
    assert.match(String(error), /the bundle cannot be read/);
    return undefined;
  }
}

test('an honest bundle passes every check of `assay verify`', () => {
  const verdict = proofs.verify(bundle, digest);
  assert.equal(verdict.valid, true);
  assert.equal(verdict.batch, 3);
  assert.equal(verdict.key, 'trusted');
  assert.equal(verdict.insecure_development_key, true);
  assert.equal(verdict.first_failure, null);
  const names = verdict.checks.map(({ name }) => name);
  assert.deepEqual(names, [
    ...['verifying_key', 'verifying_key_sha256', 'trusted_key', 'shape', 'statement', 'statement_length'],
    ...['domain', 'header', 'c', 'z', 'y', 'proof', 'pairing', 'l1', 'sha256'],
  ]);
  assert.ok(verdict.checks.every(({ outcome }) => outcome === 'passed'));
  assert.equal(proofs.verify(bundle, '').key, 'bundle');
});

test('a key that is not trusted is refused, and what is no digest too', () => {
  const verdict = proofs.verify(bundle, `0x${'00'.repeat(32)}`);
  assert.equal(verdict.valid, false);
  assert.equal(verdict.first_failure, 'trusted_key');
  assert.equal(refusalOf(verdict), 'the bundle is proved under another verifying key');
  for (const text of ['0x', digest.slice(2), `${digest}00`, 'the key']) {
    assert.throws(() => proofs.verify(bundle, text), /a key's digest is 0x and 64 hexadecimal digits/);
  }
});

/** The paths to all values of a JSON text that hold no others. */
function leaves(value: Json, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, inside]) => leaves(inside, [...path, name]));
}

function changed(value: Json, [name, ...rest]: readonly string[], to: (leaf: Json) => Json): Json {
  if (name === undefined) return to(value);
  const copy = structuredClone(value) as { [name: string]: Json };
  copy[name] = changed(copy[name] ?? null, rest, to);
  return copy;
}

test('no value of a bundle can be changed unnoticed', () => {
  const paths = leaves(original);
  assert.ok(paths.length > 60);
  for (const path of paths) {
    const text = JSON.stringify(
      changed(original, path, (leaf) => {
        if (typeof leaf === 'number') return leaf + 1;
        const last = String(leaf ?? '0').at(-1) === '1' ? '2' : '1';
        return `${String(leaf ?? '0x').slice(0, -1)}${last}`;
      }),
    );
    const verdict = verdictOn(bytes(text));
    if (verdict === undefined) continue;
    assert.equal(verdict.valid, false, path.join('.'));
    assert.notEqual(refusalOf(verdict), '', path.join('.'));
  }
});

test('no byte of a bundle can be changed unnoticed', () => {
  for (let at = 0; at < bundle.length; at += 37) {
    const text = Uint8Array.from(bundle);
    text[at] = (text[at] ?? 0) ^ 1;
    assert.notEqual(verdictOn(text)?.valid, true, `byte ${at}`);
  }
  for (const length of [0, 1, bundle.length / 2, bundle.length - 2]) {
    assert.equal(verdictOn(bundle.subarray(0, length)), undefined, `cut off after ${length}`);
  }
});

test('what is too much is refused, and the next question is answered', () => {
  assert.throws(() => proofs.call('verify', [new Uint8Array(17 << 20), bytes('')]), /no room/);
  assert.throws(() => proofs.call('verify', [bundle, new Uint8Array(17 << 20)]), /no room/);
  assert.equal(proofs.verify(bundle, digest).valid, true);
});

test('a bundle that is proved and of another batch than is shown is told apart', () => {
  const { header, l1 } = original as unknown as {
    header: Record<string, string>;
    l1: { chain_id: number; contract: string };
  };
  const rollup = { chain: l1.chain_id, contract: l1.contract };
  const word = (name: string) =>
    `0x${BigInt(header[name] ?? '')
      .toString(16)
      .padStart(64, '0')}`;
  const shown = { number: 3, shape: 'small', old_root: word('old_root'), new_root: word('new_root') } as BatchDetail;
  assert.deepEqual(differences(bundle, shown, rollup), []);
  const others: [string, Partial<BatchDetail>][] = [
    ['the batch’s number', { number: 4 }],
    ['the shape', { shape: 'tiny' }],
    ['the root before', { old_root: word('new_root') }],
    ['the root after', { new_root: word('old_root') }],
  ];
  for (const [what, other] of others) assert.deepEqual(differences(bundle, { ...shown, ...other }, rollup), [what]);
  assert.deepEqual(differences(bundle, shown, { ...rollup, chain: 1 }), ['the chain']);
  assert.deepEqual(differences(bundle, shown, { ...rollup, contract: `0x${'11'.repeat(20)}` }), ['the contract']);
});
