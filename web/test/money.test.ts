/** What the wallet works out of what the node lists: payments over pages, claims, and how long it takes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  NodeError,
  rollupOf,
  type AccountView,
  type BatchView,
  type ClaimList,
  type PaymentList,
  type PaymentView,
} from '@assay/client';
import { estimate } from '../src/estimate.js';
import { latestPayments } from '../src/view/payments.js';
import { ClaimFinder, type Claimable } from '../src/wallet/claims.js';

const rollup = rollupOf(31337, '0x948B3c65b89DF0B4894ABE91E6D02FE579834F8F');
const signal = new AbortController().signal;
const hash = (number: number) => `0x${number.toString(16).padStart(64, '0')}`;
const payment = (number: number, more: Partial<PaymentView> = {}) => ({ hash: hash(number), ...more }) as PaymentView;

/** Pages of an account, the cursor being the place in the list; each page repeats the last of the one before. */
function paged(all: readonly PaymentView[], asked: number[] = []) {
  return {
    payments: async (
      _: number,
      { limit = 20, before }: { limit?: number; before?: string } = {},
    ): Promise<PaymentList> => {
      asked.push(limit);
      const from = before === undefined ? 0 : Number(before) - 1;
      const to = Math.min(all.length, before === undefined ? limit : from + 1 + limit);
      return { payments: all.slice(from, to), next_before: to < all.length ? String(to) : null };
    },
  };
}

test('payments are read over pages, each once, and it is told whether there are older ones', async () => {
  const all = Array.from({ length: 250 }, (_, at) => payment(at));
  const asked: number[] = [];
  const some = await latestPayments(paged(all, asked), 1, 120, signal);
  assert.deepEqual(
    some.payments.map(({ hash }) => hash),
    all.slice(0, 120).map(({ hash }) => hash),
  );
  assert.equal(some.more, true);
  assert.deepEqual(asked, [100, 20]);
  const rest = await latestPayments(paged(all), 1, 1000, signal);
  assert.deepEqual([rest.payments.length, rest.more], [250, false]);
});

test('claims are found by the list of the node, and those that the contract paid are left out', async () => {
  let root = 'a';
  const numbers = [7, 8];
  const paid = new Set([7]);
  const asked: (readonly [number, string | undefined])[] = [];
  const claims = async (of: unknown, { limit = 20, before }: { limit?: number; before?: string } = {}) => {
    asked.push([limit, before]);
    assert.deepEqual(of, { from: 12 });
    const latest = numbers.filter((number) => before === undefined || number < Number(before)).reverse();
    const page = latest.slice(0, limit);
    return {
      claims: page.map((batch) => ({ batch, which: 1, from: 12, claimed: paid.has(batch) })),
      batches: page.map((number) => ({ number, header: { new_root: root } })),
      next_before: latest.length > limit ? `${page.at(-1)}` : null,
    } as unknown as ClaimList;
  };
  const finder = new ClaimFinder({ claims }, rollup);
  const accounts = [{ index: 12 }] as AccountView[];
  const names = (found: readonly Claimable[]) => found.map(({ batch, claim }) => `${batch.number} ${claim.which}`);
  assert.deepEqual(names(await finder.find(accounts, signal)), ['8 1']);
  // Later looks go on to what is known.
  for (let number = 9; number < 24; number += 1) numbers.push(number);
  const found = await finder.find(accounts, signal);
  assert.deepEqual([found.length, found[0]?.batch.number], [16, 23]);
  assert.deepEqual(asked, [
    [100, undefined],
    [10, undefined],
    [10, '14'],
  ]);
  paid.add(23);
  assert.equal((await finder.find(accounts, signal)).length, 15);
  // After a reorganisation another batch has the number.
  root = 'b';
  assert.deepEqual(names((await finder.find(accounts, signal)).slice(0, 2)), ['22 1', '21 1']);
  assert.equal((await finder.find(accounts, signal)).length, 15);

  const read = async ({ data }: { data: string }) =>
    `0x${'0'.repeat(63)}${BigInt(`0x${data.slice(10, 74)}`) === 22n ? 1 : 0}` as const;
  const unpaid = await finder.unpaid(await finder.find(accounts, signal), { read });
  assert.deepEqual([unpaid.length, unpaid[0]?.batch.number], [14, 21]);
});

test('how long it takes is what the latest final batches took, less what has passed', () => {
  const times = (closed: number) => ({
    closed,
    sealed: closed + 100,
    proof: null,
    proved: closed + 1000,
    final: closed + 3000,
  });
  const batches = [0, 10_000].map((closed) => ({ times_ms: times(closed) }) as unknown as BatchView);
  const status = { batch_time_ms: 500 };
  assert.deepEqual(estimate(status, batches, 0), { provedMs: 1500, finalMs: 3500, batches: 2 });
  assert.deepEqual(estimate(status, batches, 400, { sealed: 100 }), { provedMs: 600, finalMs: 2600, batches: 2 });
  assert.deepEqual(estimate(status, batches, 1500, { sealed: 100, proved: 1000 }), {
    provedMs: 0,
    finalMs: 1500,
    batches: 2,
  });
  assert.equal(estimate(status, batches, 2000, { sealed: 100 }), undefined);
  assert.equal(estimate(status, batches, 9000, { sealed: 100, proved: 1000 }), undefined);
  assert.equal(estimate(status, batches.slice(1), 0), undefined);
});

test('claims of a long history are looked for so far, paid ones are asked for once, and a refusal is told', async () => {
  const asked: (string | undefined)[] = [];
  let failure: Error | undefined;
  const claims = async (_: unknown, { before }: { before?: string } = {}) => {
    if (failure) throw failure;
    asked.push(before);
    const claim = { batch: asked.length, which: 0, from: 12, claimed: null };
    const batch = { number: asked.length, header: { new_root: 'a' } };
    return { claims: [claim], batches: [batch], next_before: String(asked.length) } as unknown as ClaimList;
  };
  const finder = new ClaimFinder({ claims }, rollup);
  const accounts = [{ index: 12 }] as AccountView[];
  const found = await finder.find(accounts, signal);
  assert.deepEqual(asked, [undefined, '1', '2', '3', '4']);
  // What the node does not know the contract is asked for, and what it has paid not again.
  let questions = 0;
  const read = async () => {
    questions += 1;
    return `0x${'0'.repeat(63)}${questions === 1 ? 1 : 0}` as const;
  };
  assert.equal((await finder.unpaid(found, { read })).length, 4);
  assert.equal((await finder.unpaid(found, { read })).length, 4);
  assert.equal(questions, 9);
  failure = new NodeError(503, 'busy', 'busy', {});
  await assert.rejects(finder.find(accounts, signal), { code: 'busy' });
});
