/** The contract's queue: deposits, and orders that were forced past the operator. */
import type { QueueEntryView, StatusView } from '@assay/client';
import { count, plural, short } from '../numbers.js';
import { duration } from '../time.js';
import { kindOf } from './batch.js';
import { useLoad, useNow, useWorld } from './context.js';
import { Amount, Code, Fact, Facts, Link, Show, StageName, Table, Time, Waiting } from './parts.js';
import { Stages } from './stages.js';

const ENTRIES = 20;

/** Until when the first entry must be in a proved batch. */
export function Due({ status }: { status: StatusView }) {
  const now = useNow();
  const { head_due: due } = status.l1;
  if (due == null) return <>none is due</>;
  const leftMs = due * 1000 - now;
  return (
    <span title={new Date(due * 1000).toLocaleString()}>
      {leftMs > 0 ? `the first is due in ${duration(leftMs)}` : `the first is overdue by ${duration(-leftMs)}`}
    </span>
  );
}

export function QueuePage() {
  const { status } = useWorld().known;
  return (
    <>
      <h1 tabIndex={-1}>Layer 1 queue</h1>
      <p class="lead">
        Deposits come through it, and orders that users force past the operator. The operator must take each entry in
        its turn: every batch takes what is due, and when the first is overdue for long enough anybody may freeze the
        rollup, and everybody leaves with what they own.
      </p>
      {status ? <Queue status={status} /> : <Waiting lines={10} />}
    </>
  );
}

function Queue({ status }: { status: StatusView }) {
  const { node, known } = useWorld();
  const { l1 } = status;
  // Asking for one that is in no batch gives an error, so the node's count says which to ask for.
  const end = Math.min(l1.queue_taken, l1.queue_length);
  const begin = Math.max(0, end - ENTRIES);
  const loaded = useLoad('queue', `${begin} ${end} ${known.revision}`, async (signal) => {
    const places = Array.from({ length: end - begin }, (_, place) => end - 1 - place);
    return Promise.all(places.map((place) => node.queueEntry(place, { signal }).catch(() => undefined)));
  });
  const waiting = l1.queue_length - l1.queue_taken;
  return (
    <>
      <dl class="figures">
        <div>
          <dt>Entries ever</dt>
          <dd>{count(l1.queue_length)}</dd>
        </div>
        <div>
          <dt>Proved</dt>
          <dd>{count(l1.queue_consumed)}</dd>
        </div>
        <div>
          <dt>In a batch, not proved</dt>
          <dd>{count(Math.max(0, l1.queue_taken - l1.queue_consumed))}</dd>
        </div>
        <div>
          <dt>Not taken yet</dt>
          <dd>{count(Math.max(0, waiting))}</dd>
        </div>
      </dl>
      <Facts>
        <Fact name="The first must be taken until">
          {l1.head_due == null ? <span class="quiet">none waits</span> : <Time at={l1.head_due * 1000} full />}
        </Fact>
        <Fact name="Otherwise anybody may freeze from">
          {l1.freezable_at == null ? <span class="quiet">none waits</span> : <Time at={l1.freezable_at * 1000} full />}
        </Fact>
        <Fact name="Anybody may submit batches">
          {l1.open_until === 0 ? (
            <span class="quiet">no, the operator was never late</span>
          ) : (
            <>
              until <Time at={l1.open_until * 1000} full />
            </>
          )}
        </Fact>
      </Facts>
      {waiting > 0 && <WaitingSection l1={l1} />}
      <section aria-labelledby="entries">
        <h2 id="entries">Entries in batches</h2>
        {end === 0 ? (
          <p class="empty">Nothing has come through the queue yet.</p>
        ) : (
          <Show loaded={loaded} missing="No batch that is kept here holds them.">
            {(entries) => <Entries entries={entries.filter((entry) => entry !== undefined)} />}
          </Show>
        )}
      </section>
    </>
  );
}

/** Entries that no batch has taken yet. */
function WaitingSection({ l1 }: { l1: StatusView['l1'] }) {
  const { node } = useWorld();
  const loaded = useLoad('waiting', `${l1.queue_length} ${l1.queue_taken} ${l1.block}`, (signal) =>
    node.waitingEntries({ signal }),
  );
  return (
    <section aria-labelledby="waiting">
      <h2 id="waiting">Entries that wait</h2>
      <p class="lead">
        They are on the layer 1, and go into the next batch when they have{' '}
        {plural(l1.confirmations, 'confirmation', 'confirmations')}.
      </p>
      <Show loaded={loaded} missing="The node does not know yet what is in them.">
        {({ entries }) => (
          <Table name="Entries that wait" head={['Entry|number', 'Kind', 'For', 'Amount|number', 'Confirmed', 'Due']}>
            {entries.map((entry) => (
              <tr key={entry.queue_index}>
                <td class="number">{entry.queue_index}</td>
                <td>{kindOf({ kind: entry.kind, executed: true })}</td>
                <td>
                  <code title={entry.to}>{short(entry.to)}</code>
                </td>
                <td class="number">
                  <Amount base={entry.amount} token={entry.token} />
                </td>
                <td>{entry.confirmed ? 'yes' : 'not yet'}</td>
                <td>
                  <Time at={entry.due * 1000} full />
                </td>
              </tr>
            ))}
          </Table>
        )}
      </Show>
    </section>
  );
}

function Entries({ entries }: { entries: readonly QueueEntryView[] }) {
  return (
    <Table name="Entries in batches" head={['Entry|number', 'Kind', 'Stage', 'For', 'Amount|number', 'Batch|number']}>
      {entries.map((entry) => (
        <tr key={entry.queue_index}>
          <td class="number">
            <Link to={{ page: 'entry', index: entry.queue_index ?? 0 }} label={`Entry ${entry.queue_index}`}>
              {entry.queue_index}
            </Link>
          </td>
          <td>{kindOf(entry)}</td>
          <td>
            <StageName stage={entry.stage} />
          </td>
          <td>
            {entry.to_account == null ? (
              <code title={entry.to}>{short(entry.to)}</code>
            ) : (
              <Link to={{ page: 'account', index: entry.to_account }}>account {entry.to_account}</Link>
            )}
          </td>
          <td class="number">
            <Amount base={entry.amount} token={entry.token} />
          </td>
          <td class="number">
            <Link to={{ page: 'batch', number: entry.batch }} label={`Batch ${entry.batch}`}>
              {entry.batch}
            </Link>
          </td>
        </tr>
      ))}
    </Table>
  );
}

export function EntryPage({ index }: { index: number }) {
  const { node, known } = useWorld();
  const l1 = known.status?.l1;
  const loaded = useLoad(`entry ${index}`, `${known.revision} ${l1?.queue_taken}`, (signal) =>
    node.queueEntry(index, { signal }),
  );
  const missing =
    l1 && index >= l1.queue_length
      ? `The queue has no entry ${count(index)}: it has ${plural(l1.queue_length, 'entry', 'entries')}, counted from 0.`
      : `Entry ${count(index)} is in no batch that is kept here. The node takes it into the next batch when it has its confirmations.`;
  return (
    <>
      <h1 tabIndex={-1}>Queue entry {count(index)}</h1>
      <Show loaded={loaded} missing={missing}>
        {(entry) => (
          <>
            <Stages stage={entry.stage} trust={entry.trust} times={[]} />
            <Facts>
              <Fact name="Kind">{kindOf(entry)}</Fact>
              <Fact name="Amount">
                <Amount base={entry.amount} token={entry.token} />
              </Fact>
              <Fact name="Moved">
                <Amount base={entry.paid} token={entry.token} />
              </Fact>
              {entry.from != null && (
                <Fact name="From">
                  <Link to={{ page: 'account', index: entry.from }}>account {entry.from}</Link>
                </Fact>
              )}
              <Fact name="For">
                {entry.to_account != null && (
                  <>
                    <Link to={{ page: 'account', index: entry.to_account }}>account {entry.to_account}</Link>{' '}
                  </>
                )}
                <Code text={entry.to} what="the receiver’s address" />
              </Fact>
              <Fact name="Batch">
                <Link to={{ page: 'batch', number: entry.batch }}>batch {count(entry.batch)}</Link>
              </Fact>
              <Fact name="Refunds go to">
                <Code text={entry.refund_to} what="the refund’s receiver" />
              </Fact>
            </Facts>
          </>
        )}
      </Show>
    </>
  );
}
