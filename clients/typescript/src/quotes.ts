/** What a node asks, kept for as long as it says that it takes it. */
import type { FeeView } from './api-types.js';
import type { NodeClient } from './node.js';

/** Of a quote's life so much is used: a payment needs the rest to arrive. */
const USED = 0.5;

export class Quotes {
  #kept: { readonly fees: readonly FeeView[]; readonly until: number } | undefined;

  /** `now` is a clock in ms that does not jump. */
  constructor(
    private readonly node: Pick<NodeClient, 'fees'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Fees by token that the node takes now; asked for where those that are kept are too old. */
  async fees(): Promise<readonly FeeView[]> {
    if (this.#kept && this.now() < this.#kept.until) return this.#kept.fees;
    const asked = this.now();
    const fees = await this.node.fees();
    const life = Math.min(...fees.map((fee) => fee.valid_ms));
    this.#kept = fees.length > 0 ? { fees, until: asked + USED * life } : undefined;
    return fees;
  }

  /** What is kept is not asked any more. */
  forget(): void {
    this.#kept = undefined;
  }
}
