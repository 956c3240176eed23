/** What an Ethereum wallet gives a page (EIP-1193). Everything to the layer 1 goes through it: the page asks nobody else. */
import type { Hex } from '@assay/client';

export interface Provider {
  request(asked: { readonly method: string; readonly params?: readonly unknown[] }): Promise<unknown>;
  on?(event: string, listener: (told: unknown) => void): unknown;
  removeListener?(event: string, listener: (told: unknown) => void): unknown;
}

/** A wallet that is installed. Its name is its own word. */
export interface FoundWallet {
  readonly id: string;
  readonly name: string;
  readonly provider: Provider;
}

const NAME_CHARACTERS_MOST = 40;
const WALLETS_MOST = 20;

interface Announced {
  readonly info?: { readonly uuid?: unknown; readonly name?: unknown };
  readonly provider?: Provider;
}

/** Where wallets make themselves known: a page's `window`. */
export type Surroundings = EventTarget & { readonly ethereum?: Provider };

/**
 * Finds wallets that announce themselves (EIP-6963), or the one that took `window.ethereum` where none does.
 * `found` is called back with all of them each time that there is another; what is given ends that.
 */
export function findWallets(around: Surroundings, found: (wallets: readonly FoundWallet[]) => void): () => void {
  const wallets = new Map<string, FoundWallet>();
  const announced = (event: Event) => {
    const { info, provider } = ((event as CustomEvent<Announced | null>).detail ?? {}) as Announced;
    if (typeof info?.uuid !== 'string' || typeof info.name !== 'string' || !isProvider(provider)) return;
    if (wallets.size >= WALLETS_MOST && !wallets.has(info.uuid)) return;
    wallets.set(info.uuid, { id: info.uuid, name: tidyName(info.name), provider });
    found([...wallets.values()]);
  };
  around.addEventListener('eip6963:announceProvider', announced);
  around.dispatchEvent(new Event('eip6963:requestProvider'));
  const { ethereum } = around;
  if (wallets.size === 0 && isProvider(ethereum)) {
    found([{ id: 'window.ethereum', name: 'Ethereum wallet', provider: ethereum }]);
  }
  return () => around.removeEventListener('eip6963:announceProvider', announced);
}

function isProvider(given: unknown): given is Provider {
  return typeof given === 'object' && given !== null && typeof (given as Provider).request === 'function';
}

/** Without signs that turn text around or end its line. */
function tidyName(name: string): string {
  const tidy = name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim();
  return [...tidy].slice(0, NAME_CHARACTERS_MOST).join('') || 'A wallet without a name';
}

/** The accounts of an answer, in lower case. */
export function accountsOf(answer: unknown): Hex[] {
  const list: readonly unknown[] = Array.isArray(answer) ? answer : [];
  const isAddress = (account: unknown): account is Hex =>
    typeof account === 'string' && /^0x[0-9a-fA-F]{40}$/.test(account);
  return list.filter(isAddress).map((account) => account.toLowerCase() as Hex);
}

/** A chain id of an answer; `undefined` where it is none. */
export function chainOf(answer: unknown): number | undefined {
  const chain = typeof answer === 'string' || typeof answer === 'number' ? Number(answer) : NaN;
  return Number.isSafeInteger(chain) && chain > 0 ? chain : undefined;
}
