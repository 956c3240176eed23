/**
 * Everything that this package throws. Each class says who is at fault: {@link InputError} the
 * caller, {@link CheckError} whoever made what was checked, the others are about the node.
 */
import type { DetailsOf, ErrorCode } from './error-codes.js';

/**
 * The base of all errors of this package. `code` is stable; `message` is for people. Names are written out,
 * since those of classes do not survive a minifier.
 */
export abstract class AssayError extends Error {
  abstract readonly code: string;
}

/** What an argument can be wrong in. */
export type InputCode =
  | 'account_index'
  | 'address_checksum'
  | 'address_is_l1'
  | 'address_key'
  | 'address_nobody'
  | 'address_prefix'
  | 'amount_syntax'
  | 'amount_too_fine'
  | 'amount_too_large'
  | 'ethereum_signature'
  | 'field_element'
  | 'float_code'
  | 'hexadecimal'
  | 'l1_address_checksum'
  | 'l1_address_syntax'
  | 'mnemonic'
  | 'no_account'
  | 'not_representable'
  | 'out_of_range'
  | 'reference'
  | 'seed'
  | 'signature'
  | 'url'
  | 'wrong_network';

/** An argument that is not what it should be. Nothing was sent. */
export class InputError extends AssayError {
  override readonly name = 'InputError';
  constructor(
    readonly code: InputCode,
    message: string,
    /** Of `not_representable`: the largest value below that is. */
    readonly nearestBelow?: bigint,
  ) {
    super(message);
  }
}

/** What can be wrong with what a node shows. */
export type CheckCode =
  | 'answer'
  | 'claims_hash'
  | 'domain'
  | 'fee'
  | 'leaf'
  | 'operator'
  | 'proof_form'
  | 'receipt_hash'
  | 'root'
  | 'signature'
  | 'transaction'
  | 'unknown_claim'
  | 'wrong_rollup';

/** Something that a node shows does not hold: do not act on it. */
export class CheckError extends AssayError {
  override readonly name = 'CheckError';
  constructor(
    readonly code: CheckCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The node answered, and refuses. `error.is('fee_too_low')` narrows `details`. */
export class NodeError<C extends string = string> extends AssayError {
  override readonly name = 'NodeError';
  constructor(
    /** HTTP status. */
    readonly status: number,
    /** Those of the documentation are {@link ErrorCode}; a newer node may have others. */
    readonly code: C,
    message: string,
    readonly details: DetailsOf<C>,
    /** How long the node asks to be left alone, ms. */
    readonly retryAfterMs?: number,
    /** The request's name in the node's log: what to quote to its operator. */
    readonly requestId?: string,
  ) {
    super(message);
  }

  is<K extends ErrorCode>(code: K): this is NodeError<K> {
    return (this.code as string) === code;
  }
}

/** The node took the transaction and will not execute it. */
export class RejectedError<C extends string = string> extends AssayError {
  override readonly name = 'RejectedError';
  constructor(
    readonly hash: string,
    readonly code: C,
    message: string,
    readonly details: DetailsOf<C>,
  ) {
    super(`the transaction was rejected: ${message}`);
  }

  is<K extends ErrorCode>(code: K): this is RejectedError<K> {
    return (this.code as string) === code;
  }
}

/** No node answered, or something before it. What was sent may have arrived. */
export class UnansweredError extends AssayError {
  override readonly name = 'UnansweredError';
  readonly code = 'unanswered';
}

/** Whatever answered speaks no Assay. */
export class AnswerError extends AssayError {
  override readonly name = 'AnswerError';
  readonly code = 'not_a_node';
}

/** It has not happened in the time that was given; it may happen yet. */
export class TimeoutError extends AssayError {
  override readonly name = 'TimeoutError';
  readonly code = 'timeout';
}

/** Whether what was handed in may have arrived all the same. */
export function isUnclear(error: unknown): boolean {
  if (error instanceof NodeError) return error.is('internal') || error.is('timed_out');
  // What is no node's answer may be of something before it, which has passed the request on.
  return error instanceof UnansweredError || error instanceof AnswerError;
}
