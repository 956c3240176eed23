/**
 * Keys from twelve or twenty-four words (`docs/spec/vectors.md`). An entry point of its own, so that
 * the list of words is only where it is used.
 */
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { generateMnemonic, mnemonicToSeedSync, validateMnemonic } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { toBytes, unsigned } from './bytes.js';
import { InputError } from './errors.js';

/** New words from the system's randomness: 12 hold 128 bits, 24 hold 256. */
export function newMnemonic(words: 12 | 24 = 12): string {
  return generateMnemonic(wordlist, words === 24 ? 256 : 128);
}

/** Whether the words are of the list and their checksum fits. */
export function isMnemonic(words: string): boolean {
  return validateMnemonic(words, wordlist);
}

/**
 * The seed of key number `index` of these words, for `SecretKey.fromSeed`: HKDF-SHA-256 of BIP-39's
 * seed, with the salt `assay/mnemonic` and the number as four bytes.
 */
export function seedFromMnemonic(words: string, { passphrase = '', index = 0 } = {}): Uint8Array {
  if (!isMnemonic(words)) {
    throw new InputError('mnemonic', 'these are no words of BIP-39, or their checksum does not fit');
  }
  const number = toBytes(unsigned(index, 32, 'the number of the key'), 4);
  const seed = mnemonicToSeedSync(words, passphrase);
  const key = hkdf(sha256, seed, utf8ToBytes('assay/mnemonic'), concatBytes(utf8ToBytes('key'), number), 32);
  seed.fill(0);
  return key;
}
