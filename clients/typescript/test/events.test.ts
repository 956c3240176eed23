/** Streams that are cut anywhere, that break, and that go on. */
import assert from 'node:assert/strict';
import { SseParser } from '#dist/sse.js';
import type { ServerResponse } from 'node:http';
import { test, type TestContext } from 'node:test';
import {
  AnswerError,
  NodeClient,
  NodeError,
  RejectedError,
  TimeoutError,
  type NodeEvent,
  type Stage,
} from '@assay/client';
import { FakeNode, json, refuse, type Answer } from './fake-node.js';

const hash = `0x${'ab'.repeat(32)}`;

function moved(stage: Stage, id?: string): string {
  const data = JSON.stringify({ type: 'transaction', hash, stage, batch: null, at_ms: 1 });
  return `${id === undefined ? '' : `id: ${id}\n`}event: transaction\ndata: ${data}\n\n`;
}

function stream(response: ServerResponse, ...texts: string[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  for (const text of texts) response.write(text);
}

async function fake(t: TestContext, answer: Answer): Promise<FakeNode> {
  const node = await FakeNode.start(answer);
  t.after(() => node.close());
  return node;
}

async function take(events: AsyncGenerator<NodeEvent>, count: number): Promise<NodeEvent[]> {
  const taken: NodeEvent[] = [];
  for await (const event of events) {
    taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}

test('the text of events, in pieces of every size', () => {
  const text = [
    ': a comment\r\n',
    'event: batch\rdata: one\rdata:two\r\r',
    'id: 7\nretry: 250\ndata\n\n',
    'id: wrong\0id\nevent: nothing\n\n',
    'data: {"a": "b: c"}\r\n\r\n',
    'id: 8\ndata: cut off',
  ].join('');
  for (let size = 1; size <= text.length; size += 1) {
    const parser = new SseParser();
    const found = [];
    for (let from = 0; from < text.length; from += size) found.push(...parser.push(text.slice(from, from + size)));
    assert.deepEqual(found, [
      { event: 'comment', data: undefined },
      { event: 'batch', data: 'one\ntwo' },
      { event: 'message', data: '' },
      { event: 'message', data: '{"a": "b: c"}' },
    ]);
    assert.equal(parser.lastEventId, '7');
    assert.equal(parser.retryMs, 250);
  }
});

test('a stream that breaks is opened again, after the last event that came', async (t) => {
  let streams = 0;
  const node = await fake(t, (response) => {
    streams += 1;
    if (streams === 1) {
      stream(response, 'retry: 1\n\n', moved('received', '41'), moved('executed', '42'));
      response.write('id: 43\ndata', () => response.destroy());
    }
    if (streams === 2) response.writeHead(502).end();
    if (streams === 3) stream(response, moved('sealed', '43'));
  });
  const events = await take(new NodeClient(node.url).events(), 5);
  const shown = events.map((event) => (event.type === 'transaction' ? event.stage : event));
  const [first, again] = [
    { type: 'open', resumed: false },
    { type: 'open', resumed: true },
  ];
  assert.deepEqual(shown, [first, 'received', 'executed', again, 'sealed']);
  assert.deepEqual(
    node.asked.map(({ headers }) => headers['last-event-id']),
    [undefined, '42', '42'],
  );
});

test('without ids a new stream says that something may be missing', async (t) => {
  const node = await fake(t, (response) => {
    stream(response, 'retry: 1\n\n', moved('received'));
    response.end();
  });
  const events = await take(new NodeClient(node.url).events(), 4);
  assert.deepEqual(
    events.filter((event) => event.type === 'open'),
    Array(2).fill({ type: 'open', resumed: false }),
  );
  assert.ok(node.asked.every(({ headers }) => headers['last-event-id'] === undefined));
});

test('a listener goes on where an earlier one ended', async (t) => {
  const node = await fake(t, (response) => stream(response, moved('executed', '9')));
  const [open] = await take(new NodeClient(node.url).events({ lastEventId: '8' }), 1);
  assert.deepEqual(open, { type: 'open', resumed: true });
  assert.equal(node.asked[0]?.headers['last-event-id'], '8');
});

test('lagging, a reset, keeping alive, and events of a newer node', async (t) => {
  const node = await fake(t, (response) =>
    stream(
      response,
      ': \nid: 1-2\n\n',
      'event: new\ndata: 1\n\n',
      'event: lagged\ndata: 17\n\n',
      'event: reset\ndata: read anew\n\n',
    ),
  );
  const events = await take(new NodeClient(node.url).events(), 4);
  assert.deepEqual(events.slice(1), [{ type: 'alive' }, { type: 'lagged', missed: 17 }, { type: 'reset' }]);
});

test('a stream that breaks before an event goes on from where it began', async (t) => {
  const node = await fake(t, (response) => {
    stream(response, 'retry: 1\n\n', ': \nid: ab-7\n\n');
    response.end();
  });
  const events = await take(new NodeClient(node.url).events(), 4);
  assert.deepEqual(events, [
    { type: 'open', resumed: false },
    { type: 'alive' },
    { type: 'open', resumed: true },
    { type: 'alive' },
  ]);
  assert.equal(node.asked[1]?.headers['last-event-id'], 'ab-7');
});

test('a filter is asked of the node, again with every stream', async (t) => {
  const node = await fake(t, (response) => {
    stream(response, 'retry: 1\n\n');
    response.end();
  });
  const client = new NodeClient(node.url);
  await take(client.events({ account: [1, 20], type: 'transaction' }), 2);
  await take(client.events({ transaction: hash, batch: 0 }), 1);
  const asked = node.asked.map(({ path }) => path);
  const accounts = '/v1/events?account=1%2C20&type=transaction';
  assert.deepEqual(asked, [accounts, accounts, `/v1/events?transaction=${hash}&batch=0`]);
});

test('a stream on which nothing comes is given up for another', async (t) => {
  const node = await fake(t, (response) => stream(response, 'retry: 1\n\n'));
  const events = await take(new NodeClient(node.url).events({ silenceMs: 40 }), 2);
  assert.deepEqual(
    events.map(({ type }) => type),
    ['open', 'open'],
  );
});

test('a signal ends a stream without an error, a refusal with one', async (t) => {
  const node = await fake(t, (response) => stream(response));
  const controller = new AbortController();
  const seen: NodeEvent[] = [];
  for await (const event of new NodeClient(node.url).events({ signal: controller.signal })) {
    seen.push(event);
    controller.abort();
  }
  assert.equal(seen.length, 1);
  const strict = await fake(t, (response) => refuse(response, 401, 'unauthorized'));
  await assert.rejects(take(new NodeClient(strict.url).events(), 1), NodeError);
});

test('a stream that the node refuses for now is opened again, and one that nothing would mend is not', async (t) => {
  for (const status of [408, 429, 500, 503]) {
    let streams = 0;
    const node = await fake(t, (response) => {
      streams += 1;
      if (streams === 1) refuse(response, status, 'busy');
      else stream(response);
    });
    assert.deepEqual(await take(new NodeClient(node.url).events(), 1), [{ type: 'open', resumed: false }]);
    assert.equal(streams, 2, String(status));
  }
  for (const status of [400, 403, 404]) {
    const node = await fake(t, (response) => refuse(response, status, 'no'));
    await assert.rejects(take(new NodeClient(node.url).events(), 1), { name: 'NodeError', status });
    assert.equal(node.asked.length, 1);
  }
});

test('what is no stream of events, and an event that cannot be read, is an error', async (t) => {
  const page = await fake(t, (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'));
  await assert.rejects(take(new NodeClient(page.url).events(), 1), AnswerError);
  const torn = await fake(t, (response) => stream(response, 'event: batch\ndata: {"number": \n\n'));
  await assert.rejects(take(new NodeClient(torn.url).events(), 2), AnswerError);
});

test('a signal that was given before asks nobody', async (t) => {
  const node = await fake(t, (response) => stream(response));
  assert.deepEqual(await take(new NodeClient(node.url).events({ signal: AbortSignal.abort() }), 1), []);
  assert.equal(node.asked.length, 0);
});

/** A node that knows one transaction, which comes to the next stage with every look at it. */
function following(stages: { stage: Stage; batch?: number }[]): Answer {
  let look = 0;
  return (response, { path }) => {
    if (path === `/v1/events?transaction=${hash}`) {
      const dropped = JSON.stringify({ type: 'dropped', number: 3, code: 'too_old', message: 'late', at_ms: 1 });
      stream(
        response,
        `event: dropped\ndata: ${dropped}\n\n`,
        moved('executed'),
        'event: reset\ndata: read anew\n\n',
        'event: lagged\ndata: 1\n\n',
      );
      return;
    }
    const { stage, batch = null } = stages[Math.min(look, stages.length - 1)] ?? { stage: 'received' };
    look += 1;
    json(response, 200, { hash, stage, batch, dropped: null, rejection: null });
  };
}

test('a transaction is read again when it moved, or when it may have', async (t) => {
  const stages = ['received', 'executed', 'sealed', 'final'] as const;
  const node = await fake(t, following(stages.map((stage, at) => (at === 0 ? { stage } : { stage, batch: 4 }))));
  const seen: Stage[] = [];
  for await (const view of new NodeClient(node.url).follow(hash)) seen.push(view.stage);
  assert.deepEqual(seen, stages);
  assert.equal(node.asked.filter(({ path }) => path === `/v1/transactions/${hash}`).length, 4);
});

test('waiting ends at the stage, at a rejection, or when the time is over', async (t) => {
  const node = await fake(
    t,
    following([
      { stage: 'executed', batch: 4 },
      { stage: 'sealed', batch: 4 },
    ]),
  );
  const client = new NodeClient(node.url);
  assert.equal((await client.waitFor(hash, 'sealed')).stage, 'sealed');
  await assert.rejects(client.waitFor(hash, 'final', { timeoutMs: 2000 }), (error) => {
    return error instanceof TimeoutError && /it is sealed$/.test(error.message);
  });
  const reason = new Error('enough');
  await assert.rejects(client.waitFor(hash, 'final', { signal: AbortSignal.abort(reason) }), reason);
  const refused = await fake(t, (response, { path }) => {
    if (path.startsWith('/v1/events')) stream(response);
    else
      json(response, 200, {
        hash,
        stage: 'rejected',
        rejection: { code: 'expired', message: 'too late', details: { now: 9 } },
      });
  });
  await assert.rejects(new NodeClient(refused.url).waitFor(hash, 'final'), (error) => {
    return error instanceof RejectedError && error.is('expired') && error.details.now === 9;
  });
});

test('an entry of the queue is waited for while it is in no batch', async (t) => {
  let look = 0;
  const node = await fake(t, (response, { path }) => {
    const entry = (index: number | null) => {
      const data = JSON.stringify({ type: 'operation', batch: 4, queue_index: index, stage: 'sealed', at_ms: 1 });
      return `event: operation\ndata: ${data}\n\n`;
    };
    const dropped = JSON.stringify({ type: 'dropped', number: 4, code: 'too_old', message: 'late', at_ms: 1 });
    if (path === '/v1/events?type=operation') {
      const texts = [entry(null), entry(6), entry(7), `event: dropped\ndata: ${dropped}\n\n`];
      return stream(response, ...texts);
    }
    assert.equal(path, '/v1/queue/7');
    look += 1;
    if (look === 1) refuse(response, 404, 'unknown_entry', { entry: 7 });
    else json(response, 200, { batch: 4, stage: look === 2 ? 'sealed' : 'proved', executed: true });
  });
  const client = new NodeClient(node.url);
  assert.equal((await client.waitForEntry(7n, 'proved')).stage, 'proved');
  assert.equal(look, 3);
  await assert.rejects(client.waitForEntry(7, 'final', { timeoutMs: 80 }), TimeoutError);
});
