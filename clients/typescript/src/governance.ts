/** What is announced at the contract: shapes of batches on their way in, and the next operator (`docs/spec/contracts.md`). */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { fromBytes, fromHex, toHex, toWord, unsigned, type Hex } from './bytes.js';
import { answerWords, selector, type ContractCall } from './contract.js';
import type { L1EventLog } from './refund.js';
import type { Rollup } from './rollup.js';
import { addressIn } from './standing.js';

/** How long after its delay a proposal can be used, seconds. */
const PROPOSAL_LIFE_S = 14 * 86_400;
const EVENT = 'ShapeProposed(uint8,(uint8,uint16,uint16,uint8,uint8),address,uint64)';
const WORD_BYTES = 32;
/** Words of the event's data and of a proposal. */
const [EVENT_WORDS, PROPOSAL_WORDS] = [8, 9];

/** A shape of batches, with a verifier of its own, that the governor has announced. Times are Unix seconds. */
export interface Proposal {
  readonly shapeId: number;
  readonly transfers: number;
  readonly fullRecords: number;
  readonly feeSlots: number;
  readonly verifier: Hex | undefined;
  /** From when anybody may have the queue's length recorded. */
  readonly readyAt: number;
  /** After it the proposal is void. */
  readonly voidAt: number;
  /** So many entries of the queue must be taken before it is used; `undefined` before that was recorded. */
  readonly afterEntries: number | undefined;
}

/** For `eth_getLogs`: that shapes were announced, also those that are in use or void since. */
export function shapeProposedTopics(): [Hex] {
  return [toHex(keccak_256(utf8ToBytes(EVENT)))];
}

/** The id of the shape that a log of {@link shapeProposedTopics} tells of. */
export function announcedShape({ data }: L1EventLog): number {
  return Number(fromBytes(fromHex(data, EVENT_WORDS * WORD_BYTES, "the event's data").subarray(0, WORD_BYTES)));
}

/** For `eth_call`: the proposal of a shape; {@link decodeProposal} reads the answer. */
export function proposalCall({ contract }: Rollup, shapeId: number): ContractCall {
  const argument = toWord(unsigned(shapeId, 8, "the shape's number"));
  return { to: contract, data: toHex(concatBytes(selector('proposals(uint8)'), argument)), value: 0n };
}

/** `undefined` where the shape is not announced, or is in use. */
export function decodeProposal(answer: Hex): Proposal | undefined {
  const words = answerWords(answer, PROPOSAL_WORDS);
  const number = (at: number) => Number(words[at]);
  const readyAt = number(6);
  if (readyAt === 0) return undefined;
  return {
    ...{ shapeId: number(0), transfers: number(1), fullRecords: number(2), feeSlots: number(3) },
    verifier: addressIn(words[5] ?? 0n),
    ...{ readyAt, voidAt: readyAt + PROPOSAL_LIFE_S },
    afterEntries: number(7) === 1 ? number(8) : undefined,
  };
}

/** For `eth_call`: who may become the operator by accepting; {@link decodeAddress} reads the answer. */
export function proposedOperatorCall({ contract }: Rollup): ContractCall {
  return { to: contract, data: toHex(selector('proposedOperator()')), value: 0n };
}

/** An answer of one address; `undefined` where it is zero. */
export function decodeAddress(answer: Hex): Hex | undefined {
  return addressIn(answerWords(answer, 1)[0] ?? 0n);
}
