import './style/base.css';
import './style/pipeline.css';
import './style/pages.css';
import './style/stages.css';
import './style/wallet.css';
import { NodeClient } from '@assay/client';
import { render } from 'preact';
import { EthereumWallets } from './ethereum/wallets.js';
import { Page } from './view/page.js';
import { browserStore, watchUse } from './wallet/browser.js';
import { Keyring } from './wallet/keyring.js';
import { Watch } from './watch.js';
import { ProverToken } from './workers.js';

// The node that serves the page, also where a proxy gives it a path of its own.
const base = new URL('.', location.href.replace(/#.*$/, '')).href.replace(/\?.*$/, '');
// What is asked again and again needs no repetition of its own.
const node = new NodeClient(base, { retries: 0, timeoutMs: 15_000 });
const watch = new Watch(node, Date.now, () => document.hidden);
document.addEventListener('visibilitychange', () => document.hidden || watch.ask());
void watch.run(new AbortController().signal);

// A payment is repeated until it is known whether the node has it.
const store = browserStore();
const keyring = store && new Keyring(store);
const wallet = { node: new NodeClient(base), store, keyring, ethereum: new EthereumWallets(window) };
if (wallet.keyring) watchUse(wallet.keyring);

const root = document.getElementById('page');
if (root) render(<Page {...{ node, watch, wallet }} prover={new ProverToken(base)} />, root);
