/** Baby Jubjub and its compressed points (`docs/spec/primitives.md`). */
import { edwards, type EdwardsPoint } from '@noble/curves/abstract/edwards.js';
import { fromBytesLe, toBytes } from './bytes.js';
import { FIELD_ORDER, Fr } from './field.js';

/** Two canonical coordinates; on the curve or not is for {@link isOnCurve} to say. */
export interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

const A = 168700n;
const D = 168696n;
/** The order `l` of the base point. */
export const SUBGROUP_ORDER = 2736030358979909402780800718157159386076813972158567259200215660948447373041n;

const SIGN_BIT = 0x80;

const Group = /* @__PURE__ */ edwards(
  {
    p: FIELD_ORDER,
    n: SUBGROUP_ORDER,
    h: 8n,
    a: A,
    d: D,
    Gx: 5299619240641551281634865583518297030282874472190772894086521144482721001553n,
    Gy: 16950150798460657717958625567821834550301663161624707787222815936182638968203n,
  },
  { Fp: Fr },
);

/** The base point of order `l`: circomlib's `Base8`. */
export function basePoint(): EdwardsPoint {
  return Group.BASE;
}

/** A point of the curve for arithmetic. */
export function groupPoint({ x, y }: Point): EdwardsPoint {
  return Group.fromAffine({ x, y });
}

/** Whether `a x^2 + y^2 = 1 + d x^2 y^2`, with both below the field's order. */
export function isOnCurve({ x, y }: Point): boolean {
  if (!Fr.isValid(x) || !Fr.isValid(y)) return false;
  const [xx, yy] = [Fr.sqr(x), Fr.sqr(y)];
  return Fr.eql(Fr.add(Fr.mul(A, xx), yy), Fr.add(1n, Fr.mul(D, Fr.mul(xx, yy))));
}

/**
 * Whether somebody can sign for it: on the curve, of an order that does not divide 8, so that
 * `x y (y^2 - a x^2)` is not 0.
 */
export function canSign(point: Point): boolean {
  const { x, y } = point;
  return isOnCurve(point) && x !== 0n && y !== 0n && !Fr.eql(Fr.sqr(y), Fr.mul(A, Fr.sqr(x)));
}

/** `y` little-endian, the top bit set where `x` is above `(r - 1) / 2`. */
export function compress({ x, y }: Point): Uint8Array {
  const bytes = toBytes(y, 32).reverse();
  if (isNegative(x)) bytes[31] = (bytes[31] ?? 0) | SIGN_BIT;
  return bytes;
}

/** The point that compresses to these 32 bytes, where there is one. */
export function decompress(compressed: Uint8Array): Point | undefined {
  if (compressed.length !== 32) return undefined;
  const bytes = compressed.slice();
  const last = bytes[31] ?? 0;
  const negative = (last & SIGN_BIT) !== 0;
  bytes[31] = last & ~SIGN_BIT;
  const y = fromBytesLe(bytes);
  if (!Fr.isValid(y)) return undefined;
  const yy = Fr.sqr(y);
  // a / d is no square, so the divisor is never 0.
  const xx = Fr.div(Fr.sub(1n, yy), Fr.sub(A, Fr.mul(D, yy)));
  let root: bigint;
  try {
    root = Fr.sqrt(xx);
  } catch {
    return undefined;
  }
  // The sign of 0 has one spelling.
  if (negative && root === 0n) return undefined;
  return { x: isNegative(root) === negative ? root : Fr.neg(root), y };
}

function isNegative(x: bigint): boolean {
  return x > FIELD_ORDER >> 1n;
}
