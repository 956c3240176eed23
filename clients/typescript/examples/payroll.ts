/** A payroll: many payments from one account, each of which is made once and followed to its end. */
import { NodeError, RejectedError, type AssayError, type SentOrNot, type Wallet } from '@assay/client';

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
  // In one request, up to a thousand; the wallet counts the nonces.
  const paid = await wallet.sendAll(wages.map(({ address, amount }) => ({ to: address, amount })));
  const slips: Slip[] = [];
  // One after the other: when the first is proved, most of the others are.
  for (const [place, wage] of wages.entries()) slips.push(await slip(wage, paid[place]));
  return slips;
}

async function slip({ name }: Wage, paid: SentOrNot | undefined): Promise<Slip> {
  if (!paid?.sent) return { name, hash: undefined, outcome: paid ? refusal(paid.error) : 'not sent' };
  const { sent } = paid;
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
