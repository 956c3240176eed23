// Writes docs/spec/vectors.json: what the functions of this package give for the inputs below. A Rust test
// (tests/vectors.rs) works the same out with the node's code, so neither side is believed alone.
import { writeFile } from 'node:fs/promises';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bech32m } from '@scure/base';
import {
  AMOUNT,
  FEE,
  SecretKey,
  accountLeaf,
  batchHash,
  claimCall,
  claimsHash,
  compress,
  decodeFloat,
  encodeFloat,
  ethereumKeyMessage,
  ethereumSeed,
  floorFloat,
  forceCall,
  forcedMessage,
  forcedWords,
  formatL1Address,
  formatSignature,
  orderMessage,
  packClaims,
  packOrder,
  poseidon,
  receiptMessage,
  referenceMessage,
  rollupOf,
  signForcedOrder,
  signOrder,
  signReference,
  toOperation,
  transactionHash,
} from '@assay/client';
import { seedFromMnemonic } from '@assay/client/mnemonic';
import { keyFileVectors } from './key-file-vectors.mjs';

const hex = (bytes) => `0x${Buffer.from(bytes).toString('hex')}`;
const decimals = ({ x, y }) => [x.toString(), y.toString()];
const keyOf = (seed) => SecretKey.fromSeed(Uint8Array.from(Buffer.from(seed.slice(2), 'hex')));

const SEEDS = [`0x${'00'.repeat(32)}`, `0x${'0102030405060708'.repeat(4)}`, `0x${'ff'.repeat(32)}`];
const CONTRACT = '0x948B3c65b89DF0B4894ABE91E6D02FE579834F8F';
const RECEIVER = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const ROLLUPS = [
  { chain_id: 31337, contract: CONTRACT },
  { chain_id: 1, contract: CONTRACT },
];
const FIELD_LAST = '21888242871839275222246405745257275088548364400416034343698204186575808495616';

const keys = SEEDS.map((seed) => {
  const key = keyOf(seed);
  return {
    seed,
    public_key: decimals(key.publicKey),
    public: key.address('public'),
    development: key.address('development'),
  };
});

const bytesWith = (first, last = 0) =>
  Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? first : at === 31 ? last : 0));
const spelled = (prefix, bytes) => bech32m.encode(prefix, bech32m.toWords(bytes));
// A last group whose bits behind the 32 bytes are not 0 is another spelling of the same key.
const respelled = (() => {
  const words = bech32m.toWords(compress(keyOf(SEEDS[1]).publicKey));
  words[words.length - 1] |= 1;
  return bech32m.encode('assay', words);
})();
const invalid_addresses = [
  { text: `${keys[1].public.slice(0, -1)}${keys[1].public.endsWith('q') ? 'p' : 'q'}`, code: 'checksum' },
  { text: keys[1].public.toUpperCase().replace('ASSAY', 'assay'), code: 'checksum' },
  { text: '', code: 'checksum' },
  { text: spelled('assayx', compress(keyOf(SEEDS[1]).publicKey)), code: 'prefix' },
  { text: spelled('assay', bytesWith(2)), code: 'key', why: 'no point of the curve has y = 2' },
  { text: spelled('assay', bytesWith(1, 0x80)), code: 'key', why: 'the sign of x = 0' },
  { text: spelled('assay', new Uint8Array(32).fill(0xff)), code: 'key', why: 'y is not below r' },
  { text: spelled('assay', bytesWith(2).slice(1)), code: 'key', why: '31 bytes' },
  { text: spelled('assay', bytesWith(1)), code: 'nobody', why: 'the identity' },
  { text: spelled('assay', bytesWith(0)), code: 'nobody', why: 'order 4' },
];

const floats = [
  ['fee', 0n],
  ['fee', 2047n],
  ['fee', 2050n],
  ['fee', 1_000_000_000_000n],
  ['fee', 1700n * 10n ** 31n],
  ['amount', 1n],
  ['amount', 34_359_738_367n],
  ['amount', 34_359_738_370n],
  ['amount', 1_500_000_000_000_000_000n],
].map(([format, value]) => ({
  format,
  value: value.toString(),
  code: Number(encodeFloat(format === 'fee' ? FEE : AMOUNT, value)),
}));
const rounded_floats = [
  ['fee', 2049n],
  ['fee', 123_456_789n],
  ['amount', 34_359_738_369n],
  ['amount', (1n << 128n) - 1n],
].map(([format, value]) => ({
  format,
  value: value.toString(),
  below: floorFloat(format === 'fee' ? FEE : AMOUNT, value).toString(),
}));
const invalid_floats = [
  ['fee', (1 << 11) | 204],
  ['fee', 1 << 16],
  ['amount', 31 * 2 ** 35 + 2 ** 35 - 1],
].map(([format, code]) => ({ format, code }));
for (const { format, code } of floats) decodeFloat(format === 'fee' ? FEE : AMOUNT, BigInt(code));

const messages = ['0', '1', FIELD_LAST];
const signatures = messages.map((message, at) => {
  const seed = SEEDS[at];
  return { seed, message, signature: formatSignature(keyOf(seed).sign(BigInt(message))) };
});

const LARGEST = { from: 2 ** 24 - 1, nonce: 2 ** 32 - 2, token: 65535, expires: 2 ** 32 - 1 };
const orders = [
  [
    0,
    'transfer',
    {
      from: 12,
      nonce: 3,
      token: 0,
      to: keys[1].development,
      amount: 1_500_000_000_000_000_000n,
      fee: 1_000_000_000_000n,
      expires: 1_790_000_000,
    },
  ],
  [
    1,
    'transfer',
    {
      ...LARGEST,
      to: keys[2].public,
      amount: floorFloat(AMOUNT, (1n << 128n) - 1n),
      fee: floorFloat(FEE, (1n << 128n) - 1n),
    },
  ],
  [0, 'withdrawal', { from: 1, nonce: 0, token: 1, to: RECEIVER, amount: 1n, fee: 0n, expires: 0 }],
  [1, 'withdrawal', { ...LARGEST, to: RECEIVER, amount: (1n << 128n) - 1n, fee: 2050n }],
].map(([at, kind, fields]) => {
  const rollup = rollupOf(ROLLUPS[at].chain_id, ROLLUPS[at].contract);
  const order = { kind, ...fields };
  const signed = signOrder(order, rollup, keyOf(SEEDS[0]));
  return {
    rollup: at,
    seed: SEEDS[0],
    operation: toOperation(signed),
    packed: packOrder(order, rollup).toString(),
    message: orderMessage(order, rollup).toString(),
    hash: transactionHash(signed, rollup),
  };
});

const forced = [
  [
    0,
    {
      kind: 'forced_transfer',
      from: 12,
      nonce: 65538,
      token: 1,
      to: keys[1].development,
      toAccount: 300,
      amount: 34_359_738_369n,
      last: 27313,
    },
  ],
  [
    1,
    {
      kind: 'forced_withdrawal',
      from: 2 ** 24 - 1,
      nonce: 2 ** 32 - 2,
      token: 65535,
      to: RECEIVER,
      amount: (1n << 128n) - 1n,
      last: 65535,
    },
  ],
].map(([at, order]) => {
  const rollup = rollupOf(ROLLUPS[at].chain_id, ROLLUPS[at].contract);
  const signed = signForcedOrder(order, rollup, keyOf(SEEDS[0]));
  const { toAccount, ...fields } = order;
  return {
    rollup: at,
    seed: SEEDS[0],
    order: { ...fields, to_account: toAccount ?? null, amount: order.amount.toString() },
    message: forcedMessage(order, rollup).toString(),
    words: forcedWords(signed, rollup).map(String),
    calldata: forceCall(rollup, signed, { refundTo: RECEIVER, feeWei: 0n }).data,
  };
});

const receipts = orders.map(({ rollup: at, hash }, order) => {
  const rollup = rollupOf(ROLLUPS[at].chain_id, ROLLUPS[at].contract);
  const received_ms = 1_790_000_000_000 + order;
  const message = receiptMessage(rollup, hash, received_ms);
  const key = keyOf(SEEDS[2]);
  const receipt = {
    hash,
    received_ms,
    operator: key.address(rollup.network),
    signature: formatSignature(key.sign(message)),
  };
  return { rollup: at, seed: SEEDS[2], message: message.toString(), receipt };
});

const references = ['invoice 17', 'Rechnung 17, März', '請求書', '😀'.repeat(140)].map((text, at) => {
  const { rollup: index, seed, hash } = orders[at];
  const rollup = rollupOf(ROLLUPS[index].chain_id, ROLLUPS[index].contract);
  const message = referenceMessage(rollup, hash, text).toString();
  return { rollup: index, seed, hash, message, reference: signReference(rollup, hash, text, keyOf(seed)) };
});

const accounts = [
  { index: 1, owner: keyOf(SEEDS[0]).publicKey, token: 0, balance: 0n, nonce: 0 },
  { index: 2, owner: keyOf(SEEDS[1]).publicKey, token: 1, balance: 1_500_000n, nonce: 7 },
  {
    index: 2 ** 24 - 1,
    owner: keyOf(SEEDS[2]).publicKey,
    token: 65535,
    balance: (1n << 128n) - 1n,
    nonce: 2 ** 32 - 1,
  },
];
// The whole tree, level by level, with what is empty hashed once.
const levels = [new Map(accounts.map((account) => [account.index, accountLeaf(account)]))];
const empty = [0n];
for (let height = 0; height < 12; height += 1) {
  const node = (index) => levels[height].get(index) ?? empty[height];
  const parents = new Set([...levels[height].keys()].map((index) => index >>> 2));
  levels.push(new Map([...parents].map((at) => [at, poseidon([0, 1, 2, 3].map((child) => node(4 * at + child)))])));
  empty.push(poseidon(Array(4).fill(empty[height])));
}
const root = hex(Buffer.from(levels[12].get(0).toString(16).padStart(64, '0'), 'hex'));
const pathOf = (index) =>
  levels.slice(0, 12).map((level, height) => {
    const at = index >>> (2 * height);
    const beside = [0, 1, 2, 3].map((child) => (at & ~3) + child).filter((other) => other !== at);
    return beside.map((other) => (level.get(other) ?? empty[height]).toString());
  });
const proofOf = (index, account) => ({
  ...{ batch: 1, root, index },
  owner: account ? decimals(account.owner) : null,
  token: account?.token ?? null,
  balance: account?.balance.toString() ?? null,
  nonce: account?.nonce ?? null,
  leaf: (account ? accountLeaf(account) : 0n).toString(),
  siblings: pathOf(index),
});
const proofs = [...accounts.map((account) => proofOf(account.index, account)), proofOf(3, undefined)];

const claims = [
  { which: 0, token: 0, amount: '250000000000000000', to: RECEIVER, from: 2, hash: orders[2].hash, queue_index: null },
  { which: 1, token: 65535, amount: ((1n << 128n) - 1n).toString(), to: CONTRACT, from: 0, hash: null, queue_index: 5 },
];
const asClaim = ({ token, amount, to, from }) => ({ token, amount: BigInt(amount), receiver: to, from });
const batches = [claims, claims.slice(0, 1), []].map((list, at) => {
  const header = {
    commitment: hex(new Uint8Array(32).fill(at + 1)),
    new_root: root,
    claims_hash: claimsHash(list.map(asClaim)),
    ...{ queue_end: 6, timestamp: 1_790_000_000, accounts: 4, shape: 1 },
  };
  const parent = hex(new Uint8Array(32).fill(0xaa));
  const batch = { number: 7 + at, header, claims: list };
  const call = list.length === 0 ? null : claimCall(rollupOf(1, CONTRACT), batch, { which: list.length - 1 }).data;
  return {
    ...batch,
    parent,
    packed_claims: hex(packClaims(list.map(asClaim))),
    hash: batchHash(parent, header),
    calldata_of_last_claim: call,
  };
});

const WORDS = 'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about';
const mnemonics = [
  ['', 0],
  ['', 1],
  ['TREZOR', 0],
].map(([passphrase, index]) => ({
  ...{ words: WORDS, passphrase, index },
  seed: hex(seedFromMnemonic(WORDS, { passphrase, index })),
}));

// Each key signs the message of one rollup, as a wallet does by `personal_sign`.
const ethereum_keys = await Promise.all(
  ['4c'.repeat(32), '0123456789abcdef'.repeat(4)].map(async (digits, at) => {
    const secret = Uint8Array.from(Buffer.from(digits, 'hex'));
    const rollup = rollupOf(ROLLUPS[at].chain_id, ROLLUPS[at].contract);
    const message = ethereumKeyMessage(rollup);
    const signed = Buffer.from(`\x19Ethereum Signed Message:\n${Buffer.byteLength(message)}${message}`);
    const options = { prehash: false, format: 'recovered' };
    const [bit, ...rs] = secp256k1.sign(keccak_256(signed), secret, options);
    const signature = hex([...rs, 27 + bit]);
    const account = formatL1Address(keccak_256(secp256k1.getPublicKey(secret, false).subarray(1)).subarray(12));
    const seed = await ethereumSeed(rollup, account, async () => signature);
    return { rollup: at, secret: hex(secret), account, message, signature, seed: hex(seed) };
  }),
);

const rollups = ROLLUPS.map((given) => {
  const { network, domain } = rollupOf(given.chain_id, given.contract);
  return { ...given, network, domain: domain.toString() };
});
const vectors = {
  ...{ format: 'assay-vectors', version: 1 },
  ...{ rollups, keys, mnemonics, ethereum_keys, ...keyFileVectors(keys) },
  ...{ invalid_addresses, respelled_address: { text: respelled, of: keys[1].public } },
  ...{ floats, rounded_floats, invalid_floats, signatures, orders, forced, receipts, references, proofs, batches },
};
await writeFile(new URL('../../../docs/spec/vectors.json', import.meta.url), `${JSON.stringify(vectors, null, 1)}\n`);
