/** `docs/spec/vectors.json`, which the node's own code is tested with as well. */
import assert from 'node:assert/strict';
import { hkdfSync, pbkdf2Sync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  AMOUNT,
  CheckError,
  FEE,
  InputError,
  SecretKey,
  batchHash,
  checkAccountProof,
  checkReceipt,
  checkReference,
  claimCall,
  claimsHash,
  compress,
  decodeFloat,
  decompress,
  encodeFloat,
  floorFloat,
  forceCall,
  forcedMessage,
  forcedUntil,
  forcedWords,
  formatAddress,
  formatSignature,
  fromOperation,
  orderMessage,
  packClaims,
  packOrder,
  parseAddress,
  parseSignature,
  poseidon,
  receiptMessage,
  referenceMessage,
  rollupOf,
  signForcedOrder,
  signOrder,
  signReference,
  toOperation,
  transactionHash,
  verifyOrder,
  verifySignature,
  type AccountProof,
  type BatchDetail,
  type ClaimView,
  type FloatFormat,
  type ForcedOrder,
  type Hex,
  type Network,
  type Receipt,
  type Reference,
  type Rollup,
  type SignatureView,
  type SignedOperation,
} from '@assay/client';
import { isMnemonic, newMnemonic, seedFromMnemonic } from '@assay/client/mnemonic';

type FloatName = 'fee' | 'amount';

interface Vectors {
  rollups: { chain_id: number; contract: string; network: Network; domain: string }[];
  keys: { seed: string; public_key: [string, string]; public: string; development: string }[];
  mnemonics: { words: string; passphrase: string; index: number; seed: string }[];
  invalid_addresses: { text: string; code: 'checksum' | 'prefix' | 'key' | 'nobody' }[];
  respelled_address: { text: string; of: string };
  floats: { format: FloatName; value: string; code: number }[];
  rounded_floats: { format: FloatName; value: string; below: string }[];
  invalid_floats: { format: FloatName; code: number }[];
  signatures: { seed: string; message: string; signature: SignatureView }[];
  orders: { rollup: number; seed: string; operation: SignedOperation; packed: string; message: string; hash: string }[];
  forced: {
    rollup: number;
    seed: string;
    order: {
      kind: ForcedOrder['kind'];
      from: number;
      nonce: number;
      token: number;
      to: string;
      to_account: number | null;
      amount: string;
      last: number;
    };
    message: string;
    words: string[];
    calldata: string;
  }[];
  receipts: { rollup: number; seed: string; message: string; receipt: Receipt }[];
  references: { rollup: number; seed: string; hash: string; message: string; reference: Reference }[];
  proofs: AccountProof[];
  batches: {
    number: number;
    header: BatchDetail['header'];
    claims: ClaimView[];
    parent: Hex;
    packed_claims: string;
    hash: string;
    calldata_of_last_claim: string | null;
  }[];
}

const repository = new URL('../../../../', import.meta.url);
const vectors = read('docs/spec/vectors.json') as Vectors;

function read(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, repository), 'utf8'));
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  assert.ok(found !== undefined);
  return found;
}

function keyOf(seed: string): SecretKey {
  return SecretKey.fromSeed(Uint8Array.from(Buffer.from(seed.replace('0x', ''), 'hex')));
}

function rollup(index: number): Rollup {
  const { chain_id, contract } = at(vectors.rollups, index);
  return rollupOf(chain_id, contract);
}

const formats: Record<FloatName, FloatFormat> = { fee: FEE, amount: AMOUNT };
const FIELD_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
const input = (code: string) => (error: unknown) => error instanceof InputError && error.code === code;
const check = (code: string) => (error: unknown) => error instanceof CheckError && error.code === code;

test('domains', () => {
  for (const { chain_id, contract, network, domain } of vectors.rollups) {
    const found = rollupOf(chain_id, contract.toLowerCase());
    assert.equal(found.domain.toString(), domain);
    assert.equal(found.network, network);
    assert.equal(found.contract, contract);
  }
});

test('seed to key to address', () => {
  for (const { seed, public_key, ...texts } of vectors.keys) {
    const key = keyOf(seed);
    assert.deepEqual([key.publicKey.x.toString(), key.publicKey.y.toString()], public_key);
    assert.deepEqual(decompress(compress(key.publicKey)), key.publicKey);
    for (const network of ['public', 'development'] as const) {
      assert.equal(key.address(network), texts[network]);
      assert.deepEqual(parseAddress(texts[network]), { network, owner: key.publicKey });
      assert.equal(formatAddress(parseAddress(texts[network].toUpperCase())), texts[network]);
    }
    assert.throws(() => parseAddress(texts.public, 'development'), input('wrong_network'));
  }
  assert.throws(() => SecretKey.fromSeed(new Uint8Array(31)), input('seed'));
  assert.doesNotMatch(
    JSON.stringify(keyOf(at(vectors.keys, 0).seed), (_, value) => String(value)),
    /prefix|scalar/,
  );
});

test('what is no address', () => {
  for (const { text, code } of vectors.invalid_addresses) {
    assert.throws(() => parseAddress(text), input(`address_${code}`), text);
  }
  const { text, of } = vectors.respelled_address;
  assert.throws(() => parseAddress(text), input('address_key'));
  assert.notEqual(text, of);
  assert.throws(() => parseAddress('0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'), input('address_is_l1'));
  // Every address with one letter changed.
  const valid = at(vectors.keys, 0).public;
  for (let place = 0; place < valid.length; place += 1) {
    const typo = valid.slice(0, place) + (valid.charAt(place) === 'q' ? 'p' : 'q') + valid.slice(place + 1);
    assert.throws(() => parseAddress(typo), InputError, typo);
  }
});

test('words to seed, against the platform', () => {
  for (const { words, passphrase, index, seed } of vectors.mnemonics) {
    assert.equal(Buffer.from(seedFromMnemonic(words, { passphrase, index })).toString('hex'), seed.slice(2));
    const bip39 = pbkdf2Sync(words, `mnemonic${passphrase}`, 2048, 64, 'sha512');
    const info = Buffer.concat([Buffer.from('key'), Buffer.from([0, 0, 0, index])]);
    const expected = hkdfSync('sha256', bip39, 'assay/mnemonic', info, 32);
    assert.equal(seed.slice(2), Buffer.from(expected).toString('hex'));
  }
  for (const count of [12, 24] as const) {
    const words = newMnemonic(count);
    assert.equal(words.split(' ').length, count);
    assert.ok(isMnemonic(words));
    assert.notEqual(newMnemonic(count), words);
  }
  assert.throws(() => seedFromMnemonic('abandon '.repeat(12).trim()), input('mnemonic'));
});

test('floats', () => {
  for (const { format, value, code } of vectors.floats) {
    assert.equal(encodeFloat(formats[format], BigInt(value)), BigInt(code));
    assert.equal(decodeFloat(formats[format], BigInt(code)), BigInt(value));
  }
  for (const { format, value, below } of vectors.rounded_floats) {
    assert.equal(floorFloat(formats[format], BigInt(value)), BigInt(below));
    const refused = (error: unknown) => error instanceof InputError && error.nearestBelow === BigInt(below);
    assert.throws(() => encodeFloat(formats[format], BigInt(value)), refused);
  }
  for (const { format, code } of vectors.invalid_floats) {
    assert.throws(() => decodeFloat(formats[format], BigInt(code)), input('float_code'));
  }
});

test('every fee code against the definition', () => {
  for (let code = 0; code < 1 << 16; code += 1) {
    const [mantissa, exponent] = [code % 2048, Math.floor(code / 2048)];
    const value = BigInt(mantissa) * BigInt(`1${'0'.repeat(exponent)}`);
    const valid = (exponent === 0 || 10 * mantissa >= 2048) && value < 2n ** 128n;
    if (valid) {
      assert.equal(decodeFloat(FEE, BigInt(code)), value);
      assert.equal(encodeFloat(FEE, value), BigInt(code));
    } else {
      assert.throws(() => decodeFloat(FEE, BigInt(code)), input('float_code'));
    }
  }
});

test('signatures', () => {
  for (const { seed, message, signature } of vectors.signatures) {
    const key = keyOf(seed);
    assert.deepEqual(formatSignature(key.sign(BigInt(message))), signature);
    const parsed = parseSignature(signature);
    assert.ok(verifySignature(key.publicKey, BigInt(message), parsed));
    // What is not exactly it.
    const other = keyOf(at(vectors.keys, seed === at(vectors.keys, 0).seed ? 1 : 0).seed);
    assert.ok(!verifySignature(other.publicKey, BigInt(message), parsed));
    assert.ok(!verifySignature(key.publicKey, BigInt(message) + 1n, parsed));
    assert.ok(!verifySignature(key.publicKey, BigInt(message), { ...parsed, s: parsed.s + 1n }));
    assert.ok(!verifySignature(key.publicKey, BigInt(message), { ...parsed, r8: key.publicKey }));
    assert.ok(!verifySignature(key.publicKey, BigInt(message), { ...parsed, r8: { x: 1n, y: 1n } }));
    const subgroup = 2736030358979909402780800718157159386076813972158567259200215660948447373041n;
    assert.ok(!verifySignature(key.publicKey, BigInt(message), { ...parsed, s: parsed.s + subgroup }));
    assert.throws(() => parseSignature({ ...signature, s: (parsed.s + subgroup).toString() }), InputError);
    assert.throws(() => parseSignature({ ...signature, s: `0${signature.s}` }), InputError);
  }
  const key = keyOf(at(vectors.keys, 0).seed);
  for (const outside of [-1n, FIELD_ORDER]) assert.throws(() => key.sign(outside), input('field_element'));
  // What stands for the same number modulo the orders is another spelling, and no signature.
  const [zero, subgroup] = [
    key.sign(0n),
    2736030358979909402780800718157159386076813972158567259200215660948447373041n,
  ];
  assert.ok(verifySignature(key.publicKey, 0n, zero));
  for (const message of [FIELD_ORDER, -FIELD_ORDER]) assert.ok(!verifySignature(key.publicKey, message, zero));
  for (const s of [zero.s - subgroup, subgroup]) assert.ok(!verifySignature(key.publicKey, 0n, { ...zero, s }));
  const { r8, s } = formatSignature(zero);
  for (const point of [[], r8.slice(1), [...r8, '0']]) {
    assert.throws(() => parseSignature({ r8: point as SignatureView['r8'], s }), input('signature'));
  }
  // Under the identity, S = 0 and R8 = the identity would fulfil the equation.
  const identity = { x: 0n, y: 1n };
  assert.ok(!verifySignature(identity, 5n, { r8: identity, s: 0n }));
});

test('hashes, keys and signatures of circomlibjs', () => {
  const oracle = read('circuits/tests/vectors/circomlibjs.json') as {
    hashes: { inputs: string[]; hash: string }[];
    signatures: { seed: string; public_key: string[]; compressed: string; message: string; signature: SignatureView }[];
  };
  for (const { inputs, hash } of oracle.hashes) assert.equal(poseidon(inputs.map(BigInt)).toString(), hash);
  for (const { seed, public_key, compressed, message, signature } of oracle.signatures) {
    const key = keyOf(seed);
    assert.deepEqual([key.publicKey.x.toString(), key.publicKey.y.toString()], public_key);
    assert.equal(Buffer.from(compress(key.publicKey)).toString('hex'), compressed);
    assert.deepEqual(formatSignature(key.sign(BigInt(message))), signature);
  }
  assert.ok(oracle.hashes.length > 16 && oracle.signatures.length > 4);
});

test('orders from JSON that are none', () => {
  const { operation } = at(vectors.orders, 0);
  const wrong = [
    [{ from: 0 }, 'account_index'],
    [{ expires: 2 ** 32 }, 'out_of_range'],
    [{ amount: '-1' }, 'amount_syntax'],
  ] as const;
  for (const [change, code] of wrong) {
    assert.throws(() => fromOperation({ ...operation, ...change }, rollup(0)), input(code), code);
  }
});

test('messages, signatures and hashes of orders', () => {
  for (const { rollup: index, seed, operation, packed, message, hash } of vectors.orders) {
    const [here, key] = [rollup(index), keyOf(seed)];
    const signed = fromOperation(operation, here);
    assert.equal(packOrder(signed.order, here).toString(), packed);
    assert.equal(orderMessage(signed.order, here).toString(), message);
    assert.deepEqual(toOperation(signOrder(signed.order, here, key)), operation);
    assert.equal(transactionHash(signed, here), hash);
    assert.ok(verifyOrder(signed, here, key.publicKey));
    const dearer = { ...signed, order: { ...signed.order, fee: signed.order.fee === 0n ? 1n : 0n } };
    assert.ok(!verifyOrder(dearer, here, key.publicKey));
  }
});

test('orders that no node would take', () => {
  const { order } = fromOperation(at(vectors.orders, 0).operation, rollup(0));
  const wrong = [
    [{ from: 0 }, 'account_index'],
    [{ from: 2 ** 24 }, 'account_index'],
    [{ nonce: 2 ** 32 }, 'out_of_range'],
    [{ from: 1.5 }, 'account_index'],
    [{ nonce: 1.5 }, 'out_of_range'],
    [{ token: 65536 }, 'out_of_range'],
    [{ expires: -1 }, 'out_of_range'],
    [{ amount: 34_359_738_369n }, 'not_representable'],
    [{ amount: 1n << 128n }, 'out_of_range'],
    [{ fee: 2049n }, 'not_representable'],
    [{ to: at(vectors.keys, 0).public }, 'wrong_network'],
  ] as const;
  for (const [change, code] of wrong) {
    assert.throws(() => orderMessage({ ...order, ...change }, rollup(0)), input(code), code);
  }
  const withdrawal = { ...order, kind: 'withdrawal', to: '0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed' } as const;
  assert.throws(() => orderMessage(withdrawal, rollup(0)), input('l1_address_checksum'));
});

test('forced orders', () => {
  for (const { rollup: index, seed, order, message, words, calldata } of vectors.forced) {
    const [here, key] = [rollup(index), keyOf(seed)];
    const { to_account: toAccount, kind, amount, ...rest } = order;
    const fields = { ...rest, amount: BigInt(amount) };
    const forced: ForcedOrder =
      kind === 'forced_transfer' ? { ...fields, kind, toAccount: toAccount ?? 0 } : { ...fields, kind };
    assert.equal(forcedMessage(forced, here).toString(), message);
    const signed = signForcedOrder(forced, here, key);
    assert.deepEqual(forcedWords(signed, here).map(String), words);
    assert.ok(verifySignature(key.publicKey, BigInt(message), signed.signature));
    const fee = { refundTo: '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed', feeWei: 9n };
    assert.deepEqual(forceCall(here, signed, fee), { to: here.contract, data: calldata, value: 9n });
    const nothing = { ...signed, order: { ...forced, amount: 0n } };
    assert.throws(() => forceCall(here, nothing, fee), input('out_of_range'));
    assert.throws(() => forcedMessage({ ...forced, last: 65536 }, here), input('out_of_range'));
  }
  assert.equal(forcedUntil(27313 * 65536 + 5), 27313);
});

const upper = (hash: string) => `0x${hash.slice(2).toUpperCase()}`;

test('references', () => {
  for (const { rollup: index, seed, hash, message, reference } of vectors.references) {
    const [here, key] = [rollup(index), keyOf(seed)];
    assert.equal(referenceMessage(here, hash, reference.text).toString(), message);
    assert.deepEqual(signReference(here, hash, reference.text, key), reference);
    checkReference(reference, here, hash, key.publicKey);
  }
});

test('receipts', () => {
  for (const { rollup: index, seed, message, receipt } of vectors.receipts) {
    const [here, key] = [rollup(index), keyOf(seed)];
    assert.equal(receiptMessage(here, receipt.hash, receipt.received_ms).toString(), message);
    assert.deepEqual(formatSignature(key.sign(BigInt(message))), receipt.signature);
    const expected = { rollup: here, hash: receipt.hash, operator: receipt.operator };
    checkReceipt(receipt, expected);
    const other = keyOf(at(vectors.keys, 0).seed).address(here.network);
    assert.throws(() => checkReceipt(receipt, { ...expected, operator: other }), check('operator'));
    assert.throws(() => checkReceipt(receipt, { ...expected, hash: `0x${'00'.repeat(32)}` }), check('receipt_hash'));
    checkReceipt({ ...receipt, hash: upper(receipt.hash) }, expected);
    checkReceipt(receipt, { ...expected, hash: upper(receipt.hash) });
    // Points of the curve that have one coordinate of the operator's.
    const { x, y } = parseAddress(receipt.operator).owner;
    for (const owner of [
      { x: FIELD_ORDER - x, y },
      { x, y: FIELD_ORDER - y },
    ]) {
      const operator = formatAddress({ network: here.network, owner });
      assert.throws(() => checkReceipt(receipt, { ...expected, operator }), check('operator'));
    }
    const later = { ...receipt, received_ms: receipt.received_ms + 1 };
    assert.throws(() => checkReceipt(later, expected), check('signature'));
  }
});

test('leaves and their paths', () => {
  for (const proof of vectors.proofs) {
    const root = proof.root as Hex;
    const { index, account } = checkAccountProof(proof, root);
    assert.equal(index, proof.index);
    assert.equal(account?.balance.toString() ?? null, proof.balance);
    assert.throws(() => checkAccountProof(proof, `0x${'00'.repeat(32)}`), check('root'));
    assert.throws(() => checkAccountProof({ ...proof, index: proof.index ^ 1 }, root), check('root'));
    assert.throws(() => checkAccountProof({ ...proof, siblings: proof.siblings.slice(1) }, root), check('proof_form'));
    assert.throws(() => checkAccountProof({ ...proof, leaf: '1' }, root), check('leaf'));
    const half = proof.owner ? { ...proof, owner: null } : { ...proof, balance: '1' };
    assert.throws(() => checkAccountProof(half, root), check('proof_form'));
    if (account) {
      const richer = { ...proof, balance: (account.balance ^ 1n).toString() };
      assert.throws(() => checkAccountProof(richer, root), check('leaf'));
    }
  }
});

test('claims', () => {
  for (const { header, claims, parent, packed_claims, hash, calldata_of_last_claim, number } of vectors.batches) {
    const list = claims.map(({ token, amount, to, from }) => ({ token, amount: BigInt(amount), receiver: to, from }));
    assert.equal(`0x${Buffer.from(packClaims(list)).toString('hex')}`, packed_claims);
    assert.equal(claimsHash(list), header.claims_hash);
    assert.equal(batchHash(parent, header), hash);
    const batch = { number, header, claims } as unknown as BatchDetail;
    if (calldata_of_last_claim === null) {
      assert.throws(() => claimCall(rollup(1), batch, { which: 0 }), check('unknown_claim'));
      continue;
    }
    assert.equal(claimCall(rollup(1), batch, { which: claims.length - 1 }).data, calldata_of_last_claim);
    const loud = { ...batch, header: { ...header, claims_hash: upper(header.claims_hash) } } as BatchDetail;
    assert.equal(claimCall(rollup(1), loud, { which: claims.length - 1 }).data, calldata_of_last_claim);
    const forged = { ...batch, claims: claims.map((claim) => ({ ...claim, amount: '1' })) };
    assert.throws(() => claimCall(rollup(1), forged, { which: 0 }), check('claims_hash'));
  }
});
