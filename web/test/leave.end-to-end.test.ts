/** Leaving a frozen rollup in the page: the packet that it keeps, a proof made in the browser, an Ethereum wallet that sends. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { SecretKey, parseUnits, randomSeed, rollupOf, type ExitPacket, type Hex, type Rollup } from '@assay/client';
import { formatKeyFile } from '@assay/client/key-file';
import { LONG_MS, skip } from './browser.js';
import { installWallet } from './ethereum-shim.js';
import { Visit } from './visit.js';

const PASSWORD = 'correct horse battery';
/** `governor()` and `retireShape(uint8)`: with its last shape retired the rollup is frozen. */
const [GOVERNOR, RETIRE_SHAPE] = ['0x0c340a24', '0x3f41059c'] as const;
/** An account of the devnet that has ether and is nobody's. */
const PAYER = 5;

describe('leaving in the page', { skip, timeout: 2 * LONG_MS }, () => {
  const seed = randomSeed();
  const visit = new Visit('leave');
  const { press, field, fill, shows, go } = visit;
  let rollup: Rollup;
  let directory: string;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'assay-leave-'));
    // Its user agrees to all.
    await visit.start((context) => installWallet(context, visit.devnet, visit.devnet.l1Account(PAYER)));
    const { chain_id, contract } = visit.devnet.announcement;
    rollup = rollupOf(chain_id, contract);
    await visit.page.goto(`${visit.url}#/wallet`);
  });
  after(async () => {
    await visit.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test('the packet is kept after a proved batch, and saved as a file', async () => {
    const path = join(directory, 'key.json');
    writeFileSync(path, formatKeyFile(seed, rollup.network), { mode: 0o600 });
    await press(/^Open a key file/);
    await field('File').setInputFiles(path);
    await fill('Password', PASSWORD);
    await fill('The same again', PASSWORD);
    await press('Store the key');
    await go('Leave');
    await shows('This wallet has nothing in a proved batch yet.');
    const address = SecretKey.fromSeed(seed).address(rollup.network);
    await visit.devnet.deposit(rollup, address, parseUnits('1.5', 18));
    await shows(/^After batch [0-9]+: 1 account\.$/);
    await shows('The rollup is not frozen');
    const waiting = visit.page.waitForEvent('download');
    await press('Save the packet as a file');
    const packet = JSON.parse(readFileSync(await (await waiting).path(), 'utf8')) as ExitPacket;
    assert.equal(packet.owner, address);
    assert.equal(packet.root, await visit.devnet.provedRoot(rollup));
    await visit.look('packet');
  });

  test('once the rollup is frozen, the balance is paid to the Ethereum account', async () => {
    const governor = await visit.devnet.read({ to: rollup.contract, data: GOVERNOR, value: 0n });
    const { header } = await visit.devnet.node.batch(1);
    const shape = header.shape.toString(16).padStart(64, '0');
    const retire = { to: rollup.contract, data: `${RETIRE_SHAPE}${shape}`, value: 0n } as const;
    await visit.devnet.execute(retire, `0x${governor.slice(-40)}`);
    await press(/^Connect /);
    const payer = visit.devnet.l1Account(PAYER);
    const balance = async () => BigInt(await visit.devnet.rpc<Hex>('eth_getBalance', payer, 'latest'));
    const before = await balance();
    await visit.look('frozen');
    await press('Take it out');
    await shows(/^Paid in layer 1 transaction/);
    // The gas is paid of it.
    const paid = (await balance()) - before;
    assert.ok(paid > parseUnits('1.49', 18) && paid < parseUnits('1.5', 18), `${paid} wei`);
    await visit.look('paid');
  });

  test('whoever forgets the key forgets the packet', async () => {
    const kept = () =>
      visit.page.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith('assay/packet/')));
    assert.equal((await kept()).length, 1);
    await go('Key');
    await visit.page.getByLabel('I have the words, or a copy of the file.').check();
    await press('Forget the key');
    await visit.page.getByRole('button', { name: /^Make a new key/ }).waitFor();
    assert.deepEqual(await kept(), []);
  });

  test('is fit for screen readers and phones, and asks nobody but the node and the wallet', () => {
    assert.deepEqual(visit.looker.found, []);
    assert.deepEqual(visit.complaints, []);
  });
});
