/** What goes wrong with an Ethereum wallet, in words for whoever uses it. */
import { decodeContractError, formatL1Address, formatUnits, type ContractError, type Hex } from '@assay/client';

export type FailureCode =
  /** Its user said no. */
  | 'rejected'
  /** It has a question open already. */
  | 'busy'
  | 'locked'
  | 'disconnected'
  | 'unknown_chain'
  | 'wrong_chain'
  | 'other_account'
  | 'funds'
  /** The contract refuses; nothing happened but for the fee, where it was sent. */
  | 'reverted'
  /** Another transaction of the account took its place. */
  | 'replaced'
  /** Its signatures are no secret that could make a key. */
  | 'no_key'
  | 'failed';

/** `message` is for people; it ends with a full stop. */
export class EthereumFailure extends Error {
  override readonly name = 'EthereumFailure';
  constructor(
    readonly code: FailureCode,
    message: string,
    /** Of the transaction that it is about, where one was sent. */
    readonly hash?: Hex,
  ) {
    super(message);
  }
}

const ETHER_DECIMALS = 18;
const TOLD_CHARACTERS_MOST = 200;

/** What a wallet threw, as a failure. Wallets agree on codes (EIP-1193, EIP-1474), and wrap them in their own ways. */
export function failureOf(thrown: unknown): EthereumFailure {
  if (thrown instanceof EthereumFailure) return thrown;
  const codes = [...layersOf(thrown)].map(({ code }) => code);
  const told = [...layersOf(thrown)].map(({ message }) => message).find((message) => typeof message === 'string');
  const has = (code: number) => codes.includes(code);
  if (has(4001)) return new EthereumFailure('rejected', 'You refused it in your wallet. Nothing was sent.');
  if (has(-32002)) return new EthereumFailure('busy', 'Your wallet has a question open already: answer it there.');
  if (has(4100)) return new EthereumFailure('locked', 'Your wallet does not give this page the account: unlock it.');
  if (has(4902)) return new EthereumFailure('unknown_chain', 'Your wallet does not know this chain.');
  if (has(4900) || has(4901)) return new EthereumFailure('disconnected', 'Your wallet reaches no layer 1 now.');
  const reason = revertOf(thrown);
  if (reason !== undefined) return new EthereumFailure('reverted', reason);
  if (told !== undefined && /insufficient funds|lack of funds/i.test(told)) {
    return new EthereumFailure('funds', 'The account has not enough ether for this and its gas.');
  }
  const words = told === undefined ? 'It said nothing of why.' : `It says: ${told.slice(0, TOLD_CHARACTERS_MOST)}`;
  return new EthereumFailure('failed', `Your wallet could not do it. ${words.replace(/([^.!?])$/, '$1.')}`);
}

interface Layer {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly data?: unknown;
}

/** An error and what is wrapped in it. */
function* layersOf(thrown: unknown): Generator<Layer> {
  let layer: unknown = thrown;
  for (let depth = 0; depth < 5 && typeof layer === 'object' && layer !== null; depth += 1) {
    yield layer as Layer;
    const { originalError, cause, data, error } = layer as Record<string, unknown>;
    layer = originalError ?? cause ?? error ?? data;
  }
}

/** Why a call was reverted; `undefined` where it was not. */
function revertOf(thrown: unknown): string | undefined {
  let reverted = false;
  for (const { code, message, data } of layersOf(thrown)) {
    const contractError = typeof data === 'string' ? decodeContractError(data) : undefined;
    if (contractError) return contractWords(contractError);
    reverted ||= code === 3 || (typeof message === 'string' && /revert/i.test(message));
  }
  return reverted ? 'The contract refuses it, and does not say why.' : undefined;
}

/** What the contract says, for people. */
export function contractWords(error: ContractError): string {
  if (error.name === 'Error') return `The contract refuses it: ${error.text.slice(0, TOLD_CHARACTERS_MOST)}.`;
  const [word = 0n] = error.words;
  switch (error.name) {
    case 'AlreadyPaid':
      return 'This was paid already: somebody else claimed it.';
    case 'NotProved':
      return 'Its batch is not proved on the layer 1 yet.';
    case 'HeaderMismatch':
    case 'WrongClaims':
      return 'The contract has another batch in this place: the layer 1 was reorganised. Look again in some minutes.';
    case 'EtherRefused':
      return `The receiver ${address(word)} takes no ether: only the account’s owner can have it paid elsewhere.`;
    case 'TokenCallFailed':
      return 'The token refuses to move: its contract says no, or not enough of it is approved.';
    case 'GasTooLow':
      return 'The contract needs more gas for this: raise the limit in your wallet to at least 700,000.';
    case 'ValueTooLow':
      return `A place in the queue costs more now: with it ${formatUnits(word, ETHER_DECIMALS)} ETH are needed. Look at it again.`;
    case 'UnknownToken':
      return 'The contract does not know this token.';
    case 'NothingOverdue':
      return 'The contract freezes only when an entry of its queue is overdue, or the time of an announced closing has come.';
    case 'NotFrozen':
      return 'The rollup is not frozen: nothing leaves it this way before that.';
    case 'WrongEntry':
      return 'A batch took this entry, or the layer 1 was reorganised. Look again in some minutes.';
    case 'IsFrozen':
      return 'The rollup is frozen: nothing goes in any more, and everybody leaves with what they own.';
    case 'IsClosing':
      return 'The rollup is closing and takes no more deposits.';
    case 'DepositCap':
      return 'The contract cannot hold so much of this token.';
    case 'Expired':
      return 'The order is too old for the layer 1. Sign it again.';
    case 'InvalidReceiver':
      return 'The contract pays nothing to this receiver: nobody could take it out again.';
    case 'NoCredit':
      return 'There is no credit any more.';
    default:
      return `The contract refuses it: ${error.name}.`;
  }
}

function address(word: bigint): string {
  const digits = word.toString(16).padStart(40, '0').slice(-40);
  return formatL1Address(Uint8Array.from(digits.match(/../g) ?? [], (byte) => parseInt(byte, 16)));
}
