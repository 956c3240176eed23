/** The operator's look at workers: the token, refusals, and how long proofs took. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { NodeError } from '@assay/client';
import { ProverToken, isToken, proofsOf, refusalOf } from '../src/workers.js';
import { batch } from './node-in-parts.js';

test('the token goes to the node in a header, and nowhere once it is forgotten', async () => {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, answer) => {
    asked.push(`${request.url} ${request.headers.authorization}`);
    answer.setHeader('content-type', 'application/json').end('{"workers":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const token = new ProverToken(`http://127.0.0.1:${port}/`);
    const { signal } = new AbortController();
    assert.equal(token.isThere, false);
    assert.deepEqual(await token.workers(signal), []);
    assert.deepEqual(asked, []);
    token.take('a secret');
    assert.equal(token.isThere, true);
    assert.deepEqual(await token.workers(signal), []);
    assert.deepEqual(asked, ['/v1/prover/workers Bearer a secret']);
    assert.ok(!JSON.stringify(token).includes('secret'));
    token.forget();
    assert.equal(token.isThere, false);
    assert.deepEqual(await token.workers(signal), []);
    assert.equal(asked.length, 1);
  } finally {
    server.close();
  }
});

test('a token is what a header can carry', () => {
  assert.deepEqual(['0f3a', 'two words', '', 'a\nb', 'é'].map(isToken), [true, true, false, false, false]);
});

test('refusals of the token are told from other failures', () => {
  const refusal = (code: string) => refusalOf(new NodeError(403, code as 'forbidden', '', {}));
  assert.match(refusal('forbidden') ?? '', /another token/);
  assert.match(refusal('unauthorized') ?? '', /another token/);
  assert.match(refusal('no_jobs') ?? '', /lends no jobs/);
  assert.equal(refusal('busy'), undefined);
  assert.equal(refusalOf(new Error('forbidden')), undefined);
});

test('what proofs of a worker took is counted from sealed to proof', () => {
  const of = (prover: string | null, ...took: number[]) => ({ ...batch(1, 0, ...took), prover });
  const batches = [of('a', 5, 100), of('a', 5, 300), of('b', 5, 7), of('a', 5), of(null, 5, 9)];
  assert.deepEqual(proofsOf('a', batches), { count: 2, medianMs: 200 });
  assert.equal(proofsOf('c', batches), undefined);
});
