/** The scalar field of BN254 (`docs/spec/primitives.md`). */
import { Field } from '@noble/curves/abstract/modular.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { fromBytes } from './bytes.js';
import { InputError } from './errors.js';

/** Its order, `r`. */
export const FIELD_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

/** Its arithmetic. */
export const Fr = /* @__PURE__ */ Field(FIELD_ORDER);

/** A number below `bound` in decimal, in its only spelling: no sign, no blank, no leading zero. */
export function parseDecimal(text: string, bound: bigint, what: string): bigint {
  // The length first: reading a number takes time that grows faster than its digits.
  const canonical = text.length <= 78 && /^(0|[1-9][0-9]*)$/.test(text);
  const value = canonical ? BigInt(text) : bound;
  if (value >= bound) {
    throw new InputError('field_element', `${what} is not a decimal number below its bound, without leading zeros`);
  }
  return value;
}

/** SHA-256 with its first byte cleared, which makes it an element of the field. */
export function hashToField(bytes: Uint8Array): bigint {
  const hash = sha256(bytes);
  hash[0] = 0;
  return fromBytes(hash);
}
