/** What is known of the node, kept up to date: by its events, and by asking where they say too little. */
import {
  NodeError,
  type BatchView,
  type NodeClient,
  type NodeEvent,
  type Stage,
  type StatusView,
  type TokenView,
} from '@assay/client';
import { sample, type Sample } from './series.js';

/** A transaction of which an event told. */
export interface Seen {
  readonly hash: string;
  readonly stage: Stage;
  readonly batch: number | undefined;
  readonly atMs: number;
}

export type Contact =
  | { readonly is: 'connecting' }
  | { readonly is: 'well' }
  /** The node answers that it takes up its state anew. */
  | { readonly is: 'starting'; readonly nextMs: number }
  | { readonly is: 'away'; readonly told: string; readonly nextMs: number; readonly attempts: number };

export interface Known {
  readonly contact: Contact;
  /** When the node last answered; 0 before that. */
  readonly answeredMs: number;
  readonly openedMs: number;
  readonly status: StatusView | undefined;
  readonly tokens: readonly TokenView[];
  /** The latest ones, latest first; nothing before they were read. */
  readonly batches: readonly BatchView[] | undefined;
  /** Latest first. */
  readonly seen: readonly Seen[];
  /** Executed since the page was opened. */
  readonly executed: number;
  /** Oldest first. */
  readonly samples: readonly Sample[];
  /** Counts what can have changed a page that was read: a batch that moved, a stream that was opened anew. */
  readonly revision: number;
}

/** What of a client is used. */
export type Node = Pick<NodeClient, 'status' | 'tokens' | 'batches' | 'events'>;

export const BATCHES_MOST = 100;
const SEEN_MOST = 100;
const SAMPLES_MOST = 900;
const ASK_MS = 2000;
/** A page that nobody looks at asks less often. */
const ASK_HIDDEN_MS = 20_000;
/** Events come in bursts, for which one question is enough. */
const GATHER_MS = 250;
const AWAY_MS = 1000;
const AWAY_MAX_MS = 15_000;

export class Watch {
  #known: Known;
  readonly #listeners = new Set<() => void>();
  /** Ends the pause between two questions, or has there be none. */
  #wake: () => void = () => undefined;
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #stale = true;

  constructor(
    private readonly node: Node,
    private readonly now: () => number = Date.now,
    private readonly hidden: () => boolean = () => false,
  ) {
    this.#known = {
      contact: { is: 'connecting' },
      answeredMs: 0,
      openedMs: now(),
      status: undefined,
      tokens: [],
      batches: undefined,
      seen: [],
      executed: 0,
      samples: [],
      revision: 0,
    };
  }

  get known(): Known {
    return this.#known;
  }

  /** Calls back after each change; gives what ends that. */
  listen(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  /** Asks at once, whatever it waited for. */
  ask(): void {
    this.#wake();
  }

  /** Watches until the signal ends it. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#askOn(signal), this.#hearOn(signal)]);
  }

  async #askOn(signal: AbortSignal): Promise<void> {
    let attempts = 0;
    while (!signal.aborted) {
      let hurried = false;
      this.#wake = () => (hurried = true);
      let pauseMs = this.hidden() ? ASK_HIDDEN_MS : ASK_MS;
      try {
        await this.#askOnce(signal);
        attempts = 0;
      } catch (error) {
        if (signal.aborted) return;
        attempts += 1;
        pauseMs = Math.min(AWAY_MS * 2 ** (attempts - 1), AWAY_MAX_MS);
        this.#change({ contact: this.#contactAfter(error, attempts, pauseMs) });
      }
      if (!hurried) await this.#rest(pauseMs, signal, (stop) => (this.#wake = stop));
    }
  }

  async #askOnce(signal: AbortSignal): Promise<void> {
    const stale = this.#stale;
    this.#stale = false;
    try {
      const status = await this.node.status({ signal });
      const before = this.#known.status;
      const moved = JSON.stringify(before?.heights) !== JSON.stringify(status.heights);
      let { batches, tokens } = this.#known;
      if (stale || moved || batches === undefined) {
        batches = (await this.node.batches({ limit: BATCHES_MOST, signal })).batches;
      }
      if (stale || tokens.length === 0) tokens = await this.node.tokens({ signal });
      const atMs = this.now();
      const samples = [...this.#known.samples, sample(status, atMs)].slice(-SAMPLES_MOST);
      const revision = this.#known.revision + (stale || moved ? 1 : 0);
      this.#change({ contact: { is: 'well' }, answeredMs: atMs, status, batches, tokens, samples, revision });
    } catch (error) {
      this.#stale ||= stale;
      throw error;
    }
  }

  #contactAfter(error: unknown, attempts: number, pauseMs: number): Contact {
    const nextMs = this.now() + pauseMs;
    if (error instanceof NodeError && error.is('starting_anew')) return { is: 'starting', nextMs };
    const told = error instanceof Error ? error.message : String(error);
    return { is: 'away', told, nextMs, attempts };
  }

  async #hearOn(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const event of this.node.events({ signal })) this.#hear(event);
      } catch {
        // The node refuses the stream; what it answers otherwise is shown, and it is tried again.
        await this.#rest(AWAY_MAX_MS, signal);
      }
    }
  }

  #hear(event: NodeEvent): void {
    switch (event.type) {
      case 'transaction': {
        const { hash, stage, batch, at_ms: atMs } = event;
        // Batches take their transactions along; what moved on before the page was opened is shown with its batch.
        if (stage === 'sealed' || stage === 'proved' || stage === 'final') return;
        const others = this.#known.seen.filter((seen) => seen.hash !== hash);
        const seen = [{ hash, stage, batch: batch ?? undefined, atMs }, ...others].slice(0, SEEN_MOST);
        this.#change({ seen, executed: this.#known.executed + (stage === 'executed' ? 1 : 0) });
        break;
      }
      case 'batch': {
        const { number, stage } = event;
        const seen = this.#known.seen.map((seen) => (seen.batch === number ? { ...seen, stage } : seen));
        const batches = this.#known.batches?.map((batch) => (batch.number === number ? { ...batch, stage } : batch));
        this.#stale = true;
        this.#change({ seen, batches });
        break;
      }
      case 'open':
      case 'lagged':
      case 'reset':
      case 'dropped':
        this.#stale = true;
        break;
      case 'operation':
      case 'alive':
        return;
    }
    if (this.#known.contact.is === 'well' || event.type === 'open') this.#wakeSoon();
  }

  #wakeSoon(): void {
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined;
      this.#wake();
    }, GATHER_MS);
  }

  /** `wakes` is handed what ends it early. */
  #rest(ms: number, signal: AbortSignal, wakes: (stop: () => void) => void = () => undefined): Promise<void> {
    return new Promise((resolve) => {
      const stop = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const timer = setTimeout(stop, ms);
      signal.addEventListener('abort', stop);
      wakes(stop);
      if (signal.aborted) stop();
    });
  }

  #change(part: Partial<Known>): void {
    this.#known = { ...this.#known, ...part };
    for (const changed of this.#listeners) changed();
  }
}
