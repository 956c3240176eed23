/** A key that an account of Ethereum makes by signing (`docs/spec/vectors.md`): the same one whenever it signs again. */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { formatL1Address, parseL1Address } from './address.js';
import { fromBytes, fromHex, toHex, toWord } from './bytes.js';
import { InputError } from './errors.js';
import type { Rollup } from './rollup.js';

const INFO = 'assay/ethereum-key';
const SIGNATURE_BYTES = 65;

/** What the account signs (EIP-191, `personal_sign`). Whoever has the signature has the key. */
export function ethereumKeyMessage({ chainId, contract }: Rollup): string {
  return [
    'Assay key',
    '',
    'Whoever has this signature has your money in Assay. Sign it only where you mean to use your wallet.',
    '',
    `Chain: ${chainId}`,
    `Contract: ${contract.toLowerCase()}`,
  ].join('\n');
}

/**
 * The seed for `SecretKey.fromSeed`. `sign` has the account sign a text by `personal_sign`, and is called twice: an
 * account that signs otherwise the second time could never make its key again. Throws `ethereum_signature` where
 * it does, and where the signature is not the account's own, as those of contract wallets are not.
 */
export async function ethereumSeed(
  rollup: Rollup,
  account: string,
  sign: (message: string) => Promise<string>,
): Promise<Uint8Array> {
  const message = ethereumKeyMessage(rollup);
  const [first, second] = [await sign(message), await sign(message)];
  const seed = seedOfSignature(message, account, first);
  const again = seedOfSignature(message, account, second);
  if (toHex(seed) !== toHex(again)) {
    throw refused('the wallet signs the same text in two ways, so it could not make the key a second time');
  }
  again.fill(0);
  return seed;
}

/** `v` is 27 or 28, and 0 or 1 from some devices. */
function seedOfSignature(message: string, account: string, text: string): Uint8Array {
  if (!/^0x([0-9a-f]{2})*$/i.test(text) || text.length !== 2 + 2 * SIGNATURE_BYTES) {
    throw refused('this is no signature of one key, as contract wallets make none: use another account, or words');
  }
  const bytes = fromHex(text, SIGNATURE_BYTES, 'the signature');
  const [r, given] = [fromBytes(bytes.subarray(0, 32)), fromBytes(bytes.subarray(32, 64))];
  const last = bytes[64] ?? 0;
  const bit = last >= 27 ? last - 27 : last;
  const { ORDER: order } = secp256k1.Point.Fn;
  // Both halves of the field sign; the lower is the one form of each.
  const isHigh = given > order / 2n;
  const s = isHigh ? order - given : given;
  if (recover(message, r, s, isHigh ? bit ^ 1 : bit) !== toHex(parseL1Address(account))) {
    throw refused('the signature is not that of the account, as with contract wallets: use another account, or words');
  }
  return hkdf(sha256, concatBytes(toWord(r), toWord(s)), undefined, utf8ToBytes(INFO), 32);
}

/** Who signed a text, in lower case; `undefined` where nobody did. */
function recover(message: string, r: bigint, s: bigint, bit: number): string | undefined {
  const text = utf8ToBytes(message);
  const hash = keccak_256(concatBytes(utf8ToBytes(`\x19Ethereum Signed Message:\n${text.length}`), text));
  try {
    const point = new secp256k1.Signature(r, s, bit).recoverPublicKey(hash);
    return formatL1Address(keccak_256(point.toBytes(false).subarray(1)).subarray(12)).toLowerCase();
  } catch {
    return undefined;
  }
}

function refused(message: string): InputError {
  return new InputError('ethereum_signature', message);
}
