/** A text that the sender of a transaction puts beside it, and signs (`docs/spec/api.md`). */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { Reference } from './api-types.js';
import { fromBytes, fromHex } from './bytes.js';
import type { Point } from './curve.js';
import { CheckError, InputError } from './errors.js';
import { hashToField } from './field.js';
import { formatSignature, parseSignature, verifySignature, type SecretKey } from './keys.js';
import { poseidon } from './poseidon.js';
import type { Rollup } from './rollup.js';

/** Most characters of a text. */
export const REFERENCE_CHARACTERS_MAX = 140;

/** Whether a text can be a reference: 1 to 140 characters that are seen, and do not turn text around. */
export function isReference(text: string): boolean {
  const { length } = [...text];
  return length >= 1 && length <= REFERENCE_CHARACTERS_MAX && !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text);
}

/** What the sender signs: a hash of five words, with a tag of its own. */
export function referenceMessage(rollup: Rollup, hash: string, text: string): bigint {
  const bytes = fromHex(hash, 32, 'a transaction hash');
  return poseidon([
    rollup.domain,
    hashToField(utf8ToBytes('assay/reference')),
    fromBytes(bytes.subarray(0, 16)),
    fromBytes(bytes.subarray(16)),
    hashToField(utf8ToBytes(text)),
  ]);
}

/** Signs a text for one transaction. */
export function signReference(rollup: Rollup, hash: string, text: string, key: SecretKey): Reference {
  if (!isReference(text)) {
    const most = `1 to ${REFERENCE_CHARACTERS_MAX} characters`;
    throw new InputError('reference', `a reference has ${most}, without any that are not seen`);
  }
  return { text, signature: formatSignature(key.sign(referenceMessage(rollup, hash, text))) };
}

/** Throws a {@link CheckError} unless the sender, by its key, put this text beside this transaction. */
export function checkReference(reference: Reference, rollup: Rollup, hash: string, sender: Point): void {
  const message = referenceMessage(rollup, hash, reference.text);
  if (!isReference(reference.text) || !verifySignature(sender, message, parseSignature(reference.signature))) {
    throw new CheckError('signature', "the reference is not the sender's");
  }
}
