/** What a user signs, and how it is named (`docs/spec/operations.md`). */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { formatAddress, formatL1Address, parseAddress, parseL1Address } from './address.js';
import { parseAmount } from './amount.js';
import type { SignedOperation } from './api-types.js';
import { toHex, toWord, type Hex } from './bytes.js';
import type { Point } from './curve.js';
import { AMOUNT, FEE, encodeFloat } from './float.js';
import { formatSignature, parseSignature, verifySignature, type SecretKey, type Signature } from './keys.js';
import { messageHash, packMessage, payeeWords } from './message.js';
import type { Rollup } from './rollup.js';

/** A transfer or withdrawal as its sender means it. */
export interface Order {
  readonly kind: 'transfer' | 'withdrawal';
  /** Index of the account that pays. */
  readonly from: number;
  readonly nonce: number;
  /** Number of the token; 0 is ether. */
  readonly token: number;
  /** The payee's address; of a withdrawal, an address of the layer 1. */
  readonly to: string;
  /** Base units. Of a transfer, a 40-bit float. */
  readonly amount: bigint;
  /** Base units, a 16-bit float. */
  readonly fee: bigint;
  /** The last second at which it may be executed, Unix time. */
  readonly expires: number;
}

/** An order with the signature of whoever gave it: a transaction. */
export interface SignedOrder {
  readonly order: Order;
  readonly signature: Signature;
}

/** The words of a message besides the domain. */
interface Words {
  readonly packed: bigint;
  readonly to: Point;
}

function words(order: Order, rollup: Rollup): Words {
  const { kind, from, nonce, token, amount, fee, expires } = order;
  // The node takes no transfer that a transfer record has no room for.
  if (kind === 'transfer') encodeFloat(AMOUNT, amount);
  const packed = packMessage({ kind, from, nonce, token, amount, feeCode: encodeFloat(FEE, fee), expires });
  return { packed, to: payeeWords(kind, order.to, rollup) };
}

/** The fields of the message as one number of 252 bits. */
export function packOrder(order: Order, rollup: Rollup): bigint {
  return words(order, rollup).packed;
}

/** The message that is signed: `P(domain, packed, to.x, to.y)`. */
export function orderMessage(order: Order, rollup: Rollup): bigint {
  const { packed, to } = words(order, rollup);
  return messageHash(rollup, packed, to);
}

/** Signs an order for one rollup. */
export function signOrder(order: Order, rollup: Rollup, key: SecretKey): SignedOrder {
  return { order, signature: key.sign(orderMessage(order, rollup)) };
}

/** Whether an order was signed by this owner for this rollup. */
export function verifyOrder({ order, signature }: SignedOrder, rollup: Rollup, owner: Point): boolean {
  return verifySignature(owner, orderMessage(order, rollup), signature);
}

/** The name of a transaction for good, known before it is sent. */
export function transactionHash({ order, signature }: SignedOrder, rollup: Rollup): Hex {
  const { packed, to } = words(order, rollup);
  const { r8, s } = signature;
  const hashed = [rollup.domain, packed, to.x, to.y, r8.x, r8.y, s].map(toWord);
  return toHex(sha256(concatBytes(utf8ToBytes('assay/tx'), ...hashed)));
}

/** What `POST /v1/transactions` takes. */
export function toOperation({ order, signature }: SignedOrder): SignedOperation {
  const { amount, fee, ...rest } = order;
  return { ...rest, amount: amount.toString(), fee: fee.toString(), signature: formatSignature(signature) };
}

/** A transaction from JSON, its fields checked as a node of this rollup checks them. */
export function fromOperation(operation: SignedOperation, rollup: Rollup): SignedOrder {
  const { signature, amount, fee, kind, to, from, nonce, token, expires } = operation;
  const canonicalTo =
    kind === 'transfer' ? formatAddress(parseAddress(to, rollup.network)) : formatL1Address(parseL1Address(to));
  const order: Order = {
    kind,
    from,
    nonce,
    token,
    to: canonicalTo,
    amount: parseAmount(amount),
    fee: parseAmount(fee),
    expires,
  };
  words(order, rollup);
  return { order, signature: parseSignature(signature) };
}
