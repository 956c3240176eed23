//! The permutation, written once for field elements and for the linear combinations that stand for
//! them in the circuit.

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;

use super::{
    dot::dot,
    parameters::{FULL_ROUNDS_HALF, MAX_INPUTS, Parameters},
};

/// What a state consists of.
pub(super) trait Element: Clone {
    /// Nothing.
    fn zero() -> Self;

    /// `self += constant`.
    fn add_constant(&mut self, constant: &Fr);

    /// `self += factor * other`.
    fn add_multiple(&mut self, factor: &Fr, other: &Self);

    /// `sum of factors_i elements_i`.
    fn row<const T: usize>(factors: &[Fr; T], elements: &[Self; T]) -> Self;
}

impl Element for Fr {
    #[inline]
    fn zero() -> Self {
        Fr::ZERO
    }

    #[inline]
    fn add_constant(&mut self, constant: &Fr) {
        *self += constant;
    }

    #[inline]
    fn add_multiple(&mut self, factor: &Fr, other: &Self) {
        *self += *other * factor;
    }

    #[inline]
    fn row<const T: usize>(factors: &[Fr; T], elements: &[Self; T]) -> Self {
        dot(factors, elements)
    }
}

/// The hash with an S-box of the caller's, which sees the inputs of all S-boxes in order: round
/// after round, in a full round element after element.
///
/// # Panics
/// When there are no inputs or more than [`MAX_INPUTS`].
pub(super) fn hash_with<X: Element, E>(
    inputs: &[X],
    sbox: impl FnMut(X) -> Result<X, E>,
) -> Result<X, E> {
    macro_rules! by_width {
        ($($inputs:literal)*) => {
            match inputs.len() {
                $($inputs => hash_of_width::<{ $inputs + 1 }, X, E>(inputs, sbox),)*
                n => panic!("Poseidon takes 1 to {MAX_INPUTS} inputs, not {n}"),
            }
        };
    }
    by_width!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16)
}

fn hash_of_width<const T: usize, X: Element, E>(
    inputs: &[X],
    mut sbox: impl FnMut(X) -> Result<X, E>,
) -> Result<X, E> {
    let parameters = Parameters::of_width(T);
    let mut state: [X; T] = std::array::from_fn(|i| match i.checked_sub(1) {
        None => X::zero(),
        Some(input) => inputs[input].clone(),
    });
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
        state[0].add_constant(constant);
        let raised = sbox(state[0].clone())?;
        state[0] = raised.clone();
        let first = X::row(row, &state);
        for (element, factor) in state[1..].iter_mut().zip(column) {
            element.add_multiple(factor, &raised);
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
    Ok(X::row(&mds[0], &state))
}

#[inline]
fn full_sbox<const T: usize, X: Element, E>(
    state: &mut [X; T],
    constants: &[Fr; T],
    sbox: &mut impl FnMut(X) -> Result<X, E>,
) -> Result<(), E> {
    for (element, constant) in state.iter_mut().zip(constants) {
        element.add_constant(constant);
        *element = sbox(element.clone())?;
    }
    Ok(())
}

#[inline]
fn linear<const T: usize, X: Element>(matrix: &[[Fr; T]], state: &[X; T]) -> [X; T] {
    std::array::from_fn(|i| X::row(&matrix[i], state))
}
