/** Payments are made once, whatever happens on the way: a node that takes, forgets, loses and lies. */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test, type TestContext } from 'node:test';
import {
  CheckError,
  NodeClient,
  NodeError,
  Quotes,
  SecretKey,
  UnansweredError,
  Wallet,
  formatSignature,
  fromOperation,
  receiptMessage,
  rollupOf,
  transactionHash,
  verifyOrder,
  type Receipt,
  type Rollup,
  type SignedOperation,
} from '@assay/client';
import { FakeNode, json, refuse, type Asked } from './fake-node.js';

const rollup = rollupOf(31337, '0x948B3c65b89DF0B4894ABE91E6D02FE579834F8F');
const operator = SecretKey.fromSeed(new Uint8Array(32).fill(1));
const payer = SecretKey.fromSeed(new Uint8Array(32).fill(2));
const friend = SecretKey.fromSeed(new Uint8Array(32).fill(3)).address('development');
const stranger = SecretKey.fromSeed(new Uint8Array(32).fill(4)).address('development');
const l1 = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';

type Submission =
  | 'take'
  | 'take and lose the answer'
  | 'take and deny'
  | 'take and show a page'
  | 'lose'
  | 'nonce is taken'
  | 'lose, taken elsewhere'
  | 'refuse';

/** A node of one payer's account that does with each submission what the script says, then takes. */
class Ledger {
  readonly taken: SignedOperation[] = [];
  submissions = 0;
  /** How often it was asked for fees, and what it suggests and takes. */
  quotes = 0;
  least = 2n;
  nonce = 5;
  l1Timestamp = 1000;
  /** What is said of an order that was taken all the same. */
  denial = 'wrong_nonce';
  receipt: (receipt: Receipt) => Receipt = (receipt) => receipt;

  constructor(
    private readonly script: Submission[],
    private readonly rollup: Rollup,
  ) {}

  answer(response: ServerResponse, { method, path, body }: Asked): void {
    if (method === 'POST') this.submit(response, JSON.parse(body) as SignedOperation);
    else if (path === '/v1/status') json(response, 200, this.status());
    else if (path === '/v1/fees') json(response, 200, this.fees());
    else if (path.startsWith('/v1/accounts?owner=')) json(response, 200, { accounts: this.accounts(path) });
    else if (this.taken.some((operation) => path.endsWith(hashOf(operation, this.rollup)))) json(response, 200, {});
    else refuse(response, 404, 'unknown_transaction');
  }

  private fees() {
    this.quotes += 1;
    const valid = { valid_ms: 60_000, valid_until_ms: 1 };
    const [suggested, full_record] = [this.least, 4n * this.least + 1n].map(String);
    return [
      { token: 0, accepted: true, minimum: '1', suggested, full_record, ...valid },
      { token: 1, accepted: false, minimum: '0', suggested: '0', full_record: '0', ...valid },
    ];
  }

  private status() {
    const { contract, domain, chainId, network } = this.rollup;
    const signer = operator.address(network);
    const l1 = { timestamp: this.l1Timestamp };
    return { chain_id: Number(chainId), contract, domain: domain.toString(), operator: signer, l1 };
  }

  private accounts(path: string) {
    const index = path.endsWith(payer.address(this.rollup.network)) ? 12 : path.endsWith(friend) ? 13 : undefined;
    if (index === undefined) return [];
    return [0, 1].map((token) => ({ index: index + 100 * token, token, balance: '1000', next_nonce: this.nonce }));
  }

  private submit(response: ServerResponse, operation: SignedOperation): void {
    const step = this.script[this.submissions] ?? 'take';
    this.submissions += 1;
    if (step === 'refuse') return refuse(response, 400, 'insufficient_balance', { balance: '0', needed: '1' });
    if (step === 'lose') return void response.destroy();
    if (step === 'nonce is taken' || step === 'lose, taken elsewhere') {
      this.nonce += 1;
      if (step === 'lose, taken elsewhere') return void response.destroy();
    }
    if (operation.token === 0 && BigInt(operation.fee) < this.least) {
      return refuse(response, 400, 'fee_too_low', { token: 0, given: operation.fee, minimum: String(this.least) });
    }
    if (operation.nonce !== this.nonce) {
      return refuse(response, 400, 'wrong_nonce', { given: operation.nonce, next: this.nonce });
    }
    this.taken.push(operation);
    this.nonce += 1;
    if (step === 'take and lose the answer') return void response.destroy();
    if (step === 'take and show a page') return void response.end('<html>');
    if (step === 'take and deny') return refuse(response, 400, this.denial);
    const [hash, received_ms] = [hashOf(operation, this.rollup), 77];
    const signature = formatSignature(operator.sign(receiptMessage(this.rollup, hash, received_ms)));
    const receipt = { hash, received_ms, operator: operator.address(this.rollup.network), signature };
    json(response, 202, this.receipt(receipt));
  }
}

function hashOf(operation: SignedOperation, of = rollup): string {
  return transactionHash(fromOperation(operation, of), of);
}

async function start(t: TestContext, ...script: Submission[]): Promise<{ ledger: Ledger; wallet: Wallet }> {
  return startOn(rollup, t, script);
}

async function startOn(rollup: Rollup, t: TestContext, script: Submission[] = []) {
  const ledger = new Ledger(script, rollup);
  const node = await FakeNode.start((response, asked) => ledger.answer(response, asked));
  t.after(() => node.close());
  return { ledger, wallet: await Wallet.connect({ node: new NodeClient(node.url), key: payer, rollup }) };
}

test('calls at the same time are sent in their order, each with its nonce', async (t) => {
  const { ledger, wallet } = await start(t);
  const sent = await Promise.all([1n, 2n, 3n].map((amount) => wallet.send({ to: friend, amount })));
  assert.deepEqual(
    ledger.taken.map(({ amount, nonce }) => [amount, nonce]),
    [
      ['1', 5],
      ['2', 6],
      ['3', 7],
    ],
  );
  assert.deepEqual(
    sent.map(({ hash }) => hash),
    ledger.taken.map((operation) => hashOf(operation)),
  );
  for (const operation of ledger.taken) {
    assert.ok(verifyOrder(fromOperation(operation, rollup), rollup, payer.publicKey));
  }
});

test('a payment that fails stops no other', async (t) => {
  const { ledger, wallet } = await start(t, 'refuse');
  const [first, second] = await Promise.allSettled([1n, 2n].map((amount) => wallet.send({ to: friend, amount })));
  assert.ok(
    first?.status === 'rejected' && first.reason instanceof NodeError && first.reason.is('insufficient_balance'),
  );
  assert.equal(second?.status, 'fulfilled');
  assert.deepEqual(
    ledger.taken.map(({ amount }) => amount),
    ['2'],
  );
});

test('an answer that was lost makes no second payment', async (t) => {
  const { ledger, wallet } = await start(t, 'take and lose the answer');
  const { hash, receipt } = await wallet.send({ to: friend, amount: 1n });
  assert.equal(receipt, undefined);
  assert.deepEqual(
    ledger.taken.map((operation) => hashOf(operation)),
    [hash],
  );
  assert.equal(ledger.submissions, 1);
});

test('what was lost before it arrived is handed in again, the very same', async (t) => {
  const { ledger, wallet } = await start(t, 'lose', 'lose');
  const { hash, receipt } = await wallet.send({ to: friend, amount: 1n });
  assert.ok(receipt);
  assert.deepEqual(
    ledger.taken.map((operation) => hashOf(operation)),
    [hash],
  );
  assert.equal(ledger.submissions, 3);
});

test('where another program has the nonce it is signed anew', async (t) => {
  const { ledger, wallet } = await start(t, 'nonce is taken', 'lose, taken elsewhere');
  const { order } = await wallet.send({ to: friend, amount: 1n });
  assert.equal(order.nonce, 7);
  assert.deepEqual(
    ledger.taken.map(({ nonce }) => nonce),
    [7],
  );
});

test('where there is money no node has a payment signed again by saying that its nonce is used', async (t) => {
  const { ledger, wallet } = await startOn(rollupOf(1, rollup.contract), t, ['take and deny', 'take and deny']);
  const payment = wallet.withdraw({ to: l1, amount: 1n });
  await assert.rejects(payment, (error) => error instanceof UnansweredError && /look for it/.test(error.message));
  assert.equal(ledger.submissions, 1);
});

test('what is signed again for a higher fee has the nonce of the first, so that one of them is executed', async (t) => {
  const { ledger, wallet } = await start(t, 'take and deny');
  ledger.denial = 'fee_too_low';
  await assert.rejects(wallet.send({ to: friend, amount: 1n }), { code: 'wrong_nonce' });
  assert.deepEqual([ledger.submissions, ledger.taken.length], [2, 1]);
});

test('what was taken is not said to be refused where something before the node answers', async (t) => {
  const { ledger, wallet } = await start(t, 'take and show a page');
  const { receipt } = await wallet.send({ to: friend, amount: 1n });
  assert.deepEqual([receipt, ledger.submissions, ledger.taken.length], [undefined, 1, 1]);
});

test('a nonce that was asked for is not exchanged for another', async (t) => {
  const { ledger, wallet } = await start(t);
  assert.equal((await wallet.send({ to: friend, amount: 1n, nonce: 5 })).order.nonce, 5);
  const stale = wallet.send({ to: friend, amount: 1n, nonce: 5 });
  await assert.rejects(
    stale,
    (error) => error instanceof NodeError && error.is('wrong_nonce') && error.details.next === 6,
  );
  assert.equal(ledger.submissions, 2);
});

test('a receipt that is worth nothing is told with the transaction that is on its way', async (t) => {
  const { ledger, wallet } = await start(t);
  const liar = SecretKey.fromSeed(new Uint8Array(32).fill(9));
  const lies: [string, (receipt: Receipt) => Receipt][] = [
    ['operator', (receipt) => ({ ...receipt, operator: liar.address('development') })],
    ['receipt_hash', (receipt) => ({ ...receipt, hash: `0x${'00'.repeat(32)}` })],
    ['signature', (receipt) => ({ ...receipt, received_ms: 78 })],
    ['signature', (receipt) => ({ ...receipt, signature: { r8: ['1'], s: 'x' } })],
  ];
  for (const [code, lie] of lies) {
    ledger.receipt = lie;
    const error = await wallet.send({ to: friend, amount: 1n }).catch((error: unknown) => error);
    assert.ok(error instanceof CheckError && error.code === code, String(error));
    assert.ok(error.message.includes(hashOf(ledger.taken.at(-1) as SignedOperation)));
  }
});

test('fees and expiry are what the node and the layer 1 ask for', async (t) => {
  const { ledger, wallet } = await start(t);
  ledger.l1Timestamp = 4_000_000_000;
  await wallet.send({ to: friend, amount: 1n });
  await wallet.send({ to: stranger, amount: 1n });
  await wallet.withdraw({ to: l1.toLowerCase(), amount: 1n });
  await wallet.send({ to: friend, amount: 1n, token: 1 });
  await wallet.send({ to: friend, amount: 1n, fee: 2050n, expiresInS: 10 });
  assert.deepEqual(
    ledger.taken.map(({ fee }) => fee),
    ['2', '9', '9', '0', '2050'],
  );
  assert.deepEqual(
    ledger.taken.map(({ expires }) => expires - 4_000_000_000),
    [7200, 7200, 7200, 7200, 10],
  );
  assert.deepEqual(
    ledger.taken.map(({ from }) => from),
    [12, 12, 12, 112, 12],
  );
  assert.equal(ledger.taken[2]?.to, l1);
});

test('a quote is asked for once, and again where the node does not know it any more', async (t) => {
  const { ledger, wallet } = await start(t);
  for (let payment = 0; payment < 3; payment += 1) await wallet.send({ to: friend, amount: 1n });
  assert.equal(ledger.quotes, 1);
  ledger.least = 20n;
  await wallet.send({ to: friend, amount: 1n });
  assert.equal(ledger.quotes, 2);
  assert.deepEqual(
    ledger.taken.map(({ fee }) => fee),
    ['2', '2', '2', '20'],
  );
  // What its owner says is not raised, and no more is paid than its owner allows.
  ledger.least = 30n;
  await assert.rejects(wallet.send({ to: friend, amount: 1n, fee: 20n }), { code: 'fee_too_low' });
  await assert.rejects(wallet.send({ to: friend, amount: 1n, maxFee: 29n }), { code: 'fee' });
  assert.equal(ledger.taken.length, 4);
});

test('a quote is asked for again when half of its life is over', async () => {
  let [now, asked] = [5, 0];
  const valid = { valid_ms: 60_000, valid_until_ms: 1 };
  const fee = { token: 0, accepted: true, minimum: '1', suggested: '2', full_record: '9', ...valid };
  const fees = () => Promise.resolve((asked += 1) > 2 ? [] : [fee]);
  const quotes = new Quotes({ fees }, () => now);
  for (const [at, times] of [
    [5, 1],
    [30_004, 1],
    [30_005, 2],
    [60_005, 3],
    // A node that says nothing is asked each time.
    [60_006, 4],
  ]) {
    now = at ?? 0;
    await quotes.fees();
    assert.equal(asked, times);
  }
});

test('nothing is sent to what is no address', async (t) => {
  const { ledger, wallet } = await start(t);
  await assert.rejects(wallet.send({ to: l1, amount: 1n }), { code: 'address_is_l1' });
  await assert.rejects(wallet.send({ to: payer.address('public'), amount: 1n }), { code: 'wrong_network' });
  await assert.rejects(wallet.withdraw({ to: friend, amount: 1n }), { code: 'l1_address_syntax' });
  await assert.rejects(wallet.send({ to: friend, amount: 34_359_738_369n }), { code: 'not_representable' });
  assert.equal(ledger.submissions, 0);
});

test('a fee above what is to be paid at most is not signed', async (t) => {
  const { ledger, wallet } = await start(t);
  await assert.rejects(wallet.send({ to: stranger, amount: 1n, maxFee: 8n }), { code: 'fee' });
  assert.equal(ledger.submissions, 0);
  await wallet.send({ to: stranger, amount: 1n, maxFee: 9n });
  assert.equal(ledger.submissions, 1);
});

test('on a public network no node can have an order signed that lives for years', async (t) => {
  const { ledger, wallet } = await startOn(rollupOf(1, rollup.contract), t);
  ledger.l1Timestamp = 4_000_000_000;
  const before = Math.floor(Date.now() / 1000);
  const { order } = await wallet.withdraw({ to: l1, amount: 1n, expiresInS: 100 });
  assert.ok(order.expires >= before + 100 && order.expires <= Math.floor(Date.now() / 1000) + 100);
});

test('another rollup than the one that is meant is refused', async (t) => {
  const { wallet } = await start(t);
  const options = { node: wallet.node, key: payer, rollup: rollupOf(1, rollup.contract) };
  await assert.rejects(Wallet.connect(options), { code: 'wrong_rollup' });
});
