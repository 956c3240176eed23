/** Before a freeze: whether anybody may freeze the rollup, and doing so. */
import {
  decodeDeployment,
  decodeStanding,
  deploymentCall,
  freezableFrom,
  freezeCall,
  standingCall,
  type StatusView,
} from '@assay/client';
import { useState } from 'preact/hooks';
import type { Layer1 } from '../../ethereum/layer1.js';
import { count } from '../../numbers.js';
import { useLoad, useWorld } from '../context.js';
import { ThroughEthereum } from '../ethereum/connect.js';
import { SendingState, useSender } from '../ethereum/sending.js';
import { Countdown, Link, Show } from '../parts.js';
import type { OpenWallet } from './context.js';
import { Form } from './fields.js';

interface FreezeProps {
  readonly wallet: OpenWallet;
  readonly l1: StatusView['l1'];
  /** Called once it is frozen. */
  readonly frozen: () => void;
}

export function Freeze(props: FreezeProps) {
  const { l1 } = props;
  return (
    <section aria-labelledby="leave">
      <h2 id="leave">Leave</h2>
      <p class="lead">
        The rollup is not frozen: take money out by a <Link to={{ page: 'wallet', part: 'withdraw' }}>withdrawal</Link>.
        Where the operator does not take it, <Link to={{ page: 'wallet', part: 'force' }}>force it</Link> through the
        layer 1’s queue: whoever brings batches must take it, and if nobody does, anybody can freeze the rollup, and
        everybody leaves.
      </p>
      {mayBeFrozen(l1) ? <FreezeNow {...props} /> : <NotYet l1={l1} />}
    </section>
  );
}

/** By the layer 1's time. An entry must be overdue by more; an announced time is reached. */
function mayBeFrozen({ timestamp, freezable_at: overdue, closing_at: closing }: StatusView['l1']): boolean {
  return (overdue != null && timestamp > overdue) || (closing != null && timestamp >= closing);
}

function NotYet({ l1: { freezable_at: overdue, closing_at: closing } }: Pick<FreezeProps, 'l1'>) {
  if (overdue == null && closing == null) {
    return <p class="empty">It cannot be frozen now: nothing waits in its queue for a batch.</p>;
  }
  return (
    <ul class="empty">
      {overdue != null && (
        <li>
          <Countdown at={overdue} to="anybody can freeze it" /> if no batch takes the first entry of the queue before.
        </li>
      )}
      {closing != null && (
        <li>
          <Countdown at={closing} to="anybody can freeze it" /> because closing was announced: withdraw before that,
          which costs less than leaving afterwards.
        </li>
      )}
    </ul>
  );
}

function FreezeNow({ wallet, frozen }: FreezeProps) {
  return (
    <section class="banner grave" aria-labelledby="freeze">
      <h2 id="freeze">The rollup can be frozen now</h2>
      <p>
        Anybody may do it, once, and nobody can take it back. Freezing ends the rollup for everybody: no payment,
        deposit or batch is taken any more, and all that is left is to leave with what was proved.
      </p>
      <Meaning />
      <ThroughEthereum to="To freeze it">
        {(layer1) => <FreezeForm key={layer1.account} wallet={wallet} layer1={layer1} frozen={frozen} />}
      </ThroughEthereum>
    </section>
  );
}

/** What becomes of what. */
function Meaning() {
  const { proved, executed } = useWorld().known.status?.heights ?? { proved: 0, executed: 0 };
  return (
    <ul class="plain">
      <li>
        <b>Balances</b> are those after batch {count(proved)}, the last that is proved: each account takes its own out,
        with a proof that this page makes.
      </li>
      <li>
        <b>Payments</b> that are not in it never happened, whatever this page shows of them
        {executed > proved && ': some were executed since'}.
      </li>
      <li>
        <b>Withdrawals</b> that were proved can be claimed as ever. <b>Deposits</b> that no batch took are paid back
        with their fee.
      </li>
    </ul>
  );
}

function FreezeForm({ wallet, layer1, frozen }: { wallet: OpenWallet; layer1: Layer1; frozen: () => void }) {
  const { known, ask } = useWorld();
  const { rollup } = wallet;
  const [understood, setUnderstood] = useState(false);
  const sender = useSender(layer1);
  // The contract's own word: the button would cost gas in vain where the node is wrong.
  const loaded = useLoad(`freezable ${layer1.account}`, known.status?.l1.block, async () => {
    const standing = decodeStanding(await layer1.read(standingCall(rollup)));
    const deployment = decodeDeployment(await layer1.read(deploymentCall(rollup)));
    return { frozen: standing.frozen, from: freezableFrom(standing, deployment), now: await layer1.time() };
  });
  const freeze = () =>
    sender.run(async (send) => {
      await send(freezeCall(rollup));
      frozen();
      ask();
    });
  return (
    <Show loaded={loaded} missing="The contract does not say where it stands.">
      {({ frozen: isFrozen, from, now }) => {
        if (isFrozen) return <p>Somebody has frozen it already; this page shows so in a moment.</p>;
        if (from === undefined || from > now) {
          return (
            <p class="told">
              The contract does not say so:{' '}
              {from === undefined ? (
                'nothing waits in its queue.'
              ) : (
                <>
                  <Countdown at={from} to="it can be frozen" />.
                </>
              )}
            </p>
          );
        }
        return (
          <Form submit={freeze}>
            <label class="tick">
              <input
                type="checkbox"
                checked={understood}
                onChange={(event) => setUnderstood(event.currentTarget.checked)}
              />
              I want to end this rollup for everybody, for ever.
            </label>
            <SendingState sender={sender} />
            <p class="actions">
              <button type="submit" class="grave" disabled={!understood || sender.busy}>
                {sender.busy ? 'Freezing it …' : 'Freeze the rollup'}
              </button>
            </p>
          </Form>
        );
      }}
    </Show>
  );
}
