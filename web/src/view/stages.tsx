/** How far something has come, and what that means for whoever waits for it. */
import type { Stage } from '@assay/client';
import { MEANINGS } from '../stages.js';
import { absolute, duration } from '../time.js';
import { Mark, Time } from './parts.js';

export type Step = readonly [stage: Stage | 'closed' | 'proof', name: string, atMs: number | null | undefined];

interface StagesProps {
  readonly stage: Stage;
  /** What the node says that it depends on. */
  readonly trust: string;
  readonly times: readonly Step[];
}

export function Stages({ stage, trust, times }: StagesProps) {
  const { rests, meaning } = MEANINGS[stage];
  let before: number | undefined;
  return (
    <section class={`reached ${stage}`} aria-label="How far it has come">
      <div class="meaning">
        <p class="state">
          <Mark stage={stage} />
          <b>{stage}</b> <span>{rests}</span>
        </p>
        <p>{meaning}</p>
        <p class="told">The node says: {trust}</p>
      </div>
      <ol class="times">
        {times.map(([step, name, at]) => {
          const took = at != null && before !== undefined ? Math.max(0, at - before) : undefined;
          if (at != null) before = at;
          return (
            <li class={at == null ? 'open' : undefined}>
              {step === 'closed' || step === 'proof' ? <i aria-hidden="true" /> : <Mark stage={step} />}
              <b>{name}</b>
              <Time at={at} />
              <span class="quiet exact">
                {at == null ? '' : absolute(at)}
                {took === undefined ? '' : `, after ${duration(took)}`}
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
