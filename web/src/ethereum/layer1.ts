/** The layer 1 as an account of an Ethereum wallet sees it, and sends to it. */
import { formatUnits, toHex, type ContractCall, type Hex, type L1EventLog, type L1Log } from '@assay/client';
import { EthereumFailure, failureOf } from './failure.js';
import { follow, type Ask, type L1Receipt, type Pause, type Sight } from './follow.js';
import { accountsOf, chainOf, type Provider } from './provider.js';

/** How far what is sent has come. */
export type Sending =
  /** Whether the contract would take it. */
  | { readonly is: 'checking' }
  /** The wallet asks its user. */
  | { readonly is: 'asking' }
  | ({ readonly is: 'sent'; readonly hash: Hex } & Sight)
  | { readonly is: 'included'; readonly receipt: L1Receipt };

export type { L1Log, L1Receipt };

export interface Layer1Options {
  readonly provider: Provider;
  /** Who sends, and pays the gas. */
  readonly account: Hex;
  /** The rollup's: a wallet that is on another is not asked to send. */
  readonly chain: number;
  /** Between two looks; a test's own passes at once. */
  readonly pause?: Pause;
}

const SECOND_MS = 1000;
/** What is estimated now may need more in a later block. */
const GAS_MARGIN_PERCENT = 125n;

const pauseASecond: Pause = (signal) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, SECOND_MS);
    signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });

export class Layer1 {
  readonly account: Hex;
  readonly chain: number;
  readonly #provider: Provider;
  readonly #pause: Pause;

  constructor({ provider, account, chain, pause = pauseASecond }: Layer1Options) {
    this.#provider = provider;
    this.account = account;
    this.chain = chain;
    this.#pause = pause;
  }

  /** The answer of a call that changes nothing. */
  async read({ to, data }: Pick<ContractCall, 'to' | 'data'>): Promise<Hex> {
    await this.#requireChain();
    return this.#ask<Hex>('eth_call', { from: this.account, to, data }, 'latest');
  }

  /** What a contract told by events with these topics, one or several for each place, in all blocks. */
  async logs(address: Hex, topics: readonly (Hex | readonly Hex[])[]): Promise<readonly L1EventLog[]> {
    await this.#requireChain();
    return this.#ask<L1EventLog[]>('eth_getLogs', { address, topics, fromBlock: '0x0', toBlock: 'latest' });
  }

  /** The account's ether, wei. */
  async balance(): Promise<bigint> {
    await this.#requireChain();
    return BigInt(await this.#ask<Hex>('eth_getBalance', this.account, 'latest'));
  }

  /** Of the last block, wei for a unit of gas. */
  async baseFee(): Promise<bigint> {
    await this.#requireChain();
    const block = await this.#ask<{ baseFeePerGas?: Hex }>('eth_getBlockByNumber', 'latest', false);
    return BigInt(block.baseFeePerGas ?? 0);
  }

  /** The time of the last block, Unix seconds. */
  async time(): Promise<number> {
    await this.#requireChain();
    const block = await this.#ask<{ timestamp: Hex }>('eth_getBlockByNumber', 'latest', false);
    return Number(block.timestamp);
  }

  /** What the gas of a call would cost now, wei; `reverted` where the contract would refuse it. */
  async gasCost(call: ContractCall): Promise<bigint> {
    await this.#requireChain();
    const [gas, price] = await Promise.all([
      this.#ask<Hex>('eth_estimateGas', this.#transaction(call)),
      this.#ask<Hex>('eth_gasPrice'),
    ]);
    return BigInt(gas) * BigInt(price);
  }

  /** The account's signature under a text (EIP-191), as the wallet gives it. */
  async sign(text: string): Promise<Hex> {
    await this.#requireChain();
    await this.#requireAccount();
    return this.#ask<Hex>('personal_sign', toHex(new TextEncoder().encode(text)), this.account);
  }

  /**
   * Sends a call and waits for its block. Before its user is asked, the contract is: what it would refuse costs no gas so.
   * `reverted`, `replaced` and the like are thrown as {@link EthereumFailure}. The signal ends the waiting alone:
   * what was sent stays sent.
   */
  async send(call: ContractCall, tell: (state: Sending) => void, signal?: AbortSignal): Promise<L1Receipt> {
    tell({ is: 'checking' });
    await this.#requireChain();
    await this.#requireAccount();
    await this.#requireFunds(call);
    const transaction = this.#transaction(call);
    const gas = BigInt(await this.#ask<Hex>('eth_estimateGas', transaction));
    const fromBlock = Number(await this.#ask<Hex>('eth_blockNumber'));
    tell({ is: 'asking' });
    const limit = quantity((gas * GAS_MARGIN_PERCENT) / 100n);
    const hash = await this.#ask<Hex>('eth_sendTransaction', { ...transaction, gas: limit });
    if (!/^0x[0-9a-fA-F]{64}$/.test(hash)) {
      throw new EthereumFailure('failed', 'Your wallet answered with no transaction: look in it whether one was sent.');
    }
    return this.wait(hash.toLowerCase() as Hex, { call, fromBlock, tell, signal });
  }

  /** Waits for what was sent: see {@link Layer1.send}. */
  async wait(
    hash: Hex,
    given: {
      readonly call?: ContractCall;
      readonly fromBlock?: number;
      readonly tell: (state: Sending) => void;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<L1Receipt> {
    const { tell, call, fromBlock, signal } = given;
    // Another chain knows nothing of it, and has another transaction with its nonce.
    const ask: Ask = async (method, ...params) => {
      await this.#requireChain();
      return this.#ask(method, ...params);
    };
    const receipt = await follow({
      ...{ ask, account: this.account, hash, call, fromBlock, signal, pause: this.#pause },
      tell: (known, sight) => tell({ is: 'sent', hash: known, ...sight }),
    });
    tell({ is: 'included', receipt });
    return receipt;
  }

  #transaction({ to, data, value }: ContractCall): { from: Hex; to: Hex; data: Hex; value: Hex } {
    return { from: this.account, to, data, value: quantity(value) };
  }

  async #requireChain(): Promise<void> {
    const chain = chainOf(await this.#ask('eth_chainId'));
    if (chain === this.chain) return;
    const found = chain === undefined ? 'no chain' : `chain ${chain}`;
    throw new EthereumFailure('wrong_chain', `Your wallet is on ${found}; this rollup is on chain ${this.chain}.`);
  }

  async #requireAccount(): Promise<void> {
    const accounts = accountsOf(await this.#ask('eth_accounts'));
    if (accounts.includes(this.account.toLowerCase() as Hex)) return;
    if (accounts.length === 0) throw failureOf({ code: 4100 });
    throw new EthereumFailure('other_account', `Your wallet gives this page another account than ${this.account}.`);
  }

  /** Wallets and chains say this in many ways; said here it is in ours. */
  async #requireFunds({ value }: ContractCall): Promise<void> {
    const balance = await this.balance();
    if (balance >= value) return;
    const [has, needed] = [balance, value].map((wei) => formatUnits(wei, 18));
    throw new EthereumFailure('funds', `The account has ${has} ETH; ${needed} ETH and the gas are needed.`);
  }

  async #ask<T = unknown>(method: string, ...params: readonly unknown[]): Promise<T> {
    try {
      return (await this.#provider.request({ method, params })) as T;
    } catch (error) {
      throw failureOf(error);
    }
  }
}

function quantity(value: bigint): Hex {
  return `0x${value.toString(16)}`;
}
