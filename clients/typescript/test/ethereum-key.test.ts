/** Keys of Ethereum accounts against `docs/spec/vectors.json`, viem's signatures, and Node's HKDF. */
import assert from 'node:assert/strict';
import { hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ethereumKeyMessage, ethereumSeed, rollupOf, type Hex } from '@assay/client';
import { privateKeyToAccount } from 'viem/accounts';

interface EthereumKey {
  rollup: number;
  secret: Hex;
  account: string;
  message: string;
  signature: Hex;
  seed: string;
}

const path = new URL('../../../../docs/spec/vectors.json', import.meta.url);
const vectors = JSON.parse(readFileSync(path, 'utf8')) as {
  rollups: { chain_id: number; contract: string }[];
  ethereum_keys: EthereumKey[];
};
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const refused = (words: RegExp) => ({ code: 'ethereum_signature', message: words });

function rollup({ rollup: at }: EthereumKey) {
  const { chain_id, contract } = vectors.rollups[at] ?? { chain_id: 0, contract: '' };
  return rollupOf(chain_id, contract);
}

/** The same signature with the other `s`. */
function highOf(signature: Hex): Hex {
  const [r, s, v] = [
    signature.slice(2, 66),
    BigInt(`0x${signature.slice(66, 130)}`),
    parseInt(signature.slice(130), 16),
  ];
  return `0x${r}${(ORDER - s).toString(16).padStart(64, '0')}${(55 - v).toString(16)}`;
}

test('an account to its message, signature and seed', async () => {
  assert.equal(vectors.ethereum_keys.length, 2);
  for (const vector of vectors.ethereum_keys) {
    const { secret, account, message, signature, seed } = vector;
    assert.equal(ethereumKeyMessage(rollup(vector)), message);
    const wallet = privateKeyToAccount(secret);
    assert.equal(wallet.address, account);
    assert.equal(await wallet.signMessage({ message }), signature);
    const rs = Buffer.from(signature.slice(2, 130), 'hex');
    const derived = Buffer.from(hkdfSync('sha256', rs, '', 'assay/ethereum-key', 32));
    assert.equal(`0x${derived.toString('hex')}`, seed);
    const texts: string[] = [];
    const sign = async (text: string) => (texts.push(text), signature);
    const found = await ethereumSeed(rollup(vector), account.toLowerCase(), sign);
    assert.equal(`0x${Buffer.from(found).toString('hex')}`, seed);
    assert.deepEqual(texts, [message, message]);
  }
});

test('every spelling of one signature gives one seed', async () => {
  const vector = vectors.ethereum_keys[0] as EthereumKey;
  const { account, signature, seed } = vector;
  const v = parseInt(signature.slice(130), 16);
  const low = `${signature.slice(0, 130)}0${v - 27}`;
  for (const spelled of [highOf(signature), low, signature.toUpperCase().replace('0X', '0x')]) {
    const found = await ethereumSeed(rollup(vector), account, async () => spelled);
    assert.equal(`0x${Buffer.from(found).toString('hex')}`, seed);
  }
});

test('a signature that is not the account’s own, or another each time, makes no key', async () => {
  const [vector, other] = vectors.ethereum_keys as [EthereumKey, EthereumKey];
  const { account, signature, message } = vector;
  const signing = (text: string) => ethereumSeed(rollup(vector), account, async () => text);
  await assert.rejects(signing('0x'), refused(/contract wallets/));
  await assert.rejects(signing(`${signature}00`), refused(/contract wallets/));
  await assert.rejects(signing('nonsense'), refused(/contract wallets/));
  await assert.rejects(signing(`0x${'00'.repeat(65)}`), refused(/not that of the account/));
  await assert.rejects(signing(`${signature.slice(0, 130)}ff`), refused(/not that of the account/));
  const foreign = await privateKeyToAccount(other.secret).signMessage({ message });
  await assert.rejects(signing(foreign), refused(/not that of the account/));
  // Of another rollup: nobody can be led to sign away the key of this one by it.
  await assert.rejects(
    ethereumSeed(rollup(other), account, async () => signature),
    refused(/not that of the account/),
  );

  // Another signature of the same key under the same text, with a nonce that is not RFC 6979's.
  const { secp256k1 } = await import('@noble/curves/secp256k1.js');
  const { hashMessage, hexToBytes } = await import('viem');
  const options = { prehash: false, format: 'recovered', extraEntropy: new Uint8Array(32).fill(7) } as const;
  const [bit = 0, ...rs] = secp256k1.sign(hexToBytes(hashMessage(message)), hexToBytes(vector.secret), options);
  const random = `0x${Buffer.from([...rs, 27 + bit]).toString('hex')}`;
  assert.notEqual(random, signature);
  const each = [signature, random];
  await assert.rejects(
    ethereumSeed(rollup(vector), account, async () => each.shift() ?? ''),
    refused(/in two ways/),
  );
});
