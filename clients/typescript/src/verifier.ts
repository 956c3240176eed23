/** The verifying keys that the contract has, so that no node has to be believed for them (`docs/spec/contracts.md`). */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { fromBytes, fromHex, toHex, toWord, unsigned, type Hex } from './bytes.js';
import { selector, type ContractCall } from './contract.js';
import { CheckError } from './errors.js';
import type { Rollup } from './rollup.js';

/** Words before those of the inputs, and most inputs that a key has. */
const FIXED_WORDS = 14;
const INPUTS_MOST = 64;
const WORD_BYTES = 32;
/** Words of a shape in the contract; the verifier is the last one. */
const SHAPE_WORDS = 6;

/** For `eth_call`: what the contract has of a shape, by the shape's number. */
export function shapeCall(rollup: Rollup, shape: number): ContractCall {
  const argument = toWord(unsigned(shape, 8, "the shape's number"));
  return { to: rollup.contract, data: toHex(concatBytes(selector('shapes(uint8)'), argument)), value: 0n };
}

/** The verifier in the answer to {@link shapeCall}; `undefined` where the contract has no such shape. */
export function decodeShapeVerifier(answer: Hex): Hex | undefined {
  const bytes = fromHex(answer, SHAPE_WORDS * WORD_BYTES, "the contract's shape");
  return addressIn(bytes.subarray((SHAPE_WORDS - 1) * WORD_BYTES));
}

/** For `eth_call`: the verifier of exits. */
export function escapeVerifierCall(rollup: Rollup): ContractCall {
  return { to: rollup.contract, data: toHex(selector('escapeVerifier()')), value: 0n };
}

/** The answer to {@link escapeVerifierCall}. */
export function decodeEscapeVerifier(answer: Hex): Hex {
  const verifier = addressIn(fromHex(answer, WORD_BYTES, "the contract's verifier"));
  if (verifier === undefined) throw new CheckError('answer', 'the contract has no verifier of exits');
  return verifier;
}

/** For `eth_call`: the key of a verifier. */
export function verifierKeyCall(verifier: Hex): ContractCall {
  return { to: verifier, data: toHex(selector('key()')), value: 0n };
}

/** The SHA-256 of the key in the answer to {@link verifierKeyCall}: the digest that nodes and bundles name. */
export function decodeVerifierKeyDigest(answer: Hex): Hex {
  const length = answer.length / 2 - 1;
  const words = length / WORD_BYTES - 2;
  const isKey = Number.isInteger(words) && words > FIXED_WORDS && words <= FIXED_WORDS + 2 * (INPUTS_MOST + 1);
  if (!isKey) throw new CheckError('answer', "the verifier's answer is no key");
  const bytes = fromHex(answer, length, "the verifier's key");
  const head = [0, WORD_BYTES].map((at) => fromBytes(bytes.subarray(at, at + WORD_BYTES)));
  if (head[0] !== BigInt(WORD_BYTES) || head[1] !== BigInt(words)) {
    throw new CheckError('answer', "the verifier's answer is no key");
  }
  return toHex(sha256(bytes.subarray(2 * WORD_BYTES)));
}

/** The address in a word; `undefined` where it is zero. */
function addressIn(word: Uint8Array): Hex | undefined {
  return fromBytes(word) === 0n ? undefined : toHex(word.subarray(WORD_BYTES - 20, WORD_BYTES));
}
