/** circomlib's Poseidon over the field (`docs/spec/primitives.md`). */
import { grainGenConstants, poseidon as permutation, type PoseidonFn } from '@noble/curves/abstract/poseidon.js';
import { Fr } from './field.js';

const FULL_ROUNDS = 8;
/** Partial rounds for widths 2 to 17. */
const PARTIAL_ROUNDS = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68];

/** Made at the first hash of a width: tens of milliseconds, instead of 26 kB of constants. */
const permutations = /* @__PURE__ */ new Map<number, PoseidonFn>();

/** The hash of 1 to 16 field elements. */
export function poseidon(inputs: readonly bigint[]): bigint {
  const width = inputs.length + 1;
  let permute = permutations.get(width);
  if (permute === undefined) {
    const roundsPartial = PARTIAL_ROUNDS[width - 2];
    if (roundsPartial === undefined) {
      throw new RangeError(`Poseidon takes 1 to 16 inputs, not ${inputs.length}`);
    }
    const options = { Fp: Fr, t: width, roundsFull: FULL_ROUNDS, roundsPartial, sboxPower: 5 };
    permute = permutation({ ...options, ...grainGenConstants(options) });
    permutations.set(width, permute);
  }
  // The permutation gives back as many elements as it takes.
  return permute([0n, ...inputs])[0] as bigint;
}
