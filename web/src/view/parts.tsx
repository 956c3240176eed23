/** Small parts that several pages show. */
import { NodeError, type Stage } from '@assay/client';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { amount, count, short } from '../numbers.js';
import { href, type Route } from '../route.js';
import { FILLED } from '../stages.js';
import { absolute, duration, relative } from '../time.js';
import { useNow, useWorld, type Loaded } from './context.js';

export function Link({ to, label, children }: { to: Route; label?: string; children: ComponentChildren }) {
  return (
    <a href={href(to)} aria-label={label}>
      {children}
    </a>
  );
}

interface ButtonProps {
  /** Does nothing now: it keeps the focus, which browsers take from what is `disabled`. */
  readonly off?: boolean | undefined;
  readonly as?: 'first' | 'grave' | 'inline' | undefined;
  /** It submits its form where this is left out. */
  readonly press?: (() => void) | undefined;
  readonly children: ComponentChildren;
}

/** A button that may be off for a while. */
export function Button({ off = false, as, press, children }: ButtonProps) {
  const pressed = (event: Event) => {
    // Enter in a field of its form presses it too.
    if (off) event.preventDefault();
    else press?.();
  };
  return (
    <button type={press ? 'button' : 'submit'} class={as} aria-disabled={off || undefined} onClick={pressed}>
      {children}
    </button>
  );
}

/** A time: how long ago, and exactly on hover; `full` shows both. */
export function Time({ at, full }: { at: number | null | undefined; full?: boolean }) {
  const now = useNow();
  if (at == null) return <span class="quiet">not yet</span>;
  const exact = absolute(at);
  return (
    <time dateTime={new Date(at).toISOString()} title={exact}>
      {full ? (
        <>
          {exact} <span class="quiet">({relative(at, now)})</span>
        </>
      ) : (
        relative(at, now)
      )}
    </time>
  );
}

/** From when something holds, Unix seconds: `In 3 d 4 h (27 Nov 2026, 14:00) anybody can freeze it`. */
export function Countdown({ at, to }: { at: number; to: string }) {
  const leftMs = at * 1000 - useNow();
  const time = <time dateTime={new Date(at * 1000).toISOString()}>{absolute(at * 1000)}</time>;
  // To the second in the last minutes; before that a figure that stands still.
  const soon = leftMs < 1000 ? 'Now' : `In ${duration(Math.floor(leftMs / 1000) * 1000)}`;
  return (
    <>
      <b>{soon}</b> <span class="quiet">({time})</span> {to}
    </>
  );
}

export function Span({ ms }: { ms: number | undefined }) {
  return ms === undefined ? <span class="quiet">–</span> : <>{duration(ms)}</>;
}

/** A stage's mark: it fills as trust in the operator goes. */
export function Mark({ stage }: { stage: Stage }) {
  const filled = FILLED[stage];
  const angle = 2 * Math.PI * filled;
  const [x, y] = [8 + 6 * Math.sin(angle), 8 - 6 * Math.cos(angle)];
  return (
    <svg class={`mark ${stage}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <circle cx="8" cy="8" r="6" class="rim" />
      {filled === 1 && <circle cx="8" cy="8" r="6" class="fill" />}
      {filled > 0 && filled < 1 && (
        <path class="fill" d={`M8 8V2A6 6 0 ${filled > 0.5 ? 1 : 0} 1 ${x.toFixed(2)} ${y.toFixed(2)}Z`} />
      )}
      {stage === 'rejected' && <path class="rim" d="M5.5 5.5l5 5m0-5l-5 5" />}
    </svg>
  );
}

export function StageName({ stage }: { stage: Stage }) {
  return (
    <span class="stage">
      <Mark stage={stage} />
      {stage}
    </span>
  );
}

/** Something long that is to be copied; `whole` shows all of it. */
export function Code({ text, what, whole }: { text: string; what: string; whole?: boolean }) {
  return (
    <span class="code-line">
      <code title={text} class={whole ? 'whole' : undefined}>
        {whole ? text : short(text)}
      </code>
      <Copy text={text} what={what} />
    </span>
  );
}

export function Copy({ text, what }: { text: string; what: string }) {
  const [copied, setCopied] = useState(false);
  // Browsers give the clipboard to pages from this machine or by HTTPS alone.
  if (typeof navigator === 'undefined' || !navigator.clipboard) return null;
  const copy = () => {
    const done = () => {
      setCopied(true);
      setTimeout(() => setCopied(false), 1500);
    };
    navigator.clipboard.writeText(text).then(done, () => undefined);
  };
  return (
    <button type="button" class="copy" onClick={copy} aria-label={`Copy ${what}`} title={`Copy ${what}`}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        {copied ? <path d="M3 8.5l3.5 3.5L13 4.5" /> : <path d="M5.5 5.5h7v8h-7zM3.5 10.5v-8h7" />}
      </svg>
      <span class="unseen" role="status">
        {copied ? 'copied' : ''}
      </span>
    </button>
  );
}

export function Amount({ base, token }: { base: string; token: number }) {
  const { tokens } = useWorld().known;
  return <span title={`${count(base)} base units`}>{amount(base, token, tokens)}</span>;
}

export function Facts({ children }: { children: ComponentChildren }) {
  return <dl class="facts">{children}</dl>;
}

export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A table that is scrolled by itself where it is wider than the page. */
export function Table({ name, head, children }: { name: string; head: string[]; children: ComponentChildren }) {
  return (
    <div class="table" role="group" aria-label={name} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {head.map((title) => {
              const [text = '', kind] = title.split('|');
              return (
                <th scope="col" class={kind}>
                  {text}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

interface LoadedProps<T> {
  readonly loaded: Loaded<T>;
  /** What it is that is not there. */
  readonly missing: ComponentChildren;
  readonly children: (value: T) => ComponentChildren;
}

/** What was loaded, or why there is nothing. */
export function Show<T>({ loaded, missing, children }: LoadedProps<T>) {
  if (loaded.is === 'there') return <>{children(loaded.value)}</>;
  if (loaded.is === 'loading') return <Waiting lines={6} />;
  const { error } = loaded;
  if (error instanceof NodeError && error.status === 404) return <p class="empty">{missing}</p>;
  const told = error instanceof Error ? error.message : String(error);
  return (
    <p class="empty" role="alert">
      This could not be read: {told}. It is read again as soon as something moves.
    </p>
  );
}

/** Room for what comes, so that nothing jumps when it is there. */
export function Waiting({ lines }: { lines: number }) {
  return (
    <div class="waiting" role="status" aria-label="Loading">
      {Array.from({ length: lines }, () => (
        <span />
      ))}
    </div>
  );
}
