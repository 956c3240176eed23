/**
 * Deposits at an exchange. Each customer has an address; what arrives there is credited only when the
 * layer 1 itself says that it is theirs: the node is believed about nothing.
 */
import {
  CheckError,
  NodeClient,
  SecretKey,
  checkAccountProof,
  type Hex,
  type Network,
  type ProvedAccount,
} from '@assay/client';
import { seedFromMnemonic } from '@assay/client/mnemonic';

export interface Credit {
  readonly customer: number;
  readonly token: number;
  readonly amount: bigint;
}

export class DepositDesk {
  /** What every account was seen to hold; kept in the exchange's database in earnest. */
  readonly #seen = new Map<number, bigint>();
  readonly #keys = new Map<number, SecretKey>();

  constructor(
    private readonly node: NodeClient,
    private readonly network: Network,
    private readonly words: string,
    /** `provedRoot` of the contract, asked of the exchange's own layer 1 node. */
    private readonly provedRoot: () => Promise<Hex>,
  ) {}

  /** Where a customer pays in. */
  address(customer: number): string {
    return this.#key(customer).address(this.network);
  }

  /** Credits that are new and proved, for one customer or for all. */
  async credits(customers: Iterable<number>): Promise<Credit[]> {
    const credits: Credit[] = [];
    for (const customer of customers) {
      for (const { index } of await this.node.accounts(this.address(customer))) {
        const { account } = await this.#proved(index);
        // Not in the proved state yet.
        if (!account) continue;
        const { x, y } = this.#key(customer).publicKey;
        if (account.owner.x !== x || account.owner.y !== y) {
          throw new Error(`the node shows account ${index} of somebody else`);
        }
        const amount = account.balance - (this.#seen.get(index) ?? 0n);
        this.#seen.set(index, account.balance);
        if (amount > 0n) credits.push({ customer, token: account.token, amount });
      }
    }
    return credits;
  }

  /** An account in the state that the layer 1 holds. A batch may be proved between the two questions. */
  async #proved(index: number): Promise<ProvedAccount> {
    for (let attempt = 0; ; attempt += 1) {
      const root = await this.provedRoot();
      const proof = await this.node.accountProof(index);
      try {
        return checkAccountProof(proof, root);
      } catch (error) {
        const moved = error instanceof CheckError && error.code === 'root';
        if (!moved || attempt === 10) throw error;
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    }
  }

  #key(customer: number): SecretKey {
    let key = this.#keys.get(customer);
    if (!key) {
      key = SecretKey.fromSeed(seedFromMnemonic(this.words, { index: customer }));
      this.#keys.set(customer, key);
    }
    return key;
  }
}
