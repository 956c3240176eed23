/** What is to be paid, before it is signed: fees, and what is wrong with it. */
import { formatAddress, parseAddress } from './address.js';
import { parseAmount } from './amount.js';
import type { AccountView, FeeView } from './api-types.js';
import { AssayError, CheckError, InputError } from './errors.js';
import type { NodeClient } from './node.js';
import type { Rollup } from './rollup.js';

/** Payees that are looked up at a time. */
const LOOKUPS = 16;

export interface Payment {
  /** Base units. */
  readonly amount: bigint;
  /** Number of the token; ether by default. */
  readonly token?: number;
  /** Base units, a 16-bit float; what the node suggests by default. */
  readonly fee?: bigint;
  /** Nothing is signed where the node suggests more. Without it the node is believed about what is usual. */
  readonly maxFee?: bigint;
  /** How long it may take to be executed. */
  readonly expiresInS?: number;
  /**
   * The account's next by default. That of a payment which waits replaces it, for a fee higher by a tenth:
   * `replace` and `cancel` do that.
   */
  readonly nonce?: number;
}

export interface Transfer extends Payment {
  /** An address of the rollup. */
  readonly to: string;
}

export interface Withdrawal extends Payment {
  /** An address of the layer 1. */
  readonly to: string;
}

/** One of many: it takes the next nonce. */
export type ManyTransfer = Omit<Transfer, 'nonce'>;

/** A transfer with its fee and its payee's canonical address. */
export interface Draft {
  readonly to: string;
  readonly amount: bigint;
  readonly token: number;
  readonly fee: bigint;
  readonly expiresInS?: number;
}

/** What each is to pay, with its fee; or what is wrong with it. Each payee is looked up once. */
export async function drafts(
  node: NodeClient,
  rollup: Rollup,
  transfers: readonly ManyTransfer[],
): Promise<(Draft | AssayError)[]> {
  const fees = await node.fees();
  const known = new Map<string, AccountView[]>();
  const payees = new Set<string>();
  const addresses = transfers.map(({ to }) => {
    try {
      const address = formatAddress(parseAddress(to, rollup.network));
      payees.add(address);
      return address;
    } catch (error) {
      if (error instanceof AssayError) return error;
      throw error;
    }
  });
  const all = [...payees];
  for (let begin = 0; begin < all.length; begin += LOOKUPS) {
    const some = all.slice(begin, begin + LOOKUPS);
    const accounts = await Promise.all(some.map((address) => node.accounts(address)));
    some.forEach((address, place) => known.set(address, accounts[place] ?? []));
  }
  return transfers.map(({ amount, token = 0, fee, maxFee, expiresInS }, place) => {
    const to = addresses[place];
    if (to === undefined || to instanceof AssayError) return to ?? new InputError('out_of_range', 'no payee');
    const exists = known.get(to)?.some((account) => account.token === token) ?? false;
    const asked = fee ?? feeOf(fees, token, !exists);
    if (maxFee !== undefined && asked > maxFee) return tooDear(asked, maxFee);
    const expires = expiresInS === undefined ? {} : { expiresInS };
    return { to, amount, token, fee: asked, ...expires };
  });
}

/** What is asked for a place in a batch. */
export function feeOf(fees: readonly FeeView[], token: number, fullRecord: boolean): bigint {
  const found = fees.find((fee) => fee.token === token && fee.accepted);
  if (!found) return 0n;
  return parseAmount(fullRecord ? found.full_record : found.suggested);
}

export function tooDear(fee: bigint, most: bigint): CheckError {
  return new CheckError('fee', `the fee is ${fee}, and at most ${most} is to be paid`);
}
