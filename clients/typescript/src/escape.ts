/** Leaving a frozen rollup with the layer 1 alone (`docs/spec/exit.md`). */
import { concatBytes } from '@noble/hashes/utils.js';
import { parseL1Address } from './address.js';
import { fromBytes, fromHex, toHex, toWord, unsigned } from './bytes.js';
import { selector, type ContractCall } from './contract.js';
import type { SecretKey, Signature } from './keys.js';
import { accountIndex, messageHash, packMessage, payeeWords } from './message.js';
import type { Rollup } from './rollup.js';

/** Takes the whole balance of an account out, as the last proved state has it. */
export interface Escape {
  /** Index of the account. */
  readonly from: number;
  readonly token: number;
  /** All that it holds, base units. */
  readonly balance: bigint;
  /** Who is paid on the layer 1. */
  readonly to: string;
}

/** Eight words. */
const PROOF_BYTES = 256;

/** The message that is signed: no other order is one, and it is none of them. */
export function escapeMessage({ from, token, balance, to }: Escape, rollup: Rollup): bigint {
  const packed = packMessage({ kind: 'escape', from, nonce: 0, token, amount: balance, feeCode: 0n, expires: 0 });
  return messageHash(rollup, packed, payeeWords('escape', to, rollup));
}

/** Signs an escape: whoever has the signature can prove and send it, and change nothing of it. */
export function signEscape(escape: Escape, rollup: Rollup, key: SecretKey): Signature {
  return key.sign(escapeMessage(escape, rollup));
}

/** Pays the balance once; `proof` is 0x and 512 digits. The contract takes it only when it is frozen. */
export function escapeCall(rollup: Rollup, { from, token, balance, to }: Escape, proof: string): ContractCall {
  // The head: account, token, balance, to, the proof's offset.
  const offset = 5n * 32n;
  const data = concatBytes(
    selector('escape(uint32,uint16,uint128,address,bytes)'),
    toWord(accountIndex(from)),
    toWord(unsigned(token, 16, 'the token')),
    toWord(unsigned(balance, 128, 'the balance')),
    toWord(fromBytes(parseL1Address(to))),
    toWord(offset),
    toWord(BigInt(PROOF_BYTES)),
    fromHex(proof, PROOF_BYTES, 'the proof'),
  );
  return { to: rollup.contract, data: toHex(data), value: 0n };
}

/** For `eth_call`: whether an account has escaped; {@link decodeFlag} reads the answer. */
export function isEscapedCall(rollup: Rollup, account: number): ContractCall {
  const data = concatBytes(selector('isEscaped(uint32)'), toWord(accountIndex(account)));
  return { to: rollup.contract, data: toHex(data), value: 0n };
}
