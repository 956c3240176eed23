/** What somebody typed, what was sent and what failed stays in sight, whatever node, contract and wallet say meanwhile. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { SecretKey, claimsHash, isClaimedCall, randomSeed, type ExitPacket, type QueueEntryView } from '@assay/client';
import type { BrowserContext } from 'playwright-core';
import { formatRequest } from '../src/wallet/request.js';
import { seal, type Vault } from '../src/wallet/vault.js';
import { noBrowser, openPage } from './browser.js';
import { tellPage } from './ethereum-shim.js';
import { CONTRACT, FAKE_URL, FakeRollup, HASH, OWN, rollup } from './fake-rollup.js';
import { Visit } from './visit.js';

const PASSWORD = 'correct horse battery';
const ROUNDS = 1000;
const ETHER = 10n ** 18n;
const SENT = /sent\. It waits for a block of the layer 1/;
const SPENT = /Nothing of it happened; its gas is spent\./;
const MINUTES_MS = 600_000;

describe('meanwhile', { skip: noBrowser, timeout: MINUTES_MS }, () => {
  const seed = randomSeed();
  const address = SecretKey.fromSeed(seed).address(rollup.network);
  const bob = SecretKey.fromSeed(randomSeed()).address(rollup.network);
  const visit = new Visit('meanwhile');
  const { button, press, field, fill, heading, shows, go, look } = visit;
  let vault: Vault;
  let context: BrowserContext;
  let fake: FakeRollup;

  before(async () => {
    vault = await seal(seed, rollup.network, PASSWORD, ROUNDS);
    await visit.startBrowser();
  });
  after(() => visit.stop());

  beforeEach(async () => {
    await context?.close();
    context = await visit.newContext();
    const stored: [string, string] = [`assay/wallet/${rollup.network}`, JSON.stringify(vault)];
    await context.addInitScript(([name, text]) => localStorage.setItem(name, text), stored);
    fake = await FakeRollup.in(context, address);
    fake.has(5n * ETHER);
    visit.page = await openPage(context, FAKE_URL, [], true);
  });

  async function open(part: string): Promise<void> {
    await visit.page.goto(`${FAKE_URL}#/${part}`);
    await fill('Password', PASSWORD);
    await press('Unlock');
    await visit.page.getByRole('navigation', { name: 'Wallet' }).waitFor();
  }

  /** Until what the node says now was heard, read and drawn. */
  async function heard(): Promise<void> {
    const { page } = visit;
    for (let answers = 0; answers < 3; answers += 1) {
      await page.waitForResponse((answer) => answer.url() === `${FAKE_URL}v1/status`);
    }
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  }

  /** What went wrong is said where it was begun, not only in the list of what is under way. */
  const fails = () => visit.page.locator('main .failure').filter({ hasText: SPENT }).waitFor();

  const count = (text: string | RegExp) => visit.page.getByText(text).count();

  /** The wallet goes to another chain and comes back, or only goes. */
  async function toChain(chain: string): Promise<void> {
    fake.shim.chain = chain;
    await tellPage(visit.page, 'chainChanged', chain);
  }

  test('a claim that the node knows to be paid before its receipt is here', async () => {
    fake.hasClaims(ETHER);
    await open('wallet');
    await press('Connect Test Wallet');
    await press('Claim it');
    await shows(SENT);
    fake.claims = fake.claims.map((claim) => ({ ...claim, claimed: true }));
    fake.proves(2);
    await heard();
    assert.equal(await count(SENT), 1);
    fake.paid(0);
    fake.included();
    await shows('All of them are paid.');
  });

  test('a claim in a wallet of which the node says for a while that it has nothing', async () => {
    fake.hasClaims(ETHER);
    await open('wallet');
    await press('Connect Test Wallet');
    await press('Claim it');
    await shows(SENT);
    fake.accounts = [];
    await shows('There is nothing here yet.');
    await toChain('0x1');
    await shows('Your wallet is on chain 1');
    await look('claim-elsewhere');
    fake.has(ETHER);
    await heard();
    await toChain('0x7a69');
    fake.included(true);
    await fails();
  });

  test('a claim of one payment, which somebody else was faster with, in a batch that is proved no more', async () => {
    fake.hasClaims(ETHER);
    const hash = fake.claims[0]?.hash ?? '';
    fake.withdrawn(hash, 'final');
    await visit.page.goto(`${FAKE_URL}#/wallet/payment/${hash}`);
    await press('Connect Test Wallet');
    await press('Claim it');
    await shows(SENT);
    fake.withdrawn(hash, 'sealed');
    await heading('Then it can be claimed').waitFor();
    fake.paid(0);
    fake.proves(2);
    await shows('The contract has paid it.');
    assert.equal(await count(SENT), 1);
    fake.included(true);
    await fails();
  });

  test('a deposit, while the wallet is on another chain, locked, and back', async () => {
    await open('wallet/deposit');
    await press('Connect Test Wallet');
    await shows(/^The account has/);
    await fill('Amount in ETH', '1.25');
    await toChain('0x1');
    await shows('Your wallet is on chain 1');
    await press('Deposit');
    await shows('Your wallet is on chain 1; this rollup is on chain 31337.');
    await toChain('0x7a69');
    assert.equal(await field('Amount in ETH').inputValue(), '1.25');
    await press('Deposit');
    await shows(SENT);
    // Of the other chain's transactions none is this one, and the account has sent many there.
    fake.shim.instead.set('eth_getTransactionCount', () => ({ result: fake.shim.chain === '0x1' ? '0x9' : '0x0' }));
    await toChain('0x1');
    await shows(/The layer 1 does not answer now; it is asked again/);
    await toChain('0x7a69');
    await shows(SENT);
    await tellPage(visit.page, 'accountsChanged', []);
    await button('Connect Test Wallet').waitFor();
    assert.equal(await count(SENT), 1);
    fake.included(true);
    await fails();
    // Whoever disconnects it has done with it.
    await press('Connect Test Wallet');
    await press('Disconnect');
    await field('Amount in ETH').waitFor({ state: 'detached' });
  });

  for (const [what, l1] of [
    ['freezes', { frozen: true }],
    ['closes', { closing_at: 2 ** 31 }],
  ] as const) {
    test(`a deposit into a rollup that ${what} meanwhile`, async () => {
      await open('wallet/deposit');
      await press('Connect Test Wallet');
      await fill('Amount in ETH', '1');
      await press('Deposit');
      await shows(SENT);
      fake.sees(l1);
      await shows(/takes no more deposits|nothing goes in any more/);
      await heard();
      fake.included(true);
      await fails();
      assert.equal(await button('Deposit').isDisabled(), true);
      await look(`deposit-${what}`);
      // Nobody who comes anew is offered one.
      await go('Balance');
      await go('Deposit');
      await shows(/takes no more deposits|nothing goes in any more/);
      assert.equal(await button('Deposit').count(), 0);
    });
  }

  test('a forced order of an account that is gone for a while, in a rollup that freezes', async () => {
    await open('wallet/force');
    await press('Connect Test Wallet');
    await fill('Amount in ETH', '1');
    fake.accounts = [];
    await heard();
    assert.equal(await field('Amount in ETH').inputValue(), '1');
    fake.has(2n * ETHER);
    await shows('There is 2 ETH.');
    await press('Sign it and force it');
    await shows(SENT);
    fake.accounts = [];
    fake.sees({ frozen: true });
    await shows(/nothing goes in any more/);
    await heard();
    fake.included(true);
    await fails();
  });

  test('a freeze that a batch, or somebody else, was faster with', async () => {
    fake.sees({ closing_at: 1, timestamp: 2 });
    fake.closing(1);
    await open('wallet/leave');
    await press('Connect Test Wallet');
    const agree = () => visit.page.getByLabel('I want to end this rollup for everybody, for ever.').check();
    await agree();
    await press('Freeze the rollup');
    await shows(SENT);
    fake.closing(2 ** 31);
    fake.sees({ closing_at: null, block: 2 });
    await heading('The rollup cannot be frozen now').waitFor();
    assert.equal(await count(SENT), 1);
    fake.included(true);
    await fails();
    await look('freeze-beaten');
    // Once more, and somebody else freezes it.
    fake.pending();
    fake.closing(1);
    fake.sees({ block: 3 });
    await agree();
    await press('Freeze the rollup');
    await shows(SENT);
    await toChain('0x1');
    await shows('Your wallet is on chain 1');
    await toChain('0x7a69');
    fake.sees({ frozen: true, block: 4 });
    await heading('What you can still take out').waitFor();
    await shows(SENT);
    fake.included(true);
    await fails();
    assert.equal(await button('Freeze the rollup').count(), 0);
    await look('freeze-of-another');
  });

  test('a freeze that the node knows before its receipt is here', async () => {
    fake.sees({ closing_at: 1, timestamp: 2 });
    fake.closing(1);
    await open('wallet/leave');
    await press('Connect Test Wallet');
    await visit.page.getByLabel('I want to end this rollup for everybody, for ever.').check();
    await press('Freeze the rollup');
    await shows(SENT);
    fake.sees({ frozen: true });
    await heading('What you can still take out').waitFor();
    await heading('Your freeze').waitFor();
    fake.included();
    await heading('Your freeze').waitFor({ state: 'detached' });
    await heading('What you can still take out').waitFor();
  });

  test('what is taken out of a frozen rollup, while the packet is renewed', async () => {
    fake.sees({ frozen: true });
    const item = { token: 0, amount: String(ETHER), receiver: OWN, from: 1 };
    const header = {
      ...{ accounts: 2, queue_end: 0, shape: 1, timestamp: 1, commitment: HASH, new_root: HASH },
      claims_hash: claimsHash([{ ...item, amount: ETHER }]),
    };
    const packet = (digit: string): ExitPacket => ({
      ...{ format: 'assay-exit-packet', version: 1, chain_id: 31337, contract: CONTRACT, batch: 1, owner: address },
      ...{ root: `0x${digit.repeat(64)}`, accounts: [], claims: [{ batch: 1, header, list: [item], which: [0] }] },
    });
    fake.accounts = [];
    const keep = (kept: ExitPacket) =>
      visit.page.evaluate(([name, text]) => localStorage.setItem(name, text), [
        `assay/packet/${rollup.domain}/${address}`,
        JSON.stringify(kept),
      ] as const);
    await visit.page.goto(FAKE_URL);
    await keep(packet('1'));
    await open('wallet/leave');
    await press('Connect Test Wallet');
    await press('Claim it');
    await shows('Waiting for a block');
    // The contract pays it, and another packet is there, before the receipt is.
    fake.paid(0);
    await keep(packet('2'));
    const asked = fake.asks(isClaimedCall(rollup, 1, 0));
    fake.proves(2);
    await asked;
    await heard();
    fake.included();
    await shows('Paid in layer 1 transaction');
    await go('Balance');
    await go('Leave');
    await shows('Nothing is left for this wallet and this Ethereum account');
  });

  test('a payment of a wallet that is empty for a while, and one whose request expires', async () => {
    await open('wallet/send');
    await fill('To', bob);
    await fill('Amount in ETH', '1.5');
    fake.accounts = [];
    await shows('There is 0 ETH.');
    assert.equal(await field('Amount in ETH').inputValue(), '1.5');
    fake.has(3n * ETHER);
    await shows('There is 3 ETH.');
    // Expired as soon as it is sent, and refused: that is said.
    const { page } = visit;
    const expires = Math.floor(Date.now() / 1000) + 120;
    const asked = { chain: 31337, contract: CONTRACT, to: bob, token: 0, amount: ETHER, expires };
    await page.evaluate((text) => (location.hash = `#/pay?${text}`), formatRequest(asked));
    await press(/^Review the/);
    let refuse: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (refuse = resolve));
    fake.instead = (route) => {
      if (route.request().method() !== 'POST') return undefined;
      const error = { code: 'halted', message: 'it is halted', details: {} };
      return held.then(() => route.fulfill({ status: 503, json: { error } }));
    };
    await press('Send 1 ETH');
    await page.clock.setFixedTime(1000 * (expires + 10));
    await heading('It cannot be paid').waitFor();
    refuse();
    await shows('The node takes no payments now: something is wrong with it.');
    assert.equal(await button('Send 1 ETH').isDisabled(), true);
  });

  test('a deposit whose batch is kept no more, and one that a frozen rollup does not take', async () => {
    const entry: QueueEntryView = {
      ...{ kind: 'deposit', executed: true, position: 0, token: 0, amount: '7', paid: '7', fee: '0', batch: 1 },
      ...{
        from: null,
        to: address,
        to_account: 1,
        hash: null,
        queue_index: 0,
        refund_to: OWN,
        stage: 'sealed',
        trust: '',
      },
    };
    const queued = (index: number) => ({
      ...{ hash: `0x${String(index).repeat(64)}`, kind: 'deposit', to: address, token: 0, amount: '7', atMs: 1 },
      ...{ index, block: 1, due: 2 ** 31 },
    });
    await visit.page.goto(FAKE_URL);
    await visit.page.evaluate(([name, text]) => localStorage.setItem(name, text), [
      `assay/queued/${rollup.domain}/${address}`,
      JSON.stringify([queued(0), queued(1), queued(2)]),
    ] as const);
    fake.entries.set(0, entry);
    fake.sees({ queue_length: 3, queue_taken: 2, block: 5 });
    await open('wallet');
    await shows(/^Credited in/);
    await shows('A batch took it, of which the node tells nothing now.');
    await shows(/Confirmed: the next batch takes it/);
    fake.entries.clear();
    fake.sees({ frozen: true });
    await shows(/no batch takes it any more\. Have it paid back under/);
    await heard();
    assert.equal(await count(/^Credited in/), 1);
    assert.equal(await count(/the next batch takes it/), 0);
    await look('underway-frozen');
    await press('Show it no more');
    await visit.page.getByText('A batch took it').waitFor({ state: 'detached' });
  });

  test('is fit for screen readers and phones', () => {
    assert.deepEqual(visit.looker.found, []);
  });
});
