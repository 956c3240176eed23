/** Why a payment was not sent, in words for whoever pays. */
import { CheckError, InputError, NodeError, UnansweredError } from '@assay/client';

export interface Refusal {
  readonly words: string;
  /** The transaction may be on its way all the same: it is to be looked at before paying again. */
  readonly hash?: string;
}

/** `amount` shows base units of the payment's token. */
export function refusalOf(error: unknown, amount: (base: string) => string): Refusal {
  if (error instanceof NodeError) return { words: ofNode(error, amount) };
  const told = error instanceof Error ? error.message : String(error);
  const [hash] = /0x[0-9a-f]{64}/.exec(told) ?? [];
  const named = hash === undefined ? {} : { hash };
  if (error instanceof UnansweredError) {
    if (hash === undefined) return { words: 'The node does not answer. Nothing is known to be sent: try again.' };
    return { words: 'The node’s answer was lost. Look at the payment before you pay again.', ...named };
  }
  if (error instanceof CheckError && hash !== undefined) {
    return { words: `The payment was handed in, but its receipt does not hold: ${told}.`, ...named };
  }
  if (error instanceof InputError && error.code === 'no_account') {
    return { words: 'This wallet has nothing of this token yet, so it cannot pay in it.' };
  }
  return { words: `It was not sent: ${told}.` };
}

function ofNode(error: NodeError, amount: (base: string) => string): string {
  if (error.is('insufficient_balance')) {
    const { balance, needed, reserved } = error.details;
    const waiting = reserved === undefined ? '' : `, of which payments that wait take ${amount(reserved)}`;
    return `There is ${amount(balance)}${waiting}; the payment and its fee need ${amount(needed)}.`;
  }
  if (error.is('fee_too_low')) {
    return `The node asks for a higher fee now, ${amount(error.details.minimum)}. Look at the payment again.`;
  }
  if (error.is('fee_token_not_accepted')) return 'The node takes no fees in this token now.';
  if (error.is('refused_receiver'))
    return 'The node does not pay this receiver: nobody could take the money out again.';
  if (error.is('balance_overflow')) return 'The receiver cannot hold so much more.';
  if (error.is('tree_full'))
    return 'The rollup has no room for another account; the receiver has none of this token yet.';
  if (error.is('expired') || error.is('expires_too_soon') || error.is('expires_too_late'))
    return 'The clock of this device is hours apart from the node’s. Set it right, and send it again.';
  if (error.is('read_only')) return 'This node follows the rollup and takes no payments. Open the operator’s.';
  if (error.is('too_many_requests')) return 'That was too much at once for the node. Try again in some seconds.';
  if (error.is('busy')) return 'The node has no room for more payments now. Try again in some seconds.';
  if (error.is('starting_anew')) return 'The node starts anew and takes payments again soon.';
  if (error.is('halted') || error.is('storage_unavailable'))
    return 'The node takes no payments now: something is wrong with it.';
  return `The node refuses it: ${error.message}.`;
}
