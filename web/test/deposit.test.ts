/** What a deposit costs and is made of, on a layer 1 that is made up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SecretKey, approveCall, rollupOf, type ContractCall, type Hex } from '@assay/client';
import type { Layer1 } from '../src/ethereum/layer1.js';
import { approvals, depositCosts, queueFee } from '../src/wallet/deposit.js';

const rollup = rollupOf(31337, '0x948B3c65b89DF0B4894ABE91E6D02FE579834F8F');
const ACCOUNT = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const TOKEN = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
const owner = SecretKey.fromSeed(new Uint8Array(32).fill(9)).address('development');
const GWEI = 1_000_000_000n;
const words = (...numbers: bigint[]): Hex =>
  `0x${numbers.map((number) => number.toString(16).padStart(64, '0')).join('')}`;

interface Chain {
  readonly baseFee?: bigint;
  readonly allowed?: bigint;
  readonly gasCost?: (call: ContractCall) => Promise<bigint>;
}

/** A place in the queue costs two units of gas and 3 gwei for what waits; the account has 70 wei and 50 of the token. */
function layer1({ baseFee = 10n * GWEI, allowed = 0n, gasCost = async () => 5n }: Chain = {}): Layer1 {
  const read = async ({ to, data }: { to: Hex; data: Hex }) => {
    if (to === rollup.contract) return words(2n * BigInt(`0x${data.slice(10)}`), 3n * GWEI);
    assert.equal(to, TOKEN.toLowerCase());
    // `balanceOf(address)`; else `allowance(address,address)`.
    return words(data.startsWith('0x70a08231') ? 50n : allowed);
  };
  const made = { account: ACCOUNT, baseFee: async () => baseFee, balance: async () => 70n, read, gasCost };
  return made as unknown as Layer1;
}

test('a place in the queue has room for a base fee that rises, and for what somebody else puts before it', async () => {
  assert.equal(await queueFee(rollup, layer1()), 2n * 15n * GWEI + 3n * GWEI + GWEI);
  assert.equal(await queueFee(rollup, layer1({ baseFee: 0n })), 4n * GWEI);
});

test('costs are of ether, or of a token and of letting the contract take it', async () => {
  const token = { number: 2, address: TOKEN, name: null, symbol: null, decimals: null };
  const ether = { ...token, number: 0, address: null };
  const queueWei = 34n * GWEI;
  assert.deepEqual(await depositCosts(rollup, layer1(), ether, owner), { balance: 70n, queueWei, gasWei: 5n });
  assert.deepEqual(await depositCosts(rollup, layer1(), token, owner), { balance: 50n, queueWei, gasWei: 10n });
  // Of two that are needed one cannot be told.
  const gasCost = async ({ to }: ContractCall) => (to === rollup.contract ? Promise.reject(new Error('no')) : 5n);
  const { gasWei } = await depositCosts(rollup, layer1({ gasCost }), token, owner);
  assert.equal(gasWei, undefined);
});

test('as much is allowed as is deposited, by way of nothing where something else is', async () => {
  const wanted = approveCall(rollup, TOKEN, 9n);
  const cases: [bigint, ContractCall[]][] = [
    [0n, [wanted]],
    [8n, [approveCall(rollup, TOKEN, 0n), wanted]],
    [9n, []],
    [10n, []],
  ];
  for (const [allowed, calls] of cases) {
    assert.deepEqual(await approvals(rollup, layer1({ allowed }), TOKEN, 9n), calls, String(allowed));
  }
});
