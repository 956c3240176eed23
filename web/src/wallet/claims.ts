/** Withdrawals of a wallet that the contract pays when somebody claims them. */
import {
  decodeFlag,
  isClaimedCall,
  type AccountView,
  type BatchClaims,
  type NodeClient,
  type ProvedClaim,
  type Rollup,
} from '@assay/client';
import type { Layer1 } from '../ethereum/layer1.js';

export interface Claimable {
  readonly batch: BatchClaims;
  readonly claim: ProvedClaim;
}

type Node = Pick<NodeClient, 'claims'>;

/** Claims that are read at a time: at the first look, and when there may be new ones. Each costs the node a question. */
const PAGE = 100;
const FEW = 10;
/** Pages that are read of each account at most. */
const PAGES_MOST = 5;
/** Questions to the wallet at a time. */
const ASKED_AT_ONCE = 8;

/** What is on the layer 1 and moved money out, by the node's list, latest first. */
export class ClaimFinder {
  /** What is not known to be paid. */
  readonly #open = new Map<string, Claimable>();
  readonly #seen = new Set<string>();
  /** Accounts whose claims were read once. */
  readonly #read = new Set<number>();
  readonly #paid = new Set<string>();

  constructor(
    private readonly node: Node,
    private readonly rollup: Rollup,
  ) {}

  /** All of which the node does not say that the contract has paid it. */
  async find(accounts: readonly AccountView[], signal: AbortSignal): Promise<readonly Claimable[]> {
    for (const { index } of accounts) await this.#look(index, signal);
    return [...this.#open.values()].sort((a, b) => b.batch.number - a.batch.number || b.claim.which - a.claim.which);
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

  async #look(index: number, signal: AbortSignal): Promise<void> {
    const again = this.#read.has(index);
    let before: string | undefined;
    for (let page = 0; page < PAGES_MOST; page += 1) {
      const cursor = before === undefined ? {} : { before };
      const limit = again ? FEW : PAGE;
      const { claims, batches, next_before } = await this.node.claims({ from: index }, { limit, signal, ...cursor });
      let known = false;
      for (const claim of claims) {
        const batch = batches.find(({ number }) => number === claim.batch);
        if (batch) known = this.#take({ batch, claim }) || known;
      }
      // What is further down was there at the look before.
      if (next_before == null || (again && known)) break;
      before = next_before;
    }
    this.#read.add(index);
  }

  /** Whether it was seen before. */
  #take(claimable: Claimable): boolean {
    const name = nameOf(claimable);
    const { batch, claim } = claimable;
    // What stood in its place before a reorganisation is claimable no more.
    for (const [other, { batch: old }] of this.#open) {
      if (old.number === batch.number && old.header.new_root !== batch.header.new_root) this.#open.delete(other);
    }
    if (claim.claimed === true) this.#open.delete(name);
    else this.#open.set(name, claimable);
    const known = this.#seen.has(name);
    this.#seen.add(name);
    return known;
  }
}

/** Of one claim, and of no other: a batch that stands in the place of another has its own. */
export function nameOf({ batch, claim }: Claimable): string {
  return `${batch.number} ${batch.header.new_root} ${claim.which}`;
}
