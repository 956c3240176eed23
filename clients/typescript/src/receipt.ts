/** The operator's signed promise that it has taken a transaction (`docs/spec/api.md`). */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { parseAddress } from './address.js';
import type { Receipt } from './api-types.js';
import { fromBytes, fromHex, unsigned } from './bytes.js';
import { CheckError } from './errors.js';
import { hashToField } from './field.js';
import { parseSignature, verifySignature } from './keys.js';
import { poseidon } from './poseidon.js';
import type { Rollup } from './rollup.js';

/** What the operator signs: a hash of five words, where a transaction's message is one of four. */
export function receiptMessage(rollup: Rollup, hash: string, receivedMs: number | bigint): bigint {
  const bytes = fromHex(hash, 32, 'a transaction hash');
  return poseidon([
    rollup.domain,
    hashToField(utf8ToBytes('assay/receipt')),
    fromBytes(bytes.subarray(0, 16)),
    fromBytes(bytes.subarray(16)),
    unsigned(receivedMs, 64, 'the time of the receipt'),
  ]);
}

/** What a receipt has to be for. */
export interface ExpectedReceipt {
  readonly rollup: Rollup;
  /** The hash that the sender worked out, not the one that the node tells. */
  readonly hash: string;
  /** The operator whom the sender means to deal with. */
  readonly operator: string;
}

/** Throws a {@link CheckError} unless the operator signed for exactly this transaction. */
export function checkReceipt(receipt: Receipt, { rollup, hash, operator }: ExpectedReceipt): void {
  if (receipt.hash.toLowerCase() !== hash.toLowerCase()) {
    throw new CheckError('receipt_hash', "the node's receipt is for another transaction");
  }
  const signer = parseAddress(receipt.operator, rollup.network).owner;
  const expected = parseAddress(operator, rollup.network).owner;
  if (signer.x !== expected.x || signer.y !== expected.y) {
    throw new CheckError('operator', "the node's receipt is signed by another operator");
  }
  const message = receiptMessage(rollup, hash, receipt.received_ms);
  if (!verifySignature(signer, message, parseSignature(receipt.signature))) {
    throw new CheckError('signature', "the node's receipt has a wrong signature");
  }
}
