/** A payroll: many payments from one account, each of which is made once and followed to its end. */
import { AssayError, NodeError, RejectedError, type Sent, type Wallet } from '@assay/client';

export interface Wage {
  readonly name: string;
  readonly address: string;
  /** Base units of ether. */
  readonly amount: bigint;
}

export interface Slip {
  readonly name: string;
  readonly hash: string | undefined;
  /** `proved`, or why it was not paid. */
  readonly outcome: string;
}

/** Pays everybody and gives a slip for each; one that fails stops no other. */
export async function payAll(wallet: Wallet, wages: readonly Wage[]): Promise<Slip[]> {
  const total = wages.reduce((sum, { amount }) => sum + amount, 0n);
  const balance = await wallet.balance();
  if (balance < total) throw new Error(`the account has ${balance}, and ${total} is due`);
  // Begun at once and sent in this order: the wallet counts the nonces.
  return Promise.all(wages.map((wage) => pay(wallet, wage)));
}

async function pay(wallet: Wallet, { name, address, amount }: Wage): Promise<Slip> {
  let sent: Sent;
  try {
    sent = await wallet.send({ to: address, amount });
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    return { name, hash: undefined, outcome: refusal(error) };
  }
  try {
    await sent.waitFor('proved');
    return { name, hash: sent.hash, outcome: 'proved' };
  } catch (error) {
    if (!(error instanceof RejectedError)) throw error;
    return { name, hash: sent.hash, outcome: `rejected: ${error.code}` };
  }
}

/** What the payroll's clerk can do about it. */
function refusal(error: AssayError): string {
  if (error instanceof NodeError && error.is('insufficient_balance')) {
    return `the account has ${error.details.balance}, and ${error.details.needed} is needed`;
  }
  return `not sent: ${error.message}`;
}
