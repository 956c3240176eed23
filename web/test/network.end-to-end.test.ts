/** What the page shows of the rollup beside payments: what is announced at the contract, who proves, what payments were for. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  SecretKey,
  Wallet,
  decodeDeployment,
  decodeShapeVerifier,
  decodeStanding,
  deploymentCall,
  formatL1Address,
  parseL1Address,
  parseUnits,
  randomSeed,
  rollupOf,
  shapeCall,
  standingCall,
  verifierKeyCall,
  type Hex,
  type Rollup,
} from '@assay/client';
import { LONG_MS, skip } from './browser.js';
import { installWallet } from './ethereum-shim.js';
import { Visit } from './visit.js';

/** `propose((uint8,uint16,uint16,uint8,uint8),uint256[])`, `announceClosing()`, `proposeOperator(address)`. */
const [PROPOSE, ANNOUNCE_CLOSING, PROPOSE_OPERATOR] = ['0x0cb381b6', '0x805265ea', '0x1661f530'] as const;
/** Of a shape that is not in service. */
const SHAPE = 77;
const REFERENCE = 'invoice 17';

const word = (value: bigint | number | string): string => BigInt(value).toString(16).padStart(64, '0');

describe('the network in the page', { skip, timeout: 2 * LONG_MS }, () => {
  const key = SecretKey.fromSeed(randomSeed());
  const visit = new Visit('network');
  const { button, shows, look, complaints } = visit;
  let rollup: Rollup;
  let token: string;

  before(async () => {
    await visit.start((context) =>
      installWallet(context, visit.devnet, formatL1Address(parseL1Address(visit.devnet.l1Account(4)))),
    );
    const { chain_id, contract } = visit.devnet.announcement;
    token = (visit.devnet.announcement as unknown as { prover_token: string }).prover_token;
    rollup = rollupOf(chain_id, contract);
    await visit.page.goto(`${visit.url}#/network`);
  });
  after(() => visit.stop());

  const region = (name: string) => visit.page.getByRole('region', { name, exact: true });
  const execute = (data: Hex, from: Hex) => visit.devnet.execute({ to: rollup.contract, data, value: 0n }, from);
  const deployment = async () => decodeDeployment(await visit.devnet.read(deploymentCall(rollup)));

  test('who proves is for whoever has the token', async () => {
    const workers = region('Prover workers');
    await workers.getByText(/is for the operator/).waitFor();
    await look('workers-ask');
    const field = workers.getByLabel('Token for workers');
    await field.fill('nonsense');
    await button('Show the workers').click();
    await workers.getByText('The node has another token.').waitFor();
    const refused = complaints.splice(0);
    assert.ok(
      refused.every((told) => told.includes('403')),
      refused.join(),
    );
    const entry = await visit.devnet.deposit(rollup, key.address(rollup.network), parseUnits('2', 18));
    await field.fill(token);
    await button('Show the workers').click();
    await visit.devnet.node.waitForEntry(entry[0] ?? 0n, 'proved');
    await workers
      .getByRole('row')
      .nth(1)
      .getByText(/ s$| ms$/)
      .last()
      .waitFor({ timeout: LONG_MS });
    await look('workers');
    // It is nowhere that is kept, and nowhere that is shown.
    const places = await visit.page.evaluate(() =>
      JSON.stringify([location.href, document.documentElement.outerHTML, { ...localStorage }, { ...sessionStorage }]),
    );
    assert.ok(!places.includes(token));
    await visit.page.getByRole('link', { name: 'Batches' }).click();
    await visit.page.getByRole('link', { name: 'Network' }).click();
    await button('Forget the token').click();
    await workers.getByLabel('Token for workers').waitFor();
  });

  test('what a payment was for is shown where its sender has signed it', async () => {
    const wallet = await Wallet.connect({ node: visit.devnet.node, key });
    const to = SecretKey.fromSeed(randomSeed()).address(rollup.network);
    const sent = await wallet.send({ to, amount: parseUnits('0.5', 18), token: 0 });
    const { hash } = sent;
    await wallet.refer(sent, REFERENCE);
    const [account] = await visit.devnet.node.accounts(key.address(rollup.network));
    await visit.page.goto(`${visit.url}#/account/${account?.index}`);
    await visit.page.getByRole('cell', { name: REFERENCE }).waitFor();
    await look('reference-account');
    await visit.page.goto(`${visit.url}#/tx/${hash}`);
    await shows(REFERENCE);
    await shows('public: the node shows it to whoever asks');
    await look('reference-transaction');
    await visit.page.goto(`${visit.url}#/wallet/payment/${hash}`);
    await shows(REFERENCE);
    // A node that writes one in the sender's name is found out.
    const forge = async (pattern: string) =>
      visit.page.route(pattern, async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ response: answer, body: (await answer.text()).replaceAll(REFERENCE, 'a gift') });
      });
    await forge(`**/v1/transactions/${hash}`);
    await visit.page.goto(`${visit.url}#/tx/${hash}`);
    await shows('The node shows a text that the sender has not signed.');
    assert.equal(await visit.page.getByText('a gift').count(), 0);
    await visit.page.unrouteAll({ behavior: 'wait' });
  });

  test('what is announced at the contract stands there with its time', async () => {
    await visit.page.goto(`${visit.url}#/network`);
    const changes = region('What may change');
    await changes.getByText('not announced').waitFor();
    await changes.getByText('No shape is announced.').waitFor({ timeout: LONG_MS });
    await changes.getByText(/^So says the node, as of block/).waitFor();
    const governor = (await deployment()).governor as Hex;
    const { operator } = decodeStanding(await visit.devnet.read(standingCall(rollup)));
    // The shape that is there, and its key, under another number.
    const served = (await visit.devnet.node.batch(1)).header.shape;
    const shape = await visit.devnet.read(shapeCall(rollup, served));
    const verifier = decodeShapeVerifier(shape) as Hex;
    const key = (await visit.devnet.read(verifierKeyCall(verifier))).slice(2 + 64);
    const sizes = shape.slice(2, 2 + 4 * 64);
    await execute(`${PROPOSE}${word(SHAPE)}${sizes}${word(6 * 32)}${key}`, governor);
    await execute(`${PROPOSE_OPERATOR}${word(visit.devnet.l1Account(6))}`, operator as Hex);
    await changes.getByText(`Shape ${SHAPE} is announced`).waitFor({ timeout: LONG_MS });
    await changes
      .getByText(/^In 3[67] d/)
      .first()
      .waitFor();
    await changes.getByText('this node has it as well').waitFor();
    await changes.getByText(/can delay them, but cannot take money/).waitFor();
    await changes.getByText(/^So says the node/).waitFor();
    await look('announced');
    // The same by the contract itself.
    await changes.getByRole('button', { name: 'Ask the contract itself' }).click();
    await changes.getByRole('button', { name: 'Connect Test Wallet' }).click();
    await changes.getByText(/^So says the contract/).waitFor();
    await changes.getByText(`Shape ${SHAPE} is announced`).waitFor();
    await look('announced-by-the-contract');
    // And on every page, with the way out.
    await visit.page.goto(`${visit.url}#/queue`);
    const banner = region('A new verifier is announced');
    await banner.getByText(/^In 3[67] d/).waitFor();
    await region('Another operator is named')
      .getByText(/cannot take money/)
      .waitFor();
    await look('announced-everywhere');
    await banner.getByRole('link', { name: 'withdraws' }).click();
    await visit.page.getByRole('heading', { level: 1, name: 'Withdraw' }).waitFor();
  });

  test('a rollup that closes says so on every page, with the time', async () => {
    await execute(ANNOUNCE_CLOSING, (await deployment()).governor as Hex);
    await visit.page.goto(`${visit.url}#/queue`);
    const banner = region('This rollup closes');
    await banner.getByText(/^In 3[67] d/).waitFor();
    await look('closing');
    await visit.page.goto(`${visit.url}#/network`);
    await region('What may change')
      .getByText(/anybody can freeze the rollup/)
      .waitFor();
    await look('closing-network');
    await banner.getByRole('link', { name: 'leaving afterwards' }).click();
    await visit.page.getByRole('heading', { level: 1, name: 'Leave' }).waitFor();
  });

  test('is fit for screen readers and phones, and asks nobody but the node and the wallet', () => {
    assert.deepEqual(visit.looker.found, []);
    assert.deepEqual(complaints, []);
  });
});
