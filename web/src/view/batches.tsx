/** The list of batches. */
import type { BatchView } from '@assay/client';
import { count } from '../numbers.js';
import { steps, type Steps } from '../pipeline.js';
import { duration } from '../time.js';
import { useLoad, useWorld } from './context.js';
import { Link, Show, Span, StageName, Table, Time, Waiting } from './parts.js';

const PAGE = 50;
/** A bar's whole width stands for no less. */
const SHORTEST_MS = 1000;

export function BatchesPage({ before }: { before: number | undefined }) {
  const { node, known } = useWorld();
  // The latest ones are watched anyway.
  const older = useLoad(`batches ${before}`, before, (signal) =>
    before === undefined ? Promise.resolve(undefined) : node.batches({ before, limit: PAGE, signal }),
  );
  return (
    <>
      <h1 tabIndex={-1}>Batches{before === undefined ? '' : ` before ${count(before)}`}</h1>
      <p class="lead">
        Each is one proof on the layer 1. A bar is the time from closed to final; all bars have one scale. The node does
        not say yet what gas a batch cost, so that is not here.
      </p>
      {before === undefined ? (
        known.batches ? (
          <Listed batches={known.batches.slice(0, PAGE)} />
        ) : (
          <Waiting lines={12} />
        )
      ) : (
        <Show loaded={older} missing="There are none.">
          {(list) => <Listed batches={list?.batches ?? []} />}
        </Show>
      )}
    </>
  );
}

function Listed({ batches }: { batches: readonly BatchView[] }) {
  const last = batches.at(-1)?.number ?? 0;
  if (batches.length === 0) return <p class="empty">There is no batch here. The first deposit or payment opens one.</p>;
  return (
    <>
      <BatchTable name="Batches" batches={batches} />
      <nav class="pages" aria-label="Pages of batches">
        <Link to={{ page: 'batches' }}>Latest</Link>
        {last > 1 && <Link to={{ page: 'batches', before: last }}>Older than {last}</Link>}
      </nav>
    </>
  );
}

const HEAD = [
  'Batch|number',
  'Stage',
  'Closed',
  'Operations|number',
  'Seal|number wide',
  'Prove|number wide',
  'Settle|number wide',
  'Finalise|number wide',
  'From closed to final|bars',
];

export function BatchTable({ name, batches }: { name: string; batches: readonly BatchView[] }) {
  const longest = Math.max(SHORTEST_MS, ...batches.map((batch) => total(steps(batch))));
  return (
    <Table name={name} head={HEAD}>
      {batches.map((batch) => {
        const { seal, prove, settle, finalise } = steps(batch);
        return (
          <tr key={batch.number}>
            <td class="number">
              <Link to={{ page: 'batch', number: batch.number }} label={`Batch ${batch.number}`}>
                {batch.number}
              </Link>
            </td>
            <td>
              <StageName stage={batch.stage} />
            </td>
            <td class="time">
              <Time at={batch.times_ms.closed} />
            </td>
            <td class="number">{batch.operations}</td>
            {[seal, prove, settle, finalise].map((ms) => (
              <td class="number wide">
                <Span ms={ms} />
              </td>
            ))}
            <td class="bars">
              <Bar times={{ seal, prove, settle, finalise }} longest={longest} />
            </td>
          </tr>
        );
      })}
    </Table>
  );
}

const NAMES: readonly (readonly [keyof Steps, string])[] = [
  ['seal', 'seal'],
  ['prove', 'prove'],
  ['settle', 'settle'],
  ['finalise', 'finalise'],
];

function total(times: Steps): number {
  return NAMES.reduce((sum, [name]) => sum + (times[name] ?? 0), 0);
}

/** The times of a batch, one after the other. */
export function Bar({ times, longest }: { times: Steps; longest: number }) {
  let at = 0;
  const parts = NAMES.map(([name, words]) => {
    const ms = times[name] ?? 0;
    const part = { name, words, ms, x: (at / longest) * 100, width: (ms / longest) * 100 };
    at += ms;
    return part;
  });
  const told = parts.filter(({ ms }) => ms > 0).map(({ words, ms }) => `${words} ${duration(ms)}`);
  return (
    <svg
      class="steps"
      viewBox="0 0 100 8"
      preserveAspectRatio="none"
      role="img"
      aria-label={told.join(', ') || 'no time yet'}
    >
      {parts.map(
        ({ name, x, width }) => width > 0 && <rect class={name} x={x} y="0" width={Math.max(width, 0.6)} height="8" />,
      )}
      <title>{told.join(', ') || 'no time yet'}</title>
    </svg>
  );
}
