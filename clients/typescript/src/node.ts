/** A typed client of a node's HTTP interface (`docs/spec/api.md`). */
import type {
  AccountList,
  AccountProof,
  AccountView,
  BatchDetail,
  BatchList,
  ClaimList,
  CostsView,
  FeeView,
  PaymentList,
  QueueEntryView,
  Receipt,
  Reference,
  SignedOperation,
  Stage,
  StatusView,
  TokenView,
  TransactionAnswer,
  TransactionAnswers,
  TransactionView,
  WaitingEntries,
  WorkerList,
  WorkerView,
} from './api-types.js';
import { events, type EventOptions, type NodeEvent } from './events.js';
import { followTransaction, waitForEntry, waitForTransaction, type FollowOptions, type WaitOptions } from './follow.js';
import { Http, type CallOptions, type HttpOptions } from './http.js';

/** Whose claims are asked for: an account's, or those of an address of the layer 1. */
export type Claimant = { readonly from: number } | { readonly to: string };

export class NodeClient {
  readonly #http: Http;

  /** A client of the node at a URL such as `http://127.0.0.1:8645`. */
  constructor(url: string, options: HttpOptions = {}) {
    this.#http = new Http(url, options);
  }

  get url(): string {
    return this.#http.base;
  }

  /** The node and its network. */
  status(options?: CallOptions): Promise<StatusView> {
    return this.#get('/v1/status', options);
  }

  /** Fees by token, which are taken for as long as they say. */
  fees(options?: CallOptions): Promise<FeeView[]> {
    return this.#get('/v1/fees', options);
  }

  /** What a batch and its parts cost now, the layer 1's base fee, and the gas of batches. */
  costs(options?: CallOptions): Promise<CostsView> {
    return this.#get('/v1/costs', options);
  }

  tokens(options?: CallOptions): Promise<TokenView[]> {
    return this.#get('/v1/tokens', options);
  }

  /** An account by its index; `unknown_account` where there is none. */
  account(index: number, options?: CallOptions): Promise<AccountView> {
    return this.#get(`/v1/accounts/${index}`, options);
  }

  /** All accounts of an owner, by index. */
  async accounts(owner: string, options?: CallOptions): Promise<AccountView[]> {
    const list: AccountList = await this.#get(`/v1/accounts?owner=${encodeURIComponent(owner)}`, options);
    return list.accounts;
  }

  /**
   * What moves an account's money, newest first; for the next page ask with `before` = `next_before`. One whose
   * batch is sealed between two pages may be on both.
   */
  payments(index: number, options: CallOptions & { limit?: number; before?: string } = {}): Promise<PaymentList> {
    return this.#get(`/v1/accounts/${index}/payments${asked(pageQuery(options))}`, options);
  }

  /**
   * The Merkle path of an account, after the last proved batch or after `batch`. What it proves is for
   * `checkAccountProof` to say.
   */
  accountProof(index: number, options: CallOptions & { batch?: number } = {}): Promise<AccountProof> {
    const query = options.batch === undefined ? '' : `?batch=${options.batch}`;
    return this.#get(`/v1/accounts/${index}/proof${query}`, options);
  }

  /** Batches, latest first; for the next page ask with `before` = `next_before`. */
  batches(options: CallOptions & { limit?: number; before?: number } = {}): Promise<BatchList> {
    return this.#get(`/v1/batches${asked(pageQuery(options))}`, options);
  }

  /** A batch with what it holds and what can be claimed of it. */
  batch(number: number, options?: CallOptions): Promise<BatchDetail> {
    return this.#get(`/v1/batches/${number}`, options);
  }

  /**
   * What can be claimed on the layer 1 of what an account paid out, or by an address of the layer 1, latest first, with
   * what `claimCall` wants; for the next page ask with `before` = `next_before`. `claimed` is null where the node's
   * layer 1 did not answer. Each claim on a page counts as a request.
   */
  claims(of: Claimant, options: CallOptions & { limit?: number; before?: string } = {}): Promise<ClaimList> {
    const whose = 'from' in of ? `from=${of.from}` : `to=${encodeURIComponent(of.to)}`;
    const page = pageQuery(options);
    return this.#get(`/v1/claims?${whose}${page && `&${page}`}`, options);
  }

  /** The file that `assay verify` takes; `not_proved_yet` before there is one. */
  bundle(number: number, options?: CallOptions): Promise<Uint8Array> {
    return this.#http.bytes({ method: 'GET', path: `/v1/batches/${number}/bundle`, repeatable: true }, options);
  }

  /** An entry of the layer 1's queue; `unknown_entry` while it is in no batch. */
  queueEntry(index: number | bigint, options?: CallOptions): Promise<QueueEntryView> {
    return this.#get(`/v1/queue/${index}`, options);
  }

  /** Entries of the layer 1's queue that are in no batch yet, the next to be taken first. */
  waitingEntries(options?: CallOptions): Promise<WaitingEntries> {
    return this.#get('/v1/queue', options);
  }

  /** A transaction and how far it has come. */
  transaction(hash: string, options?: CallOptions): Promise<TransactionView> {
    return this.#get(`/v1/transactions/${encodeURIComponent(hash)}`, options);
  }

  /**
   * Hands a transaction in, once: where no answer comes it may have arrived, and `transaction` tells.
   * {@link Wallet} does all that.
   */
  submit(operation: SignedOperation, options?: CallOptions): Promise<Receipt> {
    const request = { method: 'POST', path: '/v1/transactions', body: operation, repeatable: false } as const;
    return this.#http.json(request, options);
  }

  /**
   * Hands in up to 1,000 transactions together, and gives what became of each, in their order. It throws
   * where none of them was taken, or where no answer comes. {@link Wallet} does all that.
   */
  async submitAll(transactions: readonly SignedOperation[], options?: CallOptions): Promise<TransactionAnswer[]> {
    const path = '/v1/transactions/batch';
    const request = { method: 'POST', path, body: { transactions }, repeatable: false } as const;
    const { answers } = await this.#http.json<TransactionAnswers>(request, options);
    return answers;
  }

  /** Puts a text beside a transaction that the node has acknowledged; `reference_taken` where another is there. */
  refer(hash: string, reference: Reference, options?: CallOptions): Promise<Reference> {
    const path = `/v1/transactions/${encodeURIComponent(hash)}/reference`;
    return this.#http.json({ method: 'POST', path, body: reference, repeatable: true }, options);
  }

  /** The receipt of a transaction that the node has acknowledged; `unknown_transaction` where it has not. */
  receipt(hash: string, options?: CallOptions): Promise<Receipt> {
    return this.#get(`/v1/transactions/${encodeURIComponent(hash)}/receipt`, options);
  }

  /** What moves, as it moves, from now on: all of it, or what the options name. */
  events(options?: EventOptions): AsyncGenerator<NodeEvent, void, void> {
    return events(this.#http, options);
  }

  /** A transaction each time that something of it changed, from now to its end. */
  follow(hash: string, options?: FollowOptions): AsyncGenerator<TransactionView, void, void> {
    return followTransaction(this, hash, options);
  }

  /** Waits until a transaction has come to a stage, or past it. */
  waitFor(hash: string, stage: Stage, options?: WaitOptions): Promise<TransactionView> {
    return waitForTransaction(this, hash, stage, options);
  }

  /** Waits until a deposit or a forced order is in a batch that has come to a stage: `queuedEntries` gives its place. */
  waitForEntry(index: number | bigint, stage: Stage, options?: WaitOptions): Promise<QueueEntryView> {
    return waitForEntry(this, index, stage, options);
  }

  /**
   * What the node remembers of its prover workers since it started, by name. For whoever has the node's token for
   * workers, the option `token` of this client; `unauthorized` or `forbidden` otherwise.
   */
  async workers(options?: CallOptions): Promise<WorkerView[]> {
    const { workers }: WorkerList = await this.#get('/v1/prover/workers', options);
    return workers;
  }

  #get<T>(path: string, options?: CallOptions): Promise<T> {
    return this.#http.json({ method: 'GET', path, repeatable: true }, options);
  }
}

/** Which page is asked for, as it stands in a URL. */
function pageQuery({ limit, before }: { limit?: number; before?: number | string }): string {
  const pairs = [limit === undefined ? [] : [`limit=${limit}`], before === undefined ? [] : [`before=${before}`]];
  return pairs.flat().join('&');
}

function asked(query: string): string {
  return query && `?${query}`;
}
