/** The wallet where things go wrong: wallets that refuse, contracts that refuse, a layer 1 and a node that go away. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import {
  SecretKey,
  Wallet,
  allowanceCall,
  approveCall,
  claimCall,
  creditCall,
  decodeNumber,
  parseUnits,
  randomSeed,
  rollupOf,
  type Hex,
  type Rollup,
} from '@assay/client';
import type { BrowserContext } from 'playwright-core';
import { Devnet } from '../../clients/typescript/test/devnet.js';
import { seal, type Vault } from '../src/wallet/vault.js';
import { LONG_MS, program, skip } from './browser.js';
import { installWallet, type Instead, type ShimState } from './ethereum-shim.js';
import { newToken } from './token.js';
import { until } from './until.js';
import { Visit } from './visit.js';

const PASSWORD = 'correct horse battery';
/** Of the browser's Ethereum wallet, and of somebody else. */
const [OWN, OTHER] = [4, 6] as const;
const ROUNDS = 1000;

describe('the wallet in trouble', { skip, timeout: 4 * LONG_MS }, () => {
  const seed = randomSeed();
  const key = SecretKey.fromSeed(seed);
  const bob = SecretKey.fromSeed(randomSeed()).address('development');
  const visit = new Visit('trouble');
  const { button, press, field, shows, go, look } = visit;
  let directory: string;
  let rollup: Rollup;
  let account: Hex;
  let context: BrowserContext;
  let shim: ShimState;
  let vault: Vault;

  const start = (options: readonly string[] = []) => Devnet.start(program, ['--state', directory, ...options]);

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'assay-trouble-'));
    visit.devnet = await start();
    const { chain_id, contract } = visit.devnet.announcement;
    rollup = rollupOf(chain_id, contract);
    account = visit.devnet.l1Account(OWN);
    vault = await seal(seed, rollup.network, PASSWORD, ROUNDS);
    await visit.startBrowser();
    context = await newContext();
    shim = await installWallet(context, visit.devnet, account);
    visit.page = await visit.open(context);
  });
  after(async () => {
    await visit.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  beforeEach(() => {
    shim.away = false;
    shim.refused.clear();
    shim.instead.clear();
  });

  /** A browser that has the key, locked. */
  async function newContext(): Promise<BrowserContext> {
    const made = await visit.newContext();
    const stored: [string, string] = [`assay/wallet/${rollup.network}`, JSON.stringify(vault)];
    await made.addInitScript(([name, text]) => localStorage.getItem(name) ?? localStorage.setItem(name, text), stored);
    return made;
  }
  async function unlock(where = visit.page, part = ''): Promise<void> {
    await where.goto(`${visit.url}#/wallet${part}`);
    await where.reload();
    await field('Password', where).fill(PASSWORD);
    await button('Unlock', where).click();
    await where.getByRole('navigation', { name: 'Wallet' }).waitFor();
  }
  async function toDeposit(): Promise<void> {
    await unlock(visit.page, '/deposit');
    await press('Connect Test Wallet');
    await shows(/^The account has/);
  }
  async function deposit(amount: string, label = 'Amount in ETH'): Promise<void> {
    // What was sent before empties the form once it is in a block.
    await button('Deposit').waitFor();
    await field(label).fill(amount);
    await press('Deposit');
  }
  /** Opens the wallet, and goes as far as the last look at a payment of ether. */
  async function review(amount: string, where = visit.page): Promise<void> {
    await unlock(where, '/send');
    await field('Token', where).selectOption('0');
    await field('To', where).fill(bob);
    await field('Amount in ETH', where).fill(amount);
    await button(/^Review the/, where).click();
    await button(`Send ${amount} ETH`, where).waitFor();
  }
  const choose = (token: string) => field('Token').selectOption(token);
  const sent = () => shim.asked.filter((method) => method === 'eth_sendTransaction').length;
  const balance = async (token = 0) =>
    BigInt((await visit.devnet.node.accounts(vault.address)).find((one) => one.token === token)?.balance ?? '0');
  const allowed = async (erc20: Hex) => decodeNumber(await visit.devnet.read(allowanceCall(rollup, erc20, account)));
  /** Until what is under way is final, and is in the history alone once it was seen. */
  async function settled(): Promise<void> {
    await until(async () => {
      await go('History');
      await go('Deposit');
      await shows(/^From an account of the layer 1/);
      return (await visit.page.locator('.underway li').count()) === 0;
    });
  }

  test('a wallet that does not know the chain learns it, once its user agrees', async () => {
    const own = shim.chain;
    shim.known.clear();
    shim.known.add('0x1');
    shim.chain = '0x1';
    await unlock(visit.page, '/deposit');
    await press('Connect Test Wallet');
    await shows('Your wallet is on chain 1');
    const switching = `Switch to chain ${visit.devnet.announcement.chain_id}`;
    shim.refused.add('wallet_switchEthereumChain');
    await press(switching);
    await shows('You refused it in your wallet.');
    shim.refused.clear();
    await press(switching);
    const named = 'Your wallet does not know it: the layer 1’s URL';
    await field(named).fill(visit.devnet.announcement.l1_url);
    await look('unknown-chain');
    shim.refused.add('wallet_addEthereumChain');
    await press('Add the chain to the wallet');
    await shows('You refused it in your wallet.');
    shim.refused.clear();
    // It is asked for again, with what was typed.
    await press(switching);
    assert.equal(await field(named).inputValue(), visit.devnet.announcement.l1_url);
    await press('Add the chain to the wallet');
    await field(named).waitFor({ state: 'detached' });
    // It knows the chain, and has not gone there.
    await shows('Your wallet is on chain 1');
    await press(switching);
    await shows(/^The account has/);
    assert.equal(shim.chain, own);
  });

  test('a token is allowed first, not again where enough is, and by way of nothing where less is', async () => {
    const { token } = visit.devnet.announcement;
    await choose(String(token.number));
    const name = await field('Token').locator('option:checked').textContent();
    const label = `Amount in ${name}`;
    // Nothing is allowed: one call more.
    shim.refused.add('eth_sendTransaction');
    await deposit('5', label);
    await shows('You refused it in your wallet.');
    shim.refused.clear();
    let before = sent();
    await press('Deposit');
    await until(async () => sent() === before + 2);
    await until(async () => (await balance(token.number)) === parseUnits('5', 6));
    assert.equal(await allowed(token.address), 0n);
    // Enough is: none.
    await visit.devnet.execute(approveCall(rollup, token.address, parseUnits('7', 6)), account);
    before = sent();
    await deposit('4', label);
    await until(async () => (await balance(token.number)) === parseUnits('9', 6));
    assert.equal(sent(), before + 1);
    // What is left of it is too little, and some tokens change it by way of nothing alone.
    const stubborn = await newToken(visit.devnet, rollup, account, 'StubbornToken');
    await visit.devnet.execute(approveCall(rollup, stubborn.address, 1n), account);
    await visit.page.reload();
    await toDeposit();
    await choose(String(stubborn.number));
    const units = `Amount in base units of token ${stubborn.number}`;
    await deposit('1.5', units);
    await shows(/Type whole base units/);
    before = sent();
    await deposit('77', units);
    await until(async () => (await balance(stubborn.number)) === 77n);
    assert.equal(sent(), before + 3);
    await settled();
  });

  test('what the contract refuses is said in words, before it costs and after', async () => {
    const refusing = await newToken(visit.devnet, rollup, account, 'FalseToken');
    await visit.page.reload();
    await toDeposit();
    await choose(String(refusing.number));
    await deposit('5', `Amount in token ${refusing.number}`);
    await shows('The token refuses to move');
    await look('refused');
    // The place grows dearer between the look and the sending: what is sent is the amount alone.
    const ether = `0x${parseUnits('1', 18).toString(16)}`;
    const short: Instead = ([given, ...rest], honest) => {
      const transaction = given as { value?: string };
      return honest([transaction.value === undefined ? given : { ...transaction, value: ether }, ...rest]);
    };
    for (const method of ['eth_estimateGas', 'eth_sendTransaction', 'eth_call']) shim.instead.set(method, short);
    await choose('0');
    await shows(/^The account has [0-9.\u2009]+ ETH/);
    const before = sent();
    await deposit('1');
    await shows(/^A place in the queue costs more now: with it 1\.[0-9]+ ETH are needed/);
    assert.equal(sent(), before, 'the wallet was asked to send what is refused');
    // A wallet that did not notice sends it, and it is reverted in its block.
    shim.instead.set('eth_estimateGas', () => ({ result: '0x30d40' }));
    await press('Deposit');
    await shows(/Nothing of it happened; its gas is spent\./);
    await shows(/^A place in the queue costs more now/);
    shim.instead.clear();
    await press('Show it no more');
    await settled();
  });

  test('a deposit goes on through a layer 1 that is away, and through a page that is loaded again', async () => {
    shim.away = true;
    await unlock(visit.page, '/deposit');
    await press('Connect Test Wallet');
    await shows('Your wallet reaches no layer 1 now.');
    await look('layer1-away');
    shim.away = false;
    await shows(/^The account has/);
    // It is sent, and no block is seen.
    const unseen = () => ({ result: null });
    shim.instead.set('eth_getTransactionReceipt', unseen);
    const before = await balance();
    await deposit('2');
    await shows(/^Deposit: sent\. It waits for a block/);
    shim.away = true;
    shim.instead.clear();
    await shows(/The layer 1 does not answer now; it is asked again/);
    assert.equal(await button('Depositing …').isDisabled(), true);
    shim.away = false;
    await shows(/^In the queue as|^Credited in/);
    await until(async () => (await balance()) === before + parseUnits('2', 18));
    await settled();

    shim.instead.set('eth_getTransactionReceipt', unseen);
    await deposit('3');
    await shows(/^Deposit: sent\. It waits for a block/);
    await unlock(visit.page, '/deposit');
    await shows(/^Sent\. Whether it is in a block your Ethereum wallet says/);
    await press('Connect Test Wallet');
    await shows(/^Sent\. It waits for a block of the layer 1\./);
    shim.away = true;
    shim.instead.clear();
    await until(async () => (await balance()) === before + parseUnits('5', 18));
    // Still there, and not said to be lost.
    assert.equal(await button('Show it no more').count(), 1);
    assert.equal(await visit.page.locator('.underway .mistake').count(), 0);
    shim.away = false;
    await shows(/^In the queue as|^Credited in/);
    await unlock(visit.page, '/deposit');
    await settled();
  });

  test('a deposit whose page is gone before its user agrees is credited all the same', async () => {
    await press('Connect Test Wallet');
    await shows(/^The account has/);
    const before = await balance();
    const asked = sent();
    let agree: () => void = () => undefined;
    const agreed = new Promise<void>((resolve) => (agree = resolve));
    shim.instead.set('eth_sendTransaction', async (_, honest) => (await agreed, honest()));
    await deposit('1');
    await shows('confirm it in your wallet.');
    await until(async () => sent() > asked);
    await visit.page.goto(`${visit.url}v1/status`);
    agree();
    await until(async () => (await balance()) === before + parseUnits('1', 18));
    shim.instead.clear();
  });

  test('what was paid too much to the queue is taken out, where its owner agrees', async () => {
    await toDeposit();
    await visit.page.getByRole('heading', { name: 'Credit of this account' }).waitFor();
    const credit = async () => decodeNumber(await visit.devnet.read(creditCall(rollup, account)));
    assert.ok((await credit()) > 0n);
    await look('credit');
    shim.refused.add('eth_sendTransaction');
    await press('Take it out');
    await shows('You refused it in your wallet.');
    shim.refused.clear();
    await press('Take it out');
    await visit.page.getByRole('heading', { name: 'Credit of this account' }).waitFor({ state: 'detached' });
    assert.equal(await credit(), 0n);
  });

  test('a claim is refused, loaded again, and made by somebody else meanwhile', async () => {
    const wallet = await Wallet.connect({ node: visit.devnet.node, key });
    const receiver = visit.devnet.l1Account(5);
    const amounts = ['0.25', '0.5'].map((text) => parseUnits(text, 18));
    const hashes: string[] = [];
    for (const amount of amounts) hashes.push((await wallet.withdraw({ to: receiver, amount })).hash);
    // When they are final nothing moves on any more, and the node is not asked for claims again meanwhile.
    for (const hash of hashes) await visit.devnet.node.waitFor(hash, 'final');
    await unlock();
    await press('Connect Test Wallet');
    const claims = () => button('Claim it');
    await button('Claim all 2, one after the other').waitFor();
    const ether = async () => BigInt(await visit.devnet.rpc<Hex>('eth_getBalance', receiver, 'latest'));
    const before = await ether();
    shim.refused.add('eth_sendTransaction');
    await press('Claim all 2, one after the other');
    await shows('You refused it in your wallet.');
    assert.equal(await claims().count(), 2);
    shim.refused.clear();
    // It is sent, and the page is loaded again before it is in a block.
    shim.instead.set('eth_getTransactionReceipt', () => ({ result: null }));
    await claims().last().click();
    await shows(/^Claim: sent\. It waits for a block/);
    shim.instead.clear();
    await until(async () => (await ether()) > before);
    await unlock();
    await press('Connect Test Wallet');
    await claims().waitFor();
    assert.equal(await claims().count(), 1);
    // Somebody else is faster.
    for (const hash of hashes) {
      const { batch } = await visit.devnet.node.transaction(hash);
      const call = claimCall(rollup, await visit.devnet.node.batch(batch ?? 0), { hash });
      await visit.devnet.execute(call, visit.devnet.l1Account(OTHER)).catch(() => undefined);
    }
    await claims().click();
    await shows('This was paid already: somebody else claimed it.');
    await shows('All of them are paid.');
    assert.equal((await ether()) - before, amounts[0]! + amounts[1]!);
    await look('claimed-by-another');
    // The node asks the contract: what is paid is not offered again.
    const asked = visit.page.waitForResponse((answer) => answer.url().includes('/v1/claims'));
    await unlock();
    await (await asked).finished();
    await visit.page.getByRole('heading', { name: 'Latest payments' }).waitFor();
    assert.equal(await visit.page.getByRole('heading', { name: 'Withdrawals on the layer 1' }).count(), 0);
  });

  test('two tabs pay at once, see the same, and both end where the key is forgotten', async () => {
    const second = await visit.open(context);
    await review('0.01');
    await review('0.02', second);
    await Promise.all([button('Send 0.01 ETH').click(), button('Send 0.02 ETH', second).click()]);
    for (const tab of [visit.page, second]) await tab.locator('.reached.final').waitFor({ timeout: LONG_MS });
    assert.equal(await visit.devnet.node.accounts(bob).then(([one]) => one?.balance), String(parseUnits('0.03', 18)));
    await second.goto(`${visit.url}#/wallet/key`);
    await field('I have the words, or a copy of the file.', second).check();
    await button('Forget the key', second).click();
    await visit.page.goto(`${visit.url}#/wallet`);
    await button(/^Make a new key/).waitFor();
    await second.close();
  });

  test('a browser whose store is full opens the key that it has, and shows what is under way', async () => {
    await unlock(visit.page, '/deposit');
    await visit.page.evaluate(() => {
      for (let size = 1 << 22; size >= 1; size = Math.floor(size / 2)) {
        for (let at = 0; ; at += 1) {
          try {
            localStorage.setItem(`filler/${size}/${at}`, 'x'.repeat(size));
          } catch {
            break;
          }
        }
      }
    });
    await toDeposit();
    await deposit('0.5');
    await visit.page.getByRole('heading', { name: 'On the way through the layer 1' }).waitFor();
    await shows(/^Credited in/);
    await settled();
  });

  test('a browser that keeps nothing says so', async () => {
    const denied = await visit.browser.newContext();
    await denied.addInitScript(() =>
      Object.defineProperty(globalThis, 'localStorage', {
        get: () => {
          throw new DOMException('denied', 'SecurityError');
        },
      }),
    );
    const other = await visit.open(denied);
    await other.goto(`${visit.url}#/wallet`);
    await shows('This browser keeps nothing for this page', other);
    await denied.close();
  });

  test('a clock that is days behind loses no payment, and one that is ahead is told of', async () => {
    for (const days of [-3, 3]) {
      const skewed = await newContext();
      await skewed.addInitScript((skewMs) => {
        const honest = Date.now.bind(Date);
        const Honest = Date;
        Date.now = () => honest() + skewMs;
        (globalThis as { Date: unknown }).Date = new Proxy(Honest, {
          construct: (target, given: []) => (given.length === 0 ? new target(Date.now()) : new target(...given)),
        });
      }, days * 86_400_000);
      // A payment that is refused is an answer that browsers complain of.
      const other = await visit.open(skewed, []);
      await review('0.01', other);
      await button('Send 0.01 ETH', other).click();
      // A layer 1 for development tells the time where it is ahead.
      if (days < 0) await other.locator('.reached.final').waitFor({ timeout: LONG_MS });
      else await shows(/^The clock of this device is hours apart from the node’s/, other);
      await skewed.close();
    }
  });

  test('nothing was complained of, and all is fit for screen readers and phones', () => {
    assert.deepEqual(visit.looker.found, []);
    assert.deepEqual(visit.complaints, []);
  });

  test('an answer that is lost is not a payment that is lost', async () => {
    await review('0.05');
    await visit.page.route('**/v1/transactions', async (route) => {
      await route.fetch();
      await route.abort('connectionreset');
    });
    await press('Send 0.05 ETH');
    await visit.page.locator('.reached.final').waitFor({ timeout: LONG_MS });
    await visit.page.unroute('**/v1/transactions');
  });

  test('a node that restarts while a payment waits has it afterwards', async () => {
    const listen = (option: string, at: string) => [option, new URL(at).host];
    const { node_url, l1_url } = visit.devnet.announcement;
    const before = BigInt((await visit.devnet.node.accounts(bob))[0]?.balance ?? '0');
    await review('0.07');
    await press('Send 0.07 ETH');
    await visit.page.getByRole('heading', { name: 'Payment' }).waitFor();
    await shows('0.07 ETH');
    await visit.devnet.stop();
    await visit.page.getByRole('heading', { name: 'The node does not answer' }).waitFor();
    // What is known stays.
    assert.equal(await visit.page.locator('.sum', { hasText: '0.07 ETH' }).count(), 1);
    await visit.page.getByRole('link', { name: 'Back to the wallet' }).click();
    await visit.page.getByRole('link', { name: 'Send', exact: true }).first().click();
    await look('node-away');
    visit.devnet = await start([...listen('--listen', node_url), ...listen('--l1-listen', l1_url)]);
    await visit.page.getByRole('heading', { name: 'The node does not answer' }).waitFor({ state: 'detached' });
    await until(
      async () =>
        BigInt((await visit.devnet.node.accounts(bob))[0]?.balance ?? '0') === before + parseUnits('0.07', 18),
    );
    assert.deepEqual(visit.looker.found, []);
  });
});
