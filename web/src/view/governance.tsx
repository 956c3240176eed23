/** What may change at the contract and when: closing, a freeze, new shapes of batches, another operator. */
import type { StatusView } from '@assay/client';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { governanceByNode, readGovernance, type Announced, type Governance as Found } from '../governance.js';
import { count, plural } from '../numbers.js';
import { duration } from '../time.js';
import { useLoad, useWorld } from './context.js';
import { ThroughEthereum, useLayer1 } from './ethereum/connect.js';
import { Code, Countdown, Fact, Facts, Link, Show } from './parts.js';
import { useRollup } from './wallet/context.js';

export function Governance({ status }: { status: StatusView }) {
  const { closing_at: closing, freezable_at: freezable, frozen } = status.l1;
  return (
    <section aria-labelledby="changes">
      <h2 id="changes">What may change</h2>
      <p class="lead">
        What is announced, how long it takes until then, and what you can do before. Nothing that is announced touches a
        balance.
      </p>
      <Facts>
        <Fact name="Closing">
          {closing == null ? (
            <span class="quiet">not announced</span>
          ) : (
            <Countdown at={closing} to="anybody can freeze the rollup" />
          )}
        </Fact>
        <Fact name="Freeze">
          {frozen ? (
            <>
              it is frozen: <Link to={{ page: 'wallet', part: 'leave' }}>leave</Link>
            </>
          ) : freezable == null ? (
            <span class="quiet">nothing waits in the queue</span>
          ) : (
            <Countdown at={freezable} to="anybody can, if the first entry of the queue is not taken" />
          )}
        </Fact>
      </Facts>
      {closing != null && !frozen && (
        <Todo>
          Deposits have ended. <Link to={{ page: 'wallet', part: 'withdraw' }}>Withdraw</Link> before that; whoever does
          not <Link to={{ page: 'wallet', part: 'leave' }}>leaves</Link> with a proof, which costs more gas.
        </Todo>
      )}
      <h3>Announced shapes and the next operator</h3>
      <Announcements status={status} />
    </section>
  );
}

/** Blocks between two looks at the contract: what is announced stands for weeks. */
const LOOK_BLOCKS = 10;

/** As the contract says, where an Ethereum wallet asks it; else as the node does. */
function Announcements({ status }: { status: StatusView }) {
  const [asked, setAsked] = useState(false);
  const rollup = useRollup();
  const layer1 = useLayer1();
  const byNode = governanceByNode(status);
  const named = byNode?.proposals.map(({ shapeId }) => shapeId) ?? [];
  const version = `${Math.floor(status.l1.block / LOOK_BLOCKS)} ${named.join()}`;
  const loaded = useLoad(`governance ${rollup?.contract} ${layer1?.account}`, version, async () =>
    rollup && layer1 ? readGovernance(rollup, layer1, named) : undefined,
  );
  const byContract = loaded.is === 'there' ? loaded.value : undefined;
  const found = byContract ?? byNode;
  return (
    <>
      <p class="quiet">
        {found && (
          <>
            So says {found.by}
            {found.block !== undefined && `, as of block ${count(found.block)} of the layer 1`}.{' '}
          </>
        )}
        {!byContract && !asked && (
          <button type="button" class="inline" onClick={() => setAsked(true)}>
            Ask the contract itself
          </button>
        )}
      </p>
      {found ? (
        <Said found={found} />
      ) : (
        <p class="empty">
          The node has not read them from the contract yet: that it tells of none does not mean that there are none.
        </p>
      )}
      {(asked || byContract) && (
        <ThroughEthereum to="To ask the contract" reads>
          {() => loaded.is === 'failed' && <Show loaded={loaded} missing="" children={() => null} />}
        </ThroughEthereum>
      )}
    </>
  );
}

function Said({ found: { by, governor, guardian, noticeS, nextOperator, proposals, isWhole } }: { found: Found }) {
  const nobody = <span class="quiet">nobody</span>;
  return (
    <>
      <Facts>
        <Fact name="Governor, who may announce them">
          {governor ? <Code text={governor} what="the governor’s address" /> : nobody}
        </Fact>
        <Fact name="Guardian, who may freeze at once">
          {guardian ? <Code text={guardian} what="the guardian’s address" /> : nobody}
        </Fact>
        <Fact name="Notice of a shape, and of closing">{duration(noticeS * 1000)}</Fact>
        <Fact name="Next operator, who may accept at any time">
          {nextOperator ? <Code text={nextOperator} what="the next operator’s address" /> : nobody}
        </Fact>
      </Facts>
      {nextOperator && (
        <Todo>
          Whoever is the operator orders payments and can delay them, but cannot take money. What it refuses you can{' '}
          <Link to={{ page: 'wallet', part: 'force' }}>force</Link>.
        </Todo>
      )}
      {!isWhole && (
        <p class="empty">
          Your wallet’s layer 1 does not tell of events that are long ago: {by} was asked for the shapes alone that the
          node names. To be sure that there is no other, connect the wallet to another layer 1.
        </p>
      )}
      {proposals.length === 0 && isWhole && <p class="empty">No shape is announced.</p>}
      {proposals.map((proposal) => (
        <Shape key={proposal.shapeId} proposal={proposal} />
      ))}
    </>
  );
}

function Shape({ proposal }: { proposal: Announced }) {
  const { shapeId, transfers, fullRecords, feeSlots, digest, verifier } = proposal;
  const { known } = useWorld();
  const isOwn = known.status?.shapes.some(({ verifying_key_sha256: own }) => own === digest) === true;
  return (
    <section class="banner mild" aria-label={`Shape ${shapeId}`}>
      <h4>Shape {shapeId} is announced</h4>
      <p>
        Batches of {plural(transfers, 'transfer', 'transfers')}, {plural(fullRecords, 'full record', 'full records')}{' '}
        and {plural(feeSlots, 'fee slot', 'fee slots')}, proved under a key of its own:{' '}
        {digest && <Code text={digest} what="the verifying key’s hash" />}{' '}
        {isOwn && <span class="quiet">this node has it as well</span>}
      </p>
      <p>
        <State proposal={proposal} />
      </p>
      {proposal.state.is !== 'void' && (
        <p>
          A circuit with a hole would be a total loss. Whoever does not want to rely on this one{' '}
          <Link to={{ page: 'wallet', part: 'withdraw' }}>withdraws</Link> before, or, where the operator refuses, has a
          withdrawal <Link to={{ page: 'wallet', part: 'force' }}>forced</Link>: what stands in the queue by then is
          taken before the shape is used.
        </p>
      )}
      {verifier && (
        <p class="quiet">
          Verifier <Code text={verifier} what="the verifier’s address" />
        </p>
      )}
    </section>
  );
}

function State({ proposal: { state } }: { proposal: Announced }) {
  switch (state.is) {
    case 'announced':
      return <Countdown at={state.until} to="anybody may start to bring it into service" />;
    case 'ready':
      return (
        <>
          Its time has come: anybody may have the queue’s length recorded, after which what waits there is taken first.{' '}
          <Countdown at={state.until} to="it is void" />.
        </>
      );
    case 'waits':
      return (
        <>
          {plural(state.entries, 'entry', 'entries')} of the queue {state.entries === 1 ? 'is' : 'are'} taken before it
          is used. <Countdown at={state.until} to="it is void" />.
        </>
      );
    case 'usable':
      return (
        <>
          Anybody may put it into service now. <Countdown at={state.until} to="it is void" />.
        </>
      );
    case 'void':
      return <>It was not used in time, and is void.</>;
  }
}

function Todo({ children }: { children: ComponentChildren }) {
  return <p class="lead">{children}</p>;
}
