/** The wallet's parts that need no page: what is typed, what is stored, what is in a link. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CheckError,
  InputError,
  NodeError,
  SecretKey,
  UnansweredError,
  randomSeed,
  type PaymentView,
} from '@assay/client';
import { newMnemonic } from '@assay/client/mnemonic';
import { mostThatCanBePaid, readAmount, type Purse } from '../src/wallet/amount.js';
import { quoteFor } from '../src/wallet/fee.js';
import { latestFirst } from '../src/wallet/latest.js';
import { mistakeInWords, placesToAsk, tidyWords } from '../src/wallet/mnemonic-check.js';
import { readReceiver } from '../src/wallet/receiver.js';
import { refusalOf } from '../src/wallet/refusal.js';

const ETHER = 10n ** 18n;
const PURSE: Purse = { decimals: 18, name: 'ETH', balance: 3n * ETHER, fee: 1000n, kind: 'transfer' };

test('an amount is read exactly, and what is no amount is told in words', () => {
  assert.deepEqual(readAmount(' 1.5 ', PURSE), { is: 'amount', amount: (3n * ETHER) / 2n });
  assert.deepEqual(readAmount('.5', PURSE), { is: 'amount', amount: ETHER / 2n });
  assert.deepEqual(readAmount('', PURSE), { is: 'empty' });
  for (const typed of ['0x10', '-1', '0', 'a', '1e3', '1.5 eth', '1.2.3', '9'.repeat(40), '1_000']) {
    assert.equal(readAmount(typed, PURSE).is, 'mistake', typed);
  }
});

test('a comma, what is too fine and what is too much are answered with amounts that can be paid', () => {
  const offers: [string, string[]][] = [
    ['1,5', ['1.5']],
    ['1.0000000000000000001', ['1']],
    // With the fee of 1000 base units at most ten digits are left.
    ['3', ['2.9999999999']],
  ];
  for (const [typed, expected] of offers) {
    const found = readAmount(typed, PURSE);
    assert.deepEqual(found.is === 'mistake' && found.offers, expected, typed);
  }
  const found = readAmount('1.123456789012345', PURSE);
  assert.ok(found.is === 'mistake');
  assert.equal(found.offers.length, 2);
  for (const offer of found.offers) assert.equal(readAmount(offer, PURSE).is, 'amount', offer);
});

test('whoever types an amount is told what is wrong with it', () => {
  const cases: [string, Partial<Purse>, RegExp, string[]?][] = [
    ['0x10', {}, /in decimal/],
    ['-1', {}, /no sign/],
    ['−1', {}, /no sign/],
    ['1.5 eth', {}, /number alone/],
    ['a', {}, /no number like 1\.5/],
    ['0.00', {}, /Nothing would be paid/],
    ['9'.repeat(39), {}, /No account can hold so much/],
    ['0.0000000000000000001', {}, /finer than can be paid\. The token has 18 decimals/],
    ['1.5', { decimals: null }, /Type whole base units/, ['1']],
    ['1', { balance: 0n }, /There is nothing of ETH/],
    ['1', { balance: 999n }, /0\.000000000000000999 ETH, which does not pay the fee/],
    ['4', { kind: 'withdrawal' }, /^With the fee this is more/, ['2.999999999999999']],
    ['4', { kind: 'withdrawal', fee: 0n }, /^This is more than there is: at most 3 ETH/, ['3']],
    // Of the nearest on both sides those that can be paid.
    ['2.99999999985', {}, /too many digits/, ['2.9999999998', '2.9999999999']],
    ['2.99999999995', {}, /too many digits/, ['2.9999999999']],
  ];
  for (const [typed, change, words, offers = []] of cases) {
    const found = readAmount(typed, { ...PURSE, ...change });
    assert.ok(found.is === 'mistake', typed);
    assert.match(found.words, words, typed);
    assert.deepEqual(found.offers, offers, typed);
  }
  const all = readAmount('2.999999999999999', { ...PURSE, kind: 'withdrawal' });
  assert.deepEqual(all, { is: 'amount', amount: 3n * ETHER - 1000n });
  assert.deepEqual(readAmount('2.', PURSE), { is: 'amount', amount: 2n * ETHER });
  assert.equal(mostThatCanBePaid({ balance: 5n, fee: 10n, kind: 'withdrawal' }), 0n);
});

test('a withdrawal takes every digit, a transfer those that its record holds', () => {
  const fine = '1.123456789012345678';
  assert.equal(readAmount(fine, PURSE).is, 'mistake');
  const withdrawal = readAmount(fine, { ...PURSE, kind: 'withdrawal' });
  assert.deepEqual(withdrawal, { is: 'amount', amount: 1123456789012345678n });
  assert.equal(mostThatCanBePaid({ ...PURSE, kind: 'withdrawal' }), 3n * ETHER - 1000n);
  assert.equal(mostThatCanBePaid({ ...PURSE, balance: 1000n }), 0n);
});

test('a token without decimals is typed in base units', () => {
  const purse: Purse = { ...PURSE, decimals: null, name: 'token 3' };
  assert.deepEqual(readAmount('12', purse), { is: 'amount', amount: 12n });
  assert.equal(readAmount('1.2', purse).is, 'mistake');
});

const own = SecretKey.fromSeed(randomSeed()).address('development');
const other = SecretKey.fromSeed(randomSeed());
const PAYER = {
  network: 'development' as const,
  address: own,
  contract: '0x5FbDB2315678afecb367f032d93F642f64180aa3',
};
const L1 = '0x90F79bf6EB2c4f870365E785982E1f101E93b906';

test('a receiver is an address of its side, and the other side is named where it was meant', () => {
  const to = other.address('development');
  assert.deepEqual(readReceiver(` ${to}\n`, 'transfer', PAYER), { is: 'receiver', to });
  assert.deepEqual(readReceiver(L1.toLowerCase(), 'withdrawal', PAYER), { is: 'receiver', to: L1 });
  for (const kind of ['transfer', 'withdrawal'] as const) {
    assert.deepEqual(readReceiver(' ', kind, PAYER), { is: 'empty' });
  }
  const mistakes: [string, 'transfer' | 'withdrawal', RegExp, string?][] = [
    [own, 'transfer', /your own address/],
    [L1, 'transfer', /layer 1 address/, 'withdrawal'],
    [to, 'withdrawal', /address of this rollup/, 'transfer'],
    [other.address('public'), 'transfer', /another network/],
    ['vitalik.eth', 'transfer', /Names are not looked up/],
    ['vitalik.eth', 'withdrawal', /Names are not looked up/],
    [to.slice(0, -3), 'transfer', /typing error/],
    ['hello', 'transfer', /start with assaydev1/],
    [L1.replace('3b906', '3B906'), 'withdrawal', /typing error/],
    [L1.slice(0, -1), 'withdrawal', /40 hexadecimal digits/],
    [`0x${'0'.repeat(40)}`, 'withdrawal', /Nobody owns/],
    [PAYER.contract.toLowerCase(), 'withdrawal', /contract/],
  ];
  for (const [typed, kind, words, instead] of mistakes) {
    const found = readReceiver(typed, kind, PAYER);
    assert.ok(found.is === 'mistake', typed);
    assert.match(found.words, words);
    assert.equal(found.instead, instead);
  }
});

test('words are read as people write them, and what is wrong is told', () => {
  const words = newMnemonic();
  const list = words.split(' ');
  assert.equal(tidyWords(list.map((word, at) => `${at + 1}. ${word.toUpperCase()}`).join('\n')), words);
  assert.equal(mistakeInWords(words), undefined);
  assert.match(mistakeInWords('') ?? '', /Type the words/);
  assert.match(mistakeInWords(list.slice(1).join(' ')) ?? '', /11 words/);
  assert.match(mistakeInWords(words.replace(list[0] ?? '', 'nonsense')) ?? '', /misspelled/);
});

test('three different words are asked for, in their order', () => {
  const draws = [0.99, 0.1, 0.1, 0.5];
  assert.deepEqual(
    placesToAsk(12, () => draws.shift() ?? 0),
    [1, 6, 11],
  );
  const places = placesToAsk(12);
  assert.equal(new Set(places).size, 3);
  assert.ok(places.every((place) => place >= 0 && place < 12));
});

test('the fee of a full record is paid where the payment takes one, for as long as it holds', () => {
  const valid = { valid_ms: 45_000, valid_until_ms: 1 };
  const fees = [{ token: 0, accepted: true, minimum: '1', suggested: '2', full_record: '30', ...valid }];
  assert.deepEqual(quoteFor(fees, 0, 'transfer', false), { fee: 2n, validMs: 45_000 });
  assert.equal(quoteFor(fees, 0, 'transfer', true).fee, 30n);
  assert.equal(quoteFor(fees, 0, 'withdrawal', false).fee, 30n);
  assert.equal(quoteFor(fees, 1, 'transfer', true).fee, 0n);
  const refused = fees.map((fee) => ({ ...fee, accepted: false }));
  assert.equal(quoteFor(refused, 0, 'transfer', true).fee, 0n);
});

test('a refusal is in units, and a payment that may be on its way is named', () => {
  const show = (base: string) => `${base} units`;
  const details = { balance: '5', needed: '7', reserved: '1' };
  const poor = new NodeError(422, 'insufficient_balance', 'wei', details);
  const { words, hash } = refusalOf(poor, show);
  assert.equal(
    words,
    'There is 5 units, of which payments that wait take 1 units; the payment and its fee need 7 units.',
  );
  assert.equal(hash, undefined);
  const lost = `0x${'ab'.repeat(32)}`;
  assert.equal(
    refusalOf(new UnansweredError(`whether the node has transaction ${lost} is not known`), show).hash,
    lost,
  );
  assert.match(refusalOf(new UnansweredError('no answer'), show).words, /Nothing is known to be sent/);
  const told = (error: unknown) => refusalOf(error, show);
  assert.match(told(new UnansweredError(`transaction ${lost}`)).words, /Look at the payment before you pay again/);
  const receipt = told(new CheckError('signature', `transaction ${lost} was handed in`));
  assert.match(receipt.words, /handed in, but its receipt does not hold/);
  assert.equal(receipt.hash, lost);
  assert.match(told(new CheckError('fee', 'too dear')).words, /It was not sent: too dear\./);
  assert.match(told(new InputError('no_account', 'x')).words, /nothing of this token/);
  assert.match(told(new InputError('out_of_range', 'x')).words, /It was not sent: x\./);
  assert.match(told('broken').words, /It was not sent: broken\./);
  const { reserved: _, ...unreserved } = details;
  assert.match(told(new NodeError(422, 'insufficient_balance', 'wei', unreserved)).words, /^There is 5 units; the/);
  const codes: [string, RegExp][] = [
    ...['expired', 'expires_too_soon', 'expires_too_late'].map((code): [string, RegExp] => [code, /clock of this/]),
    ['fee_too_low', /higher fee now, 9 units/],
    ['fee_token_not_accepted', /no fees in this token/],
    ['refused_receiver', /does not pay this receiver/],
    ['balance_overflow', /cannot hold so much more/],
    ['tree_full', /no room for another account/],
    ['read_only', /follows the rollup/],
    ['too_many_requests', /too much at once/],
    ['busy', /no room for more payments/],
    ['starting_anew', /starts anew/],
    ['halted', /something is wrong with it/],
    ['storage_unavailable', /something is wrong with it/],
    ['of_tomorrow', /The node refuses it: said so\./],
  ];
  for (const [code, words] of codes) {
    assert.match(told(new NodeError<string>(422, code, 'said so', { minimum: '9' })).words, words, code);
  }
});

test('payments of several accounts stand in the order of their execution', () => {
  type Times = PaymentView['times_ms'];
  const payment = (hash: string, times: Partial<Times>, place: Partial<PaymentView> = {}) => {
    const never: Times = { received: null, executed: null, sealed: null, proved: null, final: null, rejected: null };
    return { hash, batch: null, position: null, times_ms: { ...never, ...times }, ...place } as PaymentView;
  };
  const sealed = (hash: string, batch: number, position: number | null, received: number | null = null) =>
    payment(hash, { received, executed: batch * 100 - 1, sealed: batch * 100 }, { batch, position });
  const expected = [
    payment('waits', { received: 500 }),
    payment('executed', { received: 400, executed: 401 }, { batch: 4 }),
    sealed('fees of a batch', 3, null),
    sealed('received before its batch was closed', 3, 1, 210),
    sealed('a deposit before it', 3, 0),
    payment('rejected', { received: 1, rejected: 250 }),
    sealed('earlier', 2, 0),
  ];
  const hashes = (list: readonly PaymentView[]) => list.map(({ hash }) => hash);
  assert.deepEqual(hashes(latestFirst(expected)), hashes(expected));
  assert.deepEqual(hashes(latestFirst([...expected].reverse())), hashes(expected));
});
