/** The wallet's frame: what stands before it, and its parts. */
import type { ComponentChildren } from 'preact';
import { href, type Route, type WalletPart } from '../../route.js';
import { hasCryptography } from '../../wallet/browser.js';
import { parseRequest, type PaymentRequest } from '../../wallet/request.js';
import type { Keyring } from '../../wallet/keyring.js';
import type { Store } from '../../wallet/kept.js';
import { useWorld } from '../context.js';
import { Waiting } from '../parts.js';
import { Balance } from './balance.js';
import { Begin } from './begin.js';
import { useKept, useNetwork, useRollup, useStanding, useWallet, type OpenWallet } from './context.js';
import { Deposit } from './deposit.js';
import { Exit, useKeptPacket } from './exit.js';
import { Force } from './force.js';
import { History } from './history.js';
import { KeyPart } from './key.js';
import { Pay } from './pay.js';
import { Receive } from './receive.js';
import { Asked } from './request.js';
import { Unlock } from './unlock.js';

type WalletRoute = Extract<Route, { page: 'wallet' | 'pay' }>;

const NAMES: Readonly<Record<WalletPart, string>> = {
  balance: 'Wallet',
  send: 'Send',
  withdraw: 'Withdraw',
  receive: 'Receive',
  deposit: 'Deposit',
  force: 'Force an order',
  history: 'History',
  leave: 'Leave',
  key: 'Key',
};

export function WalletPage({ route }: { route: WalletRoute }) {
  const request = route.page === 'pay' ? parseRequest(route.request) : undefined;
  return (
    <>
      <h1 tabIndex={-1}>{route.page === 'pay' ? 'Payment request' : NAMES[route.part]}</h1>
      {route.page === 'pay' && <Asked request={request} />}
      {(route.page === 'wallet' || request) && <Inside route={route} request={request} />}
    </>
  );
}

interface InsideProps {
  readonly route: WalletRoute;
  readonly request: PaymentRequest | undefined;
}

function Inside({ route, request }: InsideProps) {
  const { store, keyring } = useWallet();
  if (!hasCryptography()) return <Insecure />;
  if (!store || !keyring) return <NoStore />;
  return <WithStore route={route} request={request} store={store} keyring={keyring} />;
}

interface WithStoreProps extends InsideProps {
  readonly store: Store;
  readonly keyring: Keyring;
}

function WithStore({ store, keyring, ...shown }: WithStoreProps) {
  const { status } = useWorld().known;
  const network = useNetwork();
  const standing = useStanding(keyring, network ?? 'public');
  const address = standing.is === 'open' ? standing.address : '';
  const rollup = useRollup();
  const kept = useKept(store, status?.domain ?? '', address);
  if (!status || !rollup || !network) return <Waiting lines={8} />;
  const { chain_id: chain, contract } = status;
  switch (standing.is) {
    case 'none':
      return <Begin keyring={keyring} network={network} />;
    case 'unreadable':
      return (
        <Notice title="What this browser keeps is no key that this page reads">
          It may be of a newer version of this page, so it is left as it is. Open the page of a node of that version.
        </Notice>
      );
    case 'locked':
      return <Unlock keyring={keyring} network={network} address={standing.address} />;
    case 'open': {
      const { key } = standing;
      return (
        <Open wallet={{ address, key, network, chain, contract, rollup, keyring, ...kept }} store={store} {...shown} />
      );
    }
  }
}

function Open({ wallet, store, route, request }: { wallet: OpenWallet; store: Store } & InsideProps) {
  const kept = useKeptPacket(wallet, store);
  const part = route.page === 'pay' ? 'send' : route.part;
  return (
    <>
      <Tabs part={part} keyring={wallet.keyring} />
      {part === 'balance' && <Balance wallet={wallet} />}
      {(part === 'send' || part === 'withdraw') && (
        <Pay
          key={route.page === 'pay' ? route.request : 'own'}
          wallet={wallet}
          kind={part === 'send' ? 'transfer' : 'withdrawal'}
          request={request}
        />
      )}
      {part === 'receive' && <Receive wallet={wallet} />}
      {part === 'deposit' && <Deposit wallet={wallet} />}
      {part === 'force' && <Force wallet={wallet} />}
      {part === 'history' && <History wallet={wallet} />}
      {part === 'leave' && <Exit wallet={wallet} kept={kept} />}
      {part === 'key' && <KeyPart wallet={wallet} />}
    </>
  );
}

const TABS: readonly (readonly [WalletPart, string])[] = [
  ['balance', 'Balance'],
  ['send', 'Send'],
  ['receive', 'Receive'],
  ['deposit', 'Deposit'],
  ['withdraw', 'Withdraw'],
  ['history', 'History'],
  ['leave', 'Leave'],
  ['key', 'Key'],
];

function Tabs({ part, keyring }: { part: WalletPart; keyring: Keyring }) {
  return (
    <div class="tabs">
      <nav aria-label="Wallet">
        {TABS.map(([to, name]) => (
          <a href={href({ page: 'wallet', part: to })} aria-current={to === part ? 'page' : undefined}>
            {name}
          </a>
        ))}
      </nav>
      <button type="button" onClick={() => keyring.lock()}>
        Lock
      </button>
    </div>
  );
}

function Notice({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="banner mild" aria-label={title}>
      <h2>{title}</h2>
      <p>{children}</p>
    </section>
  );
}

function Insecure() {
  return (
    <Notice title="The wallet needs HTTPS">
      This page came over plain HTTP from another machine, so somebody on the way could have changed it, and the browser
      gives it no cryptography. Open it by HTTPS, or on the node’s own machine at localhost. Everything else here works.
    </Notice>
  );
}

function NoStore() {
  return (
    <Notice title="This browser keeps nothing for this page">
      A wallet has to store its encrypted key. Allow this page to store data, or leave the private window, and load it
      again.
    </Notice>
  );
}
