/** The whole way on a rollup that proves: deposit, payment, events, proof, withdrawal, claim, examples. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import {
  CheckError,
  NodeError,
  SecretKey,
  Wallet,
  checkAccountProof,
  checkReceipt,
  claimCall,
  forceCall,
  forcedUntil,
  parseAmount,
  parseUnits,
  queuedEntries,
  randomSeed,
  rollupOf,
  signForcedOrder,
  type Rollup,
  type Stage,
} from '@assay/client';
import { newMnemonic } from '@assay/client/mnemonic';
import { DepositDesk } from '../examples/exchange.js';
import { payAll } from '../examples/payroll.js';
import { Shop } from '../examples/shop.js';
import { Devnet } from './devnet.js';

const program = process.env['ASSAY_BIN'];
const skip = program === undefined && 'ASSAY_BIN names no program `assay`, so there is no rollup to try';
/** For each batch that is waited for: on a machine that does much else a proof takes minutes. */
const LONG_MS = 900_000;
const ether = (text: string) => parseUnits(text, 18);

describe('a rollup with proofs', { skip, timeout: 4 * LONG_MS }, () => {
  let devnet: Devnet;
  let rollup: Rollup;
  let alice: Wallet;
  const aliceKey = newKey();

  before(async () => {
    devnet = await Devnet.start(program ?? '');
    const { chain_id, contract, operator } = devnet.announcement;
    rollup = rollupOf(chain_id, contract);
    alice = await Wallet.connect({ node: devnet.node, key: aliceKey, rollup, operator });
  });
  after(() => devnet?.stop());

  test('the OpenAPI document is the one that the types are made of', async () => {
    const answer = await fetch(`${devnet.announcement.node_url}/openapi.json`);
    const committed = readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8');
    assert.deepEqual(await answer.json(), JSON.parse(committed));
  });

  test('a deposit is credited', async () => {
    assert.equal(await alice.account(), undefined);
    const [index] = await devnet.deposit(rollup, alice.address, ether('3'));
    assert.ok(index !== undefined);
    const entry = await devnet.node.waitForEntry(index, 'sealed', { timeoutMs: LONG_MS });
    assert.equal(await alice.balance(), ether('3'));
    assert.equal(entry.kind, 'deposit');
    assert.equal(entry.executed, true);
    assert.equal(entry.paid, ether('3').toString());
    assert.equal(entry.to, alice.address);
  });

  test('a payment is followed until it is final, and its account is in the root of the layer 1', async () => {
    const bob = newKey().address(rollup.network);
    // Without blocks it is sealed and no more until that was seen.
    await devnet.rpc('evm_setIntervalMining', 0);
    const sent = await alice.send({ to: bob, amount: ether('0.5') });
    assert.ok(sent.receipt);
    checkReceipt(sent.receipt, { rollup, hash: sent.hash, operator: devnet.announcement.operator });
    const stages: Stage[] = [];
    for await (const view of devnet.node.follow(sent.hash)) {
      assert.equal(view.hash, sent.hash);
      stages.push(view.stage);
      if (view.stage === 'sealed') await devnet.rpc('evm_setIntervalMining', 1);
    }
    assert.equal(stages.at(-1), 'final');
    assert.ok(stages.includes('sealed'), `only ${stages.join()}`);
    const order: Stage[] = ['received', 'executed', 'sealed', 'proved', 'final'];
    assert.deepEqual(
      stages,
      order.filter((stage) => stages.includes(stage)),
    );

    const [account] = await devnet.node.accounts(bob);
    assert.equal(account?.balance, ether('0.5').toString());
    assert.equal(await alice.balance(), ether('3') - ether('0.5') - sent.order.fee);
    const proof = await devnet.node.accountProof(account?.index ?? 0);
    const root = await devnet.provedRoot(rollup);
    assert.equal(checkAccountProof(proof, root).account?.balance, ether('0.5'));
    assert.throws(() => checkAccountProof(proof, `0x${'01'.repeat(32)}`), CheckError);
  });

  test('refusals have their code and data', async () => {
    const [to, balance] = [newKey().address(rollup.network), await alice.balance()];
    const tooMuch = alice.send({ to, amount: ether('100') });
    await assert.rejects(tooMuch, (error) => {
      assert.ok(error instanceof NodeError && error.is('insufficient_balance'));
      assert.equal(error.details.balance, balance.toString());
      return true;
    });
    const hasty = alice.send({ to, amount: 1n, expiresInS: 1 });
    await assert.rejects(hasty, (error) => error instanceof NodeError && error.is('expires_too_soon'));
    await assert.rejects(alice.send({ to, amount: 1n, fee: 2049n }), {
      code: 'not_representable',
      nearestBelow: 2047n,
    });
    assert.equal(await alice.balance(), balance);
    const unknown = devnet.node.account(77_777);
    await assert.rejects(unknown, (error) => error instanceof NodeError && error.is('unknown_account'));
    const stranger = await Wallet.connect({ node: devnet.node, key: newKey() });
    await assert.rejects(stranger.send({ to, amount: 1n }), { code: 'no_account' });
    const other = rollupOf(
      31337,
      alice.rollup.contract.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')).toLowerCase(),
    );
    await assert.rejects(Wallet.connect({ node: devnet.node, key: newKey(), rollup: other }), { code: 'wrong_rollup' });
  });

  test('a withdrawal is claimed on the layer 1', async () => {
    const receiver = devnet.l1Account(7);
    const sent = await alice.withdraw({ to: receiver, amount: 123_456_789_123_456_789n });
    const { batch: number } = await sent.waitFor('proved', { timeoutMs: LONG_MS });
    assert.ok(number != null);
    const batch = await devnet.node.batch(number);
    const held = async () => BigInt(await devnet.rpc<string>('eth_getBalance', receiver, 'latest'));
    const waiting = async () => {
      const { claims, batches } = await devnet.node.claims({ to: receiver });
      assert.deepEqual(
        claims.map(({ hash }) => hash),
        [sent.hash],
      );
      assert.deepEqual(
        claimCall(rollup, batches[0]!, { hash: sent.hash }),
        claimCall(rollup, batch, { hash: sent.hash }),
      );
      return claims[0]?.claimed;
    };
    assert.equal(await waiting(), false);
    const earlier = await held();
    await devnet.execute(claimCall(rollup, batch, { hash: sent.hash }), devnet.l1Account(1));
    assert.equal(await waiting(), true);
    assert.equal((await held()) - earlier, 123_456_789_123_456_789n);
    assert.ok((await devnet.node.bundle(number)).length > 1000);
  });

  test('a forced withdrawal needs no operator', async () => {
    const account = await alice.account();
    assert.ok(account);
    const payer = devnet.l1Account(2);
    const { timestamp } = await devnet.rpc<{ timestamp: string }>('eth_getBlockByNumber', 'latest', false);
    const order = {
      kind: 'forced_withdrawal',
      from: account.index,
      nonce: account.next_nonce,
      token: 0,
      to: payer,
      amount: 7n,
      last: forcedUntil(Number(timestamp) + 86_400),
    } as const;
    const signed = signForcedOrder(order, rollup, aliceKey);
    const fee = { refundTo: payer, feeWei: await devnet.inclusionFee(rollup) };
    const { logs } = await devnet.execute(forceCall(rollup, signed, fee), payer);
    const [index] = queuedEntries(rollup, logs);
    assert.ok(index !== undefined);
    const entry = await devnet.node.waitForEntry(index, 'sealed', { timeoutMs: LONG_MS });
    assert.equal(entry.executed, true);
    assert.equal(entry.paid, '7');
    assert.equal(await alice.balance(), BigInt(account.balance) - 7n);
  });

  test('example: a payroll', async () => {
    const wages = ['Ann', 'Ben'].map((name) => ({
      ...{ name, address: newKey().address(rollup.network), amount: ether('0.01') },
    }));
    const wrong = { name: 'Dan', address: wages[0]?.address.replace('1', '1q') ?? '', amount: 1n };
    const slips = await payAll(alice, [...wages, wrong]);
    assert.deepEqual(slips.map(({ outcome }) => outcome).slice(0, 2), ['proved', 'proved']);
    assert.match(slips[2]?.outcome ?? '', /^not sent: .*checksum/);
    for (const { address } of wages) {
      const [account] = await devnet.node.accounts(address);
      assert.equal(account?.proved_balance, ether('0.01').toString());
    }
  });

  test('example: a shop', async () => {
    const shop = new Shop(devnet.node, newMnemonic(), rollup.network);
    const order = { number: 1, price: ether('0.02') };
    const signal = AbortSignal.timeout(LONG_MS);
    const promised = shop.paid(order, 'promised', signal);
    const proved = shop.paid(order, 'proved', signal);
    await alice.send({ to: shop.address(order), amount: order.price });
    assert.equal(await promised, order.price);
    assert.equal(await proved, order.price);
    const fee = (await devnet.node.fees()).find(({ token }) => token === 0)?.full_record ?? '0';
    assert.equal(await shop.collect(order), order.price - parseAmount(fee));
    await assert.rejects(shop.paid({ number: 2, price: 1n }, 'promised', AbortSignal.timeout(200)), /not paid/);
  });

  test('example: deposits at an exchange', async () => {
    const root = () => devnet.provedRoot(rollup);
    const desk = new DepositDesk(devnet.node, rollup.network, newMnemonic(), root);
    assert.deepEqual(await desk.credits([1, 2]), []);
    const sent = await alice.send({ to: desk.address(2), amount: ether('0.03') });
    await sent.waitFor('proved', { timeoutMs: LONG_MS });
    assert.deepEqual(await desk.credits([1, 2]), [{ customer: 2, token: 0, amount: ether('0.03') }]);
    assert.deepEqual(await desk.credits([1, 2]), []);
  });
});

function newKey(): SecretKey {
  return SecretKey.fromSeed(randomSeed());
}
