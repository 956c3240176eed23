/** The page in a browser, on a rollup that proves: what somebody sees who pays and looks. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { SecretKey, Wallet, parseUnits, randomSeed, rollupOf, type Rollup } from '@assay/client';
import { LONG_MS, layoutShift, picture, skip } from './browser.js';
import { Looker } from './look.js';
import { until } from './until.js';
import { Visit } from './visit.js';

describe('the page', { skip, timeout: 3 * LONG_MS }, () => {
  const visit = new Visit();
  const { shows } = visit;
  let rollup: Rollup;
  let alice: Wallet;
  let hash: string;
  let batch: number;
  const bob = SecretKey.fromSeed(randomSeed());

  before(async () => {
    await visit.start();
    const { chain_id, contract, operator } = visit.devnet.announcement;
    rollup = rollupOf(chain_id, contract);
    const key = SecretKey.fromSeed(randomSeed());
    alice = await Wallet.connect({ node: visit.devnet.node, key, rollup, operator });
  });
  after(() => visit.stop());

  const heading = (name: string) => visit.page.getByRole('heading', { level: 1, name }).waitFor();
  const at = async (route: string) => assert.equal(await visit.page.evaluate(() => location.hash), route);
  async function search(text: string): Promise<void> {
    await visit.page.keyboard.press('/');
    // The page that was opened last may take the focus in between, on a machine that does much else.
    const field = visit.page.getByRole('searchbox');
    await field.fill(text);
    await field.press('Enter');
  }

  test('opens from the node alone, and nothing jumps', async () => {
    await visit.page.goto(visit.url);
    await visit.page.getByRole('region', { name: 'Pipeline' }).waitFor();
    await visit.page.getByRole('region', { name: 'Latest batches' }).waitFor();
    // What is asked again and again moves nothing.
    for (let answers = 0; answers < 2; answers += 1) await visit.page.waitForResponse('**/v1/status');
    const moved = await layoutShift(visit.page);
    assert.ok(moved < 0.1, `the layout shifted by ${moved}`);
  });

  test('shows a payment as it goes from stage to stage', async () => {
    await visit.devnet.deposit(rollup, alice.address, parseUnits('3', 18));
    await until(async () => (await alice.balance()) > 0n);
    const row = () => visit.page.getByRole('row').filter({ has: visit.page.locator(`code[title="${hash}"]`) });
    await visit.withoutBlocks(async () => {
      const sent = await alice.send({ to: bob.address(rollup.network), amount: parseUnits('0.5', 18) });
      hash = sent.hash;
      await row().getByText('sealed').waitFor({ timeout: LONG_MS });
    });
    const view = await visit.devnet.node.transaction(hash);
    batch = view.batch ?? 0;
    await visit.page.getByRole('link', { name: new RegExp(`^Batch ${batch}, `) }).waitFor();
    await row().getByText('final').waitFor({ timeout: LONG_MS });
    await visit.page.getByRole('link', { name: `Batch ${batch}, final` }).waitFor();
    await row().getByRole('link').first().click();
  });

  test('the transaction says what is left to trust', async () => {
    await heading('Transaction');
    await at(`#/tx/${hash}`);
    await shows('Rests on the layer 1');
    await shows('The node says: No trust in the operator is left.');
    await shows('0.5 ETH');
    await visit.page.getByRole('link', { name: `batch ${batch}` }).click();
  });

  test('the batch is verified in the browser, and what does not fit is refused', async () => {
    await heading(`Batch ${batch}`);
    const verify = () => visit.page.getByRole('button', { name: 'Verify in this browser' }).click();
    const trusted = visit.page.getByLabel('Verifying key that you trust');
    await verify();
    await visit.page.getByRole('region', { name: 'Verdict' }).getByText('Verified in this browser.').waitFor();
    await picture(visit.page, 'verified-1280-light');
    const digest = await trusted.inputValue();
    await trusted.fill(`0x${'00'.repeat(32)}`);
    await shows('Your own. This node names another one.');
    await verify();
    await shows(/Refused: the bundle is proved under another verifying key\./);
    await trusted.fill('no digest');
    await verify();
    await shows("a key's digest is 0x and 64 hexadecimal digits, not `no digest`");
    await trusted.fill(digest);
    // A node that gives another bundle: one changed in its proof, and an honest one of another batch.
    const bundles: [number, (text: string) => string, RegExp][] = [
      [batch, (text) => text.replace(/("y": ")./, '$10'), /Refused: /],
      [batch - 1, (text) => text, /it is not of the batch that is shown: the batch’s number, the root before/],
    ];
    for (const [number, change, refusal] of bundles) {
      const honest = new TextDecoder().decode(await visit.devnet.node.bundle(number));
      const path = `**/v1/batches/${batch}/bundle`;
      await visit.page.route(path, (route) => route.fulfill({ body: change(honest), contentType: 'application/json' }));
      await verify();
      await shows(refusal);
      await visit.page.unroute(path);
    }
    await verify();
    await shows('Verified in this browser.');
  });

  test('the batch has its proof, its times and the command that checks it', async () => {
    await heading(`Batch ${batch}`);
    await shows(`assay verify batch-${batch}.json`);
    await shows('Proof made');
    const { l1, new_root: root } = await visit.devnet.node.batch(batch);
    await visit.page.locator(`code[title="${root}"]`).waitFor();
    await visit.page.locator(`code[title="${l1.submit}"]`).waitFor();
    const waiting = visit.page.waitForEvent('download');
    await visit.page.getByRole('link', { name: 'Download the bundle' }).click();
    const download = await waiting;
    assert.equal(download.suggestedFilename(), `batch-${batch}.json`);
    assert.ok(JSON.parse(readFileSync(await download.path(), 'utf8')));
    await visit.page.getByRole('group', { name: 'Operations' }).getByRole('link', { name: 'account' }).first().click();
  });

  test('the account has balance, nonce, proof and payments', async () => {
    const account = await alice.account();
    await heading(`Account ${account?.index}`);
    await shows(alice.address);
    await shows(/2\.[0-9]+ ETH/);
    await shows('levels of three nodes');
    await visit.page.getByRole('group', { name: 'Payments' }).locator(`a[href="#/tx/${hash}"]`).waitFor();
  });

  test('everything is found by what people have of it', async () => {
    const { l1 } = await visit.devnet.node.batch(batch);
    const account = (await alice.account())?.index ?? 0;
    const found: [string, string, string][] = [
      [hash, 'Transaction', `#/tx/${hash}`],
      [l1.submit ?? '', `Batch ${batch}`, `#/batch/${batch}`],
      [`batch ${batch}`, `Batch ${batch}`, `#/batch/${batch}`],
      [`account ${account}`, `Account ${account}`, `#/account/${account}`],
      [alice.address, 'Owner', `#/owner/${alice.address}`],
      ['queue 0', 'Queue entry 0', '#/queue/0'],
      ['queue', 'Layer 1 queue', '#/queue'],
    ];
    for (const [text, title, route] of found) {
      await search(text);
      await heading(title);
      await at(route);
    }
    await search('1');
    await visit.page.getByRole('link', { name: 'Account 1' }).waitFor();
    await visit.page.getByRole('link', { name: 'Queue entry 1' }).waitFor();
    await visit.page.getByRole('link', { name: 'Batch 1', exact: true }).click();
    await heading('Batch 1');
    await search('vitalik.eth');
    await shows('That is nothing that is known here.');
    await visit.page.goBack();
    await heading('Batch 1');
  });

  test('is fit for screen readers and phones, in light and dark', async () => {
    const account = (await alice.account())?.index ?? 0;
    const routes = {
      ...{ overview: '#/', batches: '#/batches', batch: `#/batch/${batch}`, transaction: `#/tx/${hash}` },
      ...{ account: `#/account/${account}`, owner: `#/owner/${alice.address}`, queue: '#/queue' },
      ...{ entry: '#/queue/0', network: '#/network', find: '#/find/1' },
    };
    const other = await visit.open(await visit.browser.newContext());
    const looker = new Looker(() => other);
    for (const [name, route] of Object.entries(routes)) {
      await other.goto('about:blank');
      await other.goto(visit.url + route);
      await other.getByRole('heading', { level: 1 }).waitFor();
      await other.waitForFunction(() => !document.querySelector('.waiting'));
      const moved = await layoutShift(other);
      assert.ok(moved < 0.1, `${name}: the layout shifted by ${moved}`);
      await looker.look(name);
    }
    await other.context().close();
    assert.deepEqual(looker.found, []);
  });

  test('is calm for whoever asks for less motion, and begins with a way to the content', async () => {
    const calm = await visit.open(await visit.browser.newContext({ reducedMotion: 'reduce' }));
    await calm.goto(visit.url);
    const chip = calm.locator('.chip').first();
    await chip.waitFor();
    const motion = await chip.evaluate((element) => {
      const { transitionDuration, animationName } = getComputedStyle(element);
      return [transitionDuration, animationName];
    });
    assert.deepEqual(motion, ['0s', 'none']);
    await calm.keyboard.press('Tab');
    await calm.keyboard.press('Enter');
    assert.equal(await calm.evaluate(() => document.activeElement?.id), 'main');
    await calm.context().close();
  });

  test('nothing was complained of, nothing but the node was asked', () => {
    assert.deepEqual(visit.complaints, []);
  });

  test('says that the node is away, keeps what it knows, and tries again', async () => {
    await visit.page.goto(`${visit.url}#/`);
    await visit.page.getByRole('region', { name: 'Pipeline' }).waitFor();
    await visit.devnet.stop();
    await visit.page.getByRole('heading', { name: 'The node does not answer' }).waitFor();
    await shows(/It is asked again/);
    await visit.page.getByRole('region', { name: 'Pipeline' }).waitFor();
  });
});
