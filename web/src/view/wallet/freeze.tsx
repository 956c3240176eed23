/** Before a freeze: whether anybody may freeze the rollup, and doing so. */
import { freezeCall, type StatusView } from '@assay/client';
import { useState } from 'preact/hooks';
import type { Layer1 } from '../../ethereum/layer1.js';
import { freezingByContract, freezingByNode, mayFreeze, type Freezing } from '../../exit/freezing.js';
import { count } from '../../numbers.js';
import { useLoad, useWorld } from '../context.js';
import { ThroughEthereum, useHeldLayer1 } from '../ethereum/connect.js';
import { SendingState, useSender } from '../ethereum/sending.js';
import { Button, Countdown, Link } from '../parts.js';
import type { OpenWallet } from './context.js';
import { Form } from './fields.js';

interface FreezeProps {
  readonly wallet: OpenWallet;
  readonly l1: StatusView['l1'];
  /** Whether a freeze was sent from here: what becomes of it is said, also where a batch or another freeze was faster. */
  readonly begun: boolean;
  /** Called before it is sent, and once it is frozen by that. */
  readonly tell: (freeze: 'sent' | 'done') => void;
}

export function Freeze(props: FreezeProps) {
  const { wallet, l1, begun } = props;
  const found = useFreezing(wallet, l1);
  return (
    <section aria-labelledby="leave">
      <h2 id="leave">{l1.frozen ? 'Your freeze' : 'Leave'}</h2>
      {!l1.frozen && (
        <p class="lead">
          The rollup is not frozen: take money out by a{' '}
          <Link to={{ page: 'wallet', part: 'withdraw' }}>withdrawal</Link>. Where the operator does not take it,{' '}
          <Link to={{ page: 'wallet', part: 'force' }}>force it</Link> through the layer 1’s queue: whoever brings
          batches must take it, and if nobody does, anybody can freeze the rollup, and everybody leaves.
        </p>
      )}
      {!l1.frozen && !mayFreeze(found) && <NotYet found={found} begun={begun} />}
      {(begun || mayFreeze(found)) && <FreezeNow {...props} found={found} />}
    </section>
  );
}

/** As the contract says, where an Ethereum wallet asks it; else as the node does. */
function useFreezing({ rollup }: OpenWallet, l1: StatusView['l1']): Freezing {
  const layer1 = useHeldLayer1();
  const loaded = useLoad(`freezing ${layer1?.account}`, l1.block, async () =>
    layer1 ? freezingByContract(rollup, layer1) : undefined,
  );
  return (loaded.is === 'there' ? loaded.value : undefined) ?? freezingByNode(l1);
}

interface NotYetProps extends Pick<FreezeProps, 'begun'> {
  readonly found: Freezing;
}

function NotYet({ found: { by, overdue, closing }, begun }: NotYetProps) {
  const [asked, setAsked] = useState(false);
  return (
    <>
      <ul class="empty">
        {overdue === undefined && closing === undefined && (
          <li>It cannot be frozen now: nothing waits in its queue for a batch.</li>
        )}
        {overdue !== undefined && (
          <li>
            <Countdown at={overdue} to="anybody can freeze it" /> if no batch takes the first entry of the queue before.
          </li>
        )}
        {closing !== undefined && (
          <li>
            <Countdown at={closing} to="anybody can freeze it" /> because closing was announced: withdraw before that,
            which costs less than leaving afterwards.
          </li>
        )}
        <li>
          So says {by}.{' '}
          {by === 'the node' && !asked && (
            <button type="button" class="inline" onClick={() => setAsked(true)}>
              Ask the contract itself
            </button>
          )}
        </li>
      </ul>
      {!begun && (asked || by === 'the contract') && (
        <ThroughEthereum to="To ask the contract" reads>
          {() => null}
        </ThroughEthereum>
      )}
    </>
  );
}

interface FreezeNowProps extends FreezeProps {
  readonly found: Freezing;
}

function FreezeNow(props: FreezeNowProps) {
  const { l1, begun, found } = props;
  const may = !l1.frozen && mayFreeze(found);
  const cannot = l1.frozen ? 'What became of it' : 'The rollup cannot be frozen now';
  return (
    <section class="banner grave" aria-labelledby="freeze">
      <h2 id="freeze">{may ? 'The rollup can be frozen now' : cannot}</h2>
      {may && (
        <>
          <p>
            Anybody may do it, once, and nobody can take it back. Freezing ends the rollup for everybody: no payment,
            deposit or batch is taken any more, and all that is left is to leave with what was proved.
          </p>
          <Meaning />
        </>
      )}
      <ThroughEthereum to="To freeze it">
        {(layer1) =>
          (begun || found.by === 'the contract') && (
            <FreezeForm key={layer1.account} {...props} layer1={layer1} may={may} />
          )
        }
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

interface FreezeFormProps extends FreezeProps {
  readonly layer1: Layer1;
  /** Whether the contract would take it now. */
  readonly may: boolean;
}

function FreezeForm({ wallet, tell, layer1, may }: FreezeFormProps) {
  const { ask } = useWorld();
  const [understood, setUnderstood] = useState(false);
  const sender = useSender(layer1);
  const freeze = () => {
    tell('sent');
    sender.run(async (send) => {
      await send(freezeCall(wallet.rollup));
      tell('done');
      ask();
    });
  };
  return (
    <Form submit={freeze}>
      {may && (
        <label class="tick">
          <input
            type="checkbox"
            checked={understood}
            onChange={(event) => setUnderstood(event.currentTarget.checked)}
          />
          <span>I want to end this rollup for everybody, for ever.</span>
        </label>
      )}
      <SendingState sender={sender} />
      {may && (
        <p class="actions">
          <Button as="grave" off={!understood || sender.busy}>
            {sender.busy ? 'Freezing it …' : 'Freeze the rollup'}
          </Button>
        </p>
      )}
    </Form>
  );
}
