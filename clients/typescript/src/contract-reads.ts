/** What the contract and its tokens are asked by `eth_call`, and what small things they are told. */
import { concatBytes } from '@noble/hashes/utils.js';
import { parseL1Address } from './address.js';
import { fromBytes, fromHex, toHex, toWord, unsigned, type Hex } from './bytes.js';
import { selector, type ContractCall } from './contract.js';
import { CheckError } from './errors.js';
import type { Rollup } from './rollup.js';

/** Whether a claim of a proved batch was paid: {@link decodeFlag}. */
export function isClaimedCall({ contract }: Rollup, batch: number, which: number): ContractCall {
  const words = [unsigned(batch, 64, 'the batch'), unsigned(which, 16, "the claim's number")];
  return call(contract, 'isClaimed(uint64,uint16)', words);
}

/** When an entry of the queue must be in a proved batch, Unix seconds: {@link decodeNumber}. */
export function queueDueCall({ contract }: Rollup, index: number | bigint): ContractCall {
  return call(contract, 'queueDue(uint64)', [unsigned(index, 64, 'the place in the queue')]);
}

/** What an account of the layer 1 paid too much to the queue, wei: {@link decodeNumber}. */
export function creditCall({ contract }: Rollup, account: string): ContractCall {
  return call(contract, 'credits(address)', [addressWord(account)]);
}

/** Pays the credit of whoever sends it. */
export function withdrawCreditCall({ contract }: Rollup, to: string): ContractCall {
  return call(contract, 'withdrawCredit(address)', [addressWord(to)]);
}

/** What an account of the layer 1 has of an ERC-20 token: {@link decodeNumber}. */
export function tokenBalanceCall(token: string, account: string): ContractCall {
  return call(token, 'balanceOf(address)', [addressWord(account)]);
}

/** What the rollup may take of it ({@link approveCall}): {@link decodeNumber}. */
export function allowanceCall({ contract }: Rollup, token: string, account: string): ContractCall {
  return call(token, 'allowance(address,address)', [addressWord(account), addressWord(contract)]);
}

/** An answer of one number. */
export function decodeNumber(answer: Hex): bigint {
  return fromBytes(fromHex(answer, 32, "the contract's answer"));
}

/** An answer of yes or no. */
export function decodeFlag(answer: Hex): boolean {
  const number = decodeNumber(answer);
  if (number > 1n) throw new CheckError('answer', "the contract's answer is neither yes nor no");
  return number === 1n;
}

function call(to: string, signature: string, words: readonly bigint[]): ContractCall {
  const data = toHex(concatBytes(selector(signature), ...words.map(toWord)));
  return { to: toHex(parseL1Address(to)), data, value: 0n };
}

function addressWord(address: string): bigint {
  return fromBytes(parseL1Address(address));
}
