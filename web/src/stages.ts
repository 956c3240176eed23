/** The stages, and what each of them means for somebody who waits for money (docs/trust.md). */
import type { Stage } from '@assay/client';

/** The stages of the pipeline; what is rejected is in none of them. */
export const PIPELINE = ['received', 'executed', 'sealed', 'proved', 'final'] as const;
export type PipelineStage = (typeof PIPELINE)[number];

export interface Meaning {
  /** Whose word it is. */
  readonly rests: string;
  readonly meaning: string;
}

export const MEANINGS: Readonly<Record<Stage, Meaning>> = {
  received: {
    rests: 'Rests on the operator’s word',
    meaning:
      'It is on the operator’s disk, and the sender has a signed receipt. Nothing of it is on the layer 1 yet. The receipt proves a promise that was broken, but nobody is fined for it.',
  },
  executed: {
    rests: 'Rests on the operator’s word',
    meaning:
      'The operator has executed it in the batch that is open. Nothing of it is on the layer 1: the operator can still break the promise, but cannot change what was signed or take more than that.',
  },
  sealed: {
    rests: 'Rests on the operator’s word',
    meaning:
      'Its place in a batch is fixed, and the batch waits for its proof. Nothing of it is on the layer 1 yet, so the batch can still come to nothing.',
  },
  proved: {
    rests: 'Rests on the layer 1',
    meaning:
      'The contract has checked the proof and the data are on the layer 1. The operator can no longer take it back; only a reorganisation of the layer 1 could, and then the batch is sent again.',
  },
  final: {
    rests: 'Rests on the layer 1',
    meaning:
      'The proof is so deep in the layer 1 that the node counts on it. What is left to trust is the layer 1, the proof system and the setup of its keys.',
  },
  rejected: {
    rests: 'Did not happen',
    meaning: 'The operator says that it cannot be executed, and why. Nothing of it moved.',
  },
};

/** How much of a stage's mark is filled. */
export const FILLED: Readonly<Record<Stage, number>> = {
  received: 0,
  executed: 0.25,
  sealed: 0.5,
  proved: 0.75,
  final: 1,
  rejected: 0,
};
