/** What is found to be left on the layer 1 after a freeze, with a contract that answers as it is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  SecretKey,
  creditCall,
  isClaimedCall,
  isEscapedCall,
  isRefundedCall,
  queueLinkCall,
  queuedTopics,
  rollupOf,
  standingCall,
  type ContractCall,
  type ExitPacket,
  type Hex,
  type L1EventLog,
} from '@assay/client';
import { CREDIT, findHoldings, nameOf, withBegun, type Holdings } from '../src/exit/holdings.js';

const rollup = rollupOf(31337, '0x948B3c65b89DF0B4894ABE91E6D02FE579834F8F');
const ACCOUNT = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const OTHER = '0x00000000000000000000000000000000000000b1';
const own = SecretKey.fromSeed(new Uint8Array(32).fill(1));
const stranger = SecretKey.fromSeed(new Uint8Array(32).fill(2));
const hex = (...words: (bigint | number)[]): Hex =>
  `0x${words.map((word) => word.toString(16).padStart(64, '0')).join('')}`;

const packet = {
  root: hex(1),
  accounts: [
    { index: 5, token: 0, balance: '100', nonce: 0, path: [] },
    { index: 6, token: 1, balance: '0', nonce: 0, path: [] },
    { index: 7, token: 2, balance: '30', nonce: 0, path: [] },
  ],
  claims: [
    {
      batch: 9,
      header: {},
      list: [8, 9, 10].map((amount) => ({ token: 0, amount: String(amount), receiver: OTHER, from: 5 })),
      which: [0, 2],
    },
  ],
} as unknown as ExitPacket;

/** The entry at a place in the queue: a deposit of so much for a key, or a forced withdrawal. */
function queued(index: number, refundTo: string, amount: number, key?: SecretKey): L1EventLog {
  const [topic] = queuedTopics(0, 0);
  const head = (key ? 3n << 244n : 5n << 244n) | (BigInt(amount) << 16n);
  const { x, y } = key?.publicKey ?? { x: BigInt(OTHER), y: 0n };
  const tail = (BigInt(refundTo) << 96n) | (7n << 48n) | 1n;
  return { address: rollup.contract, topics: [topic, hex(index)], data: hex(99, head, x, y, 0, 0, 0, tail) };
}

/** A contract where so many entries were queued, the first four taken by proved batches. */
function contract(end: number, yes: readonly ContractCall[], logs: readonly L1EventLog[] | undefined) {
  const asked: number[] = [];
  const standing = Array.from({ length: 14 }, () => 0n);
  [standing[6], standing[7], standing[10]] = [4n, BigInt(end), 1n];
  const read = async ({ data }: Pick<ContractCall, 'to' | 'data'>): Promise<Hex> => {
    if (data === standingCall(rollup).data) return hex(...standing);
    if (data === creditCall(rollup, ACCOUNT).data) return hex(12);
    const [link] = Array.from({ length: end }, (_, at) => at).filter(
      (at) => queueLinkCall(rollup, BigInt(at)).data === data,
    );
    if (link !== undefined) return hex(1000 + link);
    return hex(yes.some((call) => call.data === data) ? 1 : 0);
  };
  const told = async (_address: Hex, topics: readonly (Hex | readonly Hex[])[]) => {
    const places = topics[1] as readonly Hex[];
    asked.push(places.length);
    if (!logs) throw new Error('the range is too wide');
    return logs.filter(({ topics: [, place] }) => places.includes(place as Hex));
  };
  return { asked, layer1: { account: ACCOUNT as Hex, read, logs: told } };
}

const address = own.address('development');

test('what was paid is left out, and of the queue what is not the wallet’s or the account’s', async () => {
  const logs = [
    queued(4, OTHER, 50, own),
    queued(5, ACCOUNT, 60, stranger),
    queued(6, OTHER, 70, stranger),
    queued(7, ACCOUNT, 80),
    queued(8, ACCOUNT, 90, own),
  ];
  const paid = [isEscapedCall(rollup, 7), isClaimedCall(rollup, 9, 0), isRefundedCall(rollup, 8n)];
  const { layer1 } = contract(9, paid, logs);
  const found = await findHoldings({ rollup, layer1, packet, address });
  assert.deepEqual(
    found.accounts.map(({ index }) => index),
    [5],
  );
  assert.deepEqual(
    found.claims.map(({ of: { batch }, which, amount, receiver }) => [batch, which, amount, receiver]),
    [[9, 2, 10n, OTHER]],
  );
  assert.deepEqual(
    found.refunds?.map(({ entry, content, previousLink }) => [
      Number(entry.index),
      content.kind,
      content.amount,
      content.refundTo.toLowerCase(),
      previousLink,
    ]),
    [
      [4, 'deposit', 50n, OTHER, 1004n],
      [5, 'deposit', 60n, ACCOUNT.toLowerCase(), 1005n],
      [7, 'forced_withdrawal', 80n, ACCOUNT.toLowerCase(), 1007n],
    ],
  );
  assert.equal(found.refunds?.[0]?.content.feeWei, 8_000_000_000n);
  assert.equal(found.creditWei, 12n);
});

test('a long queue is asked for in parts', async () => {
  const logs = Array.from({ length: 250 }, (_, place) => queued(4 + place, OTHER, 1, stranger));
  const { layer1, asked } = contract(254, [], logs);
  assert.deepEqual((await findHoldings({ rollup, layer1, packet: undefined, address })).refunds, []);
  assert.deepEqual(asked, [100, 100, 50]);
});

test('a layer 1 that does not tell of all entries leaves open what comes back of them', async () => {
  for (const logs of [undefined, [], [queued(5, ACCOUNT, 60, own)]]) {
    const { layer1 } = contract(6, [], logs);
    const found = await findHoldings({ rollup, layer1, packet, address });
    assert.equal(found.refunds, undefined);
    assert.equal(found.accounts.length, 2);
  }
  const { layer1, asked } = contract(4, [], undefined);
  assert.deepEqual((await findHoldings({ rollup, layer1, packet, address })).refunds, []);
  assert.deepEqual(asked, []);
});

test('what was begun stays beside what is there now, and nothing else does', async () => {
  const all = contract(6, [], [queued(4, ACCOUNT, 1, own), queued(5, ACCOUNT, 2, own)]);
  const asked = { rollup, packet, address };
  const before = { ...(await findHoldings({ ...asked, layer1: all.layer1 })), creditWei: 7n };
  const none: Holdings = { accounts: [], claims: [], refunds: [], creditWei: 0n };
  const [account, claim, refund] = [before.accounts[1]!, before.claims[0]!, before.refunds![1]!];
  const begun = new Set([nameOf.account(account), nameOf.claim(claim), nameOf.refund(refund), CREDIT]);
  const shown = { accounts: [account], claims: [claim], refunds: [refund], creditWei: 7n };
  assert.deepEqual(withBegun(none, before, begun), shown);
  assert.deepEqual(withBegun(none, before, new Set()), none);
  // Nothing stands there twice, and what there is now is what counts.
  assert.deepEqual(withBegun({ ...before, creditWei: 8n }, before, begun), { ...before, creditWei: 8n });
  assert.equal(withBegun({ ...none, refunds: undefined }, before, begun).refunds, undefined);
});
