/** A wallet of Ethereum in a browser that is driven: its account is the test's, its chain the simulated layer 1. */
import type { Devnet } from '../../clients/typescript/test/devnet.js';
import type { BrowserContext, Page } from 'playwright-core';

export type Outcome = { result: unknown } | { error: { code: number; message: string; data?: unknown } };
/** Answers instead of the wallet; `honest` asks the wallet itself, with the same or with other parameters. */
export type Instead = (
  params: unknown[],
  honest: (other?: unknown[]) => Promise<Outcome>,
) => Promise<Outcome> | Outcome;

/** What the wallet does besides what the chain says. */
export interface ShimState {
  /** Of the account that it gives to pages. */
  account: string;
  /** The chain that it says it is on. */
  chain: string;
  /** The chains that it knows. */
  readonly known: Set<string>;
  /** Whether it reaches no layer 1. */
  away: boolean;
  /** What its user refuses, by method. */
  readonly refused: Set<string>;
  /** What it answers otherwise, by method. */
  readonly instead: Map<string, Instead>;
  /** What pages asked, in their order. */
  readonly asked: string[];
}

/** Of a devnet what is used. */
type Layer1 = { readonly announcement: Pick<Devnet['announcement'], 'chain_id' | 'l1_url'> };

/** Has a page's wallet tell of something that happened in it, such as another chain. */
export function tellPage(page: Page, event: string, told: unknown): Promise<void> {
  return page.evaluate(
    ([event, told]) => (globalThis as unknown as { assayTell: (...what: unknown[]) => void }).assayTell(event, told),
    [event, told] as const,
  );
}

/** Methods that a wallet answers by itself. */
const OWN = ['eth_requestAccounts', 'eth_accounts', 'eth_chainId'];

/** Puts a wallet that announces itself by EIP-6963 into every page of a context. */
export async function installWallet(context: BrowserContext, devnet: Layer1, account: string): Promise<ShimState> {
  const own = `0x${devnet.announcement.chain_id.toString(16)}`;
  const state: ShimState = {
    ...{ account, chain: own, known: new Set([own]), away: false },
    ...{ refused: new Set(), instead: new Map(), asked: [] },
  };
  const answer = async (method: string, params: unknown[]): Promise<Outcome> => {
    state.asked.push(method);
    if (state.refused.has(method)) return { error: { code: 4001, message: 'User rejected the request.' } };
    const honest = (other = params) => honestly(state, devnet, method, other);
    return state.instead.get(method)?.(params, honest) ?? honest();
  };
  await context.exposeFunction('assayShim', answer);
  await context.addInitScript(announce);
  return state;
}

async function honestly(state: ShimState, devnet: Layer1, method: string, params: unknown[]): Promise<Outcome> {
  const [asked] = params as [{ chainId?: string } | undefined];
  switch (method) {
    case 'eth_requestAccounts':
    case 'eth_accounts':
      return { result: [state.account.toLowerCase()] };
    case 'eth_chainId':
      return { result: state.chain };
    case 'wallet_switchEthereumChain':
      if (!state.known.has(asked?.chainId ?? '')) return { error: { code: 4902, message: 'Unrecognized chain ID.' } };
      state.chain = asked?.chainId ?? '';
      return { result: null };
    case 'wallet_addEthereumChain':
      // Not every wallet goes there as well.
      state.known.add(asked?.chainId ?? '');
      return { result: null };
  }
  if (state.away && !OWN.includes(method)) return { error: { code: 4900, message: 'Disconnected.' } };
  // Its accounts are unlocked there: it signs texts and transactions as a wallet does, by RFC 6979.
  return forward(devnet.announcement.l1_url, method, params);
}

async function forward(url: string, method: string, params: unknown[]): Promise<Outcome> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return (await answer.json()) as Outcome;
}

/** In the page. */
function announce(): void {
  const ask = (globalThis as unknown as { assayShim: (method: string, params: unknown[]) => Promise<Outcome> })
    .assayShim;
  const listeners = new Map<string, (told: unknown) => void>();
  const provider = {
    request: async ({ method, params = [] }: { method: string; params?: unknown[] }) => {
      const outcome = await ask(method, params);
      if ('error' in outcome) throw outcome.error;
      if (method === 'wallet_switchEthereumChain') {
        const now = await ask('eth_chainId', []);
        if ('result' in now) listeners.get('chainChanged')?.(now.result);
      }
      return outcome.result;
    },
    on: (event: string, listener: (told: unknown) => void) => listeners.set(event, listener),
    removeListener: (event: string) => listeners.delete(event),
  };
  Object.assign(globalThis, { assayTell: (event: string, told: unknown) => listeners.get(event)?.(told) });
  const detail = Object.freeze({ info: { uuid: 'a', name: 'Test Wallet', icon: '', rdns: 'test.wallet' }, provider });
  const tell = () => dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }));
  addEventListener('eip6963:requestProvider', tell);
  tell();
}
