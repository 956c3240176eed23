/** What the parts of the wallet share. */
import {
  networkOfChain,
  rollupOf,
  type AccountView,
  type Network,
  type NodeClient,
  type Rollup,
  type SecretKey,
} from '@assay/client';
import { createContext } from 'preact';
import { useContext, useEffect, useMemo, useState } from 'preact/hooks';
import type { EthereumWallets } from '../../ethereum/wallets.js';
import type { Keyring, Standing } from '../../wallet/keyring.js';
import type { KeptList, Store } from '../../wallet/kept.js';
import { queuedOf, type Queued } from '../../wallet/queued.js';
import { referencesOf, type Reference } from '../../wallet/references.js';
import { useLoad, useWorld, type Loaded } from '../context.js';

export interface WalletWorld {
  /** For payments: it asks again where the page's own client does not. */
  readonly node: NodeClient;
  /** Neither is there where the browser keeps nothing for this page. */
  readonly store: Store | undefined;
  readonly keyring: Keyring | undefined;
  /** Of the browser, for what happens on the layer 1. */
  readonly ethereum: EthereumWallets;
}

export const WalletContext = createContext<WalletWorld | undefined>(undefined);

export function useWallet(): WalletWorld {
  const wallet = useContext(WalletContext);
  if (!wallet) throw new Error('a part of the wallet stands outside of the page');
  return wallet;
}

/** Where the key stands, as it changes. */
export function useStanding(keyring: Keyring, network: Network): Standing {
  const [, count] = useState(0);
  useEffect(() => keyring.listen(() => count((before) => before + 1)), [keyring]);
  return keyring.standing(network);
}

/** A key that is open, on the rollup that the node serves. */
export interface OpenWallet {
  readonly address: string;
  readonly key: SecretKey;
  readonly network: Network;
  readonly chain: number;
  readonly contract: string;
  readonly rollup: Rollup;
  readonly keyring: Keyring;
  readonly references: KeptList<Reference>;
  readonly queued: KeptList<Queued>;
}

/** The kind of network of the node; nothing before it answered. */
export function useNetwork(): Network | undefined {
  const chain = useWorld().known.status?.chain_id;
  return chain === undefined ? undefined : networkOfChain(BigInt(chain));
}

/** The rollup that the node says it serves. */
export function useRollup(): Rollup | undefined {
  const { chain_id: chain, contract } = useWorld().known.status ?? {};
  return useMemo(
    () => (chain === undefined || contract === undefined ? undefined : rollupOf(chain, contract)),
    [chain, contract],
  );
}

/** What this browser keeps of an address on this rollup. */
export function useKept(
  store: Store,
  domain: string,
  address: string,
): { references: KeptList<Reference>; queued: KeptList<Queued> } {
  return useMemo(
    () => ({ references: referencesOf(store, domain, address), queued: queuedOf(store, domain, address) }),
    [store, domain, address],
  );
}

/** The accounts of an address, as they change. */
export function useAccounts(address: string): Loaded<AccountView[]> {
  const { node, known } = useWorld();
  const version = `${known.revision} ${known.executed}`;
  return useLoad(`accounts ${address}`, version, (signal) => node.accounts(address, { signal }));
}
