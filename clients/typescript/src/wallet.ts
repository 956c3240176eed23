/** A key with its node: who owns what, and payments that are made once. */
import { formatAddress, formatL1Address, parseAddress, parseL1Address } from './address.js';
import type { AccountView, Receipt, Stage, TransactionView } from './api-types.js';
import { parseAmount } from './amount.js';
import type { Hex } from './bytes.js';
import { CheckError, InputError, NodeError, UnansweredError } from './errors.js';
import type { WaitOptions } from './follow.js';
import type { SecretKey } from './keys.js';
import type { NodeClient } from './node.js';
import { signOrder, toOperation, transactionHash, type Order, type SignedOrder } from './order.js';
import { Quotes } from './quotes.js';
import { checkReceipt } from './receipt.js';
import { rollupOfStatus, type Rollup } from './rollup.js';
import { sleep } from './time.js';

export interface WalletOptions {
  readonly node: NodeClient;
  readonly key: SecretKey;
  /**
   * The rollup that is meant, as `rollupOf(chainId, contract)`. Without it the node is believed about
   * which one it serves, and signatures are good there.
   */
  readonly rollup?: Rollup;
  /** The operator that is meant, by address. Without it the node is believed about who signs receipts. */
  readonly operator?: string;
}

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
   * The account's next by default. That of a payment which waits replaces it, for a fee higher by a tenth;
   * to cancel one, pay yourself.
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

/** A transaction that the node has. */
export interface Sent {
  readonly hash: Hex;
  readonly order: Order;
  /** The operator's promise, checked; `undefined` where its answer was lost on the way. */
  readonly receipt: Receipt | undefined;
  /** Waits until it has come to a stage, or past it. */
  waitFor(stage: Stage, options?: WaitOptions): Promise<TransactionView>;
}

const EXPIRES_IN_S = 2 * 3600;
/** How often an order is signed anew because something else has its nonce. */
const NONCE_ATTEMPTS = 32;
/** How often it is asked whether a transaction whose answer was lost has arrived. */
const LOOKS = 20;
const PAUSE_MS = 250;
/** `duplicate`: another program with this key signed the very same. */
const NONCE_CONFLICTS = ['wrong_nonce', 'nonce_taken', 'duplicate'];

/** The node has it, with the receipt unless that was lost; or something else has its nonce. */
type HandedIn = { readonly receipt: Receipt | undefined } | { readonly conflict: NodeError };

export class Wallet {
  readonly address: string;
  readonly rollup: Rollup;
  readonly node: NodeClient;
  readonly #key: SecretKey;
  readonly #operator: string | undefined;
  readonly #quotes: Quotes;
  /** The last payment that was begun: nonces are taken one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor({ node, key }: WalletOptions, rollup: Rollup, operator: string | undefined) {
    this.node = node;
    this.rollup = rollup;
    this.address = key.address(rollup.network);
    this.#key = key;
    this.#operator = operator;
    this.#quotes = new Quotes(node);
  }

  /** Asks the node which rollup it serves, and refuses another than the one that is meant. */
  static async connect(options: WalletOptions): Promise<Wallet> {
    const status = await options.node.status();
    const rollup = rollupOfStatus(status);
    if (options.rollup && options.rollup.domain !== rollup.domain) {
      throw new CheckError('wrong_rollup', `the node serves ${rollup.contract} on chain ${rollup.chainId}`);
    }
    return new Wallet(options, rollup, options.operator ?? status.operator ?? undefined);
  }

  /** The account of a token; `undefined` where there is none yet. */
  async account(token = 0): Promise<AccountView | undefined> {
    const accounts = await this.node.accounts(this.address);
    return accounts.find((account) => account.token === token);
  }

  /** After all executed transactions, base units. */
  async balance(token = 0): Promise<bigint> {
    const account = await this.account(token);
    return account === undefined ? 0n : parseAmount(account.balance);
  }

  /**
   * Pays somebody on the rollup. It resolves when the node has it: on its disk, with its receipt. Calls
   * at the same time are sent in their order. Where something else has the nonce it is signed anew with the
   * next: a node that lies about that has two orders, and could execute both.
   */
  async send(transfer: Transfer): Promise<Sent> {
    const to = formatAddress(parseAddress(transfer.to, this.rollup.network));
    return this.#inTurn(() => this.#pay('transfer', to, transfer));
  }

  /** Pays an address of the layer 1; it is claimed there once its batch is proved (`claimCall`). */
  async withdraw(withdrawal: Withdrawal): Promise<Sent> {
    const to = formatL1Address(parseL1Address(withdrawal.to));
    return this.#inTurn(() => this.#pay('withdrawal', to, withdrawal));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work, work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #pay(kind: Order['kind'], to: string, payment: Payment): Promise<Sent> {
    const { fee } = payment;
    if (fee !== undefined) return this.#payFor(fee, kind, to, payment);
    const { token = 0 } = payment;
    try {
      return await this.#payFor(await this.#fee(kind, to, token), kind, to, payment);
    } catch (error) {
      // What was quoted is not known any more: the node was started anew.
      if (!(error instanceof NodeError && error.is('fee_too_low'))) throw error;
      this.#quotes.forget();
      return this.#payFor(await this.#fee(kind, to, token), kind, to, payment);
    }
  }

  async #payFor(fee: bigint, kind: Order['kind'], to: string, payment: Payment): Promise<Sent> {
    const { amount, token = 0, expiresInS = EXPIRES_IN_S } = payment;
    if (payment.maxFee !== undefined && fee > payment.maxFee) {
      throw new CheckError('fee', `the fee is ${fee}, and at most ${payment.maxFee} is to be paid`);
    }
    for (let attempt = 1; ; attempt += 1) {
      const [account, now] = await Promise.all([this.account(token), this.#now()]);
      if (!account) {
        throw new InputError('no_account', `${this.address} has no account of token ${token} yet`);
      }
      const from = account.index;
      const nonce = payment.nonce ?? account.next_nonce;
      const order: Order = { kind, from, nonce, token, to, amount, fee, expires: now + expiresInS };
      const signed = signOrder(order, this.rollup, this.#key);
      const outcome = await this.#handIn(signed);
      if (!('conflict' in outcome)) return this.#sent(signed, outcome.receipt);
      if (payment.nonce !== undefined || attempt === NONCE_ATTEMPTS) throw outcome.conflict;
    }
  }

  #sent(signed: SignedOrder, receipt: Receipt | undefined): Sent {
    const hash = transactionHash(signed, this.rollup);
    if (receipt) this.#check(receipt, hash);
    const waitFor = (stage: Stage, options?: WaitOptions) => this.node.waitFor(hash, stage, options);
    return { hash, order: signed.order, receipt, waitFor };
  }

  /**
   * Hands in until it is known whether the node has it. The same transaction has one effect however often
   * it arrives; another is signed only where the node has not this one and never will.
   */
  async #handIn(signed: SignedOrder): Promise<HandedIn> {
    const hash = transactionHash(signed, this.rollup);
    let mayBeThere = false;
    for (let look = 0; ; look += 1) {
      try {
        return { receipt: await this.node.submit(toOperation(signed)) };
      } catch (error) {
        const unclear = isUnclear(error);
        if (mayBeThere || unclear) {
          mayBeThere = true;
          if (await this.#isThere(hash)) return { receipt: undefined };
        }
        if (!unclear) {
          if (error instanceof NodeError && NONCE_CONFLICTS.includes(error.code)) return { conflict: error };
          throw error;
        }
        if (look === LOOKS) throw error;
        await sleep(PAUSE_MS);
      }
    }
  }

  /** Whether the node has a transaction; asks until it says so. */
  async #isThere(hash: Hex): Promise<boolean> {
    for (let look = 0; ; look += 1) {
      try {
        await this.node.transaction(hash);
        return true;
      } catch (error) {
        if (error instanceof NodeError && error.is('unknown_transaction')) return false;
        if (look === LOOKS) {
          const told = `whether the node has transaction ${hash} is not known: look for it before you pay again`;
          throw new UnansweredError(told, { cause: error });
        }
        await sleep(PAUSE_MS);
      }
    }
  }

  /** The transaction is on its way whatever its receipt is, which the error must say. */
  #check(receipt: Receipt, hash: Hex): void {
    try {
      if (this.#operator === undefined) throw new CheckError('operator', 'the node names no operator');
      checkReceipt(receipt, { rollup: this.rollup, hash, operator: this.#operator });
    } catch (cause) {
      const code = cause instanceof CheckError ? cause.code : 'signature';
      const why = cause instanceof Error ? cause.message : 'it is no receipt';
      throw new CheckError(code, `transaction ${hash} was handed in, and its receipt is worth nothing: ${why}`, {
        cause,
      });
    }
  }

  /** What is asked for a place in a batch: more where the payment takes a full record. */
  async #fee(kind: Order['kind'], to: string, token: number): Promise<bigint> {
    const [fees, full] = await Promise.all([this.#quotes.fees(), this.#takesFullRecord(kind, to, token)]);
    const found = fees.find((fee) => fee.token === token && fee.accepted);
    if (!found) return 0n;
    return parseAmount(full ? found.full_record : found.suggested);
  }

  async #takesFullRecord(kind: Order['kind'], to: string, token: number): Promise<boolean> {
    if (kind === 'withdrawal') return true;
    const accounts = await this.node.accounts(to);
    return !accounts.some((account) => account.token === token);
  }

  /**
   * Unix seconds. The clock of a simulated layer 1 may be far ahead; elsewhere a node is not asked, so that it
   * cannot have orders signed that live for years.
   */
  async #now(): Promise<number> {
    const now = Math.floor(Date.now() / 1000);
    if (this.rollup.network === 'public') return now;
    const status = await this.node.status();
    return Math.max(now, status.l1.timestamp);
  }
}

/** Whether what was handed in may have arrived all the same. */
function isUnclear(error: unknown): boolean {
  if (error instanceof NodeError) return error.is('internal') || error.is('timed_out');
  return error instanceof UnansweredError;
}
