/** The words of every signed message (`docs/spec/operations.md`). */
import { parseAddress, parseL1Address } from './address.js';
import { fromBytes, unsigned } from './bytes.js';
import type { Point } from './curve.js';
import { InputError } from './errors.js';
import { poseidon } from './poseidon.js';
import type { Rollup } from './rollup.js';

/** Codes of what users sign. */
export const KINDS = { transfer: 1, withdrawal: 2, forced_transfer: 4, forced_withdrawal: 5, escape: 6 } as const;

/** Where the indexes of accounts end; 0 is nobody's. */
export const ACCOUNT_END = 2 ** 24;

/** The fields of a message besides the payee. */
export interface MessageFields {
  readonly kind: keyof typeof KINDS;
  readonly from: number;
  readonly nonce: number;
  readonly token: number;
  readonly amount: bigint;
  /** The code of the fee, not its value. */
  readonly feeCode: bigint;
  readonly expires: number;
}

/** `kind | from | nonce | token | amount | fee | expires`, 252 bits. */
export function packMessage({ kind, from, nonce, token, amount, feeCode, expires }: MessageFields): bigint {
  return (
    (BigInt(KINDS[kind]) << 248n) |
    (accountIndex(from) << 224n) |
    (unsigned(nonce, 32, 'the nonce') << 192n) |
    (unsigned(token, 16, 'the token') << 176n) |
    (unsigned(amount, 128, 'the amount') << 48n) |
    (unsigned(feeCode, 16, 'the code of the fee') << 32n) |
    unsigned(expires, 32, 'the expiry')
  );
}

/** `M = P(domain, packed, to.x, to.y)`. */
export function messageHash({ domain }: Rollup, packed: bigint, to: Point): bigint {
  return poseidon([domain, packed, to.x, to.y]);
}

/** The payee's two words: the owner's point, or an address of the layer 1 as an integer and 0. */
export function payeeWords(kind: MessageFields['kind'], to: string, rollup: Rollup): Point {
  if (kind === 'transfer' || kind === 'forced_transfer') return parseAddress(to, rollup.network).owner;
  return { x: fromBytes(parseL1Address(to)), y: 0n };
}

/** An account's index as it stands in messages and records. */
export function accountIndex(index: number): bigint {
  if (!Number.isInteger(index) || index < 1 || index >= ACCOUNT_END) {
    throw new InputError('account_index', `account index ${index} is not in 1..${ACCOUNT_END}`);
  }
  return BigInt(index);
}
