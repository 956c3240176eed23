/** The pipeline as a picture that moves: a batch goes from stage to stage as the node tells of it. */
import { useMemo } from 'preact/hooks';
import { count } from '../numbers.js';
import { picture } from '../pipeline.js';
import { href } from '../route.js';
import { MEANINGS } from '../stages.js';
import { duration } from '../time.js';
import { useNow, useWorld } from './context.js';
import { Mark } from './parts.js';

/** Dots that are shown at a time, for transactions. */
const DOTS = 14;
/** How long a dot is seen after its transaction was executed. */
const FADE_MS = 2500;

export function Pipeline() {
  const { status, batches } = useWorld().known;
  const { columns, chips } = useMemo(() => {
    return status ? picture(status, batches ?? []) : { columns: [], chips: [] };
  }, [status, batches]);
  return (
    <section class="pipeline" aria-label="Pipeline">
      <p class="whose word">
        <span>rests on the operator’s word</span>
      </p>
      <p class="whose chain">
        <span>rests on the layer 1</span>
      </p>
      <ol class="columns">
        {columns.map(({ stage, count: number, unit, note, usualMs, more }) => (
          <li key={stage} class={stage} title={MEANINGS[stage].meaning}>
            <h2>
              <Mark stage={stage} />
              {stage}
            </h2>
            <p class="count">
              <span class="figure">{count(number)}</span> <span class="unit">{unit}</span>
            </p>
            <p class="note">{note}</p>
            <p class="note usual">{usualMs === undefined ? '\u00a0' : `usually after ${duration(usualMs)}`}</p>
            <p class="more">{more > 0 ? `and ${count(more)} more` : '\u00a0'}</p>
          </li>
        ))}
      </ol>
      <div class="track">
        <Dots />
        {chips.map(({ number, column, slot }) => (
          <a
            key={number}
            class={`chip at-${column}`}
            href={href({ page: 'batch', number })}
            aria-label={`Batch ${number}, ${columns[column]?.stage ?? ''}`}
            style={{ '--column': column, '--slot': slot, '--side': slot % 2, '--down': Math.floor(slot / 2) }}
          >
            {number}
          </a>
        ))}
      </div>
    </section>
  );
}

/** Transactions on their way into the open batch. */
function Dots() {
  const { seen } = useWorld().known;
  const now = useNow();
  const dots = seen
    .filter(({ stage, atMs }) => stage === 'received' || (stage === 'executed' && now - atMs < FADE_MS))
    .slice(0, DOTS);
  return (
    <div class="dots" aria-hidden="true">
      {dots.map(({ hash, stage }) => (
        <i key={hash} class={stage} style={{ '--lane': Number.parseInt(hash.slice(2, 8), 16) % 100 }} />
      ))}
    </div>
  );
}
