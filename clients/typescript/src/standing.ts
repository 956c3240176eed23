/** Where the contract stands, what its deployment fixed, and the end of it: `freeze` (`docs/spec/contracts.md`). */
import { toHex, toWord, type Hex } from './bytes.js';
import { answerWords, selector, type ContractCall } from './contract.js';
import type { Rollup } from './rollup.js';

const WORD_BYTES = 32;
const ADDRESS_BYTES = 20;

/** What the contract says of one block. Times are Unix seconds. */
export interface Standing {
  /** The last proved batch; 0 before the first. */
  readonly lastProved: number;
  readonly provedRoot: Hex;
  /** Entries of the queue that proved batches took, and all there are. */
  readonly queueConsumed: number;
  readonly queueLength: number;
  /** When the first of the others must be taken; `undefined` where none waits. */
  readonly headDue: number | undefined;
  /** Until when others than the operator may submit; 0 where nobody was ever late. */
  readonly openUntil: number;
  readonly frozen: boolean;
  /** From when anybody may freeze because closing was announced; `undefined` where it was not. */
  readonly closingAt: number | undefined;
  /** Who submits batches. */
  readonly operator: Hex | undefined;
}

/** For `eth_call`: {@link decodeStanding} reads the answer. */
export function standingCall(rollup: Rollup): ContractCall {
  return bare(rollup, 'status()');
}

export function decodeStanding(answer: Hex): Standing {
  const words = answerWords(answer, 14);
  const number = (at: number) => Number(words[at]);
  const [queueConsumed, queueLength, headDue, closingAt] = [number(6), number(7), number(8), number(11)];
  return {
    lastProved: number(0),
    provedRoot: toHex(toWord(words[4] ?? 0n)),
    ...{ queueConsumed, queueLength },
    headDue: queueConsumed < queueLength ? headDue : undefined,
    openUntil: number(9),
    frozen: number(10) === 1,
    closingAt: closingAt === 0 ? undefined : closingAt,
    operator: addressIn(words[13] ?? 0n),
  };
}

/** What the deployment fixed, of it what concerns users. Lengths of time are seconds. */
export interface Deployment {
  /** Who may add shapes after `upgradeDelayS`, retire them and announce closing; `undefined` where nobody may. */
  readonly governor: Hex | undefined;
  /** Who may freeze at once; `undefined` where nobody may. */
  readonly guardian: Hex | undefined;
  /** From queueing an entry to when every batch must take it. */
  readonly queueDelayS: number;
  /** How long the first entry is overdue before anybody may freeze. */
  readonly freezeAfterS: number;
  /** From announcing a shape, or closing, to its effect. */
  readonly upgradeDelayS: number;
}

/** For `eth_call`: {@link decodeDeployment} reads the answer. */
export function deploymentCall(rollup: Rollup): ContractCall {
  return bare(rollup, 'config()');
}

export function decodeDeployment(answer: Hex): Deployment {
  const words = answerWords(answer, 15);
  const number = (at: number) => Number(words[at]);
  return {
    governor: addressIn(words[1] ?? 0n),
    guardian: addressIn(words[2] ?? 0n),
    queueDelayS: number(9),
    freezeAfterS: number(11),
    upgradeDelayS: number(12),
  };
}

/**
 * From when the contract takes {@link freezeCall} of anybody because of the entry that is due then, unless a batch takes it
 * before; Unix seconds. It must be overdue by more than `freezeAfterS`; `undefined` where none is due.
 */
export function freezableFrom(headDue: number | undefined, freezeAfterS: number): number | undefined {
  return headDue === undefined ? undefined : headDue + freezeAfterS + 1;
}

/** Stops everything but exits, for ever: taken of anybody from {@link freezableFrom} or `closingAt` on. */
export function freezeCall(rollup: Rollup): ContractCall {
  return bare(rollup, 'freeze()');
}

function bare({ contract }: Rollup, signature: string): ContractCall {
  return { to: contract, data: toHex(selector(signature)), value: 0n };
}

/** The address in a word; `undefined` where it is zero. */
export function addressIn(word: bigint): Hex | undefined {
  return word === 0n ? undefined : toHex(toWord(word).subarray(WORD_BYTES - ADDRESS_BYTES));
}
