/**
 * A key at rest: the seed under AES-256-GCM, its key from a password by PBKDF2. What is beside it in the
 * clear (network, address) is bound to it as additional data.
 */
import { SecretKey, fromHex, toHex, type Network } from '@assay/client';

/** What is stored. Bytes are 0x and hexadecimal digits. */
export interface Vault {
  readonly format: 'assay-page-wallet';
  readonly version: 1;
  readonly network: Network;
  readonly address: string;
  /** Rounds of PBKDF2 with HMAC-SHA-256. */
  readonly rounds: number;
  readonly salt: string;
  readonly nonce: string;
  readonly sealed: string;
}

/** OWASP's number for PBKDF2 with HMAC-SHA-256. */
export const ROUNDS = 600_000;
const ROUNDS_MOST = 100_000_000;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const SEED_BYTES = 32;
/** GCM's tag is behind what it seals. */
const SEALED_BYTES = SEED_BYTES + 16;
export const PASSWORD_CHARACTERS_LEAST = 10;

/** The password is another than the one that the key was locked with. */
export class PasswordError extends Error {
  override readonly name = 'PasswordError';
}

type Bytes = Uint8Array<ArrayBuffer>;

/** Locks a seed with a password. */
export async function seal(seed: Uint8Array, network: Network, password: string, rounds = ROUNDS): Promise<Vault> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const address = SecretKey.fromSeed(seed).address(network);
  const key = await keyOf(password, salt, rounds);
  const bound = boundTo(network, address, rounds);
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv: nonce, additionalData: bound },
    key,
    Uint8Array.from(seed),
  );
  return {
    format: 'assay-page-wallet',
    version: 1,
    network,
    address,
    rounds,
    salt: toHex(salt),
    nonce: toHex(nonce),
    sealed: toHex(new Uint8Array(sealed)),
  };
}

/** The seed; {@link PasswordError} where the password is another, or what is stored was changed. */
export async function unseal(vault: Vault, password: string): Promise<Uint8Array> {
  const { network, address, rounds } = vault;
  const key = await keyOf(password, bytes(vault.salt, SALT_BYTES), rounds);
  const additionalData = boundTo(network, address, rounds);
  const algorithm = { name: 'AES-GCM', iv: bytes(vault.nonce, NONCE_BYTES), additionalData };
  let seed: Uint8Array;
  try {
    seed = new Uint8Array(await crypto.subtle.decrypt(algorithm, key, bytes(vault.sealed, SEALED_BYTES)));
  } catch {
    throw new PasswordError('This is not the password of this wallet.');
  }
  if (SecretKey.fromSeed(seed).address(network) !== address) {
    throw new Error('What is stored here is damaged: its address is not that of its key.');
  }
  return seed;
}

/** A stored text; `undefined` where it is none of this page's. */
export function parseVault(text: string): Vault | undefined {
  let found: Partial<Record<keyof Vault, unknown>> | null;
  try {
    found = JSON.parse(text) as typeof found;
  } catch {
    return undefined;
  }
  if (typeof found !== 'object' || found === null) return undefined;
  const { format, version, network, address, rounds, salt, nonce, sealed } = found;
  const named = format === 'assay-page-wallet' && version === 1 && (network === 'public' || network === 'development');
  const counted = typeof rounds === 'number' && Number.isSafeInteger(rounds) && rounds > 0 && rounds <= ROUNDS_MOST;
  if (!named || !counted || typeof address !== 'string') return undefined;
  const sized: [unknown, number][] = [
    [salt, SALT_BYTES],
    [nonce, NONCE_BYTES],
    [sealed, SEALED_BYTES],
  ];
  const whole = ([hex, length]: [unknown, number]) =>
    typeof hex === 'string' && hex.length === 2 + 2 * length && /^0x[0-9a-f]*$/.test(hex);
  return sized.every(whole) ? (found as Vault) : undefined;
}

function bytes(hex: string, length: number): Bytes {
  return Uint8Array.from(fromHex(hex, length, 'what is stored'));
}

function boundTo(network: Network, address: string, rounds: number): Bytes {
  return Uint8Array.from(new TextEncoder().encode(`assay-page-wallet 1 ${network} ${address} ${rounds}`));
}

async function keyOf(password: string, salt: Bytes, iterations: number): Promise<CryptoKey> {
  // The same letters can be typed as different code points on different keyboards.
  const typed = Uint8Array.from(new TextEncoder().encode(password.normalize('NFKC')));
  const material = await crypto.subtle.importKey('raw', typed, 'PBKDF2', false, ['deriveKey']);
  typed.fill(0);
  const derivation = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations };
  const aes = { name: 'AES-GCM', length: 256 };
  return crypto.subtle.deriveKey(derivation, material, aes, false, ['encrypt', 'decrypt']);
}
