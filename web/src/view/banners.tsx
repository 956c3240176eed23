/** What is wrong, in plain words, above everything else. */
import type { ComponentChildren } from 'preact';
import { faultOf } from '../faults.js';
import { comingShapes, governanceByNode, type Announced } from '../governance.js';
import type { Route } from '../route.js';
import { duration } from '../time.js';
import { useNow, useWorld } from './context.js';
import { Countdown, Link } from './parts.js';

export function Banners() {
  const { contact, status } = useWorld().known;
  const faults = status?.faults.map(faultOf) ?? [];
  const graceful = contact.is === 'well' || contact.is === 'connecting';
  const governance = status && governanceByNode(status);
  const isOpen = status?.l1.frozen === false;
  const shapes = comingShapes(governance, !isOpen);
  const isHandedOver = isOpen && governance?.nextOperator !== undefined;
  const titles = [
    ...faults.map(({ title }) => title),
    ...(shapes.length > 0 ? [NEW_VERIFIER] : []),
    ...(isHandedOver ? [NEXT_OPERATOR] : []),
  ];
  return (
    <div class="banners">
      {/* Told once: the countdown below would be read out each second. */}
      <p class="unseen" role="status">
        {graceful ? titles.join('. ') : 'The node does not answer as usual.'}
      </p>
      {!graceful && <Away />}
      {graceful &&
        faults.map(({ code, title, told, meanwhile, mild }) => (
          <Banner key={code} kind={mild ? 'mild' : 'grave'} title={title}>
            <p class="told">{told}</p>
            {meanwhile !== '' && <p>{meanwhile}</p>}
            {code === 'frozen' && <ToLeave />}
          </Banner>
        ))}
      {graceful && status?.l1.frozen && !faults.some(({ code }) => code === 'frozen') && (
        <Banner kind="grave" title="The rollup is frozen">
          <p>Its users leave on the layer 1, each with a proof of the own leaf.</p>
          <ToLeave />
        </Banner>
      )}
      {graceful && status?.l1.closing_at != null && !status.l1.frozen && <Closing at={status.l1.closing_at} />}
      {graceful && <NewVerifiers shapes={shapes} />}
      {graceful && isHandedOver && <NextOperator />}
    </div>
  );
}

function ToLeave() {
  return (
    <p>
      <Link to={{ page: 'wallet', part: 'leave' }}>What you can still take out</Link>
    </p>
  );
}

function Closing({ at }: { at: number }) {
  const leave: Route = { page: 'wallet', part: 'leave' };
  return (
    <Banner kind="mild" title="This rollup closes">
      <p>
        Deposits have ended. <Countdown at={at} to="anybody may freeze it" />: payments end then, and whoever has not
        withdrawn by that time leaves on the layer 1, with a proof.
      </p>
      <p>
        Until then <Link to={{ page: 'wallet', part: 'withdraw' }}>withdraw</Link> as ever;{' '}
        <Link to={leave}>leaving afterwards</Link> costs more gas.
      </p>
    </Banner>
  );
}

const NEW_VERIFIER = 'A new verifier is announced';
const NEXT_OPERATOR = 'Another operator is named';

/** Users have until then to leave: the earliest counts. */
function NewVerifiers({ shapes: [first] }: { shapes: readonly Announced[] }) {
  if (!first) return null;
  return (
    <Banner kind="mild" title={NEW_VERIFIER}>
      <p>
        {first.state.is === 'announced' ? (
          <Countdown at={first.readyAt} to="anybody may start to bring it into service" />
        ) : (
          <>
            <b>Its time has come</b>: it may come into service soon
          </>
        )}
        . Batches are then also taken with proofs under another key than today, and a circuit with a hole would be a
        total loss.
      </p>
      <p>
        Whoever does not want to rely on it <Link to={{ page: 'wallet', part: 'withdraw' }}>withdraws</Link> before, or,
        where the operator refuses, has a withdrawal <Link to={{ page: 'wallet', part: 'force' }}>forced</Link>.{' '}
        <Link to={{ page: 'network' }}>What exactly is announced</Link>
      </p>
    </Banner>
  );
}

function NextOperator() {
  return (
    <Banner kind="mild" title={NEXT_OPERATOR}>
      <p>
        It may take over at any time. Whoever is the operator orders payments and can delay them, but cannot take money:
        what it refuses you can <Link to={{ page: 'wallet', part: 'force' }}>force</Link>.{' '}
        <Link to={{ page: 'network' }}>Who it is</Link>
      </p>
    </Banner>
  );
}

function Away() {
  const { known, ask } = useWorld();
  const now = useNow();
  const { contact, answeredMs } = known;
  if (contact.is !== 'away' && contact.is !== 'starting') return null;
  const soon = Math.max(0, Math.ceil((contact.nextMs - now) / 1000));
  const again = soon === 0 ? 'It is asked again now.' : `It is asked again in ${soon} s.`;
  const old = answeredMs === 0 ? '' : ` What is shown is ${duration(Math.max(1000, now - answeredMs))} old.`;
  if (contact.is === 'starting') {
    return (
      <Banner kind="mild" title="The node takes up its state anew">
        <p>
          It reads what the layer 1 has and checks it before it answers. {again}
          {old}
        </p>
      </Banner>
    );
  }
  return (
    <Banner kind="grave" title="The node does not answer">
      <p>
        {again}
        {old} Nothing is lost by that: what is proved stands on the layer 1, and a payment with a receipt is on the
        operator’s disk.
      </p>
      <p>
        <button type="button" onClick={ask}>
          Ask now
        </button>
      </p>
    </Banner>
  );
}

function Banner({ kind, title, children }: { kind: 'mild' | 'grave'; title: string; children: ComponentChildren }) {
  return (
    <section class={`banner ${kind}`} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
