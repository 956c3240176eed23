/** What goes into an exit packet, by a node that is made up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  SecretKey,
  accountLeaf,
  claimsHash,
  rollupOf,
  rootOfPath,
  type AccountProof,
  type BatchDetail,
  type NodeClient,
} from '@assay/client';
import { Packets, makePacket } from '../src/exit/packets.js';

const rollup = rollupOf(31337, '0x948B3c65b89DF0B4894ABE91E6D02FE579834F8F');
const receiver = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const key = SecretKey.fromSeed(new Uint8Array(32).fill(9));
const address = key.address(rollup.network);
const INDEX = 5;
const word = (value: bigint) => `0x${value.toString(16).padStart(64, '0')}`;

function proofAfter(batch: number): AccountProof {
  const { x, y } = key.publicKey;
  const leaf = accountLeaf({ owner: { x, y }, token: 0, balance: 70n, nonce: 4 });
  const siblings = Array.from({ length: 12 }, () => [1n, 2n, 3n]);
  return {
    ...{ index: INDEX, batch, root: word(rootOfPath(INDEX, leaf, siblings)), leaf: leaf.toString() },
    ...{ owner: [x.toString(), y.toString()], token: 0, balance: '70', nonce: 4 },
    siblings: siblings.map((level) => level.map(String)),
  };
}

function batchWithClaim(number: number): BatchDetail {
  const claim = { which: 0, token: 0, amount: String(number), to: receiver, from: INDEX };
  const list = [{ token: 0, amount: BigInt(number), receiver, from: INDEX }];
  const header = {
    ...{ commitment: word(1n), new_root: word(2n), claims_hash: claimsHash(list) },
    ...{ queue_end: 3, timestamp: 4, accounts: 5, shape: 1 },
  };
  return { number, stage: 'proved', header, claims: [claim] } as unknown as BatchDetail;
}

/** A node with one account, whose withdrawals are in these batches, on pages of two. */
function nodeOf(last: number, withdrawals: readonly number[], asked: number[] = []) {
  const all = [...withdrawals].sort((a, b) => b - a);
  const node = {
    accounts: async () => [
      { index: INDEX, proved_balance: '70' },
      { index: 9, proved_balance: null },
    ],
    accountProof: async () => proofAfter(last),
    payments: async (_: number, { before }: { before?: string }) => {
      const start = Number(before ?? 0);
      const payments = all.slice(start, start + 2).map((batch) => ({ kind: 'withdrawal', stage: 'proved', batch }));
      return { payments, next_before: start + 2 < all.length ? String(start + 2) : null };
    },
    batch: async (number: number) => {
      asked.push(number);
      return batchWithClaim(number);
    },
  };
  return node as unknown as NodeClient;
}

test('withdrawals are found page by page, and the older packet’s stay', async () => {
  const first = await makePacket(nodeOf(12, [3, 5, 7, 9, 11]), rollup, address, undefined);
  assert.deepEqual(
    first?.claims.map(({ batch }) => batch),
    [3, 5, 7, 9, 11],
  );
  assert.deepEqual(
    first?.accounts.map(({ index }) => index),
    [INDEX],
  );

  // Far later: what is settled is not asked for again, and the node may not even tell of it.
  const asked: number[] = [];
  const older = { ...first!, batch: 100 };
  const later = await makePacket(nodeOf(100, [7, 90], asked), rollup, address, older);
  assert.deepEqual(
    later?.claims.map(({ batch }) => batch),
    [3, 5, 7, 9, 11, 90],
  );
  assert.deepEqual(asked, [90]);

  // The last batch that is settled is the older packet's, and the next is the node's.
  const edge = { ...first!, batch: 100, claims: [{ ...first!.claims[0]!, batch: 36 }] };
  asked.length = 0;
  const beyond = await makePacket(nodeOf(101, [36, 37], asked), rollup, address, edge);
  assert.deepEqual(
    beyond?.claims.map(({ batch }) => batch),
    [36, 37],
  );
  assert.deepEqual(asked, [37]);

  // Within reach of a reorganisation the node's word counts, and a claim that it no longer tells of is gone.
  const young = { ...first!, batch: 12 };
  const again = await makePacket(nodeOf(13, [3, 12]), rollup, address, young);
  assert.deepEqual(
    again?.claims.map(({ batch }) => batch),
    [3, 12],
  );
});

test('paths after different batches are asked for again, and not for ever', async () => {
  const own = [4, 5].map((index) => ({ index, proved_balance: '70' }));
  let calls = 0;
  const moving = { ...nodeOf(1, []), accounts: async () => own, accountProof: async () => proofAfter((calls += 1)) };
  const refused = makePacket(moving as unknown as NodeClient, rollup, address, undefined);
  await assert.rejects(refused, /batches are proved faster/);
  assert.equal(calls, 10);
});

test('who has nothing in a proved batch has no packet', async () => {
  const node = { ...nodeOf(1, []), accounts: async () => [] } as unknown as NodeClient;
  assert.equal(await makePacket(node, rollup, address, undefined), undefined);
});

test('a history is looked through so far and no further', async () => {
  let pages = 0;
  const payments = async () => ({ payments: [], next_before: String((pages += 1)) });
  const node = { ...nodeOf(1, []), payments } as unknown as NodeClient;
  assert.deepEqual((await makePacket(node, rollup, address, undefined))?.claims, []);
  assert.equal(pages, 10);
});

test('a packet is kept by rollup and address, and what is none is not taken for one', async () => {
  const held = new Map<string, string>();
  const store = {
    getItem: (name: string) => held.get(name) ?? null,
    setItem: (name: string, text: string) => void held.set(name, text),
    removeItem: (name: string) => void held.delete(name),
  };
  const packet = await makePacket(nodeOf(12, [3]), rollup, address, undefined);
  const packets = new Packets(store, '1', address);
  assert.equal(packets.read(), undefined);
  packets.write(packet!);
  assert.deepEqual(packets.read(), packet);
  assert.equal(new Packets(store, '2', address).read(), undefined);
  const [name = ''] = held.keys();
  for (const other of [{ ...packet, format: 'x' }, { ...packet, version: 2 }, null]) {
    held.set(name, JSON.stringify(other));
    assert.equal(packets.read(), undefined);
  }
  held.set(name, '{');
  assert.equal(packets.read(), undefined);
  packets.clear();
  assert.equal(held.size, 0);
});
