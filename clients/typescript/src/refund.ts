/** Entries of the contract's queue, and their payment back after a freeze (`docs/spec/contracts.md`). */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { formatAddress, formatL1Address, parseL1Address } from './address.js';
import { fromBytes, fromHex, toBytes, toHex, toWord, unsigned, type Hex } from './bytes.js';
import { answerWords, selector, type ContractCall, type L1Log } from './contract.js';
import { CheckError } from './errors.js';
import { KINDS } from './message.js';
import type { Rollup } from './rollup.js';

const WORD_BYTES = 32;
const ADDRESS_BITS = 160n;
const GWEI = 10n ** 9n;
const GWEI_BITS = 48n;
const RECORD_WORDS = 6;
/** A deposit's kind; those of orders are messages. */
const DEPOSIT = 3;

/** A log with all that its event says. */
export interface L1EventLog extends L1Log {
  readonly data: string;
}

/** An entry as the contract has hashed it. */
export interface QueuedEntry {
  readonly index: bigint;
  /** When it must be in a proved batch, Unix seconds. */
  readonly due: number;
  /** The six words of its record, without an outcome. */
  readonly words: readonly bigint[];
  /** Who gets it back, and what was paid for it. */
  readonly tail: bigint;
}

/** What an entry asks for, and what comes back where no batch took it. */
export interface EntryContent {
  readonly kind: 'deposit' | 'forced_transfer' | 'forced_withdrawal';
  readonly token: number;
  /** Base units; only a deposit's come back. */
  readonly amount: bigint;
  /** Of a deposit: who would have had it, as an address of the rollup. */
  readonly owner: string | undefined;
  /** Who is paid back on the layer 1. */
  readonly refundTo: Hex;
  /** The fee, which comes back as well; wei. */
  readonly feeWei: bigint;
}

/** For `eth_getLogs`: entries from one place in the queue to before another. */
export function queuedTopics(from: number, end: number): [Hex, Hex[]] {
  const places = Array.from({ length: Math.max(0, end - from) }, (_, place) => toHex(toWord(BigInt(from + place))));
  return [toHex(keccak_256(utf8ToBytes('Queued(uint64,uint32,uint256[6],uint256)'))), places];
}

/** The entry that a log of {@link queuedTopics} tells of. */
export function toQueuedEntry({ topics, data }: L1EventLog): QueuedEntry {
  const words = answerWords(data as Hex, RECORD_WORDS + 2);
  return {
    index: fromBytes(fromHex(topics[1] ?? '', WORD_BYTES, 'the place in the queue')),
    due: Number(words[0]),
    words: words.slice(1, 1 + RECORD_WORDS),
    tail: words[1 + RECORD_WORDS] ?? 0n,
  };
}

/** What an entry asks for. */
export function entryContent({ words, tail }: QueuedEntry, { network }: Rollup): EntryContent {
  const [head = 0n, x = 0n, y = 0n] = words;
  const kind = kindOf(Number(head >> 244n));
  const gwei = (1n << GWEI_BITS) - 1n;
  return {
    kind,
    token: Number((head >> 176n) & 0xffffn),
    amount: (head >> 16n) & ((1n << 128n) - 1n),
    owner: kind === 'deposit' ? formatAddress({ network, owner: { x, y } }) : undefined,
    refundTo: formatL1Address(toBytes((tail >> (2n * GWEI_BITS)) & ((1n << ADDRESS_BITS) - 1n), 20)),
    feeWei: (((tail >> GWEI_BITS) & gwei) + (tail & gwei)) * GWEI,
  };
}

function kindOf(kind: number): EntryContent['kind'] {
  if (kind === DEPOSIT) return 'deposit';
  if (kind === KINDS.forced_transfer) return 'forced_transfer';
  if (kind === KINDS.forced_withdrawal) return 'forced_withdrawal';
  throw new CheckError('answer', `the queue has no entries of kind ${kind}`);
}

/** For `eth_call`: the link of the queue's chain after so many entries; `decodeNumber` reads the answer. */
export function queueLinkCall({ contract }: Rollup, entries: bigint): ContractCall {
  return call(contract, 'queueLink(uint64)', [unsigned(entries, 64, 'the number of entries')]);
}

/** For `eth_call`: whether an entry was paid back; `decodeFlag` reads the answer. */
export function isRefundedCall({ contract }: Rollup, index: bigint): ContractCall {
  return call(contract, 'isRefunded(uint64)', [unsigned(index, 64, 'the place in the queue')]);
}

/**
 * Pays an entry that no proved batch took back, with its fee, once the rollup is frozen; to whom it names, or where
 * that one, who must send it then, says. `previousLink` is the answer to {@link queueLinkCall} for its place.
 */
export function refundCall({ contract }: Rollup, entry: QueuedEntry, previousLink: bigint, to: string): ContractCall {
  return call(contract, 'refund(uint64,uint256,uint256[6],uint256,address)', [
    unsigned(entry.index, 64, 'the place in the queue'),
    previousLink,
    ...entry.words,
    entry.tail,
    fromBytes(parseL1Address(to)),
  ]);
}

function call(to: Hex, signature: string, words: readonly bigint[]): ContractCall {
  return { to, data: toHex(concatBytes(selector(signature), ...words.map(toWord))), value: 0n };
}
