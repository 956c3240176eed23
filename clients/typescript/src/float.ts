/** Decimal floats: `mantissa * 10^exponent` with a 5-bit exponent (`docs/spec/primitives.md`). */
import { InputError } from './errors.js';

const EXPONENT_MAX = 31n;
/** What no value reaches. */
const VALUE_END = 1n << 128n;

/** A float of `mantissaBits + 5` bits, encoded as `exponent << mantissaBits | mantissa`. */
export interface FloatFormat {
  readonly mantissaBits: bigint;
}

/** Fees: 16 bits. */
export const FEE: FloatFormat = { mantissaBits: 11n };
/** Amounts of transfers: 40 bits. */
export const AMOUNT: FloatFormat = { mantissaBits: 35n };

/** The largest representable value that is at most `value`. */
export function floorFloat(format: FloatFormat, value: bigint): bigint {
  return floor(format, value).value;
}

/** The smallest representable value that is at least `value`; `undefined` where none is below 2^128. */
export function ceilFloat(format: FloatFormat, value: bigint): bigint | undefined {
  const below = floorFloat(format, value);
  if (below === value) return value;
  const mantissaEnd = 1n << format.mantissaBits;
  // Of exponents that reach it the lowest is the finest.
  for (let exponent = 0n; exponent <= EXPONENT_MAX; exponent += 1n) {
    const power = 10n ** exponent;
    const mantissa = (value + power - 1n) / power;
    if (mantissa < mantissaEnd) return mantissa * power < VALUE_END ? mantissa * power : undefined;
  }
  return undefined;
}

/** The canonical code of a value; `not_representable` tells the nearest below where it has none. */
export function encodeFloat(format: FloatFormat, value: bigint): bigint {
  const below = floor(format, value);
  if (below.value !== value) {
    const nearest = `the nearest value below is ${below.value}`;
    throw new InputError('not_representable', `${value} is not representable; ${nearest}`, below.value);
  }
  return below.code;
}

/** The value of a canonical code. */
export function decodeFloat(format: FloatFormat, code: bigint): bigint {
  const { mantissaBits } = format;
  const mantissa = BigInt.asUintN(Number(mantissaBits), code);
  const exponent = code >> mantissaBits;
  const inRange = exponent >= 0n && exponent <= EXPONENT_MAX;
  // With one less in the exponent the mantissa would have fit as well.
  const canonical = exponent === 0n || 10n * mantissa >= 1n << mantissaBits;
  const value = inRange ? mantissa * 10n ** exponent : VALUE_END;
  if (!canonical || value >= VALUE_END) {
    throw new InputError('float_code', `${code} is not the canonical code of a value below 2^128`);
  }
  return value;
}

/** Of values that are equal the code with the lowest exponent is found first, and kept. */
function floor({ mantissaBits }: FloatFormat, value: bigint): { code: bigint; value: bigint } {
  if (value < 0n || value >= VALUE_END) {
    throw new InputError('out_of_range', `${value} is not a number of base units below 2^128`);
  }
  const mantissaMax = (1n << mantissaBits) - 1n;
  let best = { code: 0n, value: 0n };
  for (let exponent = 0n; exponent <= EXPONENT_MAX; exponent += 1n) {
    const power = 10n ** exponent;
    const mantissa = value / power < mantissaMax ? value / power : mantissaMax;
    if (mantissa * power > best.value) {
      best = { code: (exponent << mantissaBits) | mantissa, value: mantissa * power };
    }
  }
  return best;
}
