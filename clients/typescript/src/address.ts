/** Addresses: of users on the rollup, and on the layer 1 (`docs/spec/primitives.md`). */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { bech32m } from '@scure/base';
import { fromHex, type Hex } from './bytes.js';
import { canSign, compress, decompress, type Point } from './curve.js';
import { InputError } from './errors.js';

/** The kind of network; it names the prefix of addresses. */
export type Network = 'public' | 'development';

const PREFIXES: Record<Network, string> = { public: 'assay', development: 'assaydev' };

/** Chains that anybody runs alone: geth --dev, and anvil, hardhat and the simulated layer 1. */
const DEVELOPMENT_CHAIN_IDS = [1337n, 31337n];

/** The kind of network that a layer 1's chain id names. */
export function networkOfChain(chainId: bigint): Network {
  return DEVELOPMENT_CHAIN_IDS.includes(chainId) ? 'development' : 'public';
}

/** Who is paid, and on which kind of network. */
export interface Address {
  readonly network: Network;
  readonly owner: Point;
}

/** An address as text: bech32m of the compressed key. */
export function formatAddress({ network, owner }: Address): string {
  return bech32m.encode(PREFIXES[network], bech32m.toWords(compress(owner)));
}

/**
 * An address from text, on any network or only on `expected`. What nobody could sign for is
 * refused: money sent there would be lost.
 */
export function parseAddress(text: string, expected?: Network): Address {
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) {
    throw new InputError('address_is_l1', `\`${text}\` is an address of the layer 1: what goes there is a withdrawal`);
  }
  let decoded: { prefix: string; words: number[] };
  try {
    decoded = bech32m.decode(text as `${string}1${string}`);
  } catch {
    throw new InputError('address_checksum', `\`${text}\` is no address: its checksum does not fit`);
  }
  const { prefix, words } = decoded;
  const network = (Object.keys(PREFIXES) as Network[]).find((name) => PREFIXES[name] === prefix);
  if (network === undefined) {
    const own = "Assay's start with `assay1` or `assaydev1`";
    throw new InputError('address_prefix', `the address starts with \`${prefix}\`; ${own}`);
  }
  // Refuses bits behind the last byte that are not 0: a second spelling of the same key.
  const bytes = bech32m.fromWordsUnsafe(words);
  const owner = bytes && decompress(Uint8Array.from(bytes));
  if (!owner) throw new InputError('address_key', 'the address does not hold a public key');
  if (!canSign(owner)) {
    throw new InputError('address_nobody', 'nobody can sign for this address: what is paid to it is lost');
  }
  if (expected !== undefined && network !== expected) {
    throw new InputError('wrong_network', `the address is of the ${network} network, this is the ${expected} network`);
  }
  return { network, owner };
}

/** A layer 1 address with the checksum of EIP-55. */
export function formatL1Address(bytes: Uint8Array): Hex {
  const lower = bytesToHex(bytes);
  const hash = bytesToHex(keccak_256(utf8ToBytes(lower)));
  const cased = [...lower].map((digit, at) => (parseInt(hash.charAt(at), 16) >= 8 ? digit.toUpperCase() : digit));
  return `0x${cased.join('')}`;
}

/** The 20 bytes of a layer 1 address. Text of both cases must fit EIP-55. */
export function parseL1Address(text: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = fromHex(text, 20, 'it');
  } catch {
    throw new InputError('l1_address_syntax', `\`${text}\` is no layer 1 address: it is 0x and 40 hex digits`);
  }
  const digits = text.slice(2);
  const mixed = /[a-f]/.test(digits) && /[A-F]/.test(digits);
  if (mixed && formatL1Address(bytes) !== text) {
    throw new InputError('l1_address_checksum', `\`${text}\` has a wrong EIP-55 checksum: a typing error, most likely`);
  }
  return bytes;
}
