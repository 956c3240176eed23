/** Which Ethereum wallet the page is connected with, on which account and chain. */
import { formatL1Address, parseL1Address, type Hex } from '@assay/client';
import { EthereumFailure, failureOf } from './failure.js';
import { accountsOf, chainOf, findWallets, type FoundWallet, type Surroundings } from './provider.js';

export interface Connection {
  readonly wallet: FoundWallet;
  /** With its checksum. */
  readonly account: Hex;
  /** The chain that the wallet is on now; `undefined` where it does not say. */
  readonly chain: number | undefined;
}

/** A chain that a wallet is to know (EIP-3085). */
export interface NewChain {
  readonly chain: number;
  readonly name: string;
  /** Of its JSON-RPC, for the wallet: the page does not ask it. */
  readonly url: string;
}

export class EthereumWallets {
  readonly #listeners = new Set<() => void>();
  #found: readonly FoundWallet[] = [];
  #connection: Connection | undefined;
  #account: Hex | undefined;
  #leave: () => void = () => undefined;

  constructor(around: Surroundings) {
    findWallets(around, (wallets) => {
      this.#found = wallets;
      this.#changed();
    });
  }

  get found(): readonly FoundWallet[] {
    return this.#found;
  }

  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** The account that was given last, also where the wallet has taken it back, as one that is locked does. */
  get account(): Hex | undefined {
    return this.#account;
  }

  /** Calls back after each change; gives what ends that. */
  listen(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  /** Asks a wallet for an account, which its user must allow. */
  async connect(wallet: FoundWallet): Promise<void> {
    const { provider } = wallet;
    try {
      const [account] = accountsOf(await provider.request({ method: 'eth_requestAccounts' }));
      if (!account) throw new EthereumFailure('locked', 'Your wallet gives this page no account.');
      const chain = chainOf(await provider.request({ method: 'eth_chainId' }));
      this.#leave();
      this.#connect({ wallet, account: withChecksum(account), chain });
    } catch (error) {
      throw failureOf(error);
    }
    const moved = (told: unknown) => {
      const [account] = accountsOf(told);
      if (account) this.#move({ account: withChecksum(account) });
      else this.#end();
    };
    const switched = (told: unknown) => this.#move({ chain: chainOf(told) });
    provider.on?.('accountsChanged', moved);
    provider.on?.('chainChanged', switched);
    this.#leave = () => {
      provider.removeListener?.('accountsChanged', moved);
      provider.removeListener?.('chainChanged', switched);
    };
    this.#changed();
  }

  /** The page forgets the wallet; the wallet itself is told nothing. */
  disconnect(): void {
    this.#account = undefined;
    this.#end();
  }

  /** Has the wallet go to a chain; `unknown_chain` where it does not know it. */
  async switchTo(chain: number): Promise<void> {
    await this.#ask('wallet_switchEthereumChain', { chainId: hex(chain) });
  }

  /** Has the wallet learn a chain and go to it. */
  async add({ chain, name, url }: NewChain): Promise<void> {
    const nativeCurrency = { name: 'Ether', symbol: 'ETH', decimals: 18 };
    await this.#ask('wallet_addEthereumChain', {
      ...{ chainId: hex(chain), chainName: name, rpcUrls: [url], nativeCurrency },
    });
  }

  async #ask(method: string, asked: unknown): Promise<void> {
    const { wallet } = this.#connection ?? {};
    if (!wallet) throw new EthereumFailure('disconnected', 'No Ethereum wallet is connected.');
    try {
      await wallet.provider.request({ method, params: [asked] });
      // Not every wallet tells that it went there.
      this.#move({ chain: chainOf(await wallet.provider.request({ method: 'eth_chainId' })) });
    } catch (error) {
      throw failureOf(error);
    }
  }

  #connect(connection: Connection): void {
    this.#connection = connection;
    this.#account = connection.account;
  }

  #end(): void {
    this.#leave();
    this.#leave = () => undefined;
    this.#connection = undefined;
    this.#changed();
  }

  #move(to: Partial<Connection>): void {
    if (!this.#connection) return;
    this.#connect({ ...this.#connection, ...to });
    this.#changed();
  }

  #changed(): void {
    for (const changed of this.#listeners) changed();
  }
}

function withChecksum(account: Hex): Hex {
  return formatL1Address(parseL1Address(account));
}

function hex(chain: number): Hex {
  return `0x${chain.toString(16)}`;
}
