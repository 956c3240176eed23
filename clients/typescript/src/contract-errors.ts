/** What the rollup's contract says when it refuses a call (`docs/spec/contracts.md`). */
import { hexToBytes } from '@noble/hashes/utils.js';
import { fromBytes, toHex } from './bytes.js';
import { selector } from './contract.js';

/** Those of its functions, with the types of their arguments. */
const SIGNATURES = [
  'AlreadyDone()',
  'AlreadyPaid()',
  'DepositCap(uint16)',
  'DevelopmentShape()',
  'DueEntryLeft(uint64)',
  'EtherRefused(address)',
  'Expired()',
  'FeeOverflow()',
  'GasTooLow()',
  'HeaderMismatch()',
  'InvalidConfig(string)',
  'InvalidFeeSlot()',
  'InvalidOrder()',
  'InvalidOwner()',
  'InvalidReceiver()',
  'InvalidRecord(uint256)',
  'InvalidShape(uint8)',
  'InvalidSignature()',
  'IsClosing()',
  'IsFrozen()',
  'MixedShapes()',
  'NoAmount()',
  'NoCredit()',
  'NoRefundTo()',
  'NotAToken(address)',
  'NotCanonicalEncoding()',
  'NotDirect()',
  'NotFrozen()',
  'NotGovernor()',
  'NotGuardian()',
  'NotOperator()',
  'NotProved()',
  'NotReady()',
  'NotReceiver()',
  'NothingOverdue()',
  'NothingTaken(uint64)',
  'QueueMismatch(uint64)',
  'Reentered()',
  'ShapeExists(uint8)',
  'TimeOverflow()',
  'TokenCallFailed(uint16)',
  'TokenExists(uint16)',
  'UnknownAccount()',
  'UnknownShape(uint8)',
  'UnknownToken(uint16)',
  'ValueTooLow(uint256)',
  'VerifierAnswer()',
  'WordNotCanonical()',
  'WrongAccountCount()',
  'WrongBatchCount()',
  'WrongBatchNumber(uint64)',
  'WrongClaims()',
  'WrongEntry()',
  'WrongOperationCount()',
  'WrongProofLength()',
  'WrongSectionLength()',
  'WrongTimestamp()',
] as const;

type NameOf<S extends string> = S extends `${infer N}(${string}` ? N : never;
export type ContractErrorName = NameOf<(typeof SIGNATURES)[number]>;

/** Why a call of the contract had no effect. */
export type ContractError =
  | { readonly name: ContractErrorName; readonly words: readonly bigint[] }
  /** What Solidity's `require` says, as other contracts do: a token's, for one. */
  | { readonly name: 'Error'; readonly text: string };

const WORD_BYTES = 32;

/** The answer of a call that was reverted; `undefined` where it is none of the contract's. */
export function decodeContractError(answer: string): ContractError | undefined {
  if (!/^0x([0-9a-f]{2}){4,}$/i.test(answer)) return undefined;
  const bytes = hexToBytes(answer.slice(2));
  const [named, rest] = [toHex(bytes.subarray(0, 4)), bytes.subarray(4)];
  const isNamed = (signature: string) => toHex(selector(signature)) === named;
  if (isNamed('Error(string)')) {
    const length = Number(fromBytes(rest.subarray(WORD_BYTES, 2 * WORD_BYTES)));
    const text = rest.subarray(2 * WORD_BYTES, 2 * WORD_BYTES + length);
    return text.length === length ? { name: 'Error', text: new TextDecoder().decode(text) } : undefined;
  }
  const signature = SIGNATURES.find(isNamed);
  if (signature === undefined) return undefined;
  const words = Array.from({ length: Math.floor(rest.length / WORD_BYTES) }, (_, at) =>
    fromBytes(rest.subarray(WORD_BYTES * at, WORD_BYTES * (at + 1))),
  );
  return { name: signature.slice(0, signature.indexOf('(')) as ContractErrorName, words };
}
