/** Withdrawals of a wallet that the contract pays when somebody claims them. */
import {
  NodeError,
  decodeFlag,
  isClaimedCall,
  type AccountView,
  type BatchDetail,
  type ClaimView,
  type NodeClient,
  type PaymentView,
  type Rollup,
} from '@assay/client';
import type { Layer1 } from '../ethereum/layer1.js';

export interface Claimable {
  readonly batch: BatchDetail;
  readonly claim: ClaimView;
}

type Node = Pick<NodeClient, 'payments' | 'batch'>;

const PAGE = 100;
/** Pages that are read of each account's history: older claims are found by their payment. */
const PAGES_MOST = 10;
/** Questions to the wallet at a time. */
const ASKED_AT_ONCE = 8;

/** What is on the layer 1 and moved money out, by the history of the accounts, latest first. */
export class ClaimFinder {
  readonly #claims = new Map<string, Claimable>();
  /** What these make claimable never changes. */
  readonly #final = new Set<number>();
  /** Accounts whose history was read to its end, or as far as it is read. */
  readonly #read = new Set<number>();
  readonly #paid = new Set<string>();

  constructor(
    private readonly node: Node,
    private readonly rollup: Rollup,
  ) {}

  /** All that can be claimed, paid or not. */
  async find(accounts: readonly AccountView[], signal: AbortSignal): Promise<readonly Claimable[]> {
    const own = accounts.map(({ index }) => index);
    for (const index of own) await this.#look(index, own, signal);
    return [...this.#claims.values()].sort((a, b) => b.batch.number - a.batch.number || b.claim.which - a.claim.which);
  }

  /** Of them those that the contract has not paid. */
  async unpaid(claims: readonly Claimable[], layer1: Pick<Layer1, 'read'>): Promise<readonly Claimable[]> {
    const open = claims.filter((claimable) => !this.#paid.has(nameOf(claimable)));
    for (let first = 0; first < open.length; first += ASKED_AT_ONCE) {
      await Promise.all(
        open.slice(first, first + ASKED_AT_ONCE).map(async (claimable) => {
          const { batch, claim } = claimable;
          const answer = await layer1.read(isClaimedCall(this.rollup, batch.number, claim.which));
          if (decodeFlag(answer)) this.#paid.add(nameOf(claimable));
        }),
      );
    }
    return open.filter((claimable) => !this.#paid.has(nameOf(claimable)));
  }

  async #look(index: number, own: readonly number[], signal: AbortSignal): Promise<void> {
    // What is further down was there at the first look.
    const pages = this.#read.has(index) ? 1 : PAGES_MOST;
    let before: string | undefined;
    for (let page = 0; page < pages; page += 1) {
      const cursor = before === undefined ? {} : { before };
      const { payments, next_before } = await this.node.payments(index, { limit: PAGE, signal, ...cursor });
      for (const number of new Set(payments.filter(isPaidOut).map(({ batch }) => batch ?? 0))) {
        await this.#take(number, own, signal);
      }
      if (next_before == null) break;
      before = next_before;
    }
    this.#read.add(index);
  }

  async #take(number: number, own: readonly number[], signal: AbortSignal): Promise<void> {
    if (number === 0 || this.#final.has(number)) return;
    let batch: BatchDetail;
    try {
      batch = await this.node.batch(number, { signal });
    } catch (error) {
      // The node keeps it no more; the layer 1 has it.
      if (error instanceof NodeError && error.status === 404) return;
      throw error;
    }
    // What stood in its place before a reorganisation is claimable no more.
    for (const [name, other] of this.#claims) if (other.batch.number === number) this.#claims.delete(name);
    for (const claim of batch.claims.filter(({ from }) => own.includes(from))) {
      this.#claims.set(nameOf({ batch, claim }), { batch, claim });
    }
    if (batch.stage === 'final') this.#final.add(number);
  }
}

function isPaidOut({ kind, direction, stage }: PaymentView): boolean {
  const out = kind === 'withdrawal' || kind === 'forced_withdrawal';
  return out && direction === 'outgoing' && (stage === 'proved' || stage === 'final');
}

function nameOf({ batch, claim }: Claimable): string {
  return `${batch.number} ${batch.new_root} ${claim.which}`;
}
