/** Connecting an Ethereum wallet, and having it on the rollup's chain. */
import { networkOfChain } from '@assay/client';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { failureOf, type EthereumFailure } from '../../ethereum/failure.js';
import { Layer1 } from '../../ethereum/layer1.js';
import type { Connection, EthereumWallets } from '../../ethereum/wallets.js';
import { short } from '../../numbers.js';
import { useLast, useWorld } from '../context.js';
import { Button } from '../parts.js';
import { useWallet } from '../wallet/context.js';
import { Failure, Field, Form } from '../wallet/fields.js';

/** The wallets of the browser, as they change. */
export function useEthereum(): EthereumWallets {
  const { ethereum } = useWallet();
  const [, count] = useState(0);
  useEffect(() => ethereum.listen(() => count((before) => before + 1)), [ethereum]);
  return ethereum;
}

/** The layer 1 through the connected wallet; `undefined` where there is none, or it is on another chain. */
export function useLayer1(): Layer1 | undefined {
  const { connection } = useEthereum();
  const chain = useWorld().known.status?.chain_id;
  const { wallet, account, chain: found } = connection ?? {};
  return useMemo(
    () =>
      wallet && account && chain === found && chain
        ? new Layer1({ provider: wallet.provider, account, chain })
        : undefined,
    [wallet, account, chain, found],
  );
}

/**
 * The same, or the last one there was of the account while its wallet is on another chain or locked: what somebody
 * typed stays, and what was sent is followed. It refuses by itself what it cannot do now.
 */
export function useHeldLayer1(): Layer1 | undefined {
  const { account } = useEthereum();
  const layer1 = useLayer1();
  const held = useLast(layer1);
  return held?.account === account ? held : undefined;
}

interface ThroughEthereumProps {
  /** What it is needed for: `To deposit`. */
  readonly to: string;
  /** Whether the layer 1 is only asked. */
  readonly reads?: boolean;
  readonly children: (layer1: Layer1) => ComponentChildren;
}

/** What needs the layer 1, or the way to it. */
export function ThroughEthereum({ to, reads = false, children }: ThroughEthereumProps) {
  const wallets = useEthereum();
  const layer1 = useHeldLayer1();
  const { connection } = wallets;
  return (
    <>
      {connection ? (
        <Connected wallets={wallets} connection={connection} />
      ) : (
        <Connect wallets={wallets} to={to} reads={reads} />
      )}
      {layer1 && children(layer1)}
    </>
  );
}

/** Something that is asked of a wallet, and what came of it. */
function useAsked(): [busy: boolean, failure: EthereumFailure | undefined, ask: (work: () => Promise<void>) => void] {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<EthereumFailure | undefined>(undefined);
  const ask = (work: () => Promise<void>) => {
    setBusy(true);
    setFailure(undefined);
    work()
      .catch((error: unknown) => setFailure(failureOf(error)))
      .finally(() => setBusy(false));
  };
  return [busy, failure, ask];
}

function Connect({ wallets, to, reads }: { wallets: EthereumWallets; to: string; reads: boolean }) {
  const [busy, failure, ask] = useAsked();
  if (wallets.found.length === 0) {
    return (
      <p class="empty">
        {to} here, this browser needs an Ethereum wallet, such as MetaMask or Rabby. Install one and load the page again
        {!reads && ', or use the command line'}.
      </p>
    );
  }
  return (
    <div class="form">
      <p class="lead">
        {to}, connect an Ethereum wallet:{' '}
        {reads
          ? 'it has a layer 1 that it asks. Nothing is sent.'
          : 'it pays on the layer 1, and asks you before each transaction.'}
      </p>
      {failure && <Failure>{failure.message}</Failure>}
      <p class="actions">
        {wallets.found.map((wallet) => (
          <Button key={wallet.id} off={busy} press={() => ask(() => wallets.connect(wallet))}>
            Connect {wallet.name}
          </Button>
        ))}
      </p>
    </div>
  );
}

function Connected({ wallets, connection }: { wallets: EthereumWallets; connection: Connection }) {
  const chain = useWorld().known.status?.chain_id;
  const { wallet, account } = connection;
  return (
    <>
      <p class="connected">
        <span>
          {wallet.name}: <code title={account}>{short(account, 8, 6)}</code>
        </span>
        <button type="button" class="inline" onClick={() => wallets.disconnect()}>
          Disconnect
        </button>
      </p>
      {chain !== undefined && connection.chain !== chain && <WrongChain wallets={wallets} chain={chain} />}
    </>
  );
}

/** Where `assay devnet` and the simulated layer 1 listen unless they are told otherwise. */
const DEVELOPMENT_URL = 'http://127.0.0.1:8545';

function WrongChain({ wallets, chain }: { wallets: EthereumWallets; chain: number }) {
  const [busy, failure, ask] = useAsked();
  const [url, setUrl] = useState(DEVELOPMENT_URL);
  const development = networkOfChain(BigInt(chain)) === 'development';
  const found = wallets.connection?.chain;
  return (
    <section class="banner mild" aria-label="Another chain">
      <h2>Your wallet is on {found === undefined ? 'no chain' : `chain ${found}`}</h2>
      <p>This rollup is on chain {chain}. Nothing is sent before the wallet is there.</p>
      {failure && failure.code !== 'unknown_chain' && <Failure>{failure.message}</Failure>}
      <p class="actions">
        <Button as="first" off={busy} press={() => ask(() => wallets.switchTo(chain))}>
          Switch to chain {chain}
        </Button>
      </p>
      {failure?.code === 'unknown_chain' && !development && (
        <p>Your wallet does not know this chain: add it there, with an address that you trust, and switch again.</p>
      )}
      {failure?.code === 'unknown_chain' && development && (
        <Form submit={() => ask(() => wallets.add({ chain, name: 'Assay devnet', url: url.trim() }))}>
          <Field
            name="Your wallet does not know it: the layer 1’s URL"
            value={url}
            set={setUrl}
            mono
            hint="As the chain has printed it. It is for the wallet: this page asks it nothing."
          />
          <p class="actions">
            <Button off={busy}>Add the chain to the wallet</Button>
          </p>
        </Form>
      )}
    </section>
  );
}
