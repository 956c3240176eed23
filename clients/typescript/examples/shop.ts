/**
 * A shop that takes payments. Every order has an address of its own, made from the shop's words and
 * the order's number, so a payment needs no reference, and nothing but the words must be kept.
 */
import { NodeClient, SecretKey, Wallet, parseAmount, type AccountView, type Network } from '@assay/client';
import { seedFromMnemonic } from '@assay/client/mnemonic';

export interface Order {
  readonly number: number;
  /** Base units of ether. */
  readonly price: bigint;
}

export class Shop {
  readonly #node: NodeClient;
  readonly #words: string;
  readonly #network: Network;

  constructor(node: NodeClient, words: string, network: Network) {
    this.#node = node;
    this.#words = words;
    this.#network = network;
  }

  /** Number 0 is the shop's own till. */
  #key(number: number): SecretKey {
    return SecretKey.fromSeed(seedFromMnemonic(this.#words, { index: number }));
  }

  /** Where the customer pays. */
  address({ number }: Order): string {
    return this.#key(number).address(this.#network);
  }

  /**
   * Waits until an order is paid: `promised` when the operator has executed it, good enough for a
   * coffee; `proved` when the layer 1 has it and nobody needs to be trusted, good enough for a car.
   */
  async paid(order: Order, assurance: 'promised' | 'proved', signal: AbortSignal): Promise<bigint> {
    const address = this.address(order);
    for await (const event of this.#node.events({ signal })) {
      // Reading again costs one request: at the start, and when something moved that could be it.
      if (event.type === 'alive') continue;
      const accounts = await this.#node.accounts(address);
      const ether = accounts.find((account) => account.token === 0);
      const received = ether ? receivedBy(ether, assurance) : 0n;
      if (received >= order.price) return received;
    }
    throw new Error(`order ${order.number} was not paid in time`);
  }

  /** Moves what an order brought to the till; the fee comes out of it. */
  async collect(order: Order): Promise<bigint> {
    const wallet = await Wallet.connect({ node: this.#node, key: this.#key(order.number) });
    const till = this.#key(0).address(this.#network);
    const fees = await this.#node.fees();
    const ofEther = fees.find((fee) => fee.token === 0);
    // Enough also where it opens the till's account.
    const fee = ofEther?.accepted ? parseAmount(ofEther.full_record) : 0n;
    const amount = (await wallet.balance()) - fee;
    const sent = await wallet.send({ to: till, amount: roundedDown(amount), fee });
    await sent.waitFor('executed');
    return sent.order.amount;
  }
}

function receivedBy(account: AccountView, assurance: 'promised' | 'proved'): bigint {
  return parseAmount(assurance === 'promised' ? account.balance : (account.proved_balance ?? '0'));
}

/** Transfers carry about ten significant digits: what is finer stays where it is. */
function roundedDown(amount: bigint): bigint {
  const unit = 10n ** BigInt(Math.max(amount.toString().length - 10, 0));
  return amount - (amount % unit);
}
