/** What the client makes of answers, and of none. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { AnswerError, InputError, NodeClient, NodeError, UnansweredError, type SignedOperation } from '@assay/client';
import { FakeNode, json, refuse, type Answer } from './fake-node.js';

async function fake(t: TestContext, ...answers: Answer[]): Promise<FakeNode> {
  let number = 0;
  const node = await FakeNode.start((response, asked) => {
    const answer = answers[Math.min(number, answers.length - 1)];
    number += 1;
    answer?.(response, asked);
  });
  t.after(() => node.close());
  return node;
}

const ok: Answer = (response) => json(response, 200, [{ number: 0 }]);
const operation = { kind: 'transfer' } as SignedOperation;

test('calls have the path, the token and the headers that they should', async (t) => {
  const node = await fake(t, (response) => json(response, 200, { accounts: [] }));
  const client = new NodeClient(`${node.url}/`, { token: 'secret', headers: { 'x-shop': '7' } });
  assert.equal(client.url, node.url);
  await client.accounts('assay1&x');
  await client.accountProof(5, { batch: 7 });
  await client.batches({ limit: 2, before: 9 });
  await client.batches();
  await client.queueEntry(3n);
  await client.claims({ from: 12 });
  await client.claims({ to: '0xAb' }, { limit: 5, before: '7-0' });
  const paths = ['/v1/accounts?owner=assay1%26x', '/v1/accounts/5/proof?batch=7', '/v1/batches?limit=2&before=9'];
  assert.deepEqual(
    node.asked.map(({ path }) => path),
    [...paths, '/v1/batches', '/v1/queue/3', '/v1/claims?from=12', '/v1/claims?to=0xAb&limit=5&before=7-0'],
  );
  assert.ok(node.asked.every(({ headers }) => headers.authorization === 'Bearer secret' && headers['x-shop'] === '7'));
});

test('a refusal is an error with its code and data', async (t) => {
  const node = await fake(t, (response) =>
    refuse(response, 400, 'fee_too_low', { token: 0, given: '1', minimum: '5' }),
  );
  const error = await new NodeClient(node.url).submit(operation).catch((error: unknown) => error);
  assert.ok(error instanceof NodeError);
  assert.equal(error.name, 'NodeError');
  assert.equal(error.status, 400);
  assert.ok(!error.is('busy'));
  if (!error.is('fee_too_low')) assert.fail();
  const minimum: string = error.details.minimum;
  assert.equal(minimum, '5');
  assert.equal(node.asked.length, 1);
  assert.deepEqual(JSON.parse(node.asked[0]?.body ?? ''), operation);
});

test('what is read is asked again until it is answered', async (t) => {
  const busy: Answer = (response) => refuse(response, 503, 'busy', {}, { 'retry-after': '0' });
  const gone: Answer = (response) => response.destroy();
  const proxy: Answer = (response) => response.writeHead(502).end('<html>bad gateway</html>');
  const node = await fake(t, busy, gone, proxy, ok);
  assert.deepEqual(await new NodeClient(node.url).tokens(), [{ number: 0 }]);
  assert.equal(node.asked.length, 4);

  const never = await fake(t, proxy);
  await assert.rejects(new NodeClient(never.url, { retries: 1 }).tokens(), UnansweredError);
  assert.equal(never.asked.length, 2);
});

test('what is handed in is sent once where it may have arrived, and again where it was turned away', async (t) => {
  const gone = await fake(t, (response) => response.destroy());
  await assert.rejects(new NodeClient(gone.url).submit(operation), UnansweredError);
  assert.equal(gone.asked.length, 1);

  const internal = await fake(t, (response) => refuse(response, 500, 'internal'));
  await assert.rejects(new NodeClient(internal.url).submit(operation), NodeError);
  assert.equal(internal.asked.length, 1);

  const limited: Answer = (response) =>
    refuse(response, 429, 'too_many_requests', { wait_s: 0 }, { 'retry-after': '0' });
  const [busy, starting] = ['busy', 'starting_anew'].map(
    (code): Answer =>
      (response) =>
        refuse(response, 503, code, {}, { 'retry-after': '0' }),
  ) as [Answer, Answer];
  const node = await fake(t, limited, busy, starting, (response) => json(response, 202, { hash: '0x1' }));
  assert.deepEqual(await new NodeClient(node.url).submit(operation), { hash: '0x1' });
  assert.equal(node.asked.length, 4);
});

test('where nobody knows whether it was done, what is read is asked again, and what is handed in is not', async (t) => {
  for (const [status, code] of [
    [408, 'timeout'],
    [500, 'internal'],
    [503, 'storage_unavailable'],
  ] as const) {
    const once = await fake(t, (response) => refuse(response, status, code));
    await assert.rejects(new NodeClient(once.url).submit(operation), { code });
    assert.equal(once.asked.length, 1, code);
    const again = await fake(t, (response) => refuse(response, status, code, {}, { 'retry-after': '0' }), ok);
    assert.deepEqual(await new NodeClient(again.url, { retries: 1 }).tokens(), [{ number: 0 }], code);
  }
});

test('how long to wait is a number or is not told', async (t) => {
  for (const [told, waitMs] of [
    ['2', 2000],
    ['soon', undefined],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
  ] as const) {
    const node = await fake(t, (response) => refuse(response, 429, 'too_many_requests', {}, { 'retry-after': told }));
    const error = await new NodeClient(node.url, { retries: 0 }).tokens().catch((error: unknown) => error);
    assert.ok(error instanceof NodeError);
    assert.equal(error.retryAfterMs, waitMs, told);
  }
  const silent = await fake(t, (response) => refuse(response, 429, 'too_many_requests'));
  const error = await new NodeClient(silent.url, { retries: 0 }).tokens().catch((error: unknown) => error);
  assert.ok(error instanceof NodeError && error.retryAfterMs === undefined);
});

test('a body is named as JSON, and nothing is named that was not given', async (t) => {
  const node = await fake(t, (response) => json(response, 200, []));
  const client = new NodeClient(node.url);
  await client.tokens();
  await client.submit(operation);
  const [read, sent] = node.asked.map(({ headers }) => headers);
  assert.deepEqual(
    [read?.authorization, read?.['content-type'], sent?.['content-type']],
    [...[undefined, undefined], 'application/json'],
  );
});

test('nobody is asked again who wants to be left alone for long', async (t) => {
  const node = await fake(t, (response) =>
    refuse(response, 429, 'too_many_requests', { wait_s: 90 }, { 'retry-after': '90' }),
  );
  const error = await new NodeClient(node.url).tokens().catch((error: unknown) => error);
  assert.ok(error instanceof NodeError && error.retryAfterMs === 90_000);
  assert.equal(node.asked.length, 1);
});

test('a refusal has the name of its request, to quote to the operator', async (t) => {
  const named = await fake(t, (response) => refuse(response, 500, 'internal', {}, { 'x-request-id': 'complaint-1' }));
  await assert.rejects(new NodeClient(named.url).submit(operation), { name: 'NodeError', requestId: 'complaint-1' });
  const nameless = await fake(t, (response) => refuse(response, 500, 'internal'));
  await assert.rejects(new NodeClient(nameless.url).submit(operation), { name: 'NodeError', requestId: undefined });
});

test('other refusals are not repeated', async (t) => {
  const node = await fake(t, (response) => refuse(response, 404, 'unknown_batch', { batch: 9 }));
  await assert.rejects(new NodeClient(node.url).batch(9), { code: 'unknown_batch', details: { batch: 9 } });
  assert.equal(node.asked.length, 1);
});

test('who speaks no Assay is told from a node', async (t) => {
  const page: Answer = (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
  const missing: Answer = (response) => response.writeHead(404).end('not here');
  const foreign: Answer = (response) => json(response, 404, { error: 'not here' });
  for (const answer of [page, missing, foreign]) {
    const node = await fake(t, answer);
    await assert.rejects(new NodeClient(node.url).tokens(), AnswerError);
  }
});

test('silence ends after the time that was given, and at once where the caller wants it', async (t) => {
  const node = await fake(t, () => undefined);
  const client = new NodeClient(node.url, { timeoutMs: 60, retries: 0 });
  await assert.rejects(client.tokens(), /has not answered within 60 ms/);
  await assert.rejects(client.tokens({ timeoutMs: 30 }), /within 30 ms/);
  const controller = new AbortController();
  const reason = new Error('the user went away');
  const asked = client.tokens({ signal: controller.signal, timeoutMs: 60_000 });
  controller.abort(reason);
  await assert.rejects(asked, reason);
  await assert.rejects(client.tokens({ signal: controller.signal }), reason);
});

test('a body that never ends is given up too', async (t) => {
  const node = await fake(t, (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('[');
  });
  await assert.rejects(new NodeClient(node.url, { timeoutMs: 60, retries: 0 }).tokens(), /within 60 ms/);
});

test('what is no URL of a node', () => {
  const urls = ['http://user:secret@node', 'http://secret@node', 'http://:secret@node', 'http://node/#secret'];
  const wrong = ['', 'node', 'ftp://node', 'http://node/?token=secret', ...urls];
  for (const url of wrong) {
    const refused = (error: unknown) => error instanceof InputError && !error.message.includes('secret');
    assert.throws(() => new NodeClient(url), refused, url);
  }
  for (const url of ['https://node', 'http://node/behind/a/proxy//']) {
    assert.equal(new NodeClient(url).url, url.replace(/\/+$/, ''));
  }
});

test('errors do not show what could be a password in the path of the node', async () => {
  const unheard = new NodeClient('http://127.0.0.1:1/key-abc', { retries: 0 });
  await assert.rejects(unheard.tokens(), (error: Error) => !error.message.includes('key-abc'));
});
