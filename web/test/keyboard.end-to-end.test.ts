/** A wallet by the keyboard alone: from no key to money on the layer 1, with the focus in sight at each step. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SecretKey, randomSeed } from '@assay/client';
import { LONG_MS, skip } from './browser.js';
import { Visit } from './visit.js';

const PASSWORD = 'correct horse battery';
/** More places than a page has that can have the focus. */
const PLACES_MOST = 80;

describe('the keyboard alone', { skip, timeout: 2 * LONG_MS }, () => {
  const bob = SecretKey.fromSeed(randomSeed()).address('development');
  const visit = new Visit('keyboard');
  const { heading, shows } = visit;

  before(() => visit.start());
  after(() => visit.stop());

  const key = (name: string) => visit.page.keyboard.press(name);
  const type = (text: string) => visit.page.keyboard.type(text);

  /** What has the focus: its name, as it is read out, and whether somebody sees that it has it. */
  async function focused(): Promise<{ name: string; inSight: boolean; top: number }> {
    return visit.page.evaluate(() => {
      const at = document.activeElement as HTMLElement;
      if (at === document.body) return { name: 'nothing', inSight: false, top: 0 };
      const label = 'labels' in at ? (at.labels as NodeListOf<HTMLElement> | null)?.[0]?.textContent : undefined;
      const name = at.getAttribute('aria-label') ?? label ?? at.textContent ?? '';
      const { outlineStyle, outlineWidth } = getComputedStyle(at);
      const { width, height, top } = at.getBoundingClientRect();
      const drawn = outlineStyle !== 'none' && parseFloat(outlineWidth) > 0 && width > 0 && height > 0;
      return { name: name.replace(/\s+/g, ' ').trim(), inSight: drawn, top: top + scrollY };
    });
  }

  /** What it is now, in sight. */
  async function at(): Promise<string> {
    const { name, inSight } = await focused();
    assert.ok(inSight, `nobody sees that "${name}" has the focus`);
    return name;
  }

  /** Goes on by Tab, or back, until something has the focus. Every place on the way is in sight. */
  async function to(name: RegExp, step = 'Tab'): Promise<void> {
    const passed: string[] = [];
    for (let places = 0; places < PLACES_MOST; places += 1) {
      const now = await at();
      if (name.test(now)) return;
      passed.push(now);
      await key(step);
    }
    assert.fail(`${name} is not reached by ${step}: ${passed.join(' | ')}`);
  }

  /** The heading of what took the place of what had the focus has it. */
  async function arrives(name: string): Promise<void> {
    await heading(name).waitFor();
    await visit.page.waitForFunction((name) => document.activeElement?.textContent === name, name);
    assert.equal(await at(), name);
  }

  test('makes a key, whose words are read and typed', async () => {
    const { page } = visit;
    await page.goto(visit.url);
    await page.getByRole('region', { name: 'Pipeline' }).waitFor();
    await key('Tab');
    assert.equal(await at(), 'To the content');
    await to(/^Wallet$/);
    await key('Enter');
    await arrives('Wallet');
    await to(/^Make a new key/);
    await key('Enter');
    await arrives('Write these words down');
    const words = await page.locator('ol.words li').allTextContents();
    await to(/^I have written them down/);
    await key('Enter');
    await arrives('Some of them again');
    const places = (await page.locator('label').allTextContents()).flatMap(
      (label) => /^Word ([0-9]+)$/.exec(label)?.[1] ?? [],
    );
    assert.equal(places.length, 3);
    for (const place of places) {
      await to(new RegExp(`^Word ${place}$`));
      await type(place === places[0] ? 'wrong' : (words[Number(place) - 1] ?? ''));
    }
    // Enter sends a form; what is wrong in it has the focus then.
    await key('Enter');
    await shows(/look at your paper/);
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-invalid') === 'true');
    assert.equal(await at(), `Word ${places[0]}`);
    await key('Control+A');
    await type(words[Number(places[0]) - 1] ?? '');
    await key('Enter');
    await arrives('A password for this browser');
    await to(/^Password$/);
    await type(PASSWORD);
    await to(/^The same again$/);
    await type(PASSWORD);
    await key('Enter');
    await shows('There is nothing here yet.');
    await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
    await at();
    await visit.look('empty');
  });

  test('reads its address, and has test money given', async () => {
    const { page } = visit;
    await to(/^Copy the address$/);
    const address = (await page.locator('.empty code[title^="assaydev1"]').getAttribute('title')) ?? '';
    assert.match(address, /^assaydev1/);
    await to(/^Get test money$/);
    await key('Space');
    await shows('An ether is on its way through the layer 1.');
    assert.equal(await at(), 'Get test money');
    // Once more does nothing: it is off, and keeps its place.
    await key('Space');
    await page.locator('.sum', { hasText: '1 ETH' }).waitFor({ timeout: LONG_MS });
    assert.equal(await at(), 'Wallet');
  });

  test('sends, and sees it become final', async () => {
    const { page } = visit;
    await to(/^Send$/);
    await key('Enter');
    await arrives('Send');
    await to(/^To$/);
    await type(bob);
    await to(/^Amount in ETH$/);
    await type('0.25');
    await to(/^Token$/);
    await key('ArrowDown');
    await to(/^Amount in ETH$/, 'Shift+Tab');
    await to(/^Review the payment$/);
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-disabled') === null);
    await key('Enter');
    await arrives('You send');
    await to(/^Send 0\.25 ETH$/);
    await key('Space');
    await arrives('Payment');
    await page.locator('.reached.final').waitFor({ timeout: LONG_MS });
    assert.equal(await at(), 'Payment');
    await to(/^Back to the wallet$/);
    await key('Enter');
    await arrives('Wallet');
  });

  test('withdraws, with the focus going down the page as it is read', async () => {
    const { page } = visit;
    await to(/^Withdraw$/);
    await key('Enter');
    await arrives('Withdraw');
    await to(/^To, on the layer 1$/);
    const tops: number[] = [];
    for (const [name, text] of [
      [/^To, on the layer 1$/, visit.devnet.l1Account(3)],
      [/^Amount in ETH$/, '0.125'],
      [/^Review the withdrawal$/, ''],
    ] as const) {
      await to(name);
      if (text !== '') await type(text);
      tops.push((await focused()).top);
    }
    assert.deepEqual(
      tops,
      [...tops].sort((a, b) => a - b),
    );
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-disabled') === null);
    await key('Enter');
    await arrives('You withdraw');
    await to(/^Withdraw 0\.125 ETH$/);
    await key('Enter');
    await arrives('Payment');
    await heading('It can be claimed').waitFor({ timeout: LONG_MS });
    await at();
    await visit.look('withdrawn');
  });

  test('reaches the banner of a node that is away, which leaves the focus in the page when it goes', async () => {
    const { page } = visit;
    await page.route('**/v1/status', (route) => route.abort());
    await heading('The node does not answer').waitFor();
    await to(/^Ask now$/, 'Shift+Tab');
    await page.unroute('**/v1/status');
    await key('Enter');
    await heading('The node does not answer').waitFor({ state: 'detached' });
    await page.waitForFunction(() => document.activeElement !== document.body);
    assert.equal(await at(), 'Payment');
    // The way back to the first place of the page, and a search.
    await key('/');
    assert.match(await at(), /^Search for a hash/);
    await type('queue');
    await key('Enter');
    await arrives('Layer 1 queue');
    assert.deepEqual(visit.looker.found, []);
  });
});
