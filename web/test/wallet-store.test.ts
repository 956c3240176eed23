/** What the wallet stores in a browser, and what links carry. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  SecretKey,
  randomSeed,
  rollupOf,
  toHex,
  type Network,
  type QueueEntryView,
  type WaitingEntryView,
} from '@assay/client';
import { formatKeyFile, unlockKeyFile } from '@assay/client/key-file';
import { keeps } from '../src/wallet/browser.js';
import { mistakeInKeyFile, readKeyFile } from '../src/wallet/key-file.js';
import { IDLE_MS, Keyring } from '../src/wallet/keyring.js';
import { formatRequest, mistakeInRequest, parseRequest, type PaymentRequest } from '../src/wallet/request.js';
import type { Store } from '../src/wallet/kept.js';
import { fromElsewhere, isEntryOf, placeOf, queuedOf, type Queued } from '../src/wallet/queued.js';
import { REFERENCES_MOST, referencesOf, type Reference } from '../src/wallet/references.js';
import { PasswordError, parseVault, seal, unseal } from '../src/wallet/vault.js';

/** Few, so that tests do not wait. */
const ROUNDS = 10;

class Memory implements Store {
  readonly items = new Map<string, string>();
  getItem = (name: string) => this.items.get(name) ?? null;
  setItem = (name: string, text: string) => void this.items.set(name, text);
  removeItem = (name: string) => void this.items.delete(name);
}

test('a key is opened by its password alone, and what is stored does not hold it', async () => {
  const seed = randomSeed();
  const vault = await seal(seed, 'development', 'päss word', ROUNDS);
  assert.deepEqual(await unseal(vault, 'päss word'), seed);
  // The same letter as two code points.
  assert.deepEqual(await unseal(vault, 'pa\u0308ss word'), seed);
  assert.ok(!JSON.stringify(vault).includes(toHex(seed).slice(2, 18)));
  await assert.rejects(unseal(vault, 'pass word'), PasswordError);
  const again = await seal(seed, 'development', 'päss word', ROUNDS);
  assert.notEqual(again.sealed, vault.sealed);
  assert.notEqual(again.nonce, vault.nonce);
});

test('whatever is changed of a stored key, it is not opened', async () => {
  const vault = await seal(randomSeed(), 'development', 'password', ROUNDS);
  const another = SecretKey.fromSeed(randomSeed()).address('development');
  const flip = (hex: string) => hex.slice(0, -1) + (hex.endsWith('0') ? '1' : '0');
  const changes = [
    { address: another },
    { network: 'public' as const },
    { rounds: ROUNDS + 1 },
    { salt: flip(vault.salt) },
    { nonce: flip(vault.nonce) },
    { sealed: flip(vault.sealed) },
  ];
  for (const change of changes) {
    await assert.rejects(unseal({ ...vault, ...change }, 'password'), PasswordError, JSON.stringify(change));
  }
});

test('what is no stored key is not taken for one', async () => {
  const vault = await seal(randomSeed(), 'development', 'password', ROUNDS);
  assert.deepEqual(parseVault(JSON.stringify(vault)), vault);
  const bad = [
    { ...vault, version: 2 },
    { ...vault, format: 'other' },
    { ...vault, rounds: 0 },
    { ...vault, rounds: 1e12 },
    { ...vault, rounds: 1.5 },
    { ...vault, rounds: '10' },
    { ...vault, rounds: 100_000_001 },
    { ...vault, network: 'other' },
    { ...vault, address: 7 },
    { ...vault, salt: vault.salt.slice(2) },
    { ...vault, salt: vault.salt.slice(0, -2) },
    { ...vault, nonce: vault.nonce.replace(/.$/, 'g') },
    { ...vault, sealed: undefined },
    null,
    [],
  ];
  const most = { ...vault, network: 'public', rounds: 100_000_000 };
  assert.deepEqual(parseVault(JSON.stringify(most)), most);
  for (const text of ['', '{', '7', ...bad.map((value) => JSON.stringify(value))])
    assert.equal(parseVault(text), undefined);
});

test('a key is locked after minutes without use, and never overwritten', async () => {
  let now = 1_000_000;
  const store = new Memory();
  const keyring = new Keyring(store, () => now, ROUNDS);
  assert.deepEqual(keyring.standing('development'), { is: 'none' });
  const seed = randomSeed();
  const address = SecretKey.fromSeed(seed).address('development');
  await keyring.keep(Uint8Array.from(seed), 'development', 'password');
  assert.equal(keyring.standing('development').is, 'open');
  assert.equal(keyring.standing('public').is, 'none');
  await assert.rejects(keyring.keep(randomSeed(), 'development', 'password'), /has a key already/);

  now += IDLE_MS - 1;
  keyring.use();
  now += IDLE_MS - 1;
  assert.equal(keyring.standing('development').is, 'open');
  now += 1;
  assert.deepEqual(keyring.standing('development'), { is: 'locked', address });
  // Who comes too late does not open it by a touch.
  keyring.use();
  assert.equal(keyring.standing('development').is, 'locked');

  await assert.rejects(keyring.unlock('development', 'another'), PasswordError);
  await keyring.unlock('development', 'password');
  let told = 0;
  const stop = keyring.listen(() => (told += 1));
  keyring.lockIfIdle();
  assert.equal(told, 0);
  now += IDLE_MS;
  keyring.lockIfIdle();
  assert.equal(told, 1);
  assert.deepEqual(await keyring.seed('development', 'password'), seed);

  keyring.forget('development');
  stop();
  assert.deepEqual(keyring.standing('development'), { is: 'none' });
  assert.equal(store.items.size, 0);
  store.setItem('assay/wallet/development', '{"version":2}');
  assert.deepEqual(keyring.standing('development'), { is: 'unreadable' });
});

test('a key file is read, and one that is no key or not for this network is refused in a sentence', async () => {
  const seed = randomSeed();
  const chosen = (text: string) => ({ size: text.length, text: async () => text });
  const text = formatKeyFile(seed, 'development');
  const read = await readKeyFile(chosen(text), 'development');
  assert.deepEqual(read.version === 1 && read.seed, seed);
  const mistake = async (file: Pick<File, 'size' | 'text'>, network: Network = 'development') =>
    mistakeInKeyFile(await readKeyFile(file, network).catch((error: unknown) => error));
  const no = 'This is no key file: it is not JSON. `assay wallet new` writes one, and so does this page.';
  assert.equal(await mistake(chosen('')), no);
  assert.match(await mistake(chosen('[]')), /^This is no key file: its format .*\.$/);
  assert.match(
    await mistake(chosen(text.replace('"version": 1', '"version": 3'))),
    /^The key file's version is 3;.*\.$/,
  );
  assert.match(await mistake(chosen(text.replace('"0x', '"'))), /64 hexadecimal digits\. /);
  assert.match(await mistake(chosen(text), 'public'), /^The key is for the development network, not .*\.$/);
  const large = { size: 4097, text: () => assert.fail('it was read') };
  assert.match(await mistake(large), /far larger than one\. /);
  const gone = { size: 10, text: () => Promise.reject(new DOMException('gone', 'NotFoundError')) };
  assert.equal(await mistake(gone), 'The file could not be read.');
});

test('what is said of a password depends on what is wrong with it', async () => {
  const vectors = readFileSync(new URL('../../docs/spec/vectors.json', import.meta.url), 'utf8');
  const { key_files } = JSON.parse(vectors) as { key_files: { text: string }[] };
  const text = key_files.find((file) => file.text.includes('"log_n": 14'))?.text ?? '';
  const file = await readKeyFile({ size: text.length, text: async () => text }, 'development');
  assert.ok(file.version === 2);
  const mistake = async (password: string) => mistakeInKeyFile(await unlockKeyFile(file, password).catch((e) => e));
  assert.equal(await mistake('another one'), 'The password is another one, or the key file is damaged.');
  assert.equal(await mistake(''), 'Type the password of the file.');
});

const REQUEST: PaymentRequest = {
  chain: 31337,
  contract: '0x5FbDB2315678afecb367f032d93F642f64180aa3',
  to: 'assaydev1abc',
  token: 2,
  amount: 1500n,
  reference: 'Order 7 & "more" #1',
  expires: 1_800_000_000,
};

test('a request survives its link, and what is no request is none', () => {
  assert.deepEqual(parseRequest(formatRequest(REQUEST)), REQUEST);
  const { chain, contract, to, token } = REQUEST;
  const least = { chain, contract, to, token };
  assert.deepEqual(parseRequest(formatRequest(least)), least);
  assert.deepEqual(parseRequest(formatRequest(least).replace('token=2&', '')), { ...least, token: 0 });
  const longest = { ...REQUEST, reference: '\u{1f600}'.repeat(140) };
  assert.deepEqual(parseRequest(formatRequest(longest)), longest);
  assert.equal(parseRequest(formatRequest({ ...REQUEST, reference: 'a'.repeat(141) })), undefined);
  const link = formatRequest(REQUEST);
  const bad = [
    '',
    link.replace('chain=31337', 'chain=x'),
    link.replace('amount=1500', 'amount=-1'),
    link.replace('amount=1500', 'amount=0x10'),
    link.replace('expires=1800000000', 'expires=soon'),
    link.replace('to=assaydev1abc', 'to='),
    link.replace('token=2', 'token=x'),
    link.replace(/contract=[^&]*/, 'contract='),
    link.replace(/&contract=[^&]*/, ''),
    link.replace(/&chain=[^&]*/, ''),
    link.replace('chain=31337', 'chain=1234567890123'),
    `${link}&to=assaydev1other`,
    link.replace('Order', 'Order%0A'),
    link.replace('Order', 'Order%E2%80%AE'),
    link.replace('Order', 'O'.repeat(200)),
  ];
  for (const text of bad) assert.equal(parseRequest(text), undefined, text);
});

test('a request is for one rollup, until its last second', () => {
  const here = { chain: 31337, contract: REQUEST.contract.toLowerCase() };
  const lastMs = 1_800_000_000_000;
  assert.equal(mistakeInRequest(REQUEST, here, lastMs), undefined);
  assert.match(mistakeInRequest(REQUEST, here, lastMs + 1) ?? '', /expired/);
  assert.match(mistakeInRequest(REQUEST, { ...here, chain: 1 }, lastMs) ?? '', /another rollup/);
  const { expires: _, ...lasting } = REQUEST;
  assert.equal(mistakeInRequest(lasting, { ...here, contract: REQUEST.contract }, Number.MAX_SAFE_INTEGER), undefined);
  const loud = { ...lasting, contract: REQUEST.contract.toLowerCase() };
  assert.equal(mistakeInRequest(loud, { ...here, contract: REQUEST.contract }, lastMs), undefined);
  assert.match(mistakeInRequest(REQUEST, { ...here, contract: '0x' }, lastMs) ?? '', /another rollup/);
});

const hashOf = (number: number) => `0x${number.toString(16).padStart(64, '0')}`;

test('what payments are for is kept by address and rollup, latest first, within a bound', () => {
  const store = new Memory();
  const references = referencesOf(store, '1', 'a');
  const item = (number: number): Reference => ({ hash: hashOf(number), reference: `order ${number}` });
  for (let number = 0; number < REFERENCES_MOST + 2; number += 1) assert.ok(references.add(item(number)));
  assert.equal(references.all().length, REFERENCES_MOST);
  assert.deepEqual(references.all()[0], item(REFERENCES_MOST + 1));
  assert.deepEqual(references.find(hashOf(7)), item(7));
  assert.equal(references.find(hashOf(0)), undefined);
  assert.deepEqual(referencesOf(store, '2', 'a').all(), []);
  const [name = ''] = store.items.keys();
  store.setItem(name, JSON.stringify([item(1), { hash: '<b>', reference: 'x' }, { hash: hashOf(2) }, null]));
  assert.deepEqual(references.all(), [item(1)]);
  store.setItem(name, 'nonsense');
  assert.deepEqual(references.all(), []);
  references.clear();
  assert.equal(store.items.size, 0);
});

test('a store that is full is told, and what it had no room for is there while the page is', async () => {
  const store = new Memory();
  const write = store.setItem;
  const isFull = () => {
    throw new DOMException('exceeded the quota', 'QuotaExceededError');
  };
  store.setItem = isFull;
  const queued = queuedOf(store, '1', 'a');
  assert.equal(queued.add(DEPOSIT), false);
  assert.deepEqual(queued.all(), [DEPOSIT]);
  assert.equal(queued.add({ ...DEPOSIT, index: 3, block: 7 }), false);
  assert.equal(queued.find(DEPOSIT.hash)?.index, 3);
  assert.deepEqual(queuedOf(store, '1', 'a').all(), []);
  store.setItem = write;
  assert.equal(queued.add({ ...DEPOSIT, index: 4, block: 7 }), true);
  assert.equal(queuedOf(store, '1', 'a').find(DEPOSIT.hash)?.index, 4);
  store.setItem = isFull;
  queued.remove(DEPOSIT.hash);
  queued.clear();
  assert.deepEqual(queued.all(), []);

  const keyring = new Keyring(store, Date.now, ROUNDS);
  await assert.rejects(keyring.keep(randomSeed(), 'development', 'password'), /has no room left to store the key/);
  assert.deepEqual(keyring.standing('development'), { is: 'none' });
  store.setItem = () => undefined;
  await assert.rejects(keyring.keep(randomSeed(), 'development', 'password'), /did not store the key/);

  // Where a page's store is refused altogether nothing is in it; a key in a full one can be used.
  const probed = (setItem: Store['setItem'], length: number) => keeps({ setItem, removeItem: () => undefined, length });
  assert.equal(probed(isFull, 0), false);
  assert.equal(probed(isFull, 1), true);
  assert.equal(
    probed(() => undefined, 0),
    true,
  );
});

test('what another tab does with a key is heard, and what is locked, forgotten or replaced is not open', async () => {
  const store = new Memory();
  const keyring = new Keyring(store, Date.now, ROUNDS);
  let told = 0;
  keyring.listen(() => (told += 1));
  const heard = () => [told, (told = 0)][0];
  const seed = randomSeed();
  await keyring.keep(seed, 'development', 'password');
  assert.equal(heard(), 1);
  // It was wiped.
  assert.deepEqual(seed, new Uint8Array(32));
  keyring.lock();
  assert.equal(keyring.standing('development').is, 'locked');
  assert.equal(heard(), 1);
  await keyring.unlock('development', 'password');
  assert.equal(keyring.standing('development').is, 'open');
  const [name = '', text = ''] = [...store.items][0] ?? [];
  const another = await seal(randomSeed(), 'development', 'other', ROUNDS);
  store.setItem(name, JSON.stringify(another));
  assert.deepEqual(keyring.standing('development'), { is: 'locked', address: another.address });
  heard();
  keyring.look();
  assert.equal(heard(), 1);
  keyring.forget('development');
  assert.equal(heard(), 1);
  store.setItem(name, text);
  assert.equal(keyring.standing('development').is, 'locked');
  store.removeItem(name);
  for (const asked of [keyring.unlock('development', 'password'), keyring.seed('development', 'password')]) {
    await assert.rejects(asked, /another tab has deleted it/);
  }
});

test('a clock that was set back locks the key', async () => {
  let now = 1_000_000_000;
  const keyring = new Keyring(new Memory(), () => now, ROUNDS);
  await keyring.keep(randomSeed(), 'development', 'password');
  now -= 1;
  assert.equal(keyring.standing('development').is, 'locked');
});

const ROLLUP = rollupOf(31337, REQUEST.contract);
/** The Keccak hash of `Queued(uint64,uint32,uint256[6],uint256)`. */
const QUEUED = '0x3547e9895c3d82cf1cffd439e65bda14734e2398888fb976c91b4fc28708b588';
const DEPOSIT: Queued = {
  ...{ hash: hashOf(1), kind: 'deposit', to: 'assaydev1abc', token: 0, amount: '5', atMs: 1 },
};

test('what is under way is kept until it is taken out, and is told apart from what took its place', async () => {
  const queued = queuedOf(new Memory(), '1', 'a');
  queued.add(DEPOSIT);
  queued.add({ ...DEPOSIT, index: 3, block: 7, due: 9 });
  assert.deepEqual(queued.all(), [{ ...DEPOSIT, index: 3, block: 7, due: 9 }]);
  const damaged = [
    ...[{ index: 'x' }, { block: 1.5 }, { due: null }, { kind: 'gift' }, { to: 7 }, { token: '0' }, { atMs: 'x' }],
    ...[{ amount: 5 }, { amount: '-5' }, { amount: '5'.repeat(40) }, { amount: '' }],
  ];
  for (const change of damaged) {
    queued.add({ ...DEPOSIT, hash: hashOf(2), ...(change as Partial<Queued>) });
    assert.equal(queued.all().length, 1, JSON.stringify(change));
  }
  queued.remove(DEPOSIT.hash);
  assert.deepEqual(queued.all(), []);

  const receipt = { hash: '0x', block: 7, logs: [{ address: ROLLUP.contract, topics: [QUEUED, hashOf(41)] }] } as const;
  const read = async () => hashOf(9) as `0x${string}`;
  assert.deepEqual(await placeOf(ROLLUP, { read }, receipt), { index: 41, block: 7, due: 9 });
  const away = async () => Promise.reject(new Error('away'));
  assert.deepEqual(await placeOf(ROLLUP, { read: away }, receipt), { index: 41, block: 7 });
  assert.equal(await placeOf(ROLLUP, { read }, { ...receipt, logs: [] }), undefined);

  const entry = { kind: 'deposit', to: 'ASSAYDEV1ABC', token: 0, amount: '5' } as QueueEntryView;
  assert.ok(isEntryOf(entry, DEPOSIT));
  // A token kept a part of what moved.
  assert.ok(isEntryOf({ ...entry, amount: '4' }, DEPOSIT));
  const others: Partial<QueueEntryView>[] = [
    { amount: '6' },
    { token: 1 },
    { to: 'assaydev1other' },
    { kind: 'transfer' },
  ];
  for (const other of others) assert.ok(!isEntryOf({ ...entry, ...other }, DEPOSIT), JSON.stringify(other));
  const forced: Queued = { ...DEPOSIT, kind: 'forced_withdrawal' };
  assert.ok(!isEntryOf({ ...entry, kind: 'forced_withdrawal', amount: '4' }, forced));
  assert.ok(isEntryOf({ ...entry, kind: 'forced_withdrawal' }, { ...forced, to: 'AssayDev1abc' }));
});

test('of what waits in the queue that is told which comes to the wallet and was not sent here', () => {
  const entry = (place: number, to: string) =>
    ({ queue_index: place, to, l1_transaction: hashOf(100 + place) }) as WaitingEntryView;
  const waiting = [entry(3, 'own'), entry(4, 'other'), entry(5, 'own'), entry(6, 'own')];
  const own = [
    { ...DEPOSIT, index: 3 },
    // Not known to be in a block yet.
    { ...DEPOSIT, hash: hashOf(105) },
  ];
  const places = (list: readonly WaitingEntryView[]) => list.map(({ queue_index: place }) => place);
  assert.deepEqual(places(fromElsewhere(waiting, 'own', own)), [6]);
  assert.deepEqual(places(fromElsewhere(waiting, 'own', [])), [3, 5, 6]);
});
