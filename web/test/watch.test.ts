/** What the page knows, from a node that is made up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodeError, UnansweredError, type NodeEvent, type StatusView } from '@assay/client';
import { Watch, type Known, type Node } from '../src/watch.js';
import { batch, status } from './node-in-parts.js';

/** A node that says what the test says. */
class Scripted implements Node {
  current: StatusView = status();
  error: Error | undefined;
  list = [batch(1, 1)];
  asked = { status: 0, batches: 0 };
  #tell: ((event: NodeEvent | undefined) => void) | undefined;
  #waiting: NodeEvent[] = [];

  status = async () => {
    this.asked.status += 1;
    if (this.error) throw this.error;
    return this.current;
  };
  tokens = async () => [];
  batches = async () => {
    this.asked.batches += 1;
    return { batches: this.list, next_before: null };
  };

  tell(event: NodeEvent): void {
    const tell = this.#tell;
    this.#tell = undefined;
    if (tell) tell(event);
    else this.#waiting.push(event);
  }

  async *events({ signal }: { signal?: AbortSignal } = {}): AsyncGenerator<NodeEvent, void, void> {
    signal?.addEventListener('abort', () => this.#tell?.(undefined));
    while (!signal?.aborted) {
      const next = this.#waiting.shift() ?? (await new Promise<NodeEvent | undefined>((tell) => (this.#tell = tell)));
      this.#tell = undefined;
      if (next === undefined) return;
      yield next;
    }
  }
}

/** Runs a watch until what is known is as wanted, step by step. */
async function watched(node: Scripted, story: (until: Until, watch: Watch) => Promise<void>): Promise<void> {
  const watch = new Watch(node);
  const controller = new AbortController();
  const running = watch.run(controller.signal);
  const until: Until = (wanted) =>
    new Promise((resolve) => {
      const look = () => {
        if (!wanted(watch.known)) return;
        stop();
        resolve(watch.known);
      };
      const stop = watch.listen(look);
      look();
    });
  try {
    await story(until, watch);
  } finally {
    controller.abort();
    await running;
  }
}
type Until = (wanted: (known: Known) => boolean) => Promise<Known>;

test('it begins with everything, and reads batches again only when one moved', { timeout: 20_000 }, async () => {
  const node = new Scripted();
  await watched(node, async (until, watch) => {
    await until(({ contact }) => contact.is === 'well');
    assert.deepEqual(node.asked, { status: 1, batches: 1 });
    assert.equal(watch.known.batches?.length, 1);
    watch.ask();
    await until(({ samples }) => samples.length === 2);
    assert.deepEqual(node.asked, { status: 2, batches: 1 });
    node.current = status({ heights: { executed: 2, sealed: 2, proved: 1, final: 0 } });
    watch.ask();
    const { revision } = await until(({ samples }) => samples.length === 3);
    assert.deepEqual(node.asked, { status: 3, batches: 2 });
    assert.equal(revision, 2);
    assert.deepEqual(
      watch.known.samples.map(({ unproved }) => unproved),
      [0, 0, 1],
    );
  });
});

test('events move transactions, and a batch takes its transactions along', { timeout: 20_000 }, async () => {
  const node = new Scripted();
  await watched(node, async (until) => {
    await until(({ contact }) => contact.is === 'well');
    const at_ms = 5;
    const paid = { from: 1, to_account: 2, dropped: null };
    node.tell({ type: 'transaction', hash: '0x1', stage: 'received', batch: null, ...paid, at_ms });
    await until(({ seen }) => seen.length === 1);
    node.tell({ type: 'transaction', hash: '0x2', stage: 'executed', batch: 1, ...paid, at_ms });
    await until(({ seen }) => seen.length === 2);
    node.tell({ type: 'transaction', hash: '0x1', stage: 'executed', batch: 2, ...paid, at_ms });
    const { seen, executed } = await until(({ executed }) => executed === 2);
    assert.deepEqual(
      seen.map(({ hash }) => hash),
      ['0x1', '0x2'],
    );
    assert.equal(executed, 2);
    node.list = [{ ...batch(1, 1), stage: 'proved' }];
    node.tell({ type: 'batch', number: 1, stage: 'proved', at_ms });
    // Each of its transactions is told as well, the page's and others: nothing is counted or moved twice.
    node.tell({ type: 'transaction', hash: '0x2', stage: 'proved', batch: 1, ...paid, at_ms });
    node.tell({ type: 'transaction', hash: '0x3', stage: 'proved', batch: 1, ...paid, at_ms });
    const after = await until(({ revision }) => revision === 2);
    assert.equal(after.executed, 2);
    assert.deepEqual(
      after.seen.map(({ hash }) => hash),
      ['0x1', '0x2'],
    );
    assert.equal(after.batches?.[0]?.stage, 'proved');
    assert.deepEqual(
      after.seen.map(({ stage }) => stage),
      ['executed', 'proved'],
    );
    // What events do not tell is read anew, at once.
    assert.equal(node.asked.batches, 2);
  });
});

test('a node that is away is said to be, and what was known stays', { timeout: 20_000 }, async () => {
  const node = new Scripted();
  await watched(node, async (until, watch) => {
    await until(({ contact }) => contact.is === 'well');
    node.error = new UnansweredError('nobody is there');
    watch.ask();
    const away = await until(({ contact }) => contact.is === 'away');
    assert.ok(away.contact.is === 'away' && away.contact.attempts === 1);
    assert.equal(away.batches?.length, 1);
    node.error = new NodeError<string>(503, 'starting_anew', 'it starts anew', {});
    watch.ask();
    await until(({ contact }) => contact.is === 'starting');
    node.error = undefined;
    // Without being told to: it tries again by itself.
    await until(({ contact }) => contact.is === 'well');
  });
});
