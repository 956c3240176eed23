/** What all parts of the page look at: the node, what is known of it, the time. */
import type { NodeClient } from '@assay/client';
import { createContext } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import type { Known, Watch } from '../watch.js';
import type { ProverToken } from '../workers.js';

export interface World {
  readonly node: NodeClient;
  readonly known: Known;
  readonly ask: () => void;
  /** What the operator has given to this tab. */
  readonly prover: ProverToken;
}

export const WorldContext = createContext<World | undefined>(undefined);
/** Apart, since it changes each second and few parts show it. */
export const NowContext = createContext(0);

export function useWorld(): World {
  const world = useContext(WorldContext);
  if (!world) throw new Error('a part of the page stands outside of it');
  return world;
}

export function useNow(): number {
  return useContext(NowContext);
}

/** What the watch knows; at most once a frame. */
export function useKnown(watch: Watch): Known {
  const [known, setKnown] = useState(watch.known);
  useEffect(() => {
    let frame = 0;
    const show = () => {
      frame = 0;
      setKnown(watch.known);
    };
    const stop = watch.listen(() => (frame ||= requestAnimationFrame(show)));
    return () => {
      stop();
      cancelAnimationFrame(frame);
    };
  }, [watch]);
  return known;
}

export function useClock(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** The last that there was since this is shown: where something is gone, what somebody typed or sent at it stays. */
export function useLast<T>(now: T | undefined): T | undefined {
  const last = useRef(now);
  if (now !== undefined) last.current = now;
  return last.current;
}

export type Loaded<T> =
  | { readonly is: 'loading' }
  | { readonly is: 'there'; readonly value: T }
  | { readonly is: 'failed'; readonly error: unknown };

/** What takes longer is not waited for: wallets that slept may never answer. */
const PATIENCE_MS = 20_000;

/** Does something when it is called; where it is at that already, once more afterwards, however often it was called. */
export function oneAtATime(
  work: () => Promise<unknown>,
  signal: AbortSignal,
  patienceMs: number = PATIENCE_MS,
): () => void {
  let [busy, wanted] = [false, false];
  const go = async () => {
    wanted = true;
    if (busy) return;
    busy = true;
    while (wanted && !signal.aborted) {
      wanted = false;
      await new Promise<unknown>((resolve) => {
        const timer = setTimeout(resolve, patienceMs);
        void work().finally(() => (clearTimeout(timer), resolve(undefined)));
      });
    }
    busy = false;
  };
  return () => void go();
}

/**
 * What `load` gives; read again where `key` or `version` is another, keeping what is there for the same key. Of one key
 * one is read at a time, and to its end: what takes longer than a version lasts would never be there otherwise.
 */
export function useLoad<T>(key: string, version: unknown, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ key: string; loaded: Loaded<T> }>({ key, loaded: { is: 'loading' } });
  const newest = useRef(load);
  newest.current = load;
  const again = useRef<() => void>(() => undefined);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const read = () =>
      newest.current(signal).then(
        (value) => signal.aborted || setState({ key, loaded: { is: 'there', value } }),
        (error: unknown) => {
          if (signal.aborted) return;
          // What was read stays: the banner says that the node is away.
          const keep = (before: typeof state) => before.key === key && before.loaded.is === 'there';
          setState((before) => (keep(before) ? before : { key, loaded: { is: 'failed', error } }));
        },
      );
    again.current = oneAtATime(read, signal);
    return () => controller.abort();
  }, [key]);
  useEffect(() => again.current(), [key, version]);
  return state.key === key ? state.loaded : { is: 'loading' };
}
