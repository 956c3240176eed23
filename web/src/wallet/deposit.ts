/** What a deposit costs on the layer 1, and what it is made of. */
import {
  allowanceCall,
  approveCall,
  decodeInclusionFee,
  decodeNumber,
  depositCall,
  inclusionFeeCall,
  tokenBalanceCall,
  type ContractCall,
  type Rollup,
  type TokenView,
} from '@assay/client';
import type { Layer1 } from '../ethereum/layer1.js';

export interface DepositCosts {
  /** What the account has of the token, base units. */
  readonly balance: bigint;
  /** For a place in the queue, wei, with room for a base fee that rises; what is too much becomes a credit. */
  readonly queueWei: bigint;
  /** About what the gas costs now, wei; `undefined` where it cannot be told. */
  readonly gasWei: bigint | undefined;
}

/** The least by which what is before it in the queue makes a place dearer, wei. */
const QUEUE_STEP_WEI = 1_000_000_000n;

/**
 * A place in the queue costs by the base fee of its block, and by what waits before it: room for a base fee that is
 * higher by a half, which is nothing on a chain that asks nearly none, and for somebody else's entry.
 */
export async function queueFee(rollup: Rollup, layer1: Pick<Layer1, 'baseFee' | 'read'>): Promise<bigint> {
  const baseFee = await layer1.baseFee();
  const fee = decodeInclusionFee(await layer1.read(inclusionFeeCall(rollup, baseFee + baseFee / 2n)));
  return fee + QUEUE_STEP_WEI;
}

export async function depositCosts(
  rollup: Rollup,
  layer1: Layer1,
  { number, address }: TokenView,
  owner: string,
): Promise<DepositCosts> {
  const queueWei = await queueFee(rollup, layer1);
  const erc20 = number === 0 ? undefined : (address ?? undefined);
  const balance = await (erc20 === undefined
    ? layer1.balance()
    : layer1.read(tokenBalanceCall(erc20, layer1.account)).then(decodeNumber));
  const one = { owner, token: 0, amount: 1n, refundTo: layer1.account, feeWei: queueWei };
  const calls = [depositCall(rollup, one), ...(erc20 === undefined ? [] : [approveCall(rollup, erc20, 1n)])];
  const gas = await Promise.all(calls.map((call) => layer1.gasCost(call).catch(() => undefined)));
  const gasWei = gas.some((wei) => wei === undefined)
    ? undefined
    : gas.reduce<bigint>((sum, wei) => sum + (wei ?? 0n), 0n);
  return { balance, queueWei, gasWei };
}

/** The calls that let the contract take so much of a token: none, one, or two. */
export async function approvals(
  rollup: Rollup,
  layer1: Layer1,
  erc20: string,
  amount: bigint,
): Promise<ContractCall[]> {
  const allowed = decodeNumber(await layer1.read(allowanceCall(rollup, erc20, layer1.account)));
  if (allowed >= amount) return [];
  // Some tokens change what is allowed by way of nothing alone.
  const reset = allowed === 0n ? [] : [approveCall(rollup, erc20, 0n)];
  return [...reset, approveCall(rollup, erc20, amount)];
}
