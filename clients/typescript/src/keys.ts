/** EdDSA over Baby Jubjub with Poseidon, circomlib's (`docs/spec/primitives.md`). */
import { blake512 } from '@noble/hashes/blake1.js';
import { concatBytes, randomBytes } from '@noble/hashes/utils.js';
import { formatAddress, type Network } from './address.js';
import { fromBytesLe, toWord } from './bytes.js';
import { SUBGROUP_ORDER, basePoint, canSign, groupPoint, isOnCurve, type Point } from './curve.js';
import { InputError } from './errors.js';
import { FIELD_ORDER, parseDecimal } from './field.js';
import { poseidon } from './poseidon.js';
import type { SignatureView } from './api-types.js';

/** A signature as it came, valid or not. */
export interface Signature {
  readonly r8: Point;
  readonly s: bigint;
}

/** A signing key. What is secret of it is in private fields, which nothing prints or clones. */
export class SecretKey {
  readonly publicKey: Point;
  /** circomlib's pruned `s`, a multiple of 8, modulo `l`. */
  readonly #scalarBy8: bigint;
  /** The second half of the seed's hash; makes nonces. */
  readonly #prefix: Uint8Array;

  private constructor(scalar: bigint, scalarBy8: bigint, prefix: Uint8Array) {
    this.#scalarBy8 = scalarBy8;
    this.#prefix = prefix;
    const { x, y } = basePoint().multiply(scalar).toAffine();
    this.publicKey = { x, y };
  }

  /** The key that circomlibjs makes of the same 32 bytes: BLAKE-512, pruned as in Ed25519. */
  static fromSeed(seed: Uint8Array): SecretKey {
    if (!(seed instanceof Uint8Array) || seed.length !== 32) {
      throw new InputError('seed', 'a seed is 32 bytes');
    }
    const hash = blake512(seed);
    hash[0] = (hash[0] ?? 0) & 0xf8;
    hash[31] = ((hash[31] ?? 0) & 0x7f) | 0x40;
    const pruned = fromBytesLe(hash.subarray(0, 32));
    const prefix = hash.slice(32);
    hash.fill(0);
    return new SecretKey((pruned >> 3n) % SUBGROUP_ORDER, pruned % SUBGROUP_ORDER, prefix);
  }

  /** The address that this key is paid at. */
  address(network: Network): string {
    return formatAddress({ network, owner: this.publicKey });
  }

  /** Signs a field element; the same message always gives the same signature. */
  sign(message: bigint): Signature {
    if (message < 0n || message >= FIELD_ORDER) {
      throw new InputError('field_element', 'a message is an element of the field');
    }
    const hash = blake512(concatBytes(this.#prefix, toWord(message).reverse()));
    const nonce = fromBytesLe(hash) % SUBGROUP_ORDER;
    const { x, y } = basePoint().multiply(nonce).toAffine();
    const h = challenge({ x, y }, this.publicKey, message);
    return { r8: { x, y }, s: (nonce + h * this.#scalarBy8) % SUBGROUP_ORDER };
  }
}

/** 32 bytes for {@link SecretKey.fromSeed} from the system's randomness. */
export function randomSeed(): Uint8Array {
  return randomBytes(32);
}

/** Whether a signature on a message is valid under a public key. */
export function verifySignature(publicKey: Point, message: bigint, signature: Signature): boolean {
  const { r8, s } = signature;
  if (!canSign(publicKey) || !isOnCurve(r8) || s < 0n || s >= SUBGROUP_ORDER) return false;
  if (message < 0n || message >= FIELD_ORDER) return false;
  const h = challenge(r8, publicKey, message);
  const keyBy8 = groupPoint(publicKey).multiplyUnsafe(8n);
  // 8 A is of order l, so h may be reduced; all is public here.
  const right = groupPoint(r8).add(keyBy8.multiplyUnsafe(h % SUBGROUP_ORDER));
  return basePoint().multiplyUnsafe(s).equals(right);
}

function challenge(r8: Point, key: Point, message: bigint): bigint {
  return poseidon([r8.x, r8.y, key.x, key.y, message]);
}

/** A signature as JSON has it. */
export function formatSignature({ r8, s }: Signature): SignatureView {
  return { r8: [r8.x.toString(), r8.y.toString()], s: s.toString() };
}

/** A signature from JSON: coordinates below the field's order, `s` below the subgroup's. */
export function parseSignature({ r8, s }: SignatureView): Signature {
  const [x, y] = r8;
  if (x === undefined || y === undefined || r8.length !== 2) {
    throw new InputError('signature', 'a signature has a point of two coordinates');
  }
  return {
    r8: { x: parseDecimal(x, FIELD_ORDER, 'r8.x'), y: parseDecimal(y, FIELD_ORDER, 'r8.y') },
    s: parseDecimal(s, SUBGROUP_ORDER, 's'),
  };
}
