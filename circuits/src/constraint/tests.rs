//! The primitives of synthesis, honest and hostile.

use super::fault::{Groups, free_hints, hints, with_override};
use super::*;
use ark_relations::gr1cs::{ConstraintSystem, SynthesisMode};
use std::collections::BTreeSet;

/// `x^3` and a bit, in named groups.
fn cube(cs: &Cs) -> Result<()> {
    let x = witness(cs, || Ok(Fr::from(3u64)))?;
    let sum = linear(cs, &[(Fr::ONE, &x), (Fr::from(2u64), &x)], Fr::ONE);
    let nested = difference(cs, &sum, &x);
    group(cs, "power", || {
        let square = product(cs, &x, &x)?;
        group(cs, "cube", || product(cs, &square, &x)).map(drop)
    })?;
    group(cs, "nested", || product(cs, &nested, &sum)).map(drop)?;
    group(cs, "bit", || witness_bit(cs, || Ok(true))).map(drop)
}

#[test]
fn a_lie_is_found_in_the_group_that_pins_it() {
    let groups = Groups::record(cube).unwrap();
    assert_eq!(groups.labels(), ["power", "power/cube", "nested", "bit"]);
    assert!(groups.violated_by(cube).unwrap().is_empty());
    assert_eq!(
        hints(cube).unwrap(),
        ["", "power", "power/cube", "nested", "bit"]
    );

    let lie = |hint| {
        with_override(
            hint,
            |value| value + Fr::ONE,
            || groups.violated_by(cube).unwrap(),
        )
    };
    let only = |name: &str| BTreeSet::from([name.to_owned()]);
    assert!(lie(0).is_empty(), "x is free: everything follows it");
    assert_eq!(lie(1), only("power"));
    assert_eq!(lie(2), only("power/cube"));
    assert_eq!(lie(3), only("nested"));
    assert_eq!(lie(4), only("bit"));
    assert_eq!(free_hints(&groups, 0..4, cube).unwrap(), [0]);
}

#[test]
fn a_bit_may_be_flipped_and_is_followed() {
    let groups = Groups::record(cube).unwrap();
    let flipped = with_override(4, |_| Fr::ZERO, || groups.violated_by(cube).unwrap());
    assert!(flipped.is_empty());
}

#[test]
fn combinations_are_flat_and_the_modes_agree() {
    let full = Cs::from(ConstraintSystem::new_ref());
    cube(&full).unwrap();
    assert!(full.ark().is_satisfied().unwrap());
    let values = Cs::values_only();
    cube(&values).unwrap();
    assert_eq!(
        full.ark().witness_assignment().unwrap(),
        values.ark().witness_assignment().unwrap()
    );

    let setup = Cs::from(ConstraintSystem::new_ref());
    setup.ark().set_mode(SynthesisMode::Setup);
    cube(&setup).unwrap();
    assert_eq!(setup.ark().num_constraints(), 4);
    let before = setup.ark().to_matrices().unwrap();
    setup.ark().finalize();
    assert_eq!(
        before,
        setup.ark().to_matrices().unwrap(),
        "nothing was left to inline"
    );
}

#[test]
fn constants_cost_nothing_and_false_ones_are_refused() {
    let cs = Cs::values_only();
    let two = FpVar::Constant(Fr::from(2u64));
    let four = product(&cs, &two, &two).unwrap();
    assert!(matches!(four, FpVar::Constant(value) if value == Fr::from(4u64)));
    assert!(enforce_equal(&cs, &four, &four).is_ok());
    assert!(matches!(
        enforce_equal(&cs, &two, &four),
        Err(SynthesisError::Unsatisfiable)
    ));
}
