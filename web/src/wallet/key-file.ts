/** The file of a key as `assay wallet new` writes it and `--key` names it. It is not encrypted. */
import { SecretKey, fromHex, toHex, type Network } from '@assay/client';

/** Far more than such a file has. */
export const FILE_BYTES_MOST = 4096;

/** Why a file is not taken; what to do is in its message. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
}

/** The seed that the file of a network holds. */
export function parseKeyFile(text: string, expected: Network): Uint8Array {
  let found: Record<string, unknown> | null;
  try {
    found = JSON.parse(text) as typeof found;
  } catch {
    throw new KeyFileError('This is no key file: it is not JSON. `assay wallet new` writes one.');
  }
  if (typeof found !== 'object' || found === null || found['format'] !== 'assay-wallet-key') {
    throw new KeyFileError('This is no key file: its format is not `assay-wallet-key`.');
  }
  const { version, network, address, seed: digits } = found;
  if (version !== 1) throw new KeyFileError(`The file’s version is ${String(version)}; this page reads 1.`);
  if (network !== 'public' && network !== 'development') {
    throw new KeyFileError('The file names neither the public network nor a development network.');
  }
  if (network !== expected) {
    throw new KeyFileError(`The key is for the ${network} network; this node is on the ${expected} network.`);
  }
  let seed: Uint8Array;
  try {
    seed = fromHex(typeof digits === 'string' ? digits : '', 32, 'the seed');
  } catch {
    throw new KeyFileError('The file’s seed is not 0x and 64 hexadecimal digits.');
  }
  if (SecretKey.fromSeed(seed).address(network) !== address) {
    throw new KeyFileError('The file is damaged: its address is not that of its key.');
  }
  return seed;
}

/** What `assay wallet --key` reads. */
export function formatKeyFile(seed: Uint8Array, network: Network): string {
  const address = SecretKey.fromSeed(seed).address(network);
  const content = { format: 'assay-wallet-key', version: 1, network, address, seed: toHex(seed) };
  return JSON.stringify(content, undefined, 2);
}
