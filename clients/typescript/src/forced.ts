/** Orders that go to the layer 1's queue, where no operator can refuse them (`docs/spec/operations.md`). */
import { parseL1Address } from './address.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { fromBytes, toHex, toWord, unsigned } from './bytes.js';
import { selector, type ContractCall } from './contract.js';
import { InputError } from './errors.js';
import type { SecretKey, Signature } from './keys.js';
import { KINDS, accountIndex, messageHash, packMessage, payeeWords } from './message.js';
import type { Rollup } from './rollup.js';

interface ForcedFields {
  /** Index of the account that pays. */
  readonly from: number;
  /** At most 65,535 above the account's next one: orders that the operator has in hand may use up some. */
  readonly nonce: number;
  readonly token: number;
  /** Base units, any amount. A withdrawal pays what there is, where that is less. */
  readonly amount: bigint;
  /** Until when the layer 1 takes it, {@link forcedUntil}; in the queue it does not expire. */
  readonly last: number;
}

/** To an account that exists. */
export interface ForcedTransfer extends ForcedFields {
  readonly kind: 'forced_transfer';
  /** The payee's address. */
  readonly to: string;
  /** Index of the payee's account, of the same token. */
  readonly toAccount: number;
}

/** To an address of the layer 1. */
export interface ForcedWithdrawal extends ForcedFields {
  readonly kind: 'forced_withdrawal';
  readonly to: string;
}

export type ForcedOrder = ForcedTransfer | ForcedWithdrawal;

export interface SignedForcedOrder {
  readonly order: ForcedOrder;
  readonly signature: Signature;
}

/** The `last` of an order that the layer 1 takes until a time, Unix seconds, and at most 18 hours longer. */
export function forcedUntil(unixSeconds: number): number {
  return Number(unsigned(unixSeconds, 32, 'the expiry') >> 16n);
}

/** The message that is signed. It names the payee and not its account. */
export function forcedMessage(order: ForcedOrder, rollup: Rollup): bigint {
  const { kind, from, nonce, token, amount, to } = order;
  const expires = Number(unsigned(order.last, 16, 'the last time')) * 2 ** 16 + 0xffff;
  const packed = packMessage({ kind, from, nonce, token, amount, feeCode: 0n, expires });
  return messageHash(rollup, packed, payeeWords(kind, to, rollup));
}

/** Signs a forced order. It is of another kind than what the operator is given: neither is good for the other. */
export function signForcedOrder(order: ForcedOrder, rollup: Rollup, key: SecretKey): SignedForcedOrder {
  return { order, signature: key.sign(forcedMessage(order, rollup)) };
}

/** The six words of the entry (`docs/spec/statement.md`). */
export function forcedWords({ order, signature }: SignedForcedOrder, rollup: Rollup): bigint[] {
  const { kind, from, nonce, token, amount, last, to } = order;
  const toAccount = order.kind === 'forced_transfer' ? accountIndex(order.toAccount) : 0n;
  const head =
    (BigInt(KINDS[kind]) << 244n) |
    (accountIndex(from) << 216n) |
    (toAccount << 192n) |
    (unsigned(token, 16, 'the token') << 176n) |
    (unsigned(nonce, 32, 'the nonce') << 144n) |
    (unsigned(amount, 128, 'the amount') << 16n) |
    unsigned(last, 16, 'the last time');
  const payee = payeeWords(kind, to, rollup);
  return [head, payee.x, payee.y, signature.r8.x, signature.r8.y, signature.s];
}

/** What queueing costs, and who gets back what is too much: as of a {@link Deposit}. */
export interface QueueFee {
  readonly refundTo: string;
  readonly feeWei: bigint;
}

/** Queues a forced order, whoever sends it. */
export function forceCall(rollup: Rollup, signed: SignedForcedOrder, { refundTo, feeWei }: QueueFee): ContractCall {
  if (signed.order.amount === 0n) throw new InputError('out_of_range', 'nothing is moved');
  const words = [...forcedWords(signed, rollup), fromBytes(parseL1Address(refundTo))];
  const data = concatBytes(selector('force(uint256[6],address)'), ...words.map(toWord));
  return { to: rollup.contract, data: toHex(data), value: feeWei };
}
