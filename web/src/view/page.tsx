/** The frame of all pages: head, search, what is wrong, foot. */
import type { NodeClient } from '@assay/client';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { count } from '../numbers.js';
import { href, parseRoute, type Route } from '../route.js';
import { meaningOf } from '../search.js';
import type { Watch } from '../watch.js';
import type { ProverToken } from '../workers.js';
import { AccountPage, OwnerPage } from './account.js';
import { Banners } from './banners.js';
import { BatchPage } from './batch.js';
import { BatchesPage } from './batches.js';
import { NowContext, useClock, useKnown, WorldContext, type World } from './context.js';
import { FindPage } from './find.js';
import { keepFocus } from './focus.js';
import { NetworkPage } from './network.js';
import { Overview } from './overview.js';
import { Time } from './parts.js';
import { EntryPage, QueuePage } from './queue.js';
import { TransactionPage } from './transaction.js';
import { WalletContext, type WalletWorld } from './wallet/context.js';
import { PaymentPage } from './wallet/payment.js';
import { WalletPage } from './wallet/wallet.js';

interface PageProps {
  readonly node: NodeClient;
  readonly watch: Watch;
  readonly wallet: WalletWorld;
  readonly prover: ProverToken;
}

export function Page({ node, watch, wallet, prover }: PageProps) {
  const known = useKnown(watch);
  const world: World = useMemo(() => ({ node, known, ask: () => watch.ask(), prover }), [node, known, watch, prover]);
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  useEffect(() => (main.current ? keepFocus(main.current) : undefined), []);
  return (
    <WorldContext.Provider value={world}>
      <Clock>
        <a class="skip" href="#main" onClick={toMain}>
          To the content
        </a>
        <Head route={route} world={world} />
        <main id="main" ref={main} tabIndex={-1}>
          <Banners />
          <WalletContext.Provider value={wallet}>
            <Content route={route} />
          </WalletContext.Provider>
        </main>
        <Foot world={world} />
      </Clock>
    </WorldContext.Provider>
  );
}

function Clock({ children }: { children: ComponentChildren }) {
  return <NowContext.Provider value={useClock()}>{children}</NowContext.Provider>;
}

/** The hash belongs to the pages, so the browser's own jump would leave this one. */
function toMain(event: Event) {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  const first = useRef(true);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  const route = useMemo(() => parseRoute(hash), [hash]);
  useEffect(() => {
    document.title = `${titleOf(route)} · Assay`;
    // A new page begins at its top, and a screen reader at its heading.
    if (!first.current) {
      scrollTo(0, 0);
      document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
    }
    first.current = false;
  }, [route]);
  return route;
}

function titleOf(route: Route): string {
  switch (route.page) {
    case 'overview':
      return 'Overview';
    case 'batches':
      return 'Batches';
    case 'batch':
      return `Batch ${route.number}`;
    case 'transaction':
      return `Transaction ${route.hash.slice(0, 10)}`;
    case 'account':
      return `Account ${route.index}`;
    case 'owner':
      return 'Address';
    case 'queue':
      return 'Queue';
    case 'entry':
      return `Queue entry ${route.index}`;
    case 'network':
      return 'Network';
    case 'wallet':
      return 'Wallet';
    case 'payment':
      return 'Payment';
    case 'pay':
      return 'Payment request';
    case 'find':
      return 'Search';
  }
}

function Content({ route }: { route: Route }) {
  switch (route.page) {
    case 'overview':
      return <Overview />;
    case 'batches':
      return <BatchesPage before={route.before} />;
    case 'batch':
      return <BatchPage number={route.number} />;
    case 'transaction':
      return <TransactionPage hash={route.hash} />;
    case 'account':
      return <AccountPage index={route.index} />;
    case 'owner':
      return <OwnerPage address={route.address} />;
    case 'queue':
      return <QueuePage />;
    case 'entry':
      return <EntryPage index={route.index} />;
    case 'network':
      return <NetworkPage />;
    case 'wallet':
    case 'pay':
      return <WalletPage route={route} />;
    case 'payment':
      return <PaymentPage hash={route.hash} />;
    case 'find':
      return <FindPage text={route.text} />;
  }
}

const PAGES: readonly (readonly [string, Route, readonly Route['page'][]])[] = [
  ['Overview', { page: 'overview' }, ['overview']],
  ['Batches', { page: 'batches' }, ['batches', 'batch']],
  ['Queue', { page: 'queue' }, ['queue', 'entry']],
  ['Network', { page: 'network' }, ['network']],
  ['Wallet', { page: 'wallet', part: 'balance' }, ['wallet', 'payment', 'pay']],
];

function Head({ route, world }: { route: Route; world: World }) {
  const { status } = world.known;
  return (
    <header>
      <div class="bar">
        <a class="name" href="#/" aria-label="Assay, to the overview">
          <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
            <circle cx="16" cy="16" r="13" fill="none" stroke="currentColor" stroke-width="4" />
            <path d="M16 3a13 13 0 0 1 0 26z" fill="currentColor" />
          </svg>
          Assay
        </a>
        <nav aria-label="Pages">
          {PAGES.map(([name, to, pages]) => (
            <a href={href(to)} aria-current={pages.includes(route.page) ? 'page' : undefined}>
              {name}
            </a>
          ))}
        </nav>
        <Search />
        <span class="network" title={status ? `The layer 1 has chain id ${status.chain_id}` : undefined}>
          {status ? `${status.network} · chain ${status.chain_id}` : '\u00a0'}
        </span>
      </div>
    </header>
  );
}

function Search() {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const typing = event.target instanceof Element && event.target.closest('input, textarea, [contenteditable]');
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
  const search = (event: Event) => {
    event.preventDefault();
    const text = field.current?.value.trim() ?? '';
    if (text === '' || !field.current) return;
    const meaning = meaningOf(text);
    location.hash = href(meaning.is === 'page' ? meaning.route : { page: 'find', text });
    field.current.value = '';
  };
  return (
    <form role="search" onSubmit={search}>
      <input
        ref={field}
        type="search"
        enterkeyhint="search"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        aria-label="Search for a hash, an address, an account, a batch or a queue entry"
        aria-keyshortcuts="/"
        placeholder="Hash, address, number, queue 7"
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
  );
}

function Foot({ world }: { world: World }) {
  const { status, answeredMs } = world.known;
  return (
    <footer>
      <span>
        {status ? `Node ${status.version}` : 'Node'}, layer 1 block{' '}
        <span class="figure">{status ? count(status.l1.block) : '…'}</span>
      </span>
      <span>
        {answeredMs === 0 ? (
          'no answer yet'
        ) : (
          <>
            last answer <Time at={answeredMs} />
          </>
        )}
      </span>
      <nav aria-label="For developers">
        <a href="docs">Interface</a>
        <a href="openapi.json">OpenAPI</a>
        <a href="metrics">Metrics</a>
      </nav>
    </footer>
  );
}
