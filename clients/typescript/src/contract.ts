/**
 * Calls of the rollup's contract as plain data, for whatever sends transactions to the layer 1: each
 * has `to`, `data` and `value` as wallets and libraries take them (`docs/spec/contracts.md`).
 */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { parseAddress, parseL1Address } from './address.js';
import { parseAmount } from './amount.js';
import type { BatchClaims, BatchHeaderView, ClaimView } from './api-types.js';
import { fromBytes, fromHex, toBytes, toHex, toWord, unsigned, type Hex } from './bytes.js';
import { CheckError, InputError } from './errors.js';
import type { Rollup } from './rollup.js';

/** A transaction of the layer 1 that is still to be sent. */
export interface ContractCall {
  readonly to: Hex;
  readonly data: Hex;
  /** Wei. */
  readonly value: bigint;
}

/** An entry of a batch's list of claims. */
export interface Claim {
  readonly token: number;
  readonly amount: bigint;
  /** Who is paid on the layer 1. */
  readonly receiver: string;
  /** The account it comes from; 0 for a deposit that came back. */
  readonly from: number;
}

const HEADER = '(bytes32,bytes32,bytes32,uint64,uint32,uint32,uint8)';
const ZERO_WORD = /* @__PURE__ */ toHex(new Uint8Array(32));

/** The list as the contract takes it: token u16, amount u128, receiver, from u24; 41 bytes each. */
export function packClaims(claims: readonly Claim[]): Uint8Array {
  const packed = claims.map(({ token, amount, receiver, from }) =>
    concatBytes(
      toBytes(unsigned(token, 16, "a claim's token"), 2),
      toBytes(unsigned(amount, 128, "a claim's amount"), 16),
      parseL1Address(receiver),
      toBytes(unsigned(from, 24, "a claim's account"), 3),
    ),
  );
  return concatBytes(...packed);
}

/** What a batch's header says of its claims; zero where there are none. */
export function claimsHash(claims: readonly Claim[]): Hex {
  return claims.length === 0 ? ZERO_WORD : toHex(keccak_256(packClaims(claims)));
}

/** What the contract keeps of a proved batch. The parent of batch 0 is zero. */
export function batchHash(parent: Hex, header: BatchHeaderView): Hex {
  return toHex(keccak_256(concatBytes(fromHex(parent, 32, "the parent's hash"), ...headerWords(header))));
}

/** What is claimed of: a batch, or what a list of claims has of it. */
export type ClaimsOfBatch = Pick<BatchClaims, 'number' | 'header' | 'claims'>;

/** Which claim of a batch: its transaction, its entry of the queue, or its number. */
export type WhichClaim = { readonly hash: string } | { readonly queueIndex: number } | { readonly which: number };

/**
 * Pays a claim of a proved batch, to its receiver; elsewhere only when the receiver itself sends it.
 * The list must be that of the header, or the contract would refuse it.
 */
export function claimCall(rollup: Rollup, batch: ClaimsOfBatch, wanted: WhichClaim, to?: string): ContractCall {
  const claims = batch.claims.map(claimOf);
  if (claimsHash(claims) !== batch.header.claims_hash.toLowerCase()) {
    throw new CheckError('claims_hash', `the claims of batch ${batch.number} are not those of its header`);
  }
  const found = batch.claims.find((claim) => isWanted(claim, wanted));
  if (!found) throw new CheckError('unknown_claim', `batch ${batch.number} makes no such claim`);
  return callOfClaim(rollup, batch, claims, found.which, to ?? found.to);
}

/** The call, of a list that is that of the header. */
export function callOfClaim(
  rollup: Rollup,
  { number, header }: Pick<ClaimsOfBatch, 'number' | 'header'>,
  claims: readonly Claim[],
  which: number,
  to: string,
): ContractCall {
  const packed = packClaims(claims);
  const padding = new Uint8Array((32 - (packed.length % 32)) % 32);
  // The head: batch, the seven words of the header, the list's offset, which, to.
  const offset = 11n * 32n;
  const data = concatBytes(
    selector(`claim(uint64,${HEADER},bytes,uint16,address)`),
    toWord(unsigned(number, 64, 'the batch')),
    ...headerWords(header),
    toWord(offset),
    toWord(unsigned(which, 16, "the claim's number")),
    toWord(fromBytes(parseL1Address(to))),
    toWord(BigInt(packed.length)),
    packed,
    padding,
  );
  return { to: rollup.contract, data: toHex(data), value: 0n };
}

/** What is deposited, for whom. */
export interface Deposit {
  /** Who has it on the rollup afterwards: an address of the rollup. */
  readonly owner: string;
  readonly token: number;
  /** Base units. */
  readonly amount: bigint;
  /** Who gets back on the layer 1 what the rollup does not take. */
  readonly refundTo: string;
  /**
   * What the queue is paid, wei: both parts of {@link decodeInclusionFee}. What is too much becomes a
   * credit of `refundTo`, so ask for a higher base fee than the last block's.
   */
  readonly feeWei: bigint;
}

/** Deposits. A token must have been approved for the contract before ({@link approveCall}). */
export function depositCall(rollup: Rollup, deposit: Deposit): ContractCall {
  const { owner, token, amount, refundTo, feeWei } = deposit;
  const { x, y } = parseAddress(owner, rollup.network).owner;
  if (amount === 0n) throw new InputError('out_of_range', 'nothing is deposited');
  const data = concatBytes(
    selector('deposit(uint16,uint128,uint256,uint256,address)'),
    toWord(unsigned(token, 16, 'the token')),
    toWord(unsigned(amount, 128, 'the amount')),
    toWord(x),
    toWord(y),
    toWord(fromBytes(parseL1Address(refundTo))),
  );
  return { to: rollup.contract, data: toHex(data), value: token === 0 ? amount + feeWei : feeWei };
}

/** Lets the rollup's contract take so much of an ERC-20 token. */
export function approveCall(rollup: Rollup, token: string, amount: bigint): ContractCall {
  const data = concatBytes(
    selector('approve(address,uint256)'),
    toWord(fromBytes(parseL1Address(rollup.contract))),
    toWord(unsigned(amount, 256, 'the amount')),
  );
  return { to: toHex(parseL1Address(token)), data: toHex(data), value: 0n };
}

/** For `eth_call`: what an entry of the queue costs at a base fee. */
export function inclusionFeeCall(rollup: Rollup, baseFeeWei: bigint): ContractCall {
  const argument = toWord(unsigned(baseFeeWei, 256, 'the base fee'));
  return { to: rollup.contract, data: toHex(concatBytes(selector('inclusionFee(uint256)'), argument)), value: 0n };
}

/** The answer to {@link inclusionFeeCall}, wei. */
export function decodeInclusionFee(answer: Hex): bigint {
  const [base, surcharge] = answerWords(answer, 2);
  return (base as bigint) + (surcharge as bigint);
}

/** For `eth_call`: the root after the last proved batch, which proofs of accounts are checked against. */
export function provedRootCall(rollup: Rollup): ContractCall {
  return { to: rollup.contract, data: toHex(selector('provedRoot()')), value: 0n };
}

/** The answer to {@link provedRootCall}. */
export function decodeProvedRoot(answer: Hex): Hex {
  const [root] = answerWords(answer, 1);
  return toHex(toWord(root as bigint));
}

/** What a receipt of the layer 1 shows of its events. */
export interface L1Log {
  readonly address: string;
  readonly topics: readonly string[];
}

/** The places in the queue that a layer 1 transaction took: ask the node for them by `queueEntry`. */
export function queuedEntries(rollup: Rollup, logs: readonly L1Log[]): bigint[] {
  const topic = toHex(keccak_256(utf8ToBytes('Queued(uint64,uint32,uint256[6],uint256)')));
  const own = logs.filter(
    ({ address, topics }) =>
      address.toLowerCase() === rollup.contract.toLowerCase() && topics[0]?.toLowerCase() === topic,
  );
  return own.map(({ topics }) => fromBytes(fromHex(topics[1] ?? '', 32, 'the place in the queue')));
}

function isWanted(claim: ClaimView, wanted: WhichClaim): boolean {
  if ('hash' in wanted) return claim.hash === wanted.hash.toLowerCase();
  if ('queueIndex' in wanted) return claim.queue_index === wanted.queueIndex;
  return claim.which === wanted.which;
}

function claimOf({ token, amount, to, from }: ClaimView): Claim {
  return { token, amount: parseAmount(amount), receiver: to, from };
}

function headerWords(header: BatchHeaderView): Uint8Array[] {
  return [
    fromHex(header.commitment, 32, 'the commitment'),
    fromHex(header.new_root, 32, 'the new root'),
    fromHex(header.claims_hash, 32, 'the hash of the claims'),
    toWord(unsigned(header.queue_end, 64, 'the end of the queue')),
    toWord(unsigned(header.timestamp, 32, 'the timestamp')),
    toWord(unsigned(header.accounts, 32, 'the accounts')),
    toWord(unsigned(header.shape, 8, 'the shape')),
  ];
}

/** The four bytes that name a function. */
export function selector(signature: string): Uint8Array {
  return keccak_256(utf8ToBytes(signature)).subarray(0, 4);
}

/** An answer of so many words. */
export function answerWords(answer: Hex, count: number): bigint[] {
  const bytes = fromHex(answer, 32 * count, "the contract's answer");
  return Array.from({ length: count }, (_, at) => fromBytes(bytes.subarray(32 * at, 32 * (at + 1))));
}
