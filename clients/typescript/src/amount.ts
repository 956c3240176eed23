/** Amounts between base units, which everything is counted in, and the units that people read. */
import { InputError } from './errors.js';

const AMOUNT_END = 1n << 128n;

/** Base units from decimal digits, as JSON has them: no sign, no separator, no leading zero. */
export function parseAmount(text: string): bigint {
  const canonical = text.length <= 39 && /^(0|[1-9][0-9]*)$/.test(text);
  const amount = canonical ? BigInt(text) : AMOUNT_END;
  if (amount >= AMOUNT_END) {
    throw new InputError('amount_syntax', `\`${text}\` is not a whole number of base units below 2^128 in decimal`);
  }
  return amount;
}

/** `parseUnits('1.5', 18)`: base units of an exact decimal; what is finer than one is refused. */
export function parseUnits(text: string, decimals: number): bigint {
  const found = /^([0-9]{1,39})(?:\.([0-9]{1,255}))?$/.exec(text);
  if (!found) throw new InputError('amount_syntax', `\`${text}\` is no decimal number like 1.5`);
  const whole = found[1] ?? '';
  const fraction = (found[2] ?? '').replace(/0+$/, '');
  if (fraction.length > decimals) {
    throw new InputError('amount_too_fine', `\`${text}\` is finer than a base unit: there are ${decimals} decimals`);
  }
  const amount = BigInt(whole + fraction.padEnd(decimals, '0'));
  if (amount >= AMOUNT_END) throw new InputError('amount_too_large', `\`${text}\` is 2^128 base units or more`);
  return amount;
}

/** `formatUnits(1500000000000000000n, 18)`: the exact decimal without needless zeros. */
export function formatUnits(amount: bigint, decimals: number): string {
  const sign = amount < 0n ? '-' : '';
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, '0');
  const point = digits.length - decimals;
  const fraction = digits.slice(point).replace(/0+$/, '');
  return `${sign}${digits.slice(0, point)}${fraction === '' ? '' : `.${fraction}`}`;
}
