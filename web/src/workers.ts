/** The operator's look at its prover workers. */
import { NodeClient, NodeError, type BatchView, type WorkerView } from '@assay/client';
import { median } from './numbers.js';

/**
 * The token for workers, which is asked of the operator. It is in the memory of this tab alone: in no storage, no address
 * and no message, and gone when the page is loaded again.
 */
export class ProverToken {
  #client: NodeClient | undefined;

  constructor(private readonly url: string) {}

  get isThere(): boolean {
    return this.#client !== undefined;
  }

  /** From now on; it goes to the page's own node and nowhere else. */
  take(token: string): void {
    this.#client = new NodeClient(this.url, { token, retries: 0, timeoutMs: 15_000 });
  }

  forget(): void {
    this.#client = undefined;
  }

  async workers(signal: AbortSignal): Promise<readonly WorkerView[]> {
    return (await this.#client?.workers({ signal })) ?? [];
  }
}

/** Whether a text can be a token: it is sent in a header of HTTP. */
export function isToken(text: string): boolean {
  return /^[\x20-\x7e]+$/.test(text);
}

/** Why the node shows no workers, where it says so itself. */
export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof NodeError)) return undefined;
  switch (error.code) {
    case 'unauthorized':
    case 'forbidden':
      return 'The node has another token.';
    case 'no_jobs':
      return 'This node lends no jobs, so it has no token for workers.';
    default:
      return undefined;
  }
}

/** What a worker's proofs took among the latest batches: how many there are, and the median from sealed to proof, ms. */
export function proofsOf(
  worker: string,
  batches: readonly BatchView[],
): { count: number; medianMs: number } | undefined {
  const took = batches.flatMap(({ prover, times_ms: { sealed, proof } }) =>
    prover === worker && sealed != null && proof != null ? [proof - sealed] : [],
  );
  const medianMs = median(took);
  return medianMs === undefined ? undefined : { count: took.length, medianMs };
}
