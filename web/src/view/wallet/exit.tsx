/** Leaving: the packet that the browser keeps, and, once the rollup is frozen, the way out. */
import { rollupOf, type ExitPacket, type PacketAccount } from '@assay/client';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { failureOf } from '../../ethereum/failure.js';
import type { Layer1, Sending } from '../../ethereum/layer1.js';
import { LeaveError, leaveCall, type Leaving } from '../../exit/leave.js';
import { Packets, makePacket, packetFile } from '../../exit/packets.js';
import { count, plural } from '../../numbers.js';
import { askProofs } from '../../proofs/ask.js';
import { saveFile } from '../../wallet/browser.js';
import type { Store } from '../../wallet/kept.js';
import { useWorld } from '../context.js';
import { ThroughEthereum } from '../ethereum/connect.js';
import { Amount, Code } from '../parts.js';
import type { OpenWallet } from './context.js';
import { Failure } from './fields.js';

const FILE_NAME = 'wallet.exit.json';
/** As the part of the key saves it. */
const KEY_FILE = 'assay-wallet.json';

/** The packet that is kept, and why it could not be renewed. */
export interface Kept {
  readonly packet: ExitPacket | undefined;
  readonly failure: string | undefined;
}

/** Where the browser keeps the packet of a wallet. */
export function packetsOf({ chain, contract, address }: OpenWallet, store: Store): Packets {
  return new Packets(store, rollupOf(chain, contract).domain.toString(), address);
}

/** Renews the packet of an open wallet after each proved batch, whatever part of the wallet is looked at. */
export function useKeptPacket(wallet: OpenWallet, store: Store): Kept {
  const { node, known } = useWorld();
  const { address, chain, contract } = wallet;
  const proved = known.status?.heights.proved;
  const rollup = useMemo(() => rollupOf(chain, contract), [chain, contract]);
  const packets = useMemo(() => packetsOf(wallet, store), [store, chain, contract, address]);
  const [kept, setKept] = useState<Kept>(() => ({ packet: packets.read(), failure: undefined }));
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const older = packets.read();
    const renew = async () => {
      const packet = await makePacket(node, rollup, address, older, signal);
      if (signal.aborted) return;
      if (packet) packets.write(packet);
      setKept({ packet: packet ?? older, failure: undefined });
    };
    renew().catch((error: unknown) => {
      if (signal.aborted) return;
      setKept({ packet: older, failure: error instanceof Error ? error.message : String(error) });
    });
    return () => controller.abort();
  }, [node, packets, rollup, address, proved]);
  return kept;
}

export function Exit({ wallet, kept }: { wallet: OpenWallet; kept: Kept }) {
  const { status } = useWorld().known;
  const { packet, failure } = kept;
  const isFrozen = status?.l1.frozen === true;
  return (
    <>
      <section aria-labelledby="packet">
        <h2 id="packet">Exit packet</h2>
        <p class="lead">
          With it you can leave a frozen rollup without this node or any other: it proves what you have in the last
          proved batch. This browser renews it after every batch while the wallet is open. It holds nothing secret, and
          it is of no use for anybody else.
        </p>
        {failure && <Failure>It could not be renewed: {failure}. It is tried again after the next batch.</Failure>}
        {packet ? <Packet packet={packet} contract={wallet.contract} /> : <Nothing />}
      </section>
      <section aria-labelledby="leave">
        <h2 id="leave">Leave</h2>
        {isFrozen && packet ? <Leave wallet={wallet} packet={packet} /> : <NotFrozen isFrozen={isFrozen} />}
      </section>
    </>
  );
}

function Nothing() {
  return <p class="empty">This wallet has nothing in a proved batch yet.</p>;
}

function NotFrozen({ isFrozen }: { isFrozen: boolean }) {
  if (isFrozen) return <p class="empty">The rollup is frozen, and there is no packet of this wallet to leave with.</p>;
  return (
    <p class="empty">
      The rollup is not frozen: take money out by a withdrawal. Where the operator does not take it, put it into the
      layer 1’s queue (<code>assay wallet force withdraw</code>): whoever brings batches must take it, and if nobody
      does, anybody can freeze the rollup and leave.
    </p>
  );
}

function Packet({ packet, contract }: { packet: ExitPacket; contract: string }) {
  const open = packet.claims.reduce((sum, { which }) => sum + which.length, 0);
  return (
    <>
      <p>
        After batch {count(packet.batch)}: {plural(packet.accounts.length, 'account', 'accounts')}
        {open > 0 && <> and {plural(open, 'withdrawal', 'withdrawals')} that may be unclaimed</>}.
      </p>
      <p class="actions">
        <button type="button" onClick={() => saveFile(FILE_NAME, packetFile(packet))}>
          Save the packet as a file
        </button>
      </p>
      <p class="lead">
        Where there is no page any more, this leaves with the file and a copy of the key; URL is a layer 1 that you
        trust, and the secret key of the account that pays there stands in the environment as <code>ASSAY_L1_KEY</code>:
      </p>
      <pre class="command" tabIndex={0} aria-label="Command">
        <Code
          text={`assay exit --key ${KEY_FILE} --contract ${contract} --l1-url URL --from ${FILE_NAME}`}
          what="the command"
          whole
        />
      </pre>
    </>
  );
}

function Leave({ wallet, packet }: { wallet: OpenWallet; packet: ExitPacket }) {
  const own = packet.accounts.filter(({ balance }) => balance !== '0');
  if (own.length === 0) return <p class="empty">The accounts of this wallet are empty.</p>;
  return (
    <>
      <p class="lead">
        The rollup is frozen. Each account is proved in this browser, which takes some seconds, and the contract pays
        its whole balance to your Ethereum account. Your key signs here and goes nowhere.
      </p>
      <ThroughEthereum to="To leave">
        {(layer1) => own.map((account) => <Account key={account.index} {...{ wallet, packet, account, layer1 }} />)}
      </ThroughEthereum>
    </>
  );
}

type Standing =
  | { readonly is: 'idle' }
  | { readonly is: 'busy'; readonly doing: string }
  | { readonly is: 'failed'; readonly why: string }
  | { readonly is: 'paid'; readonly hash: string };

const DOING: Readonly<Record<Leaving, string>> = {
  contract: 'Asking the contract',
  key: 'Reading the proving key',
  proof: 'Proving',
  sending: 'Sending',
};

interface AccountProps {
  readonly wallet: OpenWallet;
  readonly packet: ExitPacket;
  readonly account: PacketAccount;
  readonly layer1: Layer1;
}

function Account({ wallet, packet, account, layer1 }: AccountProps) {
  const { node } = useWorld();
  const [standing, setStanding] = useState<Standing>({ is: 'idle' });
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const leave = async () => {
    const { signal } = stop.current;
    const call = await leaveCall({
      rollup: rollupOf(wallet.chain, wallet.contract),
      ...{ packet, account, to: layer1.account, key: wallet.key },
      read: (asked) => layer1.read(asked),
      provingKey: () => provingKey(node.url, signal),
      ask: (name, inputs) => askProofs(name, inputs, signal),
      tell: (waiting) => setStanding({ is: 'busy', doing: DOING[waiting] }),
    });
    const { hash } = await layer1.send(call, (sending) => setStanding({ is: 'busy', doing: said(sending) }), signal);
    setStanding({ is: 'paid', hash });
  };
  const start = () => {
    leave().catch((error: unknown) => {
      if (!stop.current.signal.aborted) setStanding({ is: 'failed', why: reasonOf(error) });
    });
  };
  return (
    <section class="leaving" aria-label={`Account ${account.index}`}>
      <p>
        Account {account.index}: <Amount base={account.balance} token={account.token} /> to{' '}
        <code title={layer1.account}>{layer1.account.slice(0, 10)}…</code>
      </p>
      {standing.is === 'failed' && <Failure>{standing.why}</Failure>}
      <p class="actions" aria-live="polite">
        {standing.is === 'paid' ? (
          <>
            Paid in layer 1 transaction <Code text={standing.hash} what="the transaction" />
          </>
        ) : (
          <button type="button" class="first" disabled={standing.is === 'busy'} onClick={start}>
            Take it out
          </button>
        )}
        {standing.is === 'busy' && <span class="quiet">{standing.doing} …</span>}
      </p>
    </section>
  );
}

/** Public, and checked in the worker: section by section, and against the contract's key. */
async function provingKey(url: string, signal: AbortSignal): Promise<Uint8Array> {
  const answer = await fetch(`${url}/v1/keys/escape.proving.key`, { signal });
  if (!answer.ok) throw new LeaveError(`The node gives no proving key of exits: it answered ${answer.status}.`);
  return new Uint8Array(await answer.arrayBuffer());
}

function said(sending: Sending): string {
  switch (sending.is) {
    case 'checking':
      return 'Asking the contract whether it takes the proof';
    case 'asking':
      return 'Confirm it in your Ethereum wallet';
    case 'sent':
      return sending.seen ? 'Waiting for a block' : 'Nobody knows of the transaction now: look in your wallet';
    case 'included':
      return 'In a block';
  }
}

/** What the worker and this page say is told as it is; all else is the Ethereum wallet's. */
function reasonOf(error: unknown): string {
  return error instanceof LeaveError || (error instanceof Error && error.constructor === Error)
    ? error.message
    : failureOf(error).message;
}
