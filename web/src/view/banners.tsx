/** What is wrong, in plain words, above everything else. */
import type { ComponentChildren } from 'preact';
import { faultOf } from '../faults.js';
import type { Route } from '../route.js';
import { duration } from '../time.js';
import { useNow, useWorld } from './context.js';
import { Countdown, Link } from './parts.js';

export function Banners() {
  const { contact, status } = useWorld().known;
  const faults = status?.faults.map(faultOf) ?? [];
  const graceful = contact.is === 'well' || contact.is === 'connecting';
  return (
    <div class="banners">
      {/* Told once: the countdown below would be read out each second. */}
      <p class="unseen" role="status">
        {graceful ? faults.map(({ title }) => title).join('. ') : 'The node does not answer as usual.'}
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
