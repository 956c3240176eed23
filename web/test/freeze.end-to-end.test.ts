/** From an operator that brings no batch to all that is left on the layer 1: frozen, taken out and paid back in the visit.page. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
import { LONG_MS, skip } from './browser.js';
import { installWallet } from './ethereum-shim.js';
import { until } from './until.js';
import { Visit } from './visit.js';

const PASSWORD = 'correct horse battery';
/** Who is paid by the withdrawal, and has nothing else. */
const RECEIVER = '0x00000000000000000000000000000000000000b1';
/** Longer than an entry may wait, and be overdue, in the devnet's deployment. */
const WAIT_S = 8 * 86_400;

describe('freezing in the page', { skip, timeout: 2 * LONG_MS }, () => {
  const seed = randomSeed();
  const key = SecretKey.fromSeed(seed);
  const visit = new Visit('freeze');
  const { button, press, field, fill, shows, go, look } = visit;
  let rollup: Rollup;
  let directory: string;
  let payer: Hex;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'assay-freeze-'));
    await visit.start(async (context) => {
      payer = formatL1Address(parseL1Address(visit.devnet.l1Account(4)));
      await installWallet(context, visit.devnet, payer);
    });
    const { chain_id, contract } = visit.devnet.announcement;
    rollup = rollupOf(chain_id, contract);
    await visit.page.goto(`${visit.url}#/wallet`);
  });
  after(async () => {
    await visit.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const etherOf = async (who: string) => BigInt(await visit.devnet.rpc<Hex>('eth_getBalance', who, 'latest'));
  const standing = async () => decodeStanding(await visit.devnet.read(standingCall(rollup)));
  /** What stands under a heading of what can be taken out. */
  const part = (title: string) => visit.page.getByRole('region', { name: title });

  test('a deposit that was sent elsewhere shows as soon as it is in the queue', async () => {
    const path = join(directory, 'key.json');
    writeFileSync(path, formatKeyFile(seed, rollup.network), { mode: 0o600 });
    await press(/^Open a key file/);
    await field('File').setInputFiles(path);
    await fill('Password', PASSWORD);
    await fill('The same again', PASSWORD);
    await press('Store the key');
    await shows('There is nothing here yet.');
    // One block and no more: the entry has no confirmation, so no batch takes it.
    let entry: bigint | undefined;
    await visit.withoutBlocks(async () => {
      const sent = visit.devnet.deposit(rollup, key.address(rollup.network), parseUnits('2', 18));
      await waitForPool();
      await visit.devnet.rpc('evm_mine');
      [entry] = await sent;
      await shows('Deposit of 2 ETH');
      await shows('sent elsewhere');
      await shows('0 of 1 confirmations');
      await look('elsewhere');
    });
    await visit.devnet.node.waitForEntry(entry ?? 0n, 'proved');
    await visit.page.locator('.sum', { hasText: '2 ETH' }).waitFor({ timeout: LONG_MS });
    await visit.page.getByText('sent elsewhere').waitFor({ state: 'detached' });
  });

  /** Until the layer 1 has something to put into a block. */
  const waitForPool = () =>
    until(async () => Number((await visit.devnet.rpc<{ pending: Hex }>('txpool_status')).pending) > 0);

  test('says when anybody may freeze, if nobody brings batches', async () => {
    const wallet = await Wallet.connect({ node: visit.devnet.node, key });
    const { hash } = await wallet.withdraw({ to: RECEIVER, amount: parseUnits('0.25', 18), token: 0 });
    await visit.devnet.node.waitFor(hash, 'proved');
    await go('Leave');
    await shows('It cannot be frozen now: nothing waits in its queue for a batch.');
    await shows(/1 withdrawal that may be unclaimed/);
    // An operator without ether brings no batch any more.
    await visit.devnet.rpc('anvil_setBalance', (await standing()).operator, '0x0');
    const feeWei = (await visit.devnet.inclusionFee(rollup)) + parseUnits('0.01', 18);
    const deposit = { owner: key.address(rollup.network), token: 0, amount: parseUnits('0.5', 18), refundTo: payer };
    await visit.devnet.execute(depositCall(rollup, { ...deposit, feeWei }), payer);
    await shows(/^In [67] d/);
    await shows('So says the node.');
    await look('before');
    await press('Ask the contract itself');
    await press('Connect Test Wallet');
    await shows('So says the contract.');
    await shows(/^In [67] d/);
    await look('before-by-contract');
    assert.equal(await button('Freeze the rollup').count(), 0);
  });

  test('freezes it when it is due, by who wants that', async () => {
    await visit.devnet.rpc('evm_increaseTime', WAIT_S);
    await shows('The rollup can be frozen now');
    const freeze = button('Freeze the rollup');
    await freeze.waitFor();
    assert.equal(await freeze.isDisabled(), true);
    await visit.page.getByLabel('I want to end this rollup for everybody, for ever.').check();
    await look('now');
    await freeze.click();
    await visit.page.getByRole('heading', { name: 'What you can still take out' }).waitFor();
    assert.equal((await standing()).frozen, true);
  });

  test('what can be taken out stands in one place, and is paid', async () => {
    await part('Credit').waitFor();
    for (const title of ['Balances', 'Withdrawals that were proved', 'What no batch took']) {
      assert.equal(await part(title).getByRole('listitem').count(), 1, title);
    }
    await look('take-out');
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
    await look('taken-out');
    await go('Balance');
    await go('Leave');
    await shows('Nothing is left for this wallet and this Ethereum account: all of it was paid.');
    await look('nothing-left');
  });

  test('is fit for screen readers and phones, and asks nobody but the node and the wallet', () => {
    assert.deepEqual(visit.looker.found, []);
    assert.deepEqual(visit.complaints, []);
  });
});
