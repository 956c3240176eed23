//! Every row of the circuits is needed, but for those on a list with reasons: some witness breaks it
//! and no other row. `mutate --all` looks at all of them; these tests at a sample.
#![allow(clippy::unwrap_used)]

#[path = "mutation/suite.rs"]
mod suite;

use std::{collections::BTreeMap, sync::OnceLock};

use ark_bn254::Fr;
use ark_ff::One;
use rand::{SeedableRng, rngs::StdRng, seq::IteratorRandom};

use suite::{
    attack::Attack,
    hunt::Hunt,
    scenes::{Circuit, batch, exit},
    survivors,
};

/// Of a sample of rows of any kind.
const SEED: u64 = 10;

fn tiny() -> &'static Circuit {
    static CIRCUIT: OnceLock<Circuit> = OnceLock::new();
    CIRCUIT.get_or_init(batch)
}

/// A row each of some kinds, some others, and one that is listed as redundant. Rows that are open take
/// long.
fn sample(circuit: &Circuit, (of_kinds, others): (usize, usize)) -> Vec<u32> {
    let listed = survivors::listed(circuit);
    assert!(listed.values().all(|entry| entry.reason.len() > 10));
    let all = (0..circuit.rows.len() as u32).filter(|row| !listed.contains_key(row));
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut kinds = BTreeMap::new();
    for row in all.clone() {
        kinds.entry(circuit.rows.kind(row)).or_insert(row);
    }
    let mut rows = all.choose_multiple(&mut rng, others);
    rows.extend(kinds.into_values().choose_multiple(&mut rng, of_kinds));
    let redundant = listed.iter().filter(|(_, entry)| !entry.is_open);
    rows.extend(redundant.map(|(row, _)| *row).choose(&mut rng));
    rows.sort_unstable();
    rows.dedup();
    rows
}

fn assert_as_listed(circuit: &Circuit, rows: &[u32]) {
    let findings = survivors::look(circuit, rows, &|_| ());
    let name = |row: &u32| circuit.name_of(*row);
    let unlisted = findings.survivors.iter();
    let unlisted: Vec<_> = unlisted
        .filter(|(_, reason)| reason.is_none())
        .map(|(row, _)| name(row))
        .collect();
    assert!(unlisted.is_empty(), "no witness needs them: {unlisted:?}");
    let killed: Vec<_> = findings.killed.iter().map(name).collect();
    assert!(killed.is_empty(), "listed, but needed: {killed:?}");
}

#[test]
fn every_sampled_row_of_the_batch_circuit_is_needed_or_listed() {
    assert_as_listed(tiny(), &sample(tiny(), (120, 80)));
}

#[test]
fn every_sampled_row_of_the_escape_circuit_is_needed_or_listed() {
    let circuit = exit();
    assert_as_listed(&circuit, &sample(&circuit, (40, 20)));
}

/// Rows that a test by groups does not miss, each with a witness that breaks nothing else among
/// all rows of the circuit.
#[test]
fn rows_behind_which_a_group_hides_have_witnesses_of_their_own() {
    let top = "full/sender/top";
    // In the top: 63 choices, the comparison, 62 shares, 64 nodes; of two slots.
    let cases: [(&str, &str, &[usize]); 10] = [
        (
            "the nodes at the top that come next",
            top,
            &[63 + 1 + 62, 63 + 1 + 62 + 63],
        ),
        ("membership, at the top", top, &[63]),
        (
            "membership, on a level of the path",
            "full/sender/path",
            &[2, 0],
        ),
        ("a step of the evaluation", "statement/evaluation", &[0, 7]),
        (
            "the fourth power of an S-box",
            "full/sender/leaf",
            &[1, 4, 100],
        ),
        ("the limit of nonces", "transfer/sender/nonce-last", &[0]),
        (
            "the limit of nonces of full records",
            "full/sender/nonce-last",
            &[0, 1],
        ),
        (
            "the order of a key, of a transfer",
            "transfer/sender/signature/key-order",
            &[15, 16],
        ),
        (
            "no fee without a signature",
            "full/unused-is-zero/fee",
            &[0],
        ),
        (
            "no nonce without a sender",
            "full/unused-is-zero/sender",
            &[0],
        ),
    ];
    let mut hunt = Hunt::new(tiny());
    for (what, group, numbers) in cases {
        for number in numbers {
            let row = tiny().rows.of_group(group)[*number];
            let scene = hunt.search(row);
            let scene = scene.unwrap_or_else(|| panic!("{what}: {number}"));
            hunt.assert_breaks_alone(scene, row);
        }
    }
}

/// A witness that breaks one row alone, of which only these values are not honest, or follow from
/// one that is not.
fn breaks_alone(changes: &[(u32, Fr)], group: &str) -> bool {
    breaks_row_alone(changes, tiny().rows.of_group(group)[0])
}

fn breaks_row_alone(changes: &[(u32, Fr)], row: u32) -> bool {
    let scenes = tiny().scenes.iter();
    scenes
        .filter(|scene| scene.broken.is_empty())
        .any(|scene| Attack::new(&tiny().rows, scene).breaks_alone(changes, row))
}

/// The first wire of a group, of a field that of its lowest bit, in the first slot of its sort.
fn lowest_bit(field: &str) -> u32 {
    let rows = &tiny().rows;
    let mut wires = 0..rows.wires() as u32;
    let found = wires.find(|wire| &**rows.group_of_wire(*wire) == field);
    found.unwrap()
}

/// The index of a new account is the next, not the one after it.
#[test]
fn a_new_account_gets_no_index_that_is_off_by_one() {
    let one = Fr::one();
    assert!(breaks_alone(
        &[(lowest_bit("full/to"), one)],
        "full/recipient/next-index"
    ));
}

/// The owner of a new account is a point of the curve: the payee and the leaf have the same other point.
#[test]
fn a_new_account_has_no_owner_off_the_curve() {
    let [payee, owner] = ["full/payee", "full/recipient"].map(lowest_bit);
    let off = Fr::from(3u8);
    let rows = tiny().rows.of_group("full/recipient/owner-on-curve");
    assert!(breaks_row_alone(&[(payee, off), (owner, off)], rows[3]));
}

/// The last nonce is refused, in a transfer slot whatever is in it.
#[test]
fn a_transfer_slot_does_not_take_the_last_nonce() {
    let lowest = lowest_bit("transfer/sender/nonce");
    let all_ones: Vec<_> = (lowest..lowest + 32).map(|bit| (bit, Fr::one())).collect();
    assert!(breaks_alone(&all_ones, "transfer/sender/nonce-last"));
}

/// A sum of fields that must be zero counts each of them: the row is broken alone where one
/// of them is not zero.
#[test]
fn each_field_that_a_record_does_not_use_is_held_to_zero() {
    let cases = [
        ("full/from", "full/unused-is-zero/sender"),
        ("full/nonce", "full/unused-is-zero/sender"),
        ("full/fee", "full/unused-is-zero/fee"),
        ("full/last", "full/unused-is-zero/last"),
        ("full/to", "full/unused-is-zero/recipient"),
        ("full/token", "full/unused-is-zero/padding"),
        ("full/amount", "full/unused-is-zero/padding"),
        ("transfer/from", "transfer/unused-is-zero"),
        ("transfer/to", "transfer/unused-is-zero"),
        ("transfer/amount", "transfer/unused-is-zero"),
        ("transfer/fee", "transfer/unused-is-zero"),
        ("fee-slot/index", "fee-slot/unused-is-zero"),
        ("context/fee-tokens", "fee-slot/unused-is-zero"),
    ];
    for (field, rule) in cases {
        assert!(
            breaks_alone(&[(lowest_bit(field), Fr::one())], rule),
            "{field}"
        );
    }
}
