/** What moves at a node, without end: a stream that breaks is opened again. */
import type { StageEvent } from './api-types.js';
import { AnswerError, NodeError, UnansweredError } from './errors.js';
import type { Http } from './http.js';
import { SseParser, type SseMessage } from './sse.js';
import { sleep } from './time.js';

/** What {@link events} gives. */
export type NodeEvent =
  | StageEvent
  /**
   * A stream is open. Where it is not `resumed`, what happened before is not told: read anew what you
   * watch. So it is at the first one.
   */
  | { readonly type: 'open'; readonly resumed: boolean }
  /** So many events are not kept any more, and may have been for this listener: read anew what you watch. */
  | { readonly type: 'lagged'; readonly missed: number }
  /** The node was started anew, and what happened in between is not known: read anew what you watch. */
  | { readonly type: 'reset' }
  /** Nothing moved, and the stream is well. */
  | { readonly type: 'alive' };

/** What is told; an event must pass each part that is given. That a batch was dropped passes all but `batch`. */
export interface EventFilter {
  /** What these accounts send, and receive once it is executed. At most 100. */
  readonly account?: number | readonly number[];
  /** These transactions, whether they were handed in yet or not. At most 100. */
  readonly transaction?: string | readonly string[];
  /** This batch, whether it is there yet or not, and what it holds. */
  readonly batch?: number;
  /** Events of this type. */
  readonly type?: StageEvent['type'];
}

export interface EventOptions extends EventFilter {
  /** Ends the stream, without an error. */
  readonly signal?: AbortSignal;
  /** Go on after this event of an earlier stream. */
  readonly lastEventId?: string;
  /** A stream on which nothing comes for so long is given up for a new one. */
  readonly silenceMs?: number;
}

/** The node says something every 15 s. */
const SILENCE_MS = 45_000;
const PAUSE_MS = 500;
/** What moves; an event of another name is of a newer node. */
const TYPES: readonly string[] = ['transaction', 'operation', 'batch', 'dropped'] satisfies StageEvent['type'][];
const PAUSE_MAX_MS = 15_000;

/**
 * Events from now on. Throws only what a new attempt would not mend, a refusal by the node for one.
 */
export async function* events(http: Http, options: EventOptions = {}): AsyncGenerator<NodeEvent, void, void> {
  const { signal, silenceMs = SILENCE_MS } = options;
  const path = `/v1/events${query(options)}`;
  let lastEventId = options.lastEventId;
  let failures = 0;
  let retryMs: number | undefined;
  while (!signal?.aborted) {
    const parser = new SseParser();
    try {
      const resumed = lastEventId !== undefined;
      for await (const messages of pieces(http, path, parser, lastEventId, silenceMs, signal)) {
        failures = 0;
        if (messages === 'open') yield { type: 'open', resumed };
        else yield* messages.map(eventOf).filter((event) => event !== undefined);
        lastEventId = parser.lastEventId ?? lastEventId;
      }
    } catch (error) {
      if (signal?.aborted) return;
      if (!isPassing(error)) throw error;
    }
    retryMs = parser.retryMs ?? retryMs;
    const pause = Math.min((retryMs ?? PAUSE_MS) * 2 ** failures, PAUSE_MAX_MS);
    failures += 1;
    await sleep(pause * (0.5 + Math.random()), signal).catch(() => undefined);
  }
}

function query({ account, transaction, batch, type }: EventFilter): string {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries({ account, transaction, batch, type })) {
    if (value !== undefined) parts.set(name, String(value));
  }
  const text = parts.toString();
  return text === '' ? '' : `?${text}`;
}

/** One stream: `open`, then what each piece of it completes. */
async function* pieces(
  http: Http,
  path: string,
  parser: SseParser,
  lastEventId: string | undefined,
  silenceMs: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<'open' | SseMessage[], void, void> {
  const controller = new AbortController();
  const silent = () => controller.abort(new UnansweredError(`nothing came on the stream for ${silenceMs} ms`));
  const stop = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', stop);
  let timer = setTimeout(silent, silenceMs);
  try {
    const resume = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const headers = { accept: 'text/event-stream', ...resume };
    const answer = await http.open(path, headers, controller.signal);
    if (!answer.headers.get('content-type')?.startsWith('text/event-stream') || !answer.body) {
      throw new AnswerError('the answer is no stream of events');
    }
    yield 'open';
    const reader = answer.body.getReader();
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(silent, silenceMs);
      yield parser.push(decoder.decode(value, { stream: true }));
    }
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : unanswered(error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    // Also where the listener went away in between: a stream that nobody reads stays open otherwise.
    controller.abort();
  }
}

/** A stream that breaks throws whatever the platform throws. */
function unanswered(error: unknown): Error {
  const known = error instanceof NodeError || error instanceof AnswerError || error instanceof UnansweredError;
  return known ? error : new UnansweredError('the stream of events broke', { cause: error });
}

function isPassing(error: unknown): boolean {
  if (error instanceof NodeError) return error.status >= 500 || error.status === 429 || error.status === 408;
  return error instanceof UnansweredError;
}

/** What a message means; nothing where a newer node tells of what is not known here. */
function eventOf({ event, data }: SseMessage): NodeEvent | undefined {
  if (data === undefined) return { type: 'alive' };
  if (event === 'lagged') return { type: 'lagged', missed: Number(data) };
  if (event === 'reset') return { type: 'reset' };
  if (!TYPES.includes(event)) return undefined;
  try {
    return JSON.parse(data) as StageEvent;
  } catch (cause) {
    throw new AnswerError(`an event \`${event}\` is not JSON`, { cause });
  }
}
