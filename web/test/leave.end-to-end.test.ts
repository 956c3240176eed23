/** Leaving a frozen rollup in the page: the packet that it keeps, a proof made in the browser, an Ethereum wallet that sends. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { SecretKey, parseUnits, randomSeed, rollupOf, type ExitPacket, type Hex, type Rollup } from '@assay/client';
import type { Browser, Page } from 'playwright-core';
import { Devnet } from '../../clients/typescript/test/devnet.js';
import { formatKeyFile } from '@assay/client/key-file';
import { LONG_MS, openPage, picture, pictures, program, skip, startBrowser, tooWide, violationsOf } from './browser.js';

const PASSWORD = 'correct horse battery';
/** `governor()` and `retireShape(uint8)`: with its last shape retired the rollup is frozen. */
const [GOVERNOR, RETIRE_SHAPE] = ['0x0c340a24', '0x3f41059c'] as const;
/** An account of the devnet that has ether and is nobody's. */
const PAYER = 5;

describe('leaving in the page', { skip, timeout: 2 * LONG_MS }, () => {
  const seed = randomSeed();
  const complaints: string[] = [];
  let devnet: Devnet;
  let rollup: Rollup;
  let browser: Browser;
  let page: Page;
  let directory: string;

  before(async () => {
    devnet = await Devnet.start(program);
    const { chain_id, contract, node_url } = devnet.announcement;
    rollup = rollupOf(chain_id, contract);
    directory = mkdtempSync(join(tmpdir(), 'assay-leave-'));
    if (pictures) mkdirSync(pictures, { recursive: true });
    browser = await startBrowser();
    page = await openPage(
      await browser.newContext({ viewport: { width: 1280, height: 900 } }),
      `${node_url}/`,
      complaints,
    );
    // What an Ethereum wallet is for the page; its user agrees to all.
    const payer = devnet.l1Account(PAYER);
    await page.exposeFunction('askLayer1', (method: string, params: unknown[]) =>
      ['eth_requestAccounts', 'eth_accounts'].includes(method) ? [payer] : devnet.rpc(method, ...params),
    );
    await page.addInitScript(() => {
      type Ask = (method: string, params: readonly unknown[]) => Promise<unknown>;
      const around = globalThis as unknown as { askLayer1: Ask; ethereum: unknown };
      const request = ({ method, params }: { method: string; params?: readonly unknown[] }) =>
        around.askLayer1(method, params ?? []);
      around.ethereum = { request };
    });
    await page.goto(`${node_url}/#/wallet`);
  });
  after(async () => {
    await browser?.close();
    await devnet?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const press = (name: string | RegExp) => page.getByRole('button', { name, exact: true }).click();
  const field = (label: string) => page.locator('main').getByLabel(label, { exact: true });
  const shows = (text: string | RegExp) => page.getByText(text).first().waitFor({ timeout: LONG_MS });

  async function look(name: string): Promise<void> {
    for (const width of [1280, 375]) {
      await page.setViewportSize({ width, height: 800 });
      assert.equal(await tooWide(page), 0, `${name} at ${width} is too wide`);
      await picture(page, `${name}-${width}-light`);
      assert.deepEqual(await violationsOf(page), [], name);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  }

  test('the packet is kept after a proved batch, and saved as a file', async () => {
    const path = join(directory, 'key.json');
    writeFileSync(path, formatKeyFile(seed, rollup.network), { mode: 0o600 });
    await press(/^Open a key file/);
    await field('File').setInputFiles(path);
    await field('Password').fill(PASSWORD);
    await field('The same again').fill(PASSWORD);
    await press('Store the key');
    await page.getByRole('navigation', { name: 'Wallet' }).getByRole('link', { name: 'Leave' }).click();
    await shows('This wallet has nothing in a proved batch yet.');
    const address = SecretKey.fromSeed(seed).address(rollup.network);
    await devnet.deposit(rollup, address, parseUnits('1.5', 18));
    await shows(/^After batch [0-9]+: 1 account\.$/);
    await shows('The rollup is not frozen');
    const waiting = page.waitForEvent('download');
    await press('Save the packet as a file');
    const packet = JSON.parse(readFileSync(await (await waiting).path(), 'utf8')) as ExitPacket;
    assert.equal(packet.owner, address);
    assert.equal(packet.root, await devnet.provedRoot(rollup));
    await look('leave-packet');
  });

  test('once the rollup is frozen, the balance is paid to the Ethereum account', async () => {
    const governor = await devnet.read({ to: rollup.contract, data: GOVERNOR, value: 0n });
    const { header } = await devnet.node.batch(1);
    const shape = header.shape.toString(16).padStart(64, '0');
    const retire = { to: rollup.contract, data: `${RETIRE_SHAPE}${shape}`, value: 0n } as const;
    await devnet.execute(retire, `0x${governor.slice(-40)}`);
    await press(/^Connect /);
    const payer = devnet.l1Account(PAYER);
    const balance = async () => BigInt(await devnet.rpc<Hex>('eth_getBalance', payer, 'latest'));
    const before = await balance();
    await look('leave-frozen');
    await press('Take it out');
    await shows(/^Paid in layer 1 transaction/);
    // The gas is paid of it.
    const paid = (await balance()) - before;
    assert.ok(paid > parseUnits('1.49', 18) && paid < parseUnits('1.5', 18), `${paid} wei`);
    await picture(page, 'leave-paid-1280-light');
  });

  test('whoever forgets the key forgets the packet', async () => {
    const kept = () =>
      page.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith('assay/packet/')));
    assert.equal((await kept()).length, 1);
    await page.getByRole('navigation', { name: 'Wallet' }).getByRole('link', { name: 'Key' }).click();
    await page.getByLabel('I have the words, or a copy of the file.').check();
    await press('Forget the key');
    await page.getByRole('button', { name: /^Make a new key/ }).waitFor();
    assert.deepEqual(await kept(), []);
  });

  test('nothing was complained of, and nothing but the node was asked', () => {
    assert.deepEqual(complaints, []);
  });
});
