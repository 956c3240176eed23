/** A worker of its own, so that the page does not stand still: it answers one question. */
import { Proofs, type Call, type Inputs } from './module.js';

export interface Question {
  /** Where the WebAssembly is. */
  readonly wasm: string;
  readonly call: Call;
  readonly inputs: Inputs;
}

export type Answer =
  /** `tookMs` is of the call alone, without loading. */
  { readonly answer: unknown; readonly tookMs: number } | { readonly error: string };

addEventListener('message', ({ data }: MessageEvent<Question>) => {
  const told = (error: unknown): Answer => ({ error: error instanceof Error ? error.message : String(error) });
  answerTo(data)
    .catch(told)
    .then((answer) => postMessage(answer));
});

async function answerTo({ wasm, call, inputs }: Question): Promise<Answer> {
  const response = await fetch(wasm);
  if (!response.ok) throw new Error(`The node answered ${response.status} for the WebAssembly.`);
  const proofs = await Proofs.of(response);
  const start = performance.now();
  const answer = proofs.call(call, inputs);
  return { answer, tookMs: performance.now() - start };
}
