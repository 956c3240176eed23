/** A key with its node: who owns what, and payments that are made once. */
import { formatAddress, formatL1Address, parseAddress, parseL1Address } from './address.js';
import type { AccountView, Receipt, Stage, TransactionView } from './api-types.js';
import { parseAmount } from './amount.js';
import type { Hex } from './bytes.js';
import { AssayError, CheckError, InputError, NodeError, UnansweredError, isUnclear } from './errors.js';
import { FEE, ceilFloat } from './float.js';
import type { WaitOptions } from './follow.js';
import type { SecretKey } from './keys.js';
import { NONCE_CONFLICTS, handInAll } from './many.js';
import type { NodeClient } from './node.js';
import {
  fromOperation,
  signOrder,
  toOperation,
  transactionHash,
  verifyOrder,
  type Order,
  type SignedOrder,
} from './order.js';
import { drafts, feeOf, tooDear, type ManyTransfer, type Payment, type Transfer, type Withdrawal } from './payment.js';
import { Quotes } from './quotes.js';
import { checkReceipt } from './receipt.js';
import { signReference } from './reference.js';
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

/** How one that waits is replaced. */
export interface Replacement {
  /** Base units, a 16-bit float; the least for which the other gives way by default. */
  readonly fee?: bigint;
  /** How long it may take to be executed. */
  readonly expiresInS?: number;
}

/** What became of one of many payments. */
export type SentOrNot =
  { readonly sent: Sent; readonly error: undefined } | { readonly sent: undefined; readonly error: AssayError };

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
/** What takes the place of one that waits offers more by this part of its fee at least. */
const RAISE = 10n;

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

  /**
   * Pays many on the rollup, in this order and with few requests: a payroll. Each is made once, and one that
   * fails stops no other: where later ones wait for its nonce, a payment of one base unit to this wallet's own
   * address takes it, for a fee. What the node has no room for yet is handed in again, the very same.
   */
  async sendAll(transfers: readonly ManyTransfer[]): Promise<SentOrNot[]> {
    return this.#inTurn(() => this.#payAll(transfers));
  }

  /**
   * Has a payment that waits not executed: its nonce goes to a payment of one base unit to this wallet's own
   * address, for a higher fee. What was executed cannot be taken back: `wrong_nonce`.
   */
  async cancel(hash: string, replacement: Replacement = {}): Promise<Sent> {
    const own = { kind: 'transfer', to: this.address, amount: 1n } as const;
    return this.#inTurn(() => this.#replace(hash, own, replacement));
  }

  /** Signs a payment that waits again, for a higher fee and a new expiry, in its own place. */
  async replace(hash: string, replacement: Replacement = {}): Promise<Sent> {
    return this.#inTurn(() => this.#replace(hash, {}, replacement));
  }

  /**
   * Puts a text beside a payment that was sent: for what it is paid. Both sides are shown it, and only this
   * key can have written it; the first stands. It is the operator who keeps it, and who may not.
   */
  async refer(sent: Sent, text: string): Promise<void> {
    await this.node.refer(sent.hash, signReference(this.rollup, sent.hash, text, this.#key));
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
    const tried: { nonce?: number } = {};
    try {
      return await this.#payFor(await this.#fee(kind, to, token), kind, to, payment, tried);
    } catch (error) {
      // What was quoted is not known any more: the node was started anew.
      if (!(error instanceof NodeError && error.is('fee_too_low'))) throw error;
      this.#quotes.forget();
      // With one nonce one of the two can be executed, whatever a node says that it does not take.
      return this.#payFor(await this.#fee(kind, to, token), kind, to, { ...payment, ...tried });
    }
  }

  async #payFor(
    fee: bigint,
    kind: Order['kind'],
    to: string,
    payment: Payment,
    tried: { nonce?: number } = {},
  ): Promise<Sent> {
    const { amount, token = 0, expiresInS = EXPIRES_IN_S } = payment;
    if (payment.maxFee !== undefined && fee > payment.maxFee) throw tooDear(fee, payment.maxFee);
    for (let attempt = 1; ; attempt += 1) {
      const [account, now] = await Promise.all([this.account(token), this.#now()]);
      if (!account) {
        throw new InputError('no_account', `${this.address} has no account of token ${token} yet`);
      }
      const from = account.index;
      const nonce = payment.nonce ?? account.next_nonce;
      tried.nonce = nonce;
      const order: Order = { kind, from, nonce, token, to, amount, fee, expires: now + expiresInS };
      const signed = signOrder(order, this.rollup, this.#key);
      const outcome = await this.#handIn(signed);
      if (!('conflict' in outcome)) return this.#sent(signed, outcome.receipt);
      if (payment.nonce !== undefined || attempt === NONCE_ATTEMPTS) throw outcome.conflict;
      this.#mayBeSignedAnew(signed, outcome.conflict);
    }
  }

  async #payAll(transfers: readonly ManyTransfer[]): Promise<SentOrNot[]> {
    const planned = await drafts(this.node, this.rollup, transfers);
    const now = await this.#now();
    const next = new Map<number, { index: number; nonce: number }>();
    const outcomes = new Array<SentOrNot | undefined>(planned.length).fill(undefined);
    const places: number[] = [];
    const orders: SignedOrder[] = [];
    for (const [place, draft] of planned.entries()) {
      try {
        if (draft instanceof AssayError) throw draft;
        const { token, expiresInS = EXPIRES_IN_S, ...rest } = draft;
        const account = next.get(token) ?? (await this.#nextOf(token));
        const expires = now + expiresInS;
        const order: Order = { kind: 'transfer', from: account.index, nonce: account.nonce, token, expires, ...rest };
        orders.push(signOrder(order, this.rollup, this.#key));
        places.push(place);
        next.set(token, { ...account, nonce: account.nonce + 1 });
      } catch (error) {
        outcomes[place] = notSent(error);
      }
    }
    const answered = await handInAll(this.node, this.rollup, orders, (refused) => this.#fill(refused));
    for (const [at, one] of answered.entries()) {
      outcomes[places[at] ?? at] = await this.#settled(one.signed, 'error' in one ? one.error : one.receipt);
    }
    return outcomes.map((outcome) => outcome ?? notSent(new UnansweredError('nothing is known of this payment')));
  }

  /** What the node has is checked; what lost its nonce to another program is signed anew. */
  async #settled(signed: SignedOrder, found: AssayError | Receipt | undefined): Promise<SentOrNot> {
    try {
      if (!(found instanceof AssayError)) return { sent: this.#sent(signed, found), error: undefined };
      if (!isConflict(found)) throw found;
      this.#mayBeSignedAnew(signed, found);
      const { to, amount, token, fee } = signed.order;
      return { sent: await this.#pay('transfer', to, { amount, token, fee }), error: undefined };
    } catch (error) {
      return notSent(error);
    }
  }

  /**
   * That something else has the nonce of an order is the node's word. Where there is money it is not enough: a node
   * that has taken the order all the same could have it signed again and again.
   */
  #mayBeSignedAnew(signed: SignedOrder, cause: AssayError): void {
    if (this.rollup.network === 'public') throw unknown(transactionHash(signed, this.rollup), cause);
  }

  async #nextOf(token: number): Promise<{ index: number; nonce: number }> {
    const account = await this.account(token);
    if (!account) throw new InputError('no_account', `${this.address} has no account of token ${token} yet`);
    return { index: account.index, nonce: account.next_nonce };
  }

  /** Those behind it wait for the nonce of one that was refused: what little it costs lets them go on. */
  async #fill({ order }: SignedOrder): Promise<void> {
    const { from, nonce, token, expires } = order;
    const asked = feeOf(await this.node.fees(), token, false);
    // The fee of the one that was refused was meant to be paid; more nobody has allowed.
    const fee = asked < order.fee ? asked : order.fee;
    const own: Order = { kind: 'transfer', from, nonce, token, to: this.address, amount: 1n, fee, expires };
    try {
      await this.#handIn(signOrder(own, this.rollup, this.#key));
    } catch (error) {
      // Those behind it wait until they expire, which their own outcome tells.
      if (!(error instanceof AssayError)) throw error;
    }
  }

  async #replace(hash: string, change: Partial<Order>, replacement: Replacement): Promise<Sent> {
    const found = await this.node.transaction(hash);
    const waiting = fromOperation(found.operation, this.rollup);
    if (transactionHash(waiting, this.rollup) !== hash.toLowerCase()) {
      throw new CheckError('transaction', `the node shows another transaction than ${hash}`);
    }
    if (!verifyOrder(waiting, this.rollup, this.#key.publicKey)) {
      throw new InputError('signature', `${hash} was not signed with this wallet's key`);
    }
    const { fee } = waiting.order;
    const raise = (fee + RAISE - 1n) / RAISE;
    const raised = replacement.fee ?? ceilFloat(FEE, fee + (raise > 0n ? raise : 1n));
    if (raised === undefined) throw new InputError('out_of_range', `no fee above ${fee} can be signed`);
    const expires = (await this.#now()) + (replacement.expiresInS ?? EXPIRES_IN_S);
    const order: Order = { ...waiting.order, ...change, fee: raised, expires };
    const signed = signOrder(order, this.rollup, this.#key);
    const outcome = await this.#handIn(signed);
    if ('conflict' in outcome) throw outcome.conflict;
    return this.#sent(signed, outcome.receipt);
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
          if (isConflict(error)) return { conflict: error };
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
        if (look === LOOKS) throw unknown(hash, error);
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
    return feeOf(fees, token, full);
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

function unknown(hash: Hex, cause: unknown): UnansweredError {
  const told = `whether the node has transaction ${hash} is not known: look for it before you pay again`;
  return new UnansweredError(told, { cause });
}

function notSent(error: unknown): SentOrNot {
  if (!(error instanceof AssayError)) throw error;
  return { sent: undefined, error };
}

/** Whether something else has the nonce; `duplicate`: another program with this key signed the very same. */
function isConflict(error: unknown): error is NodeError {
  return error instanceof NodeError && [...NONCE_CONFLICTS, 'duplicate'].includes(error.code);
}
