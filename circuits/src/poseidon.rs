//! Poseidon over `Fr` with circomlib's parameters (`docs/spec/primitives.md`).
//!
//! The partial rounds run in their sparse form: a partial round's S-box touches element 0 only,
//! so every linear map that leaves element 0 alone moves past it, and what stays between two
//! S-boxes is one row and one column (Poseidon paper, appendix B). See [`parameters`].

mod dot;
mod parameters;
pub mod r1cs;

use std::convert::Infallible;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use dot::dot;
pub use parameters::MAX_INPUTS;
use parameters::{FULL_ROUNDS_HALF, Parameters};

/// Poseidon of 1 to 16 field elements, equal to circomlib's `poseidon(inputs)`.
///
/// # Panics
/// When there are no inputs or more than [`MAX_INPUTS`]: the number is fixed by the caller's
/// code, never by data.
pub fn hash(inputs: &[Fr]) -> Fr {
    let Ok(hash) = hash_with(inputs, |x| Ok::<Fr, Infallible>(fifth_power(x)));
    hash
}

/// The hash with an S-box of the caller's, which sees the inputs of all S-boxes in order: round
/// after round, in a full round element after element.
fn hash_with<E>(inputs: &[Fr], sbox: impl FnMut(Fr) -> Result<Fr, E>) -> Result<Fr, E> {
    macro_rules! by_width {
        ($($inputs:literal)*) => {
            match inputs.len() {
                $($inputs => hash_of_width::<{ $inputs + 1 }, E>(inputs, sbox),)*
                n => panic!("Poseidon takes 1 to {MAX_INPUTS} inputs, not {n}"),
            }
        };
    }
    by_width!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16)
}

fn hash_of_width<const T: usize, E>(
    inputs: &[Fr],
    mut sbox: impl FnMut(Fr) -> Result<Fr, E>,
) -> Result<Fr, E> {
    let parameters = Parameters::of_width(T);
    let mut state = [Fr::ZERO; T];
    state[1..].copy_from_slice(inputs);
    let (constants, _) = parameters.full_constants.as_chunks::<T>();
    let (mds, _) = parameters.mds.as_chunks::<T>();
    let (into_sparse, _) = parameters.into_sparse.as_chunks::<T>();

    for (round, constants) in constants[..FULL_ROUNDS_HALF].iter().enumerate() {
        full_sbox(&mut state, constants, &mut sbox)?;
        let is_last = round == FULL_ROUNDS_HALF - 1;
        state = linear(if is_last { into_sparse } else { mds }, &state);
    }

    let rounds = parameters.sparse.chunks_exact(2 * T - 1);
    for (constant, sparse) in parameters.partial_constants.iter().zip(rounds) {
        let (row, column) = sparse
            .split_first_chunk::<T>()
            .expect("a sparse matrix is a row of T and a column of T - 1");
        let raised = sbox(state[0] + constant)?;
        state[0] = raised;
        let first = dot(row, &state);
        for (element, factor) in state[1..].iter_mut().zip(column) {
            *element += raised * factor;
        }
        state[0] = first;
    }

    let (last, before) = constants[FULL_ROUNDS_HALF..]
        .split_last()
        .expect("there are full rounds after the partial ones");
    for constants in before {
        full_sbox(&mut state, constants, &mut sbox)?;
        state = linear(mds, &state);
    }
    full_sbox(&mut state, last, &mut sbox)?;
    Ok(dot(&mds[0], &state))
}

#[inline]
fn fifth_power(x: Fr) -> Fr {
    x.square().square() * x
}

#[inline]
fn full_sbox<const T: usize, E>(
    state: &mut [Fr; T],
    constants: &[Fr; T],
    sbox: &mut impl FnMut(Fr) -> Result<Fr, E>,
) -> Result<(), E> {
    for (element, constant) in state.iter_mut().zip(constants) {
        *element = sbox(*element + constant)?;
    }
    Ok(())
}

#[inline]
fn linear<const T: usize>(matrix: &[[Fr; T]], state: &[Fr; T]) -> [Fr; T] {
    std::array::from_fn(|i| dot(&matrix[i], state))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use ark_ff::UniformRand;
    use ark_std::rand::{SeedableRng, rngs::StdRng};
    use light_poseidon::{Poseidon, PoseidonHasher};

    #[test]
    fn equals_light_poseidon_where_it_has_the_width() {
        let mut rng = StdRng::seed_from_u64(1);
        for inputs in 1..=12 {
            let mut oracle = Poseidon::<Fr>::new_circom(inputs).unwrap();
            for _ in 0..20 {
                let values: Vec<Fr> = (0..inputs).map(|_| Fr::rand(&mut rng)).collect();
                assert_eq!(
                    hash(&values),
                    oracle.hash(&values).unwrap(),
                    "{inputs} inputs"
                );
            }
            let zeros = vec![Fr::ZERO; inputs];
            assert_eq!(hash(&zeros), oracle.hash(&zeros).unwrap());
        }
    }

    #[test]
    #[should_panic(expected = "1 to 16 inputs, not 17")]
    fn more_than_sixteen_inputs_are_refused() {
        hash(&[Fr::ZERO; 17]);
    }
}
