/**
 * A rollup that says what a test has it say, at the moment it wants: a node that is answered for in the browser, and what
 * an Ethereum wallet's layer 1 answers. No program is needed, and nothing is waited for.
 */
import {
  claimsHash,
  decodeNumber,
  rollupOf,
  standingCall,
  deploymentCall,
  inclusionFeeCall,
  isClaimedCall,
  isEscapedCall,
  type AccountProof,
  type AccountView,
  type BatchClaims,
  type ContractCall,
  type FeeView,
  type Hex,
  type ProvedClaim,
  type QueueEntryView,
  type StatusView,
  type TransactionView,
} from '@assay/client';
import type { BrowserContext, Route } from 'playwright-core';
import { installWallet, type ShimState } from './ethereum-shim.js';
import { status } from './node-in-parts.js';

/** Nobody listens there: all is answered in the browser. */
export const FAKE_URL = 'http://127.0.0.1:9/';
const CHAIN = 31337;
export const CONTRACT = '0x948B3c65b89DF0B4894ABE91E6D02FE579834F8F';
export const rollup = rollupOf(CHAIN, CONTRACT);
export const OWN: Hex = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
export const HASH: Hex = `0x${'ab'.repeat(32)}`;

const word = (value: bigint | number): string => BigInt(value).toString(16).padStart(64, '0');
const bytes32 = (digit: string): Hex => `0x${digit.repeat(64)}`;
const selectorOf = ({ data }: ContractCall): string => data.slice(0, 10);

/** What the node answers to one path. */
type Answer = (route: Route) => unknown;

export class FakeRollup {
  status: StatusView = status({
    ...{ chain_id: CHAIN, contract: CONTRACT, domain: rollup.domain.toString() },
    heights: { executed: 1, sealed: 1, proved: 1, final: 1 },
  });
  accounts: AccountView[] = [];
  claims: ProvedClaim[] = [];
  entries = new Map<number, QueueEntryView>();
  transactions = new Map<string, TransactionView>();
  /** Of the batch that all claims are of. */
  batch: BatchClaims | undefined;
  proof: AccountProof | undefined;
  /** Instead of what is answered otherwise; the first that gives something is taken. */
  instead: Answer | undefined;
  /** What the contract says, by the first four bytes of a call; zero where it is not here. */
  readonly contract = new Map<string, (data: string) => string>();

  constructor(
    readonly address: string,
    readonly shim: ShimState,
  ) {
    const { instead } = shim;
    this.contract.set(selectorOf(inclusionFeeCall(rollup, 1n)), () => `${word(1)}${word(1)}`);
    instead.set('eth_call', ([given]) => ({ result: this.#call((given as { data: string }).data) }));
    instead.set('eth_getBalance', () => ({ result: `0x${(10n ** 20n).toString(16)}` }));
    instead.set('eth_getBlockByNumber', () => ({ result: { baseFeePerGas: '0x7', timestamp: '0x1' } }));
    for (const method of ['eth_gasPrice', 'eth_blockNumber']) instead.set(method, () => ({ result: '0x1' }));
    instead.set('eth_estimateGas', () => ({ result: '0x5208' }));
    instead.set('eth_sendTransaction', () => ({ result: HASH }));
    instead.set('eth_getTransactionByHash', () => ({ result: { hash: HASH, from: OWN, nonce: '0x0' } }));
    instead.set('eth_getTransactionCount', () => ({ result: '0x0' }));
    instead.set('eth_getLogs', () => ({ result: [] }));
    this.closing(0);
    this.pending();
  }

  static async in(context: BrowserContext, address: string): Promise<FakeRollup> {
    const shim = await installWallet(context, { announcement: { chain_id: CHAIN, l1_url: '' } }, OWN);
    const fake = new FakeRollup(address, shim);
    await context.route(`${FAKE_URL}v1/**`, (route) => fake.#answer(route));
    return fake;
  }

  /** What is sent is in no block. */
  pending(): void {
    this.shim.instead.set('eth_getTransactionReceipt', () => ({ result: null }));
  }

  /** What was sent is in a block: it did what it was to do, or was reverted. */
  included(reverted = false): void {
    const result = { status: reverted ? '0x0' : '0x1', blockNumber: '0x2', logs: [] };
    this.shim.instead.set('eth_getTransactionReceipt', () => ({ result }));
  }

  /** An account of ether with so much. */
  has(balance: bigint): void {
    const nonces = { nonce: 0, next_nonce: 0, proved_nonce: 0, pending: 0 };
    const base = String(balance);
    this.accounts = [{ index: 1, owner: this.address, token: 0, balance: base, proved_balance: base, ...nonces }];
  }

  /** Proved withdrawals of account 1. */
  hasClaims(...amounts: readonly bigint[]): void {
    this.claims = amounts.map((amount, which) => ({
      ...{ batch: 1, which, amount: String(amount), token: 0, to: OWN, from: 1 },
      ...{ hash: `0x${String(which).padStart(64, '0')}`, queue_index: null, claimed: false },
    }));
    const list = this.claims.map(({ token, amount, to, from }) => ({
      ...{ token, amount: BigInt(amount), receiver: to, from },
    }));
    const header = {
      ...{ accounts: 2, queue_end: 0, shape: 1, timestamp: 1, claims_hash: claimsHash(list) },
      ...{ commitment: bytes32('1'), new_root: bytes32('2') },
    };
    this.batch = { number: 1, stage: 'final', header, claims: this.claims };
  }

  /** A withdrawal, the first claim of batch 1. */
  withdrawn(hash: string, stage: TransactionView['stage']): void {
    const signature = { r: { x: '0', y: '0' }, s: '0' } as never;
    const order = {
      kind: 'withdrawal',
      from: 1,
      nonce: 0,
      token: 0,
      to: OWN,
      amount: '1',
      fee: '0',
      expires: 1,
    } as const;
    this.transactions.set(hash, {
      ...{ hash, stage, trust: '', batch: 1, position: 0, l1: { submit: null }, operation: { ...order, signature } },
      ...{ dropped: null, reference: null, rejection: null, to_account: null },
      times_ms: { received: 1, executed: 1, sealed: 1, proved: 1, final: 1, rejected: null },
    });
  }

  /** Comes to its end once the contract is asked this. */
  asks(call: ContractCall): Promise<void> {
    const name = selectorOf(call);
    const honest = this.contract.get(name) ?? (() => word(0));
    return new Promise((resolve) =>
      this.contract.set(name, (data) => {
        resolve();
        return honest(data);
      }),
    );
  }

  /** Which of the claims the contract has paid. */
  paid(...which: readonly number[]): void {
    this.contract.set(selectorOf(isClaimedCall(rollup, 1, 0)), (data) =>
      word(which.includes(Number(decodeNumber(`0x${data.slice(-64)}`))) ? 1 : 0),
    );
  }

  /** Which accounts have left. */
  left(...accounts: readonly number[]): void {
    this.contract.set(selectorOf(isEscapedCall(rollup, 1)), (data) =>
      word(accounts.includes(Number(decodeNumber(`0x${data.slice(-64)}`))) ? 1 : 0),
    );
  }

  /** Of the layer 1 that the node sees. */
  sees(l1: Partial<StatusView['l1']>): void {
    this.status = { ...this.status, l1: { ...this.status.l1, ...l1 } };
  }

  proves(batch: number): void {
    this.status = { ...this.status, heights: { executed: batch, sealed: batch, proved: batch, final: batch } };
  }

  /** Whether anybody may freeze, as the contract says: closing was announced, for a time that has come or has not. */
  closing(at: number): void {
    const words = (count: number, set: Readonly<Record<number, number>>) =>
      Array.from({ length: count }, (_, place) => word(set[place] ?? 0)).join('');
    this.contract.set(selectorOf(standingCall(rollup)), () => words(14, { 11: at }));
    this.contract.set(selectorOf(deploymentCall(rollup)), () => words(15, {}));
  }

  #call(data: string): string {
    return `0x${(this.contract.get(data.slice(0, 10)) ?? (() => word(0)))(data)}`;
  }

  async #answer(route: Route): Promise<void> {
    const { pathname } = new URL(route.request().url());
    const body = this.instead?.(route) ?? this.#bodyOf(pathname);
    if (body instanceof Promise) return void (await body);
    if (pathname === '/v1/events') return route.fulfill({ contentType: 'text/event-stream', body: ': well\n\n' });
    if (body !== undefined) return route.fulfill({ json: body });
    const error = { code: 'unknown', message: 'the node does not know it', details: {} };
    return route.fulfill({ status: 404, json: { error } });
  }

  #bodyOf(pathname: string): unknown {
    const [, , what, which] = pathname.split('/');
    const fee: FeeView = {
      ...{ token: 0, accepted: true, minimum: '0', suggested: '0', full_record: '0' },
      ...{ valid_ms: 3_600_000, valid_until_ms: Date.now() + 3_600_000 },
    };
    switch (what) {
      case 'status':
        return this.status;
      case 'tokens':
        return [{ number: 0, address: null, decimals: 18, name: 'ETH', symbol: 'ETH' }];
      case 'fees':
        return [fee];
      case 'batches':
        return which === undefined ? { batches: [], next_before: null } : this.batch;
      case 'claims':
        return { claims: this.claims, batches: this.batch ? [this.batch] : [], next_before: null };
      case 'accounts':
        if (pathname.endsWith('/proof')) return this.proof;
        if (pathname.endsWith('/payments')) return { payments: [], next_before: null };
        return which === undefined ? { accounts: this.accounts } : this.accounts[0];
      case 'queue':
        return which === undefined ? { entries: [] } : this.entries.get(Number(which));
      case 'transactions':
        return this.transactions.get(which ?? '');
      case 'events':
        return {};
    }
    return undefined;
  }
}
