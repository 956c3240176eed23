/** Bytes, hexadecimal text and big integers. Words are 32 bytes, big-endian. */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { InputError } from './errors.js';

/** 0x and hexadecimal digits. */
export type Hex = `0x${string}`;

/** 0x and lower-case digits. */
export function toHex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`;
}

/** The bytes of 0x and exactly so many digits. */
export function fromHex(text: string, length: number, what: string): Uint8Array {
  if (!/^0x[0-9a-fA-F]*$/.test(text) || text.length !== 2 + 2 * length) {
    throw new InputError('hexadecimal', `${what} is not 0x and ${2 * length} hexadecimal digits`);
  }
  return hexToBytes(text.slice(2));
}

/** An integer as `length` bytes, big-endian. */
export function toBytes(value: bigint, length: number): Uint8Array {
  return hexToBytes(value.toString(16).padStart(2 * length, '0'));
}

/** A field element or another integer below 2^256 as a word. */
export function toWord(value: bigint): Uint8Array {
  return toBytes(value, 32);
}

/** Big-endian bytes as an integer. */
export function fromBytes(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(toHex(bytes));
}

/** Little-endian bytes as an integer. */
export function fromBytesLe(bytes: Uint8Array): bigint {
  return fromBytes(bytes.slice().reverse());
}

/** An unsigned integer of so many bits, or an error that names it. */
export function unsigned(value: number | bigint, bits: number, what: string): bigint {
  const whole = typeof value === 'bigint' || Number.isSafeInteger(value);
  const integer = whole ? BigInt(value) : -1n;
  if (integer < 0n || integer >> BigInt(bits) !== 0n) {
    throw new InputError('out_of_range', `${what} is ${value}, and should be a whole number below 2^${bits}`);
  }
  return integer;
}
