/** What may change at the contract and when: closing, a freeze, new shapes of batches, another operator. */
import type { Rollup, StatusView } from '@assay/client';
import type { ComponentChildren } from 'preact';
import type { Layer1 } from '../ethereum/layer1.js';
import { readGovernance, type Announced, type Governance as Found } from '../governance.js';
import { plural } from '../numbers.js';
import { duration } from '../time.js';
import { useLoad, useWorld } from './context.js';
import { ThroughEthereum } from './ethereum/connect.js';
import { Code, Countdown, Fact, Facts, Link, Show } from './parts.js';
import { useRollup } from './wallet/context.js';

export function Governance({ status }: { status: StatusView }) {
  const rollup = useRollup();
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
      <p class="lead">
        The node does not tell of them; an Ethereum wallet reads them from the contract, so that nobody need be
        believed.
      </p>
      {rollup && (
        <ThroughEthereum to="To see what is announced" reads>
          {(layer1) => <Read key={layer1.account} rollup={rollup} layer1={layer1} block={status.l1.block} />}
        </ThroughEthereum>
      )}
    </section>
  );
}

/** Blocks between two looks at the contract: what is announced stands for weeks. */
const LOOK_BLOCKS = 10;

function Read({ rollup, layer1, block }: { rollup: Rollup; layer1: Layer1; block: number }) {
  const loaded = useLoad('governance', Math.floor(block / LOOK_BLOCKS), () => readGovernance(rollup, layer1));
  return (
    <Show loaded={loaded} missing="The contract does not say.">
      {(found) => <Contract found={found} />}
    </Show>
  );
}

function Contract({ found: { deployment, nextOperator, proposals } }: { found: Found }) {
  const { governor, guardian, upgradeDelayS } = deployment;
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
        <Fact name="Notice of a shape, and of closing">{duration(upgradeDelayS * 1000)}</Fact>
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
      {proposals === undefined ? (
        <p class="empty">
          Your wallet’s layer 1 does not tell of events that are long ago, so whether a shape is announced is not known.
          Connect the wallet to another one.
        </p>
      ) : proposals.length === 0 ? (
        <p class="empty">No shape is announced.</p>
      ) : (
        proposals.map((proposal) => <Shape key={proposal.shapeId} proposal={proposal} />)
      )}
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
