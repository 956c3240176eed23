/** What leaves a frozen rollup, against viem and the compiled contracts' interfaces. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  SecretKey,
  accountLeaf,
  claimsHash,
  decodeEscapeVerifier,
  decodeShapeVerifier,
  decodeVerifierKeyDigest,
  escapeCall,
  escapeMessage,
  escapeVerifierCall,
  exitPacket,
  isEscapedCall,
  orderMessage,
  rollupOf,
  rootOfPath,
  shapeCall,
  signEscape,
  toHex,
  verifierKeyCall,
  verifySignature,
  type AccountProof,
  type BatchDetail,
  type Hex,
} from '@assay/client';
import { encodeAbiParameters, encodeFunctionData, encodeFunctionResult, type Abi } from 'viem';

const abiOf = (name: string) => {
  const file = new URL(`../../../../l1-contracts-sim/contracts/artifacts/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { abi: Abi }).abi;
};
const abi = abiOf('Assay');
const rollup = rollupOf(31337, '0x948B3c65b89DF0B4894ABE91E6D02FE579834F8F');
const receiver = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const verifier = '0x5fbdb2315678afecb367f032d93f642f64180aa3';
const key = SecretKey.fromSeed(new Uint8Array(32).fill(9));
const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`;

test('an escape as the contract takes it', () => {
  const escape = { from: 77, token: 3, balance: 2n ** 100n, to: receiver };
  const proof: Hex = `0x${'ab'.repeat(256)}`;
  const args = [77, 3, 2n ** 100n, receiver, proof];
  assert.deepEqual(escapeCall(rollup, escape, proof), {
    to: rollup.contract,
    data: encodeFunctionData({ abi, functionName: 'escape', args }),
    value: 0n,
  });
  assert.equal(isEscapedCall(rollup, 77).data, encodeFunctionData({ abi, functionName: 'isEscaped', args: [77] }));
  for (const short of ['0x', proof.slice(0, -2)]) assert.throws(() => escapeCall(rollup, escape, short));
  assert.throws(() => escapeCall(rollup, { ...escape, from: 0 }, proof));
});

test('its signature is of nothing else', () => {
  const escape = { from: 77, token: 3, balance: 5n, to: receiver };
  const message = escapeMessage(escape, rollup);
  const signature = signEscape(escape, rollup, key);
  assert.equal(verifySignature(key.publicKey, message, signature), true);
  const others = [
    escapeMessage({ ...escape, to: verifier }, rollup),
    escapeMessage({ ...escape, balance: 6n }, rollup),
    escapeMessage(escape, rollupOf(31337, verifier)),
    orderMessage(
      { kind: 'withdrawal', from: 77, nonce: 0, token: 3, amount: 5n, fee: 0n, expires: 0, to: receiver },
      rollup,
    ),
  ];
  for (const other of others) assert.equal(verifySignature(key.publicKey, other, signature), false);
});

test('the contract’s keys by their digests', () => {
  const call = (functionName: string, ...args: unknown[]) => encodeFunctionData({ abi, functionName, args });
  assert.equal(shapeCall(rollup, 2).data, call('shapes', 2));
  assert.equal(escapeVerifierCall(rollup).data, call('escapeVerifier'));
  const ofVerifier = abiOf('Groth16Verifier');
  assert.deepEqual(verifierKeyCall(verifier), {
    to: verifier,
    data: encodeFunctionData({ abi: ofVerifier, functionName: 'key' }),
    value: 0n,
  });
  const shape = (address: string) =>
    encodeFunctionResult({ abi, functionName: 'shapes', result: [12, 6, 4, 1, false, address] });
  assert.equal(decodeShapeVerifier(shape(verifier)), verifier);
  assert.equal(decodeShapeVerifier(shape(`0x${'00'.repeat(20)}`)), undefined);
  assert.equal(decodeEscapeVerifier(encodeAbiParameters([{ type: 'address' }], [verifier])), verifier);
  assert.throws(() => decodeEscapeVerifier(word(0n)), { code: 'answer' });

  const words = Array.from({ length: 22 }, (_, at) => BigInt(at) ** 20n);
  const answer = encodeFunctionResult({ abi: ofVerifier, functionName: 'key', result: words });
  const bytes = Buffer.from(words.map((value) => word(value).slice(2)).join(''), 'hex');
  assert.equal(decodeVerifierKeyDigest(answer), `0x${createHash('sha256').update(bytes).digest('hex')}`);
  const longer = encodeFunctionResult({ abi: ofVerifier, functionName: 'key', result: Array(200).fill(1n) });
  const moved = `0x${'00'.repeat(31)}40${answer.slice(66)}` as const;
  const miscounted = `${answer.slice(0, 66)}${word(21n).slice(2)}${answer.slice(130)}` as Hex;
  for (const other of ['0x', answer.slice(0, -2), longer, moved, miscounted] as Hex[]) {
    assert.throws(() => decodeVerifierKeyDigest(other), other.slice(0, 140));
  }
});

const leafOf = (balance: bigint, { publicKey: owner } = key) => accountLeaf({ owner, token: 1, balance, nonce: 4 });

/** The proof of an account with made-up nodes beside its path; `beside` are the leaves next to its own. */
function proofOf(index: number, balance: bigint, owner = key, beside = [1n, 2n, 0n]): AccountProof {
  const { x, y } = owner.publicKey;
  const leaf = leafOf(balance, owner);
  const siblings = Array.from({ length: 12 }, (_, height) => (height === 0 ? beside : [1n, 2n, BigInt(height)]));
  const root = rootOfPath(index, leaf, siblings);
  return {
    ...{ index, batch: 8, root: word(root), leaf: leaf.toString(), owner: [x.toString(), y.toString()] },
    ...{ token: 1, balance: balance.toString(), nonce: 4 },
    siblings: siblings.map((level) => level.map(String)),
  };
}

test('a packet holds accounts that lead to its root, and their withdrawals', () => {
  const proof = proofOf(5, 70n);
  const places = { hash: null, queue_index: null };
  const claim = (which: number, from: number) => ({ which, token: 1, amount: '9', to: receiver, from, ...places });
  const claims = [claim(0, 5), claim(1, 6), claim(2, 5)];
  const list = claims.map(({ token, to, from }) => ({ token, amount: 9n, receiver: to, from }));
  const header = {
    ...{ commitment: word(1n), new_root: word(2n), claims_hash: claimsHash(list) },
    ...{ queue_end: 3, timestamp: 4, accounts: 5, shape: 1 },
  };
  const batch = { number: 7, stage: 'final', header, claims } as unknown as BatchDetail;
  const packet = exitPacket(rollup, [proof], [batch]);
  assert.deepEqual(Object.keys(packet), [
    ...['format', 'version', 'chain_id', 'contract', 'batch', 'root', 'owner', 'accounts', 'claims'],
  ]);
  assert.equal(packet.owner, key.address('development'));
  assert.equal(packet.accounts[0]?.path[3]?.[2], toHex(new Uint8Array(31).fill(0)) + '03');
  assert.deepEqual(
    packet.claims.map(({ batch: number, which }) => [number, which]),
    [[7, [0, 2]]],
  );
  // A batch that is not proved, and one without withdrawals of these accounts, add nothing.
  const [sealed, foreign] = [
    { ...batch, stage: 'sealed' },
    { ...batch, claims: [claim(0, 6)], header: { ...header, claims_hash: claimsHash([{ ...list[0]!, from: 6 }]) } },
  ] as BatchDetail[];
  assert.deepEqual(exitPacket(rollup, [proof], [sealed!, foreign!]).claims, []);

  // Accounts 5 and 6 of one tree; in the order of accounts and batches, whatever order the node gave them in.
  const six = proofOf(6, 8n, key, [1n, leafOf(70n), 0n]);
  const five = (owner = key) => proofOf(5, 70n, key, [1n, leafOf(8n, owner), 0n]);
  const both = exitPacket(rollup, [six, five()], [batch, { ...batch, number: 6 }]);
  assert.deepEqual(
    both.accounts.map(({ index, balance }) => [index, balance]),
    [
      [5, '70'],
      [6, '8'],
    ],
  );
  assert.deepEqual(
    both.claims.map(({ batch: number, which }) => [number, which]),
    [
      [6, [0, 1, 2]],
      [7, [0, 1, 2]],
    ],
  );
  const other = SecretKey.fromSeed(new Uint8Array(32).fill(8));
  const foreignSix = proofOf(6, 8n, other, [1n, leafOf(70n), 0n]);
  assert.throws(() => exitPacket(rollup, [five(other), foreignSix]), { code: 'proof_form' });
  const absent = { ...proof, owner: null, token: null, balance: null, nonce: null, leaf: '0' } as AccountProof;
  assert.throws(() => exitPacket(rollup, [absent]), { code: 'proof_form' });
  const loud = { ...batch, header: { ...header, claims_hash: `0x${header.claims_hash.slice(2).toUpperCase()}` } };
  assert.equal(exitPacket(rollup, [proof], [loud as BatchDetail]).claims.length, 1);
  const code = (expected: string) => ({ name: 'CheckError', code: expected });
  assert.throws(() => exitPacket(rollup, []), code('proof_form'));
  assert.throws(() => exitPacket(rollup, [{ ...proof, root: word(3n) }]), code('root'));
  assert.throws(() => exitPacket(rollup, [{ ...proof, balance: '71' }]), code('leaf'));
  assert.throws(() => exitPacket(rollup, [proof, { ...proofOf(6, 1n), batch: 9 }]), code('proof_form'));
  const changed = { ...batch, claims: claims.map((one) => ({ ...one, amount: '10' })) };
  assert.throws(() => exitPacket(rollup, [proof], [changed]), code('claims_hash'));
});
