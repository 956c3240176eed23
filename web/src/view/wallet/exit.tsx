/** Leaving: the packet that the browser keeps, and, once the rollup is frozen, the way out. */
import { rollupOf, type ExitPacket } from '@assay/client';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { Packets, makePacket, packetFile } from '../../exit/packets.js';
import { count, plural } from '../../numbers.js';
import { saveFile } from '../../wallet/browser.js';
import type { Store } from '../../wallet/kept.js';
import { useWorld } from '../context.js';
import { Code } from '../parts.js';
import type { OpenWallet } from './context.js';
import { Failure } from './fields.js';
import { Freeze } from './freeze.js';
import { TakeOut } from './take-out.js';

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
  const [freeze, setFreeze] = useState<'none' | 'sent' | 'done'>('none');
  // The node sees a freeze that was sent here some blocks later, or before its receipt is here.
  const isFrozen = status?.l1.frozen === true || freeze === 'done';
  return (
    <>
      {status && (!isFrozen || freeze === 'sent') && (
        <Freeze wallet={wallet} l1={status.l1} begun={freeze !== 'none'} tell={setFreeze} />
      )}
      {isFrozen && <TakeOut wallet={wallet} packet={packet} />}
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
    </>
  );
}

function Nothing() {
  return <p class="empty">This wallet has nothing in a proved batch yet.</p>;
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
