/** Accounts in the state tree, and proofs that a root holds one (`docs/spec/state.md`). */
import { parseAmount } from './amount.js';
import type { AccountProof } from './api-types.js';
import { fromBytes, fromHex, unsigned, type Hex } from './bytes.js';
import type { Point } from './curve.js';
import { CheckError } from './errors.js';
import { FIELD_ORDER, parseDecimal } from './field.js';
import { ACCOUNT_END } from './message.js';
import { poseidon } from './poseidon.js';

/** Levels of edges between root and leaves; 4^12 leaves. */
const DEPTH = 12;

/** One token of one owner. */
export interface Account {
  readonly owner: Point;
  readonly token: number;
  readonly balance: bigint;
  /** Of the next operation. */
  readonly nonce: number;
}

/** An account that a root holds. */
export interface ProvedAccount {
  readonly index: number;
  /** `undefined` where the root has no account at this index. */
  readonly account: Account | undefined;
}

/** `P(owner.x, owner.y, balance, nonce | token << 32 | 1 << 48)`. */
export function accountLeaf({ owner, token, balance, nonce }: Account): bigint {
  const details = unsigned(nonce, 32, 'the nonce') | (unsigned(token, 16, 'the token') << 32n) | (1n << 48n);
  return poseidon([owner.x, owner.y, unsigned(balance, 128, 'the balance'), details]);
}

/** The root that a leaf leads to: three siblings at each of the 12 heights, from the leaf up. */
export function rootOfPath(index: number, leaf: bigint, siblings: readonly (readonly bigint[])[]): bigint {
  const inside = Number.isInteger(index) && index >= 0 && index < ACCOUNT_END;
  if (!inside || siblings.length !== DEPTH || siblings.some((level) => level.length !== 3)) {
    throw new CheckError('proof_form', 'a proof is of one of 2^24 leaves and has 12 times three nodes');
  }
  return siblings.reduce((node, level, height) => {
    const position = (index >> (2 * height)) & 3;
    return poseidon([...level.slice(0, position), node, ...level.slice(position)]);
  }, leaf);
}

/**
 * What a root says of an account. Take the root from the layer 1 (`provedRoot` of the contract) or
 * from whom you trust: a proof against the node's own root proves nothing. Throws a
 * {@link CheckError} where the proof does not hold.
 */
export function checkAccountProof(proof: AccountProof, root: Hex): ProvedAccount {
  const account = provedAccount(proof);
  const leaf = account === undefined ? 0n : accountLeaf(account);
  if (leaf.toString() !== proof.leaf) {
    throw new CheckError('leaf', 'the leaf is not that of the account shown');
  }
  const siblings = proof.siblings.map((level) => level.map((node) => parseDecimal(node, FIELD_ORDER, 'a node')));
  if (rootOfPath(proof.index, leaf, siblings) !== fromBytes(fromHex(root, 32, 'the root'))) {
    throw new CheckError('root', 'the account is not in the state with this root');
  }
  return { index: proof.index, account };
}

/** All fields of an account, or none. */
function provedAccount({ owner, token, balance, nonce }: AccountProof): Account | undefined {
  const absent = [owner, token, balance, nonce].filter((field) => field == null).length;
  if (absent === 4) return undefined;
  if (owner == null || token == null || balance == null || nonce == null || owner.length !== 2) {
    throw new CheckError('proof_form', 'a proof shows all of an account or nothing of it');
  }
  const [x, y] = owner.map((text) => parseDecimal(text, FIELD_ORDER, 'a coordinate')) as [bigint, bigint];
  return { owner: { x, y }, token, balance: parseAmount(balance), nonce };
}
