/** Units, base units and the amounts of transfers, by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AMOUNT,
  FEE,
  InputError,
  ceilFloat,
  decodeFloat,
  encodeFloat,
  floorFloat,
  formatUnits,
  parseAmount,
  parseUnits,
} from '@assay/client';

const input = (code: string) => (error: unknown) => error instanceof InputError && error.code === code;

test('units are exact', () => {
  const cases = [
    ['0', 18, 0n],
    ['1.5', 18, 1_500_000_000_000_000_000n],
    ['0.000000000000000001', 18, 1n],
    ['20.25', 6, 20_250_000n],
    ['7', 0, 7n],
    ['340282366920938463463374607431768211455', 0, (1n << 128n) - 1n],
  ] as const;
  for (const [text, decimals, amount] of cases) {
    assert.equal(parseUnits(text, decimals), amount, text);
    assert.equal(formatUnits(amount, decimals), text);
  }
  assert.equal(parseUnits('007.500', 1), 75n);
  assert.equal(formatUnits(-5n, 1), '-0.5');
});

test('what is no amount', () => {
  for (const text of ['', '.', '.5', '1.', '1..2', '1.2.3', '-1', '+1', '1e18', '1,5', '1_000', '0x10', ' 1', '1 ']) {
    assert.throws(() => parseUnits(text, 18), input('amount_syntax'), text);
  }
  assert.throws(() => parseUnits('0.001', 2), input('amount_too_fine'));
  assert.throws(() => parseUnits('340282366920938463464', 18), input('amount_too_large'));
  assert.throws(() => parseUnits(String(1n << 128n), 0), input('amount_too_large'));
  const refused = ['', '01', '-1', '1.0', '1e3', ' 1', '340282366920938463463374607431768211456', '9'.repeat(4000)];
  for (const text of refused) assert.throws(() => parseAmount(text), input('amount_syntax'), text);
  assert.equal(parseAmount('340282366920938463463374607431768211455'), (1n << 128n) - 1n);
});

test('the nearest amounts are on both sides, can be encoded, and nothing that can is between', () => {
  for (const value of [1n, (1n << 35n) - 1n, (1n << 35n) + 1n, 34359738370n, 10n ** 20n + 1n, (1n << 127n) + 12345n]) {
    const [below, above] = [floorFloat(AMOUNT, value), ceilFloat(AMOUNT, value)];
    assert.ok(below <= value && above !== undefined && above >= value, String(value));
    encodeFloat(AMOUNT, below);
    encodeFloat(AMOUNT, above);
    if (below === value) assert.equal(above, value);
    for (let between = below + 1n; between < above && between < below + 50n; between += 1n) {
      assert.throws(() => encodeFloat(AMOUNT, between), String(between));
    }
  }
  assert.equal(ceilFloat(AMOUNT, (1n << 128n) - 1n), undefined);
});

test('a float ends with its mantissa and its exponent', () => {
  assert.equal(ceilFloat(FEE, 2047n), 2047n);
  assert.equal(ceilFloat(FEE, 2048n), 2050n);
  // Eleven bits and 31 zeros are the most that a fee can be.
  const most = 2047n * 10n ** 31n;
  assert.equal(decodeFloat(FEE, encodeFloat(FEE, most)), most);
  assert.equal(ceilFloat(FEE, most), most);
  assert.equal(ceilFloat(FEE, most + 1n), undefined);
  assert.equal(floorFloat(FEE, 10n ** 35n), most);
  assert.throws(() => encodeFloat(FEE, 10n ** 35n), input('not_representable'));
  for (const code of [-1n, (32n << 11n) | 205n]) assert.throws(() => decodeFloat(FEE, code), input('float_code'));
  for (const value of [-1n, 1n << 128n]) assert.throws(() => floorFloat(AMOUNT, value), input('out_of_range'));
});
