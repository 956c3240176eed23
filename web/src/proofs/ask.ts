/** Asking the worker. */
import type { Call, Inputs } from './module.js';
import type { Answer, Question } from './worker.js';

/** Gives what a call answers; throws what it could not do. */
export type AskProofs = (
  call: Call,
  inputs: Inputs,
  signal?: AbortSignal,
) => Promise<{ answer: unknown; tookMs: number }>;

/** Each question has a worker of its own, whose memory is gone with it; the signal ends it. */
export const askProofs: AskProofs = (call, inputs, signal) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(fileOf('assay-worker'));
    const end = (settle: () => void) => {
      worker.terminate();
      settle();
    };
    const fail = (message: string) => end(() => reject(new Error(message)));
    signal?.addEventListener('abort', () => fail('It was stopped.'), { once: true });
    worker.onerror = ({ message }) => fail(message || 'The worker could not be started.');
    worker.onmessage = ({ data }: MessageEvent<Answer>) =>
      'error' in data ? fail(data.error) : end(() => resolve(data));
    const question: Question = { wasm: fileOf('assay-wasm'), call, inputs };
    worker.postMessage(question);
  });

/** The page's HTML names its other files, each with the hash that it is kept under. */
function fileOf(name: string): string {
  const named = document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content;
  if (named === undefined) throw new Error(`The page does not say where ${name} is: load it again.`);
  return new URL(named, document.baseURI).href;
}
