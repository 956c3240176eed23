/** Times, numbers and faults as people read them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { STAGES } from '@assay/client';
import { faultOf } from '../src/faults.js';
import { amount, count, median, plural, short, tokenName } from '../src/numbers.js';
import { FILLED, MEANINGS } from '../src/stages.js';
import { absolute, clock, duration, relative } from '../src/time.js';

test('times are relative to now, and exact in the zone of whoever looks', () => {
  const now = 1_795_749_584_000;
  assert.equal(relative(now, now), 'now');
  assert.equal(relative(now - 999, now), 'now');
  assert.equal(relative(now - 12_000, now), '12s ago');
  assert.equal(relative(now - 3_599_000, now), '59m ago');
  assert.equal(relative(now - 3_600_000, now), '1h ago');
  assert.equal(relative(now + 3 * 86_400_000, now), 'in 3d');
  assert.equal(absolute(now, 'UTC'), '27 Nov 2026, 03:19:44 UTC');
  assert.equal(absolute(now, 'Asia/Kolkata'), '27 Nov 2026, 08:49:44 GMT+5:30');
  assert.equal(clock(now, 'UTC'), '03:19:44');
});

test('durations have two units at most, and never a sixtieth second', () => {
  const cases: [number, string][] = [
    [-5, '0 ms'],
    [850, '850 ms'],
    [999, '999 ms'],
    [2345, '2.3 s'],
    [99_949, '99.9 s'],
    [119_600, '2 min'],
    [200_000, '3 min 20 s'],
    [3_599_600, '1 h'],
    [18_120_000, '5 h 2 min'],
    [274_000_000, '3 d 4 h'],
  ];
  for (const [ms, words] of cases) assert.equal(duration(ms), words);
});

const TOKENS = [
  { number: 0, address: null, name: 'ETH', symbol: 'ETH', decimals: 18 },
  { number: 2, address: '0x', name: null, symbol: 'ETH', decimals: 6 },
  { number: 3, address: '0x', name: 'ODD', symbol: null, decimals: null },
];

test('amounts are exact, and a token that calls itself ETH is not called so', () => {
  assert.equal(amount('1500000000000000001', 0, TOKENS), '1.500000000000000001 ETH');
  assert.equal(amount('1234567000000000000000000', 0, TOKENS), '1\u2009234\u2009567 ETH');
  assert.equal(tokenName(2, TOKENS), 'token 2');
  assert.equal(amount('1', 2, TOKENS), '0.000001 token 2');
  assert.equal(amount('12345', 3, TOKENS), '12\u2009345 base units of ODD');
  assert.equal(amount('5', 9, TOKENS), '5 base units of token 9');
  assert.equal(
    amount((2n ** 128n - 1n).toString(), 3, []),
    `${count((2n ** 128n - 1n).toString())} base units of token 3`,
  );
});

test('numbers are grouped, and counted in the right number', () => {
  assert.equal(count(999), '999');
  assert.equal(count(1000), '1\u2009000');
  assert.equal(plural(1, 'batch', 'batches'), '1 batch');
  assert.equal(plural(0, 'batch', 'batches'), '0 batches');
  assert.equal(short('0x1234'), '0x1234');
  assert.equal(short(`0x${'1'.repeat(64)}`), '0x111111…111111');
  assert.equal(median([]), undefined);
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
});

test('every stage has words and a mark of its own', () => {
  for (const stage of STAGES) assert.ok(MEANINGS[stage].meaning.length > 40);
  const marks = STAGES.filter((stage) => stage !== 'rejected').map((stage) => FILLED[stage]);
  assert.deepEqual(marks, [0, 0.25, 0.5, 0.75, 1]);
});

/** The faults are those of the table in `docs/spec/api.md`. */
test('every fault that the interface names has plain words', () => {
  const page = readFileSync(new URL('../../docs/spec/api.md', import.meta.url), 'utf8');
  const table = page.slice(page.indexOf('## Faults'));
  const rows = [...table.matchAll(/^\| `([a-z0-9_]+)`( \*)? \|/gm)];
  assert.ok(rows.length >= 14);
  for (const [, code = '', mild] of rows) {
    const fault = faultOf(`${code}: what it: tells`);
    assert.equal(fault.code, code);
    assert.equal(fault.told, 'what it: tells');
    assert.equal(fault.mild, mild !== undefined, code);
    assert.notEqual(fault.title, faultOf('unheard_of: x').title, code);
  }
  assert.equal(faultOf('no code at all').told, 'no code at all');
});
