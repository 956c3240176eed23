/** The verifier and the prover of exits, which are Rust (`browser/` of the repository) as WebAssembly. */

/** How one check of a bundle went: `skipped` where it needs one that failed. */
export interface Check {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly detail: string;
}

/** What `assay verify --json` prints. */
export interface Verdict {
  readonly valid: boolean;
  readonly batch: number;
  /** Whose verifying key it was checked under. */
  readonly key: 'bundle' | 'trusted';
  readonly insecure_development_key: boolean;
  readonly first_failure: string | null;
  readonly checks: readonly Check[];
}

/** The eight words of a proof, 0x and 512 digits. */
export interface EscapeProof {
  readonly proof: string;
}

export type Call = 'verify' | 'escape';
export type Inputs = readonly [Uint8Array, Uint8Array];

/** What the module gives JavaScript (`browser/src/door.rs`). */
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly assay_input: (bytes: number) => number;
  readonly assay_verify: () => number;
  readonly assay_escape: () => number;
  readonly assay_output: () => number;
}

/** A module that runs. An error of Rust's own ends it: make another. */
export class Proofs {
  readonly #exports: Exports;

  private constructor(exports: Exports) {
    this.#exports = exports;
  }

  /** It is given nothing of JavaScript: no clock, no randomness, no network. */
  static async of(source: Response | BufferSource): Promise<Proofs> {
    const started =
      source instanceof Response
        ? await WebAssembly.instantiateStreaming(source)
        : await WebAssembly.instantiate(source);
    return new Proofs(started.instance.exports as unknown as Exports);
  }

  /** Verifies a bundle under the key whose SHA-256 is given, or under its own where that is empty. */
  verify(bundle: Uint8Array, keyDigest: string): Verdict {
    return this.call('verify', [bundle, new TextEncoder().encode(keyDigest)]) as Verdict;
  }

  /** What the call answers; throws what it could not do, in words. */
  call(call: Call, inputs: Inputs): unknown {
    const { memory, assay_input, assay_output, assay_verify, assay_escape } = this.#exports;
    for (const input of inputs) {
      // Addresses above 2 GiB come as negative numbers.
      const room = assay_input(input.length) >>> 0;
      if (room === 0) throw new Error('There is no room for so much.');
      new Uint8Array(memory.buffer, room, input.length).set(input);
    }
    const length = (call === 'verify' ? assay_verify() : assay_escape()) >>> 0;
    const output = new Uint8Array(memory.buffer, assay_output() >>> 0, length);
    const answer = JSON.parse(new TextDecoder().decode(output)) as { error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }
}
