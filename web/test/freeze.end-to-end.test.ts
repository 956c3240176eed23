/** From an operator that brings no batch to all that is left on the layer 1: frozen, taken out and paid back in the page. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  SecretKey,
  Wallet,
  decodeStanding,
  depositCall,
  formatL1Address,
  parseL1Address,
  parseUnits,
  randomSeed,
  rollupOf,
  standingCall,
  type Hex,
  type Rollup,
} from '@assay/client';
import { formatKeyFile } from '@assay/client/key-file';
import type { Browser, Page } from 'playwright-core';
import { Devnet } from '../../clients/typescript/test/devnet.js';
import { LONG_MS, openPage, pictures, program, skip, startBrowser } from './browser.js';
import { installWallet } from './ethereum-shim.js';
import { Looker } from './look.js';

const PASSWORD = 'correct horse battery';
/** Who is paid by the withdrawal, and has nothing else. */
const RECEIVER = '0x00000000000000000000000000000000000000b1';
/** Longer than an entry may wait, and be overdue, in the devnet's deployment. */
const WAIT_S = 8 * 86_400;

describe('freezing in the page', { skip, timeout: 2 * LONG_MS }, () => {
  const seed = randomSeed();
  const key = SecretKey.fromSeed(seed);
  const complaints: string[] = [];
  let devnet: Devnet;
  let rollup: Rollup;
  let browser: Browser;
  let page: Page;
  let looker: Looker;
  let directory: string;
  let payer: Hex;

  before(async () => {
    devnet = await Devnet.start(program);
    const { chain_id, contract, node_url } = devnet.announcement;
    rollup = rollupOf(chain_id, contract);
    payer = formatL1Address(parseL1Address(devnet.l1Account(4)));
    directory = mkdtempSync(join(tmpdir(), 'assay-freeze-'));
    if (pictures) mkdirSync(pictures, { recursive: true });
    browser = await startBrowser();
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    await installWallet(context, devnet, payer);
    page = await openPage(context, `${node_url}/`, complaints);
    looker = new Looker(() => page, 'freeze');
    await page.goto(`${node_url}/#/wallet`);
  });
  after(async () => {
    await browser?.close();
    await devnet?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
  const field = (label: string) => page.locator('main').getByLabel(label, { exact: true });
  const shows = (text: string | RegExp) => page.getByText(text).first().waitFor({ timeout: LONG_MS });
  const go = (part: string) =>
    page.getByRole('navigation', { name: 'Wallet' }).getByRole('link', { name: part }).click();
  const etherOf = async (who: string) => BigInt(await devnet.rpc<Hex>('eth_getBalance', who, 'latest'));
  const standing = async () => decodeStanding(await devnet.read(standingCall(rollup)));
  /** What stands under a heading of what can be taken out. */
  const part = (title: string) => page.getByRole('region', { name: title });

  test('a deposit that was sent elsewhere shows as soon as it is in the queue', async () => {
    const path = join(directory, 'key.json');
    writeFileSync(path, formatKeyFile(seed, rollup.network), { mode: 0o600 });
    await button(/^Open a key file/).click();
    await field('File').setInputFiles(path);
    await field('Password').fill(PASSWORD);
    await field('The same again').fill(PASSWORD);
    await button('Store the key').click();
    await shows('There is nothing here yet.');
    // One block and no more: the entry has no confirmation, so no batch takes it.
    await devnet.rpc('evm_setIntervalMining', 0);
    const sent = devnet.deposit(rollup, key.address(rollup.network), parseUnits('2', 18));
    await waitForPool();
    await devnet.rpc('evm_mine');
    const [entry] = await sent;
    await shows('Deposit of 2 ETH');
    await shows('sent elsewhere');
    await shows('0 of 1 confirmations');
    await looker.look('elsewhere');
    await devnet.rpc('evm_setIntervalMining', 1);
    await devnet.node.waitForEntry(entry ?? 0n, 'proved');
    await page.locator('.sum', { hasText: '2 ETH' }).waitFor({ timeout: LONG_MS });
    assert.equal(await page.getByText('sent elsewhere').count(), 0);
  });

  /** Until the layer 1 has something to put into a block. */
  async function waitForPool(): Promise<void> {
    for (;;) {
      const { pending } = await devnet.rpc<{ pending: Hex }>('txpool_status');
      if (Number(pending) > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  test('says when anybody may freeze, if nobody brings batches', async () => {
    const wallet = await Wallet.connect({ node: devnet.node, key });
    const { hash } = await wallet.withdraw({ to: RECEIVER, amount: parseUnits('0.25', 18), token: 0 });
    await devnet.node.waitFor(hash, 'proved');
    await go('Leave');
    await shows('It cannot be frozen now: nothing waits in its queue for a batch.');
    await shows(/1 withdrawal that may be unclaimed/);
    // An operator without ether brings no batch any more.
    await devnet.rpc('anvil_setBalance', (await standing()).operator, '0x0');
    const feeWei = (await devnet.inclusionFee(rollup)) + parseUnits('0.01', 18);
    const deposit = { owner: key.address(rollup.network), token: 0, amount: parseUnits('0.5', 18), refundTo: payer };
    await devnet.execute(depositCall(rollup, { ...deposit, feeWei }), payer);
    await shows(/^In [67] d/);
    await shows('So says the node.');
    await looker.look('before');
    await button('Ask the contract itself').click();
    await button('Connect Test Wallet').click();
    await shows('So says the contract.');
    await shows(/^In [67] d/);
    await looker.look('before-by-contract');
    assert.equal(await button('Freeze the rollup').count(), 0);
  });

  test('freezes it when it is due, by who wants that', async () => {
    await devnet.rpc('evm_increaseTime', WAIT_S);
    await shows('The rollup can be frozen now');
    const freeze = button('Freeze the rollup');
    await freeze.waitFor();
    assert.equal(await freeze.isDisabled(), true);
    await page.getByLabel('I want to end this rollup for everybody, for ever.').check();
    await looker.look('now');
    await freeze.click();
    await page.getByRole('heading', { name: 'What you can still take out' }).waitFor();
    assert.equal((await standing()).frozen, true);
  });

  test('what can be taken out stands in one place, and is paid', async () => {
    await part('Credit').waitFor();
    for (const title of ['Balances', 'Withdrawals that were proved', 'What no batch took']) {
      assert.equal(await part(title).getByRole('listitem').count(), 1, title);
    }
    await looker.look('take-out');
    const take = async (title: string, name: string) => {
      const before = await etherOf(payer);
      await part(title).getByRole('button', { name, exact: true }).click();
      await part(title).getByText('Paid in layer 1 transaction').waitFor({ timeout: LONG_MS });
      return (await etherOf(payer)) - before;
    };
    const isAbout = (found: bigint, ether: string, what: string) => {
      const difference = parseUnits(ether, 18) - found;
      // Of it the gas is paid.
      assert.ok(difference > -parseUnits('0.01', 18) && difference < parseUnits('0.01', 18), `${what}: ${found} wei`);
    };
    isAbout(await take('What no batch took', 'Have it paid back'), '0.5', 'the deposit');
    isAbout(await take('Balances', 'Take it out'), '1.75', 'the balance');
    await take('Withdrawals that were proved', 'Claim it');
    assert.equal(await etherOf(RECEIVER), parseUnits('0.25', 18));
    assert.ok((await take('Credit', 'Take the credit out')) > 0n);
    await looker.look('taken-out');
    await go('Balance');
    await go('Leave');
    await shows('Nothing is left for this wallet and this Ethereum account: all of it was paid.');
    await looker.look('nothing-left');
  });

  test('is fit for screen readers and phones, and asks nobody but the node and the wallet', () => {
    assert.deepEqual(looker.found, []);
    assert.deepEqual(complaints, []);
  });
});
