//! Poseidon over `Fr` with circomlib's parameters (`docs/spec/primitives.md`).
//!
//! The partial rounds run in their sparse form: a partial round's S-box touches element 0 only,
//! so every linear map that leaves element 0 alone moves past it, and what stays between two
//! S-boxes is one row and one column (Poseidon paper, appendix B). See [`parameters`].

mod dot;
mod parameters;
pub mod r1cs;
mod rounds;

use std::convert::Infallible;

use ark_bn254::Fr;
use ark_ff::Field;

pub use parameters::MAX_INPUTS;
use rounds::hash_with;

/// Poseidon of 1 to 16 field elements, equal to circomlib's `poseidon(inputs)`.
///
/// # Panics
/// When there are no inputs or more than [`MAX_INPUTS`]: the number is fixed by the caller's
/// code, never by data.
pub fn hash(inputs: &[Fr]) -> Fr {
    let Ok(hash) = hash_with(inputs, |x| Ok::<Fr, Infallible>(fifth_power(x)));
    hash
}

#[inline]
fn fifth_power(x: Fr) -> Fr {
    x.square().square() * x
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use ark_ff::{AdditiveGroup, UniformRand};
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
