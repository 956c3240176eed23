/** The key of this browser: stored locked, held open for some minutes of use. */
import { SecretKey, type Network } from '@assay/client';
import type { Store } from './kept.js';
import { parseVault, seal, unseal, type Vault } from './vault.js';

/** After so long without use it is locked again. */
export const IDLE_MS = 5 * 60_000;

export type Standing =
  | { readonly is: 'none' }
  /** Something is stored that this page does not read; it is not overwritten. */
  | { readonly is: 'unreadable' }
  | { readonly is: 'locked'; readonly address: string }
  | { readonly is: 'open'; readonly address: string; readonly key: SecretKey };

export class Keyring {
  readonly #listeners = new Set<() => void>();
  readonly #open = new Map<Network, { readonly address: string; readonly key: SecretKey }>();
  #usedMs = 0;

  constructor(
    private readonly store: Store,
    private readonly now: () => number = Date.now,
    /** Of the password's derivation; fewer in tests. */
    private readonly rounds?: number,
  ) {}

  /** Calls back after each change; gives what ends that. */
  listen(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  standing(network: Network): Standing {
    const text = this.store.getItem(nameOf(network));
    if (text === null) return { is: 'none' };
    const vault = parseVault(text);
    if (vault?.network !== network) return { is: 'unreadable' };
    const { address } = vault;
    const open = this.#open.get(network);
    // Another tab may have put another key there.
    if (open?.address === address && this.#isInUse()) return { is: 'open', address, key: open.key };
    return { is: 'locked', address };
  }

  /** Stores a key that is not there yet, and holds it open. */
  async keep(seed: Uint8Array, network: Network, password: string): Promise<void> {
    const vault = await seal(seed, network, password, this.rounds);
    const name = nameOf(network);
    if (this.store.getItem(name) !== null) {
      throw new Error('This browser has a key already. Forget that one first, when you have a copy of it.');
    }
    const text = JSON.stringify(vault);
    try {
      this.store.setItem(name, text);
    } catch {
      throw new Error('This browser has no room left to store the key. Delete what other pages of this site keep.');
    }
    if (this.store.getItem(name) !== text) throw new Error('This browser did not store the key. Nothing was made.');
    this.#hold(vault, seed);
  }

  /** Opens the key; `PasswordError` where the password is another. */
  async unlock(network: Network, password: string): Promise<void> {
    const vault = this.#vault(network);
    this.#hold(vault, await unseal(vault, password));
  }

  /** The seed itself, for a copy: for that the password is asked again. */
  async seed(network: Network, password: string): Promise<Uint8Array> {
    return unseal(this.#vault(network), password);
  }

  lock(): void {
    this.#open.clear();
    this.#changed();
  }

  /** Deletes the key from this browser. */
  forget(network: Network): void {
    this.store.removeItem(nameOf(network));
    this.#open.delete(network);
    this.#changed();
  }

  /** Somebody is there: it stays open. */
  use(): void {
    if (this.#isInUse()) this.#usedMs = this.now();
  }

  /** Locks what was not used for {@link IDLE_MS}; to be called now and then. */
  lockIfIdle(): void {
    if (this.#open.size > 0 && !this.#isInUse()) this.lock();
  }

  /** What another tab stored is looked at. */
  look(): void {
    this.#changed();
  }

  #isInUse(): boolean {
    // A clock that was set back tells nothing of how long nobody was there.
    const idleMs = this.now() - this.#usedMs;
    return idleMs >= 0 && idleMs < IDLE_MS;
  }

  #vault(network: Network): Vault {
    const vault = parseVault(this.store.getItem(nameOf(network)) ?? '');
    if (!vault) throw new Error('There is no key in this browser any more: another tab has deleted it.');
    return vault;
  }

  #hold({ network, address }: Vault, seed: Uint8Array): void {
    this.#open.set(network, { address, key: SecretKey.fromSeed(seed) });
    seed.fill(0);
    this.#usedMs = this.now();
    this.#changed();
  }

  #changed(): void {
    for (const changed of this.#listeners) changed();
  }
}

function nameOf(network: Network): string {
  return `assay/wallet/${network}`;
}
