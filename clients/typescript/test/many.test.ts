/** Many payments at once, and payments that take the place of others, each made once whatever happens on the way. */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test, type TestContext } from 'node:test';
import {
  CheckError,
  NodeClient,
  NodeError,
  SecretKey,
  UnansweredError,
  Wallet,
  checkReference,
  formatSignature,
  fromOperation,
  receiptMessage,
  rollupOf,
  signOrder,
  toOperation,
  transactionHash,
  type Reference,
  type SentOrNot,
  type SignedOperation,
} from '@assay/client';
import { FakeNode, json, refuse, type Asked } from './fake-node.js';

const rollup = rollupOf(31337, '0x948B3c65b89DF0B4894ABE91E6D02FE579834F8F');
const operator = SecretKey.fromSeed(new Uint8Array(32).fill(1));
const payer = SecretKey.fromSeed(new Uint8Array(32).fill(2));
const friend = SecretKey.fromSeed(new Uint8Array(32).fill(3)).address('development');
const stranger = SecretKey.fromSeed(new Uint8Array(32).fill(4)).address('development');
const own = payer.address('development');

type Step = 'take' | 'take and lose the answer' | 'lose' | 'halt';

/** A node of one payer's account: what has the next nonce is executed at once, what is ahead of it waits. */
class Bank {
  readonly taken = new Map<string, SignedOperation>();
  readonly executed: SignedOperation[] = [];
  readonly lists: number[] = [];
  readonly references: [string, Reference][] = [];
  next = 5;
  /** How many more may be executed before the next list comes. */
  room = Number.POSITIVE_INFINITY;
  window = 64;
  suggested = '2';
  refused: (operation: SignedOperation) => boolean = () => false;

  constructor(private readonly script: Step[]) {}

  answer(response: ServerResponse, { method, path, body }: Asked): void {
    if (method === 'POST') return this.post(response, path, body);
    if (path === '/v1/status') return json(response, 200, status());
    if (path === '/v1/fees') {
      const { suggested } = this;
      return json(response, 200, [{ token: 0, accepted: true, minimum: '1', suggested, full_record: '9' }]);
    }
    if (path.startsWith('/v1/accounts?owner=')) return json(response, 200, { accounts: this.accounts(path) });
    const [, hash = '', receipt] = /transactions\/(0x[0-9a-f]+)(\/receipt)?$/.exec(path) ?? [];
    const operation = this.taken.get(hash);
    if (!operation) return refuse(response, 404, 'unknown_transaction');
    json(response, 200, receipt ? promise(hash) : { hash, stage: 'received', operation });
  }

  private accounts(path: string) {
    const index = path.endsWith(own) ? 12 : path.endsWith(friend) ? 13 : undefined;
    return index === undefined ? [] : [{ index, token: 0, balance: '1000', next_nonce: this.next }];
  }

  private post(response: ServerResponse, path: string, body: string): void {
    if (path === '/v1/transactions') {
      const { status, receipt, error } = this.take(JSON.parse(body) as SignedOperation);
      return json(response, status, receipt ?? { error });
    }
    if (path.endsWith('/reference')) {
      this.references.push([path, JSON.parse(body) as Reference]);
      return json(response, 200, JSON.parse(body));
    }
    const step = this.script.shift() ?? 'take';
    if (step === 'halt') return refuse(response, 503, 'halted');
    if (step === 'lose') return void response.destroy();
    const { transactions } = JSON.parse(body) as { transactions: SignedOperation[] };
    this.lists.push(transactions.length);
    const answers = transactions.map((operation) => this.take(operation));
    this.room = Number.POSITIVE_INFINITY;
    this.run();
    if (step === 'take and lose the answer') return void response.destroy();
    json(response, 200, { answers });
  }

  private take(operation: SignedOperation) {
    const hash = hashOf(operation);
    const not = (status: number, code: string, details = {}) => {
      return { hash, status, receipt: null, error: { code, message: `because of ${code}`, details } };
    };
    if (this.taken.has(hash)) return not(409, 'duplicate', { hash, stage: 'received' });
    if (this.refused(operation)) return not(400, 'insufficient_balance', { balance: '0', needed: '1' });
    const { nonce } = operation;
    if (nonce < this.next) return not(400, 'wrong_nonce', { given: nonce, next: this.next });
    if (nonce >= this.next + this.window) return not(400, 'nonce_too_far', { given: nonce, next: this.next });
    this.taken.set(hash, operation);
    this.run();
    return { hash, status: 202, receipt: promise(hash), error: null };
  }

  /** Executes what can be. */
  private run(): void {
    for (;;) {
      const head = [...this.taken.values()].find(({ nonce }) => nonce === this.next);
      if (!head || this.room === 0) return;
      this.executed.push(head);
      this.next += 1;
      this.room -= 1;
    }
  }
}

function status() {
  const { contract, domain, chainId, network } = rollup;
  const l1 = { timestamp: 1000 };
  return { chain_id: Number(chainId), contract, domain: `${domain}`, operator: operator.address(network), l1 };
}

function promise(hash: string) {
  const signature = formatSignature(operator.sign(receiptMessage(rollup, hash, 77)));
  return { hash, received_ms: 77, operator: operator.address(rollup.network), signature };
}

function hashOf(operation: SignedOperation): string {
  return transactionHash(fromOperation(operation, rollup), rollup);
}

async function start(t: TestContext, ...script: Step[]): Promise<{ bank: Bank; wallet: Wallet }> {
  const bank = new Bank(script);
  const node = await FakeNode.start((response, asked) => bank.answer(response, asked));
  t.after(() => node.close());
  const client = new NodeClient(node.url, { retries: 0 });
  return { bank, wallet: await Wallet.connect({ node: client, key: payer, rollup }) };
}

const wages = (count: number) =>
  Array.from({ length: count }, (_, place) => ({ to: friend, amount: BigInt(place + 1) }));
const amounts = (operations: Iterable<SignedOperation>) => [...operations].map(({ amount }) => Number(amount));
const codes = (all: SentOrNot[]) => all.map(({ error }) => error?.code ?? '');

test('many payments are one request, each with the next nonce', async (t) => {
  const { bank, wallet } = await start(t);
  const paid = await wallet.sendAll(wages(5));
  assert.deepEqual(bank.lists, [5]);
  assert.deepEqual(amounts(bank.executed), [1, 2, 3, 4, 5]);
  assert.deepEqual(
    bank.executed.map(({ nonce }) => nonce),
    [5, 6, 7, 8, 9],
  );
  assert.deepEqual(
    paid.map(({ sent }) => sent?.hash),
    bank.executed.map(hashOf),
  );
  assert.ok(paid.every(({ sent }) => sent?.receipt));
  assert.deepEqual(await wallet.sendAll([]), []);
});

test('an answer that was lost makes no second payment, and its receipts are fetched', async (t) => {
  const { bank, wallet } = await start(t, 'lose', 'take and lose the answer');
  const paid = await wallet.sendAll(wages(3));
  assert.deepEqual(bank.lists, [3, 3]);
  assert.deepEqual(amounts(bank.executed), [1, 2, 3]);
  assert.ok(paid.every(({ sent }) => sent?.receipt));
});

test('a payroll longer than the window of nonces is sent to its end, each once', async (t) => {
  const { bank, wallet } = await start(t);
  bank.window = 3;
  bank.room = 2;
  const paid = await wallet.sendAll(wages(8));
  assert.ok(bank.lists.length > 1 && bank.lists[0] === 8);
  assert.deepEqual(amounts(bank.executed), [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.ok(paid.every(({ sent }) => sent));
});

test('one that is refused holds no other up, and a payment to oneself has its nonce', async (t) => {
  const { bank, wallet } = await start(t);
  bank.refused = ({ amount }) => amount === '2';
  const paid = await wallet.sendAll([{ to: 'nobody', amount: 9n }, ...wages(4)]);
  assert.deepEqual(codes(paid), ['address_checksum', '', 'insufficient_balance', '', '']);
  assert.deepEqual(amounts(bank.executed), [1, 1, 3, 4]);
  assert.equal(bank.executed[1]?.to, own);
  // Nothing waits behind the last one.
  bank.refused = ({ amount }) => amount === '3';
  assert.deepEqual(codes(await wallet.sendAll(wages(3))), ['', '', 'insufficient_balance']);
  assert.equal(bank.executed.length, 6);
});

test('what is signed in the place of one that is refused costs no more than that one', async (t) => {
  const { bank, wallet } = await start(t);
  // A node that means harm: once it has refused one it asks for all that there is.
  bank.refused = ({ amount }) => {
    if (amount === '2') bank.suggested = '500';
    return amount === '2';
  };
  const bounded = wages(4).map((wage) => ({ ...wage, maxFee: 2n }));
  assert.deepEqual(codes(await wallet.sendAll(bounded)), ['', 'insufficient_balance', '', '']);
  assert.deepEqual(
    bank.executed.map(({ to, fee }) => [to, fee]),
    [friend, own, friend, friend].map((to) => [to, '2']),
  );
});

test('what another program has the nonce of is signed anew behind the others', async (t) => {
  const { bank, wallet } = await start(t);
  const submitAll = wallet.node.submitAll.bind(wallet.node);
  wallet.node.submitAll = (operations, options) => {
    bank.next = 6;
    wallet.node.submitAll = submitAll;
    return submitAll(operations, options);
  };
  const paid = await wallet.sendAll(wages(3));
  assert.ok(paid.every(({ sent }) => sent));
  assert.deepEqual(amounts(bank.executed), [2, 3, 1]);
});

test('where the whole list is refused nothing was sent, and where no answer comes it is said', async (t) => {
  const { bank, wallet } = await start(t, 'halt');
  assert.deepEqual(codes(await wallet.sendAll(wages(2))), ['halted', 'halted']);
  assert.equal(bank.executed.length, 0);
  const deaf = await start(t, ...Array.from({ length: 30 }, () => 'lose' as const));
  const [first] = await deaf.wallet.sendAll(wages(1));
  assert.ok(first?.error instanceof UnansweredError);
  assert.match(first.error.message, /look for it before you pay again/);
});

test('fees are those of each payee, and too high a one is not signed', async (t) => {
  const { bank, wallet } = await start(t);
  const dear = { to: stranger, amount: 2n, maxFee: 8n };
  const just = { to: stranger, amount: 3n, maxFee: 9n, expiresInS: 60 };
  const paid = await wallet.sendAll([{ to: friend, amount: 1n }, dear, just]);
  assert.ok(paid[1]?.error instanceof CheckError && paid[1].error.code === 'fee');
  const [usual, soon] = [paid[0]?.sent?.order.expires ?? 0, paid[2]?.sent?.order.expires ?? 0];
  assert.equal(usual - soon, 2 * 3600 - 60);
  assert.deepEqual(
    bank.executed.map(({ amount, fee }) => [amount, fee]),
    [
      ['1', '2'],
      ['3', '9'],
    ],
  );
});

test('a text is put beside a payment under the key that paid', async (t) => {
  const { bank, wallet } = await start(t);
  const sent = await wallet.send({ to: friend, amount: 1n });
  await wallet.refer(sent, 'invoice 17');
  const [[path, reference] = ['', undefined]] = bank.references;
  assert.equal(path, `/v1/transactions/${sent.hash}/reference`);
  assert.ok(reference);
  checkReference(reference, rollup, sent.hash, payer.publicKey);
});

/** A payment that waits for an earlier nonce. */
function waiting(bank: Bank, key = payer, fee = 2047n): string {
  const order = { kind: 'transfer', from: 12, nonce: 7, token: 0, to: friend, amount: 40n, fee, expires: 99 } as const;
  const operation = toOperation(signOrder(order, rollup, key));
  bank.taken.set(hashOf(operation), operation);
  return hashOf(operation);
}

test('a payment that waits is cancelled by one to oneself and hastened by the same for more', async (t) => {
  const { bank, wallet } = await start(t);
  const hash = waiting(bank);
  const cancelled = await wallet.cancel(hash);
  // A tenth more, and the next that is a float.
  const { kind, nonce, to, amount, fee } = cancelled.order;
  assert.deepEqual({ kind, nonce, to, amount, fee }, { kind: 'transfer', nonce: 7, to: own, amount: 1n, fee: 2260n });
  const hastened = await wallet.replace(hash, { fee: 3000n, expiresInS: 60 });
  assert.deepEqual([hastened.order.to, hastened.order.amount, hastened.order.fee], [friend, 40n, 3000n]);
  assert.ok(hastened.order.expires > 99);
  const free = await wallet.replace(waiting(bank, payer, 0n));
  assert.equal(free.order.fee, 1n);
});

test("another's payment is not replaced, nor one that the node does not show truly", async (t) => {
  const { bank, wallet } = await start(t);
  const theirs = waiting(bank, SecretKey.fromSeed(new Uint8Array(32).fill(9)));
  await assert.rejects(wallet.cancel(theirs), { code: 'signature' });
  const hash = waiting(bank);
  const other = bank.taken.get(theirs);
  assert.ok(other);
  bank.taken.set(hash, other);
  await assert.rejects(wallet.cancel(hash), { code: 'transaction' });
  bank.next = 8;
  bank.taken.delete(hash);
  const late = wallet.cancel(waiting(bank));
  await assert.rejects(late, (error) => error instanceof NodeError && error.is('wrong_nonce'));
});
