//! The register of hashes: complete, and without influence.

use ark_relations::gr1cs::{ConstraintSystem, SynthesisMode};

use super::*;
use crate::{
    poseidon,
    statement::WORDS_PER_HASH,
    tree::{ARITY, PATH_LEVELS, TOP_NODES},
};

/// How many times a circuit of this shape hashes.
fn expected(shape: Shape) -> usize {
    let slots = shape.full_records() + shape.transfers();
    let accesses = 2 * slots + shape.fee_slots();
    // A leaf and its path, before and after.
    let per_access = 2 * (1 + PATH_LEVELS);
    // The message and the challenge of its signature.
    let per_order = 2;
    // Both roots from the nodes at the top: 16 + 4 + 1 hashes each.
    let roots = 2 * ((TOP_NODES - 1) / (ARITY - 1));
    let chain = shape.statement_words().div_ceil(WORDS_PER_HASH);
    accesses * per_access + slots * per_order + roots + chain
}

#[test]
fn every_hash_of_a_batch_is_noted_with_its_values() {
    let circuit = BatchCircuit::new(Arc::new(busy(&World::new(4, 1)))).unwrap();
    for cs in [Cs::from(ConstraintSystem::new_ref()), Cs::values_only()] {
        let cs = cs.noting_hashes();
        circuit.synthesise(&cs).unwrap();
        let noted = cs.noted_hashes();
        assert_eq!(noted.len(), expected(Shape::Tiny));
        for call in noted {
            let inputs: Vec<Fr> = call.inputs.iter().map(|x| x.value().unwrap()).collect();
            assert_eq!(call.output.value().unwrap(), poseidon::hash(&inputs));
        }
    }
}

#[test]
fn the_register_changes_neither_rows_nor_wires() {
    let circuit = BatchCircuit::new(Arc::new(busy(&World::new(4, 1)))).unwrap();
    let plain = Cs::from(ConstraintSystem::new_ref());
    let noting = Cs::from(ConstraintSystem::new_ref()).noting_hashes();
    circuit.synthesise(&plain).unwrap();
    circuit.synthesise(&noting).unwrap();
    assert!(plain.noted_hashes().is_empty());
    assert_eq!(
        plain.ark().to_matrices().unwrap(),
        noting.ark().to_matrices().unwrap()
    );
    assert_eq!(
        plain.ark().witness_assignment().unwrap(),
        noting.ark().witness_assignment().unwrap()
    );
}

#[test]
fn setup_notes_the_same_hashes_without_values() {
    let ark = ConstraintSystem::new_ref();
    ark.set_mode(SynthesisMode::Setup);
    let cs = Cs::from(ark).noting_hashes();
    BatchCircuit::blank(Shape::Tiny).synthesise(&cs).unwrap();
    let noted = cs.noted_hashes();
    assert_eq!(noted.len(), expected(Shape::Tiny));
    assert!(noted.iter().all(|call| call.output.value().is_err()));
}
