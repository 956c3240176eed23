/** The wallet with the browser's Ethereum wallet: from its account's key to money on the layer 1, without the command line. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  SecretKey,
  ethereumSeed,
  formatL1Address,
  parseL1Address,
  parseUnits,
  rollupOf,
  type Hex,
} from '@assay/client';
import { LONG_MS, layoutShift, skip } from './browser.js';
import { installWallet, type ShimState } from './ethereum-shim.js';
import { Visit } from './visit.js';

const PASSWORD = 'correct horse battery';

describe('the wallet through Ethereum', { skip, timeout: 4 * LONG_MS }, () => {
  const visit = new Visit('ethereum');
  const { button, press, field, fill, shows, go, look } = visit;
  let shim: ShimState;
  let account: Hex;
  let address: string;

  before(async () => {
    await visit.start(async (context) => {
      account = formatL1Address(parseL1Address(visit.devnet.l1Account(4)));
      shim = await installWallet(context, visit.devnet, account);
    });
    await visit.page.goto(`${visit.url}#/wallet`);
  });
  after(() => visit.stop());

  const etherOf = async (who: Hex) => BigInt(await visit.devnet.rpc<Hex>('eth_getBalance', who, 'latest'));
  const rollup = () => rollupOf(visit.devnet.announcement.chain_id, visit.devnet.announcement.contract);

  test('makes the key of an account that signs twice, on the right chain alone', async () => {
    await button(/^Use an Ethereum wallet/).waitFor();
    await press(/^Use an Ethereum wallet/);
    shim.refused.add('eth_requestAccounts');
    await press('Connect Test Wallet');
    await shows('You refused it in your wallet.');
    shim.refused.clear();
    shim.chain = '0x1';
    await press('Connect Test Wallet');
    await shows('Your wallet is on chain 1');
    assert.equal(await button('Sign it twice').count(), 0);
    await look('wrong-chain');
    await press(`Switch to chain ${visit.devnet.announcement.chain_id}`);
    await button('Sign it twice').waitFor();
    await look('sign');
    shim.refused.add('personal_sign');
    await press('Sign it twice');
    await shows('You refused it in your wallet. Nothing was sent.');
    shim.refused.clear();
    await press('Sign it twice');
    await fill('Password', PASSWORD);
    await fill('The same again', PASSWORD);
    await press('Store the key');
    await shows('There is nothing here yet.');
    assert.equal(shim.asked.filter((method) => method === 'personal_sign').length, 3);
    address = (await visit.page.locator('.empty code[title^="assaydev1"]').getAttribute('title')) ?? '';
    const sign = (message: string) =>
      visit.devnet.rpc<string>('personal_sign', `0x${Buffer.from(message).toString('hex')}`, account);
    const seed = await ethereumSeed(rollup(), account, sign);
    assert.equal(address, SecretKey.fromSeed(seed).address('development'));
  });

  test('deposits ether, and shows its way until it is credited', async () => {
    await go('Deposit');
    await shows(/^The account has/);
    await fill('Amount in ETH', '99999999');
    await press('Deposit');
    await shows(/can be paid/);
    await fill('Amount in ETH', '2');
    await look('deposit');
    shim.refused.add('eth_sendTransaction');
    await press('Deposit');
    await shows('You refused it in your wallet.');
    shim.refused.clear();
    await press('Deposit');
    await visit.page.getByRole('heading', { name: 'On the way through the layer 1' }).waitFor();
    await look('deposit-underway');
    await shows(/^Credited in/);
    await go('Balance');
    await visit.page.locator('.sum', { hasText: '2 ETH' }).waitFor({ timeout: LONG_MS });
    const [entry] = (await visit.devnet.node.accounts(address)).map(({ balance }) => balance);
    assert.equal(entry, parseUnits('2', 18).toString());
  });

  test('sends, with an estimate, and lists what moved', async () => {
    const bob = SecretKey.fromSeed(new Uint8Array(32).fill(7)).address('development');
    await go('Send');
    await fill('To', bob);
    await fill('Amount in ETH', '0.5');
    await press(/^Review the/);
    await visit.page.getByRole('heading', { name: 'You send' }).waitFor();
    await shows('Proved and final');
    await press('Send 0.5 ETH');
    await visit.page.locator('.reached.final').waitFor({ timeout: LONG_MS });
    await visit.page.getByRole('link', { name: 'Back to the wallet' }).click();
    await go('History');
    const row = (text: string) => visit.page.getByRole('row').filter({ hasText: text });
    await row('sent').getByText('final').waitFor();
    await row('deposit').getByText('final').waitFor({ timeout: LONG_MS });
    assert.equal(await visit.page.getByRole('row').count(), 3);
    await look('history');
  });

  test('withdraws, and claims what is found to be unpaid', async () => {
    const receiver = visit.devnet.l1Account(5);
    for (const amount of ['0.25', '0.125']) {
      await go('Withdraw');
      await fill('To, on the layer 1', receiver);
      await fill('Amount in ETH', amount);
      await press(/^Review the/);
      await press(`Withdraw ${amount} ETH`);
      await visit.page.locator('.reached.proved, .reached.final').waitFor({ timeout: LONG_MS });
      await visit.page.getByRole('link', { name: 'Back to the wallet' }).click();
    }
    await visit.page.getByRole('heading', { name: 'To claim on the layer 1' }).waitFor();
    await look('claims');
    const before = await etherOf(receiver);
    await press(/^Claim all 2/);
    await shows('All of them are paid.');
    assert.equal((await etherOf(receiver)) - before, parseUnits('0.375', 18));
    // Paid once: it is shown so, and is offered no more.
    await go('History');
    await visit.page.getByRole('row').filter({ hasText: '0.25' }).getByRole('link', { name: '0.25 ETH' }).click();
    await shows('The contract has paid it.');
    await look('paid');
    await visit.page.getByRole('link', { name: 'Back to the wallet' }).click();
  });

  test('forces a withdrawal past the operator, and claims it', async () => {
    await go('Withdraw');
    await visit.page.getByRole('link', { name: 'force it through the layer 1' }).click();
    await fill('Amount in ETH', '0.0625');
    assert.equal(await field('To, on the layer 1').inputValue(), account);
    await look('force');
    await press('Sign it and force it');
    await shows(/^In the queue as|^Executed in/);
    await look('force-underway');
    await shows(/^Executed in/);
    await go('Balance');
    await button('Claim it').waitFor({ timeout: LONG_MS });
    const before = await etherOf(account);
    await press('Claim it');
    await shows('All of them are paid.');
    // Less the gas of the claim, which the account pays itself.
    const gained = (await etherOf(account)) - before;
    assert.ok(gained > parseUnits('0.06', 18) && gained < parseUnits('0.0625', 18), String(gained));
    await look('balance');
  });

  test('is fit for screen readers and phones, asks nobody but the node and the wallet, and nothing jumps', async () => {
    assert.deepEqual(visit.looker.found, []);
    assert.deepEqual(visit.complaints, []);
    await visit.page.reload();
    await visit.page.getByRole('heading', { name: 'Locked' }).waitFor();
    const moved = await layoutShift(visit.page);
    assert.ok(moved < 0.1, `the layout shifted by ${moved}`);
  });
});
