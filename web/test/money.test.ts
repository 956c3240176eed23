/** What the wallet works out of what the node lists: payments over pages, claims, and how long it takes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  NodeError,
  rollupOf,
  type AccountView,
  type BatchDetail,
  type BatchView,
  type PaymentList,
  type PaymentView,
} from '@assay/client';
import { estimate } from '../src/estimate.js';
import { latestPayments } from '../src/view/payments.js';
import { ClaimFinder } from '../src/wallet/claims.js';

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

test('claims are found by the history, and those that the contract paid are left out', async () => {
  const out = { direction: 'outgoing', kind: 'withdrawal' } as const;
  const history = [
    payment(1, { ...out, stage: 'sealed', batch: 9 }),
    payment(2, { ...out, stage: 'proved', batch: 8 }),
    payment(3, { ...out, stage: 'final', batch: 7, kind: 'forced_withdrawal' }),
    payment(4, { ...out, stage: 'final', batch: 6, kind: 'transfer' }),
  ];
  const asked: number[] = [];
  const batch = async (number: number) => {
    asked.push(number);
    const claims = [5, 12].map((from, which) => ({ which, from, token: 0, amount: '1', to: '0x', hash: null }));
    return {
      number,
      new_root: hash(number),
      claims,
      stage: number === 7 ? 'final' : 'proved',
    } as unknown as BatchDetail;
  };
  const finder = new ClaimFinder({ ...paged(history), batch }, rollup);
  const accounts = [{ index: 12 }] as AccountView[];
  const names = (claims: readonly { batch: BatchDetail; claim: { which: number } }[]) =>
    claims.map(({ batch, claim }) => `${batch.number} ${claim.which}`);
  const found = await finder.find(accounts, signal);
  assert.deepEqual(names(found), ['8 1', '7 1']);
  assert.deepEqual(asked, [8, 7]);
  // A final batch is not read again; one that is proved may be another after a reorganisation.
  assert.deepEqual(names(await finder.find(accounts, signal)), ['8 1', '7 1']);
  assert.deepEqual(asked, [8, 7, 8]);

  const read = async ({ data }: { data: string }) =>
    `0x${'0'.repeat(63)}${BigInt(`0x${data.slice(10, 74)}`) === 7n ? 1 : 0}` as const;
  assert.deepEqual(names(await finder.unpaid(found, { read })), ['8 1']);
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

test('of claims each is found once, and what the layer 1 has dropped is gone', async () => {
  const out = { direction: 'outgoing', kind: 'withdrawal', stage: 'proved' } as const;
  const history = [
    payment(1, { ...out, batch: 8 }),
    payment(2, { ...out, batch: 0 }),
    // Paid to somebody of the rollup, not out of it.
    payment(3, { ...out, direction: 'incoming', batch: 4 }),
    payment(4, { ...out, batch: 3 }),
  ];
  const claim = (which: number) => ({ which, from: 12, token: 0, amount: '1', to: '0x', hash: null });
  const batches = new Map<number, { claims: ReturnType<typeof claim>[]; root: string }>();
  batches.set(8, { claims: [0, 1, 2].map(claim), root: 'a' });
  let failure = new NodeError<string>(404, 'unknown_batch', 'gone', {});
  const batch = async (number: number) => {
    const found = batches.get(number);
    if (!found) throw failure;
    return { number, new_root: found.root, claims: found.claims, stage: 'proved' } as unknown as BatchDetail;
  };
  const accounts = [{ index: 12 }] as AccountView[];
  const finder = new ClaimFinder({ ...paged(history), batch }, rollup);
  const found = await finder.find(accounts, signal);
  // The node keeps batch 3 no more.
  assert.deepEqual(
    found.map(({ batch: { number }, claim: { which } }) => [number, which]),
    [
      [8, 2],
      [8, 1],
      [8, 0],
    ],
  );
  // What was found to be paid is not asked for again.
  let asked = 0;
  const read = async ({ data }: { data: string }) => {
    asked += 1;
    return `0x${'0'.repeat(63)}${BigInt(`0x${data.slice(74)}`) === 1n ? 1 : 0}` as const;
  };
  assert.equal((await finder.unpaid(found, { read })).length, 2);
  assert.equal((await finder.unpaid(found, { read })).length, 2);
  assert.equal(asked, 5);
  // Another batch stands in its place after a reorganisation.
  batches.set(8, { claims: [claim(0)], root: 'b' });
  assert.equal((await finder.find(accounts, signal)).length, 1);
  failure = new NodeError<string>(503, 'busy', 'busy', {});
  await assert.rejects(finder.find(accounts, signal), { code: 'busy' });
});

test('claims of a long history are looked for so far, and afterwards where something moves', async () => {
  const asked: (string | undefined)[] = [];
  const payments = async (_: number, { before }: { before?: string } = {}) => {
    asked.push(before);
    return { payments: [], next_before: String(asked.length) };
  };
  const finder = new ClaimFinder({ payments, batch: async () => assert.fail() }, rollup);
  const accounts = [{ index: 12 }] as AccountView[];
  await finder.find(accounts, signal);
  assert.deepEqual(asked, [undefined, ...Array.from({ length: 9 }, (_, at) => String(at + 1))]);
  await finder.find(accounts, signal);
  assert.deepEqual(asked.slice(10), [undefined]);
});
