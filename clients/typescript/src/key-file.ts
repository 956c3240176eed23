/**
 * The file of a key as the command line keeps it (`docs/spec/wallet-file.md`): plain, or encrypted under a
 * password. An entry point of its own, so that scrypt and ChaCha20-Poly1305 are only where they are used.
 */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { scryptAsync } from '@noble/hashes/scrypt.js';
import { randomBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { formatAddress, parseAddress, type Network } from './address.js';
import { fromHex, toHex } from './bytes.js';
import { AssayError } from './errors.js';
import { SecretKey } from './keys.js';

/** A key file has no more bytes; anything larger is something else. */
export const KEY_FILE_BYTES_MAX = 4096;

const FORMAT = 'assay-wallet-key';
const [PLAIN, ENCRYPTED] = [1, 2] as const;
const SEED_BYTES = 32;
const SALT_BYTES = 32;
const NONCE_BYTES = 12;
/** The seed, and the cipher's tag behind it. */
const CIPHERTEXT_BYTES = SEED_BYTES + 16;
/** log2 of scrypt's cost in what is written: with {@link R} it takes 128 MiB. */
const LOG_N = 17;
/** The costs that are read: from 16 MiB to 1 GiB. */
const [LOG_N_MIN, LOG_N_MAX] = [14, 20];
/** scrypt's block size. */
const R = 8;
/** scrypt's parallelism. */
const P = 1;
const MIB = 1 << 20;

/** Why a key file is not read, or none is written. */
export type KeyFileCode =
  /** The file is another one, or of a form that the format does not have. */
  | 'not_a_key_file'
  /** A version that this package does not know. */
  | 'unknown_version'
  /** Its network or its seed is not that of its address. */
  | 'damaged'
  /** The key is for the other kind of network. */
  | 'wrong_network'
  /** scrypt's costs are not those that the format allows, or take memory that is not there. */
  | 'too_costly'
  /** There is no password. */
  | 'empty_password'
  /** Another password, or a file that was changed: nothing can tell which. */
  | 'wrong_password';

/** A key file that is not read, or not written. */
export class KeyFileError extends AssayError {
  override readonly name = 'KeyFileError';
  constructor(
    readonly code: KeyFileCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A file that is the key for whoever reads it. */
export interface PlainKeyFile {
  readonly version: typeof PLAIN;
  readonly network: Network;
  /** That of the seed. */
  readonly address: string;
  /** 32 bytes, for `SecretKey.fromSeed`; to be wiped afterwards. */
  readonly seed: Uint8Array;
}

/** A file that is the key only with its password, for {@link unlockKeyFile}. */
export interface EncryptedKeyFile {
  readonly version: typeof ENCRYPTED;
  readonly network: Network;
  /** Nothing vouches for it until the password was given. */
  readonly address: string;
  /** log2 of scrypt's cost: it takes `2 ** logN` KiB. */
  readonly logN: number;
  readonly salt: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** A key file of either version. */
export type KeyFile = PlainKeyFile | EncryptedKeyFile;

/** While scrypt works on a password, in slices of some milliseconds between which the page or process goes on. */
export interface DerivationOptions {
  /** Told how much is done, from 0 to 1. */
  readonly onProgress?: (done: number) => void;
  /** Ends it: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Reads the text of a key file of any network, or only of `expected`. Throws a {@link KeyFileError}. */
export function parseKeyFile(text: string, expected?: Network): KeyFile {
  // What is taken below is ASCII, so characters are bytes.
  if (text.length > KEY_FILE_BYTES_MAX) throw notOne(`it has more than ${KEY_FILE_BYTES_MAX} bytes`);
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw notOne('it is not JSON');
  }
  const { format, version } = Object(found) as Record<string, unknown>;
  if (format !== FORMAT) throw notOne(`its format is not \`${FORMAT}\``);
  if (version !== PLAIN && version !== ENCRYPTED) {
    const known = `${PLAIN} and ${ENCRYPTED} are known`;
    throw new KeyFileError('unknown_version', `the key file's version is ${JSON.stringify(version)}; ${known}`);
  }
  // JSON.parse keeps the last of two fields of a name and reads 17.0 as 17, where others refuse the file.
  if (JSON.stringify(found) !== text.replace(/[\t\n\r ]/g, '')) {
    throw notOne('a field stands in it twice, or is not written as the format says');
  }
  return version === PLAIN ? plain(found, expected) : encrypted(found, expected);
}

/** The seed in an encrypted file; to be wiped after use. Rejects with a {@link KeyFileError}. */
export async function unlockKeyFile(
  file: EncryptedKeyFile,
  password: string,
  options: DerivationOptions = {},
): Promise<Uint8Array> {
  const { address, network, logN, salt, nonce, ciphertext } = file;
  const key = await derive(password, salt, logN, options);
  let seed: Uint8Array;
  try {
    seed = chacha20poly1305(key, nonce, associated(address)).decrypt(ciphertext);
  } catch {
    throw new KeyFileError('wrong_password', 'the password is another one, or the key file is damaged');
  } finally {
    key.fill(0);
  }
  checkAddress(seed, network, address);
  return seed;
}

/** The text of a file, of version 1, that is the key for whoever reads it. */
export function formatKeyFile(seed: Uint8Array, network: Network): string {
  return written({ version: PLAIN, network, address: addressOf(seed, network), seed: toHex(seed) });
}

/**
 * The text of a file, of version 2, that is the key only with this password, which is taken as it is: no
 * Unicode normalisation. It takes 128 MiB while it works. Rejects with a {@link KeyFileError}.
 */
export async function encryptKeyFile(
  seed: Uint8Array,
  network: Network,
  password: string,
  options: DerivationOptions = {},
): Promise<string> {
  const address = addressOf(seed, network);
  const [salt, nonce] = [randomBytes(SALT_BYTES), randomBytes(NONCE_BYTES)];
  const key = await derive(password, salt, LOG_N, options);
  const ciphertext = chacha20poly1305(key, nonce, associated(address)).encrypt(seed);
  key.fill(0);
  const kdf = { name: 'scrypt', log_n: LOG_N, r: R, p: P, salt: toHex(salt) };
  const cipher = { name: 'chacha20-poly1305', nonce: toHex(nonce), ciphertext: toHex(ciphertext) };
  return written({ version: ENCRYPTED, network, address, kdf, cipher });
}

function written(fields: object): string {
  return JSON.stringify({ format: FORMAT, ...fields }, undefined, 2);
}

function plain(found: unknown, expected?: Network): PlainKeyFile {
  const fields = fieldsOf(found, 'it', ['format', 'version', 'network', 'address', 'seed']);
  const named = addressIn(fields, expected);
  const seed = bytesOf(fields.seed, SEED_BYTES, 'its seed');
  checkAddress(seed, named.network, named.address);
  return { version: PLAIN, ...named, seed };
}

function encrypted(found: unknown, expected?: Network): EncryptedKeyFile {
  const fields = fieldsOf(found, 'it', ['format', 'version', 'network', 'address', 'kdf', 'cipher']);
  const named = addressIn(fields, expected);
  const kdf = fieldsOf(fields.kdf, 'its kdf', ['name', 'log_n', 'r', 'p', 'salt']);
  const cipher = fieldsOf(fields.cipher, 'its cipher', ['name', 'nonce', 'ciphertext']);
  if (kdf.name !== 'scrypt') throw notOne('its kdf is not `scrypt`');
  if (cipher.name !== 'chacha20-poly1305') throw notOne('its cipher is not `chacha20-poly1305`');
  const salt = bytesOf(kdf.salt, SALT_BYTES, 'its salt');
  const nonce = bytesOf(cipher.nonce, NONCE_BYTES, 'its nonce');
  const ciphertext = bytesOf(cipher.ciphertext, CIPHERTEXT_BYTES, 'its ciphertext');
  const { log_n, r, p } = kdf;
  if (![log_n, r, p].every(Number.isInteger)) throw notOne('its costs of scrypt are no whole numbers');
  if (r !== R || p !== P) throw tooCostly();
  return { version: ENCRYPTED, ...named, logN: checkedLogN(Number(log_n)), salt, nonce, ciphertext };
}

/** The fields of an object that has these and no other. */
function fieldsOf<Name extends string>(found: unknown, what: string, names: readonly Name[]): Record<Name, unknown> {
  if (typeof found !== 'object' || found === null || Array.isArray(found)) throw notOne(`${what} is not an object`);
  const unknown = Object.keys(found).find((name) => !names.includes(name as Name));
  if (unknown !== undefined) throw notOne(`${what} has a field \`${unknown}\`, which the format does not know`);
  const missing = names.find((name) => !Object.hasOwn(found, name));
  if (missing !== undefined) throw notOne(`${what} has no field \`${missing}\``);
  return found as Record<Name, unknown>;
}

function bytesOf(found: unknown, length: number, what: string): Uint8Array {
  try {
    return fromHex(typeof found === 'string' ? found : '', length, what);
  } catch (cause) {
    throw notOne(`${what} is not 0x and ${2 * length} hexadecimal digits`, { cause });
  }
}

/** The network, and the address in its one spelling, which is what is bound to the seed. */
function addressIn(
  { network, address }: Record<'network' | 'address', unknown>,
  expected?: Network,
): Pick<KeyFile, 'network' | 'address'> {
  if (network !== 'public' && network !== 'development') {
    throw notOne('its network is neither `public` nor `development`');
  }
  let parsed;
  try {
    parsed = parseAddress(typeof address === 'string' ? address : '');
  } catch (cause) {
    throw notOne('its address is none', { cause });
  }
  if (parsed.network !== network) throw damaged('its network is not that of its address');
  if (expected !== undefined && network !== expected) {
    throw new KeyFileError('wrong_network', `the key is for the ${network} network, not for the ${expected} network`);
  }
  return { network, address: formatAddress(parsed) };
}

function addressOf(seed: Uint8Array, network: Network): string {
  return SecretKey.fromSeed(seed).address(network);
}

/** Wipes a seed that is not that of the address. */
function checkAddress(seed: Uint8Array, network: Network, address: string): void {
  if (addressOf(seed, network) === address) return;
  seed.fill(0);
  throw damaged('its address is not that of its seed');
}

/** Binds a ciphertext to the format and to whom it is for. */
function associated(address: string): Uint8Array {
  return utf8ToBytes(`assay/wallet key/2${address}`);
}

function checkedLogN(logN: number): number {
  if (!Number.isInteger(logN) || logN < LOG_N_MIN || logN > LOG_N_MAX) throw tooCostly();
  return logN;
}

async function derive(
  password: string,
  salt: Uint8Array,
  logN: number,
  { onProgress, signal }: DerivationOptions,
): Promise<Uint8Array> {
  if (password === '') throw new KeyFileError('empty_password', 'the password is empty: nothing is protected by it');
  const N = 2 ** checkedLogN(logN);
  const typed = utf8ToBytes(password);
  const told = (done: number) => {
    signal?.throwIfAborted();
    onProgress?.(done);
  };
  try {
    signal?.throwIfAborted();
    const costs = { N, r: R, p: P, dkLen: 32 };
    return await inBackground(() => scryptAsync(typed, salt, { ...costs, onProgress: told }));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const needed = `${(128 * R * N) / MIB} MiB of memory`;
    throw new KeyFileError('too_costly', `the password takes ${needed}, which is not to be had here`, { cause });
  } finally {
    typed.fill(0);
  }
}

/**
 * Has a browser do something that yields behind everything else: by itself `scheduler.yield` comes back before timers
 * and answers of the network, which would then wait until all is done.
 */
function inBackground<T>(work: () => Promise<T>): Promise<T> {
  type PostTask = (work: () => Promise<T>, options: { priority: 'background' }) => Promise<T>;
  const { scheduler } = globalThis as { scheduler?: { postTask?: PostTask } };
  return scheduler?.postTask?.(work, { priority: 'background' }) ?? work();
}

function notOne(why: string, options?: ErrorOptions): KeyFileError {
  return new KeyFileError('not_a_key_file', `this is no key file: ${why}`, options);
}

function damaged(why: string): KeyFileError {
  return new KeyFileError('damaged', `the key file is damaged: ${why}`);
}

function tooCostly(): KeyFileError {
  const costs = `log_n ${LOG_N_MIN} to ${LOG_N_MAX}, r ${R}, p ${P}`;
  return new KeyFileError('too_costly', `the key file's costs of scrypt are not within ${costs}`);
}
