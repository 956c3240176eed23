/** The wallet in a browser, on a rollup that proves: from no key to money on the layer 1. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { SecretKey, formatL1Address, parseL1Address, parseUnits, randomSeed, rollupOf } from '@assay/client';
import { formatKeyFile, parseKeyFile, type KeyFile } from '@assay/client/key-file';
import { LONG_MS, layoutShift, picture, program, skip } from './browser.js';
import { Visit } from './visit.js';

const PASSWORD = 'correct horse battery';

describe('the wallet', { skip, timeout: 3 * LONG_MS }, () => {
  const visit = new Visit('wallet');
  const { button, press, field, fill, shows, go, look } = visit;
  const heading = (name: string) => visit.heading(name).waitFor();
  let address: string;
  let words: string[];
  let paid: string;
  const seed = randomSeed();
  const bob = SecretKey.fromSeed(seed).address('development');

  before(() => visit.start());
  after(() => visit.stop());

  test('makes a key of words that are shown once and asked for', async () => {
    await visit.page.goto(`${visit.url}#/wallet`);
    await button(/^Make a new key/).waitFor();
    await look('begin');
    await press(/^Make a new key/);
    words = await visit.page
      .getByRole('listitem')
      .filter({ hasText: /^[a-z]+$/ })
      .allTextContents();
    assert.equal(words.length, 12);
    await look('words');
    await press('I have written them down');
    const asked = await visit.page.getByLabel(/^Word [0-9]+$/).all();
    assert.equal(asked.length, 3);
    for (const word of asked) await word.fill('wrong');
    await press('Go on');
    await shows('look at your paper');
    await look('check');
    for (const word of asked) {
      const label = await visit.page.locator(`label[for="${await word.getAttribute('id')}"]`).textContent();
      await word.fill(words[Number(label?.replace('Word ', '')) - 1] ?? '');
    }
    await press('Go on');
    await fill('Password', 'short');
    await press('Store the key');
    await shows('A password has at least 10 characters');
    await fill('Password', PASSWORD);
    await fill('The same again', PASSWORD);
    await look('password');
    await press('Store the key');
    await shows('There is nothing here yet.');
    address = (await visit.page.locator('.empty code[title^="assaydev1"]').getAttribute('title')) ?? '';
    await look('empty');
  });

  test('stores nothing that tells the key', async () => {
    const stored = await visit.page.evaluate(() => JSON.stringify({ ...localStorage }));
    assert.ok(stored.includes(address));
    for (const word of words.filter((word) => word.length > 4)) assert.ok(!stored.includes(word), word);
    await visit.page.reload();
    await heading('Locked');
    await look('locked');
    await fill('Password', 'another password');
    await press('Unlock');
    await shows('This is not the password of this wallet.');
    await fill('Password', PASSWORD);
    await press('Unlock');
    await shows('There is nothing here yet.');
  });

  test('shows what came in', async () => {
    const { chain_id, contract } = visit.devnet.announcement;
    await press('Get test money');
    await shows('1 ETH');
    await visit.devnet.deposit(rollupOf(chain_id, contract), address, parseUnits('2', 18));
    await visit.page.locator('.sum', { hasText: '3 ETH' }).waitFor({ timeout: LONG_MS });
  });

  test('answers the mistakes of people who pay', async () => {
    await go('Send');
    await press(/^Review the/);
    await shows('Name who is paid.');
    await shows('Say how much.');
    const { address: l1 } = visit.devnet.announcement.accounts[3] ?? { address: '' };
    const receivers: [string, string][] = [
      [address, 'This is your own address.'],
      [l1, 'This is a layer 1 address.'],
      ['vitalik.eth', 'Names are not looked up here'],
      [`${bob.slice(0, -1)}${bob.endsWith('q') ? 'p' : 'q'}`, 'This address has a typing error'],
    ];
    for (const [typed, told] of receivers) {
      await fill('To', typed);
      await shows(told);
    }
    const amounts: [string, string][] = [
      ['0x10', 'Type the amount in decimal'],
      ['-1', 'An amount has no sign'],
      ['0', 'Nothing would be paid'],
      ['4', 'is more than there is'],
      ['1.123456789012345', 'These are too many digits'],
    ];
    for (const [typed, told] of amounts) {
      await fill('Amount in ETH', typed);
      await shows(told);
    }
    await look('mistakes');
    await button('1.123456789').waitFor();
    await press('1.1234567891');
    assert.equal(await field('Amount in ETH').inputValue(), '1.1234567891');
    // What was typed stays where it is right for the other kind of payment.
    await fill('To', l1);
    await visit.page.getByRole('link', { name: 'Withdraw to it' }).click();
    assert.equal(await field('To, on the layer 1').inputValue(), l1);
  });

  test('sends, and shows the payment until it is final', async () => {
    await go('Send');
    await fill('To', ` ${bob} `);
    await fill('Amount in ETH', '0.5');
    await press(/^Review the/);
    await heading('You send');
    await look('review');
    await visit.withoutBlocks(async () => {
      await press('Send 0.5 ETH');
      await heading('Payment');
      paid = (await visit.page.evaluate(() => location.hash)).replace('#/wallet/payment/', '');
      assert.match(paid, /^0x[0-9a-f]{64}$/);
      await shows('Rests on the operator’s word');
    });
    await visit.page.locator('.reached.final').waitFor({ timeout: LONG_MS });
    await shows('Rests on the layer 1');
    await look('payment');
    const view = await visit.devnet.node.transaction(paid);
    assert.equal(view.stage, 'final');
    assert.equal(view.operation.to, bob);
    assert.equal(view.operation.amount, parseUnits('0.5', 18).toString());
  });

  test('asks for a payment by a link, which somebody else pays', async () => {
    await visit.page.getByRole('link', { name: 'Back to the wallet' }).click();
    await go('Receive');
    await visit.page.getByRole('img', { name: 'QR code of your address' }).waitFor();
    await fill('Amount in ETH', '0.25');
    await fill('What it is for', 'Order 7 <b>&amp;</b>');
    await field('Expires').selectOption('In an hour');
    await press('Make a link');
    await visit.page.getByRole('img', { name: 'QR code of the payment request' }).waitFor();
    await look('receive');
    const link = (await visit.page.locator('.made code').getAttribute('title')) ?? '';

    const path = join(tmpdir(), `assay-key-${process.pid}.json`);
    writeFileSync(path, formatKeyFile(seed, 'development'), { mode: 0o600 });
    const mine = visit.page;
    visit.page = await visit.open(await visit.browser.newContext());
    await visit.page.goto(link);
    await shows('Order 7 <b>&amp;</b>');
    await press(/^Open a key file/);
    await field('File').setInputFiles(path);
    await fill('Password', PASSWORD);
    await fill('The same again', PASSWORD);
    await press('Store the key');
    assert.equal(await field('Amount in ETH').inputValue(), '0.25');
    assert.equal(await visit.page.locator('[aria-invalid]').count(), 0);
    await look('request');
    await press(/^Review the/);
    await press('Send 0.25 ETH');
    await heading('Payment');
    await shows('Order 7 <b>&amp;</b>');
    await visit.page.goto(`${visit.url}#/pay?${link.split('?')[1]?.replace(/expires=[0-9]+/, 'expires=1')}`);
    await shows('This request has expired.');
    assert.equal(await button(/^Review the/).count(), 0);
    await visit.page.context().close();
    visit.page = mine;
    await go('Balance');
    await visit.page.locator('.sum', { hasText: /^2\.7[0-9]* ETH$/ }).waitFor();
  });

  test('withdraws, and says how it is claimed', async () => {
    const { address: l1 } = visit.devnet.announcement.accounts[3] ?? { address: '' };
    const to = formatL1Address(parseL1Address(l1));
    await go('Withdraw');
    await fill('To, on the layer 1', l1.toLowerCase());
    await fill('Amount in ETH', '1');
    await press(/^Review the/);
    await heading('You withdraw');
    await visit.withoutBlocks(async () => {
      await press('Withdraw 1 ETH');
      await heading('Payment');
      await heading('Then it can be claimed');
    });
    await visit.page.locator('.reached.final').waitFor({ timeout: LONG_MS });
    await heading('It can be claimed');
    const hash = (await visit.page.evaluate(() => location.hash)).replace('#/wallet/payment/', '');
    await shows(`assay wallet claim ${hash}`);
    const { operation } = await visit.devnet.node.transaction(hash);
    assert.deepEqual([operation.kind, operation.to], ['withdrawal', to]);
    await look('withdrawn');
  });

  test('lists what moved, and gives a copy of the key to whoever has the password', async () => {
    await visit.page.getByRole('link', { name: 'Back to the wallet' }).click();
    await look('balance');
    await go('History');
    const row = (text: string) => visit.page.getByRole('row').filter({ hasText: text });
    await row('withdrawal').getByText('final').waitFor();
    // What the faucet gave and the deposit, what was sent, what was received, what was withdrawn; and the titles.
    await row('received').waitFor();
    assert.equal(await visit.page.getByRole('row').count(), 6);
    await look('history');
    await go('Key');
    await look('key');
    await fill('Password of this wallet', 'another password');
    await press('Save assay-wallet.json');
    await shows('This is not the password of this wallet.');
    const file = await saved('assay-wallet.json');
    assert.deepEqual([file.version, file.address], [2, address]);
    await shows('chmod 600 assay-wallet.json');
    await look('key-saved');
  });

  const directory = mkdtempSync(join(tmpdir(), 'assay-wallet-page-'));
  after(() => rmSync(directory, { recursive: true }));
  const kept = (name: string) => join(directory, name);

  /** Has a copy of the key saved, and keeps it under the name that the browser is told. */
  async function saved(name: string): Promise<KeyFile> {
    await fill('Password of this wallet', PASSWORD);
    const waiting = visit.page.waitForEvent('download', { timeout: LONG_MS });
    await press(`Save ${name}`);
    const download = await waiting;
    assert.equal(download.suggestedFilename(), name);
    const text = readFileSync(await download.path(), 'utf8');
    writeFileSync(kept(name), text, { mode: 0o600 });
    return parseKeyFile(text, 'development');
  }

  test('gives a copy without a password to whoever insists', async () => {
    await press('Without a password …');
    await shows('whoever reads it, or the disk that it was on, has your money');
    await look('key-plain');
    const file = await saved('assay-wallet-plain.json');
    assert.ok(file.version === 1);
    assert.equal(SecretKey.fromSeed(file.seed).address('development'), address);
    await press('Back');
    await button('Save assay-wallet.json').waitFor();
    assert.equal(await visit.page.getByText('Saved.').count(), 0);
  });

  test('the encrypted copy is a key of the command line', () => {
    const [key, opened, password] = ['assay-wallet.json', 'opened.json', 'password'].map(kept) as [
      string,
      string,
      string,
    ];
    writeFileSync(password, `${PASSWORD}\n`);
    const wallet = (...rest: string[]) =>
      execFileSync(program, ['wallet', '--key', key, ...rest], { encoding: 'utf8' }).trim();
    assert.equal(wallet('address'), address);
    wallet('--password-file', password, 'export', opened, '--plain');
    assert.equal(readFileSync(opened, 'utf8'), readFileSync(kept('assay-wallet-plain.json'), 'utf8'));
  });

  test('another browser takes the encrypted copy, with its password alone', async () => {
    const mine = visit.page;
    visit.page = await visit.open(await visit.browser.newContext());
    await visit.page.goto(`${visit.url}#/wallet`);
    await press(/^Open a key file/);
    writeFileSync(kept('none.json'), '{}');
    await field('File').setInputFiles(kept('none.json'));
    await shows('This is no key file: its format is not');
    await look('file');
    await field('File').setInputFiles(kept('assay-wallet.json'));
    await heading('An encrypted key file');
    // Whoever types needs no mouse.
    await visit.page.waitForFunction(() => document.activeElement?.matches('input[type=password]'));
    await visit.page.keyboard.type('another password');
    await visit.page.keyboard.press('Enter');
    const working = visit.page.getByRole('progressbar', { name: 'Opening …' });
    await working.waitFor();
    await picture(visit.page, 'wallet-file-opening');
    await visit.page
      .getByText('The password is another one, or the key file is damaged.')
      .waitFor({ timeout: LONG_MS });
    assert.equal(await working.count(), 0);
    await look('file-password');
    // Back ends what is under way.
    await fill('Password of the file', PASSWORD);
    await press('Open');
    await working.waitFor();
    await press('Back');
    await field('File').setInputFiles(kept('assay-wallet.json'));
    await fill('Password of the file', PASSWORD);
    await press('Open');
    await visit.page.getByRole('heading', { name: 'A password for this browser' }).waitFor({ timeout: LONG_MS });
    await fill('Password', `${PASSWORD} here`);
    await fill('The same again', `${PASSWORD} here`);
    await press('Store the key');
    await visit.page.locator('.sum', { hasText: /^1\.7[0-9]* ETH$/ }).waitFor();
    const stored = await visit.page.evaluate(() => JSON.stringify({ ...localStorage }));
    assert.ok(stored.includes(address));
    await visit.page.context().close();
    visit.page = mine;
  });

  test('forgets the key, and takes it back by its words', async () => {
    assert.ok(await button('Forget the key').isDisabled());
    await visit.page.getByLabel(/^I have the words/).check();
    await press('Forget the key');
    await press(/^Type the words/);
    await fill('Words', 'abandon abandon');
    await press('Go on');
    await shows('These are 2 words; a wallet has 12 or 24.');
    await fill('Words', words.map((word, at) => `${at + 1}. ${word.toUpperCase()}\n`).join(''));
    await press('Go on');
    await fill('Password', PASSWORD);
    await fill('The same again', PASSWORD);
    await press('Store the key');
    await heading('Key');
    await go('Balance');
    await visit.page.locator('.sum', { hasText: /^1\.7[0-9]* ETH$/ }).waitFor();
    await visit.page.getByRole('heading', { name: 'Latest payments' }).waitFor();
    await press('Lock');
    await heading('Locked');
  });

  test('is disabled where the page came over plain HTTP from another machine', async () => {
    const context = await visit.browser.newContext();
    const other = await visit.open(context);
    await other.addInitScript(() => Object.defineProperty(globalThis, 'isSecureContext', { value: false }));
    await other.goto(`${visit.url}#/wallet`);
    await other.getByRole('heading', { name: 'The wallet needs HTTPS' }).waitFor();
    assert.equal(await other.getByRole('button', { name: /^Make a new key/ }).count(), 0);
    await context.close();
  });

  test('is fit for screen readers and phones, and nothing jumps or complains', async () => {
    assert.deepEqual(visit.looker.found, []);
    assert.deepEqual(visit.complaints, []);
    await visit.page.reload();
    await heading('Locked');
    const moved = await layoutShift(visit.page);
    assert.ok(moved < 0.1, `the layout shifted by ${moved}`);
  });
});
