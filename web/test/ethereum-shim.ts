/** A wallet of Ethereum in a browser that is driven: its account is the test's, its chain the simulated layer 1. */
import type { Devnet } from '../../clients/typescript/test/devnet.js';
import type { BrowserContext } from 'playwright-core';

/** What the wallet does besides what the chain says. */
export interface ShimState {
  /** Of the account that it gives to pages. */
  account: string;
  /** The chain that it says it is on. */
  chain: string;
  /** What its user refuses, by method. */
  readonly refused: Set<string>;
  /** What pages asked, in their order. */
  readonly asked: string[];
}

type Outcome = { result: unknown } | { error: { code: number; message: string; data?: unknown } };

/** Puts a wallet that announces itself by EIP-6963 into every page of a context. */
export async function installWallet(context: BrowserContext, devnet: Devnet, account: string): Promise<ShimState> {
  const own = `0x${devnet.announcement.chain_id.toString(16)}`;
  const state: ShimState = { account, chain: own, refused: new Set(), asked: [] };
  const answer = async (method: string, params: unknown[]): Promise<Outcome> => {
    state.asked.push(method);
    if (state.refused.has(method)) return { error: { code: 4001, message: 'User rejected the request.' } };
    switch (method) {
      case 'eth_requestAccounts':
      case 'eth_accounts':
        return { result: [state.account.toLowerCase()] };
      case 'eth_chainId':
        return { result: state.chain };
      case 'wallet_switchEthereumChain': {
        const [{ chainId }] = params as [{ chainId: string }];
        if (chainId !== own) return { error: { code: 4902, message: 'Unrecognized chain ID.' } };
        state.chain = chainId;
        return { result: null };
      }
      default:
        // Its accounts are unlocked there: it signs texts and transactions as a wallet does, by RFC 6979.
        return forward(devnet.announcement.l1_url, method, params);
    }
  };
  await context.exposeFunction('assayShim', answer);
  await context.addInitScript(announce);
  return state;
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
  const detail = Object.freeze({ info: { uuid: 'a', name: 'Test Wallet', icon: '', rdns: 'test.wallet' }, provider });
  const tell = () => dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }));
  addEventListener('eip6963:requestProvider', tell);
  tell();
}
