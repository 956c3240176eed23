#![allow(clippy::unwrap_used)]

use std::{ops::ControlFlow, sync::Arc};

use ark_bn254::{Bn254, Fq2, Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::AffineRepr as _;
use ark_ff::{AdditiveGroup as _, Field as _, UniformRand as _};
use ark_groth16::Groth16;
use ark_poly::EvaluationDomain as _;
use ark_relations::gr1cs::{
    ConstraintSynthesizer as _, ConstraintSystem, OptimizationGoal, R1CS_PREDICATE_LABEL,
    SynthesisMode,
};
use ark_snark::SNARK as _;
use assay_arithmetic::Backend;

use super::{
    Phase, ProvingKey,
    description::{Description, assign},
    encoding::{PointError, Word},
    engine::{Engine as _, cpu::Cpu, plain::Plain},
    matrices::{Matrices, Side},
    proof::{Proof, ProofError},
    prove::{ProveError, Prover, Watch, points},
    qap::{self, SnarkjsReduction},
    setup::{SetupRandomness, from_trapdoor, setup},
    stock::StockProver,
    toy::{Scrambled, Toy},
    trapdoor::Trapdoor,
    unobserved,
    verify::{VerifyError, verify},
    verifying_key::{VerifyingKey, VerifyingKeyError},
};

fn toy_key(steps: usize) -> Arc<ProvingKey> {
    Arc::new(setup(Toy::new(steps, 7), SetupRandomness::Development, &|_, _| ()).unwrap())
}

fn prover(steps: usize) -> Prover {
    Prover::new(toy_key(steps), None).unwrap()
}

/// Rows as ark's own inlining makes them, sorted by wire.
fn ark_rows(toy: Toy) -> [Vec<Vec<(Fr, usize)>>; 3] {
    let cs = ConstraintSystem::new_ref();
    cs.set_optimization_goal(OptimizationGoal::Constraints);
    cs.set_mode(SynthesisMode::Setup);
    toy.generate_constraints(cs.clone()).unwrap();
    cs.finalize();
    let mut matrices = cs
        .to_matrices()
        .unwrap()
        .remove(R1CS_PREDICATE_LABEL)
        .unwrap();
    for row in matrices.iter_mut().flatten() {
        row.sort_by_key(|(_, wire)| *wire);
    }
    matrices.try_into().unwrap()
}

#[test]
fn inlined_matrices_are_arks() {
    let toy = Toy::new(20, 7);
    let matrices = Matrices::unbalanced(&Description::of(toy.clone()).unwrap()).unwrap();
    let ours = [Side::A, Side::B, Side::C].map(|side| matrices.to_ark(side));
    assert_eq!(ours, ark_rows(toy));
}

#[test]
fn balancing_swaps_factors_and_leaves_fewer_wires_in_b() {
    let description = Description::of(Toy::new(50, 7)).unwrap();
    let before = Matrices::unbalanced(&description).unwrap();
    let after = Matrices::of(&description).unwrap();
    let wires_in_b = |matrices: &Matrices| {
        let rows = matrices.to_ark(Side::B);
        let wires: std::collections::BTreeSet<_> = rows.iter().flatten().map(|t| t.1).collect();
        wires.len()
    };
    // Per step the sum, its square and its fourth power; the last moves to A.
    assert!(wires_in_b(&after) + 40 < wires_in_b(&before));
    assert_eq!(before.rows[2], after.rows[2]);
    for row in 0..before.constraints() {
        let pair = |m: &Matrices| {
            let mut pair = [m.rows[0][row], m.rows[1][row]];
            pair.sort_unstable();
            pair
        };
        assert_eq!(pair(&before), pair(&after));
    }
}

/// Oracle: the same trapdoor through ark-groth16's own generator with the same reduction.
#[test]
fn setup_makes_the_points_of_arks_generator() {
    let toy = Toy::new(20, 7);
    let matrices = Matrices::unbalanced(&Description::of(toy.clone()).unwrap()).unwrap();
    let domain = qap::domain(matrices.rows_used()).unwrap();
    let mut random = ark_std::test_rng();
    let [alpha, beta, gamma, delta] = std::array::from_fn(|_| Fr::rand(&mut random));
    // The generator draws tau first from what it is given.
    let tau = domain.sample_element_outside_domain(&mut ark_std::test_rng());
    let trapdoor = Trapdoor {
        alpha,
        beta,
        gamma,
        delta,
        tau,
    };
    let ours = from_trapdoor(matrices, &domain, &trapdoor, &|_, _| ());
    let ark = Groth16::<Bn254, SnarkjsReduction>::generate_parameters_with_qap(
        toy,
        alpha,
        beta,
        gamma,
        delta,
        G1Projective::from(G1Affine::generator()),
        G2Projective::from(G2Affine::generator()),
        &mut ark_std::test_rng(),
    )
    .unwrap();
    assert_eq!(*ours.verifying_key.as_ark(), ark.vk);
    let ours = StockProver::new(&ours);
    assert_eq!(ours.key().a_query, ark.a_query);
    assert_eq!(ours.key().b_g2_query, ark.b_g2_query);
    assert_eq!(ours.key().l_query, ark.l_query);
    assert_eq!(ours.key().h_query, ark.h_query);
}

#[test]
fn proofs_are_stock_arks_and_arks_verifier_takes_them() {
    for steps in [1, 2, 63, 300] {
        let prover = prover(steps);
        let toy = Toy::new(steps, 11);
        let proved = prover.prove(toy.clone(), &unobserved).unwrap();
        assert_eq!(proved.inputs, [toy.start, toy.end()]);
        let stock = StockProver::new(prover.key())
            .prove(&assign(toy).unwrap())
            .unwrap();
        assert_eq!(proved.proof.to_ark(), stock);
        let vk = prover.key().verifying_key();
        assert!(Groth16::<Bn254>::verify(vk.as_ark(), &proved.inputs, &stock).unwrap());
    }
}

/// Oracle: ark-groth16 with six transforms and points without a part of the quotient.
#[test]
fn four_transforms_give_the_proof_of_six() {
    for (seed, publics, rows) in [(1, 1, 1), (2, 1, 5), (3, 4, 60), (4, 20, 13), (5, 7, 500)] {
        let circuit = Scrambled {
            seed,
            publics,
            rows,
        };
        let key = setup(circuit.clone(), SetupRandomness::Development, &|_, _| ()).unwrap();
        let inputs = key.matrices.inputs();
        let first_private = key.c_wires.partition_point(|w| (*w as usize) < inputs);
        assert!(rows < 20 || first_private > 0, "public inputs are in C");
        for backend in Backend::all() {
            let prover = Prover::with_backend(Arc::new(key.clone()), None, backend).unwrap();
            let proved = prover.prove(circuit.clone(), &unobserved).unwrap();
            let six = StockProver::new(&key).prove(&assign(circuit.clone()).unwrap());
            assert_eq!(proved.proof.to_ark(), six.unwrap(), "seed {seed}");
        }
    }
}

/// Oracle: the steps by arkworks alone, each compared by itself.
#[test]
fn every_step_of_the_engine_is_that_of_arkworks() {
    let circuit = Scrambled {
        seed: 9,
        publics: 3,
        rows: 90,
    };
    let key = setup(circuit.clone(), SetupRandomness::Development, &|_, _| ()).unwrap();
    let key = Arc::new(key);
    let assignment = assign(circuit).unwrap();
    let mut wrong = assignment.clone();
    *wrong.last_mut().unwrap() += Fr::ONE;
    let plain = Plain::new(&key);
    let quotient = plain.quotient(plain.rows(&assignment).unwrap());
    for backend in Backend::all() {
        let cpu = Cpu::new(Arc::clone(&key), backend);
        assert_eq!(cpu.sum_a(&assignment), plain.sum_a(&assignment));
        assert_eq!(cpu.sum_b(&assignment), plain.sum_b(&assignment));
        let products = cpu.quotient(cpu.rows(&assignment).unwrap());
        assert_eq!(
            cpu.sum_c(&assignment, &products),
            plain.sum_c(&assignment, &quotient)
        );
        assert_eq!(cpu.rows(&wrong).err(), plain.rows(&wrong).err());
    }
    assert!(plain.rows(&wrong).is_err());
    let mut watch = Watch::new(&unobserved);
    let (a, b, c) = points(&plain, &key, &assignment, &mut watch).unwrap();
    let proved = Prover::new(Arc::clone(&key), None)
        .unwrap()
        .prove_assignment(&assignment, &unobserved)
        .unwrap();
    assert_eq!(proved.proof, Proof::from_points(a, b, c).unwrap());
}

#[test]
fn development_keys_are_the_same_everywhere_and_differ_by_circuit() {
    assert_eq!(toy_key(9), toy_key(9));
    assert_ne!(toy_key(9).verifying_key, toy_key(10).verifying_key);
    let system = || setup(Toy::new(9, 7), SetupRandomness::System, &|_, _| ()).unwrap();
    assert_ne!(system().verifying_key, system().verifying_key);
}

#[test]
fn the_digest_of_a_circuit_names_it_and_ignores_its_values() {
    let digest = |toy| Description::of(toy).unwrap().digest();
    assert_eq!(digest(Toy::new(9, 1)), digest(Toy::new(9, 2)));
    assert_ne!(digest(Toy::new(9, 1)), digest(Toy::new(10, 1)));
}

#[test]
fn a_wrong_witness_is_found_with_its_row() {
    let prover = prover(5);
    let toy = Toy {
        error: Fr::ONE,
        ..Toy::new(5, 7)
    };
    let row = 5 * 4;
    let failed = prover.prove(toy, &unobserved).unwrap_err();
    assert!(matches!(failed, ProveError::Unsatisfied { row: found } if found == row));
    let mut assignment = assign(Toy::new(5, 7)).unwrap();
    for wire in 0..assignment.len() {
        assignment[wire] += Fr::ONE;
        let failed = prover
            .prove_assignment(&assignment, &unobserved)
            .unwrap_err();
        // The constant wire scales: whatever it breaks, it must not pass.
        assert!(
            matches!(failed, ProveError::Unsatisfied { .. }),
            "wire {wire}: {failed}"
        );
        assignment[wire] -= Fr::ONE;
    }
    assignment.pop();
    let failed = prover
        .prove_assignment(&assignment, &unobserved)
        .unwrap_err();
    assert!(matches!(
        failed,
        ProveError::AssignmentLength {
            expected: 23,
            found: 22
        }
    ));
}

#[test]
fn an_observer_hears_every_phase_and_can_break_off_before_each() {
    let prover = prover(5);
    let heard = std::sync::Mutex::new(Vec::new());
    let proved = prover.prove(Toy::new(5, 7), &|phase, _| {
        heard.lock().unwrap().push(phase);
        ControlFlow::Continue(())
    });
    assert_eq!(heard.into_inner().unwrap(), Phase::ALL);
    assert_eq!(
        proved.unwrap().phases.0.into_keys().collect::<Vec<_>>(),
        Phase::ALL
    );
    for last in Phase::ALL {
        let observer = |phase, _| match phase == last {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        let stopped = prover.prove(Toy::new(5, 7), &observer).unwrap_err();
        assert!(matches!(stopped, ProveError::Cancelled { phase } if phase == last));
    }
}

#[test]
fn verification_refuses_other_inputs_other_counts_and_other_proofs() {
    let prover = prover(5);
    let vk = prover.key().verifying_key();
    let proved = prover.prove(Toy::new(5, 7), &unobserved).unwrap();
    let other = prover.prove(Toy::new(5, 8), &unobserved).unwrap();
    let (inputs, proof) = (&proved.inputs, &proved.proof);
    assert_eq!(verify(vk, inputs, proof), Ok(()));
    assert_eq!(verify(vk, inputs, &other.proof), Err(VerifyError::Pairing));
    assert_eq!(verify(vk, &other.inputs, proof), Err(VerifyError::Pairing));
    let more = [&inputs[..], &[Fr::ZERO]].concat();
    let (expected, found) = (2, 3);
    assert_eq!(
        verify(vk, &more, proof),
        Err(VerifyError::InputCount { expected, found })
    );
    let found = 1;
    assert_eq!(
        verify(vk, &inputs[..1], proof),
        Err(VerifyError::InputCount { expected, found })
    );
    assert_eq!(
        verify(toy_key(6).verifying_key(), inputs, proof),
        Err(VerifyError::Pairing),
        "under another circuit's key"
    );
    let mixed = Proof::from_points(*proof.a(), *proof.b(), *other.proof.c()).unwrap();
    assert_eq!(verify(vk, inputs, &mixed), Err(VerifyError::Pairing));
}

/// q, from the EVM's specification of the precompiles (EIP-196).
const BASE_FIELD_ORDER: &str = "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47";

#[test]
fn proof_bytes_are_refused_unless_canonical_finite_and_in_the_group() {
    let proof = prover(2).prove(Toy::new(2, 7), &unobserved).unwrap().proof;
    let bytes = proof.to_bytes();
    assert_eq!(Proof::from_bytes(&bytes), Ok(proof));
    assert_eq!(Proof::from_hex(&proof.to_string()), Ok(proof));
    assert_eq!(
        Proof::from_bytes(&bytes[..255]),
        Err(ProofError::Length { found: 255 })
    );
    assert_eq!(
        Proof::from_hex(&hex::encode(bytes)),
        Err(ProofError::NotHex)
    );
    let order: Word = hex::decode(BASE_FIELD_ORDER).unwrap().try_into().unwrap();
    let points = ['A', 'A', 'B', 'B', 'B', 'B', 'C', 'C'];
    for (word, point) in points.into_iter().enumerate() {
        let with = |value: Word| {
            let mut words = proof.to_words();
            words[word] = value;
            Proof::from_words(&words).unwrap_err()
        };
        let refused = |reason| ProofError::Point { point, reason };
        assert_eq!(with(order), refused(PointError::Coordinate));
        // A canonical coordinate plus q is the same residue, and must not pass.
        let shifted = plus(&proof.to_words()[word], &order);
        assert_eq!(with(shifted), refused(PointError::Coordinate));
        let mut nudged = proof.to_words()[word];
        nudged[31] ^= 1;
        assert_eq!(with(nudged), refused(PointError::NotOnCurve));
    }
    for (range, point) in [(0..2, 'A'), (2..6, 'B'), (6..8, 'C')] {
        let mut words = proof.to_words();
        words[range].fill([0; 32]);
        let reason = PointError::Infinity;
        assert_eq!(
            Proof::from_words(&words),
            Err(ProofError::Point { point, reason })
        );
    }
}

/// The sum of two big-endian numbers below 2^255.
fn plus(a: &Word, b: &Word) -> Word {
    let mut sum = [0; 32];
    let mut carry = 0;
    for i in (0..32).rev() {
        let digit = u16::from(a[i]) + u16::from(b[i]) + carry;
        sum[i] = (digit & 0xff) as u8;
        carry = digit >> 8;
    }
    sum
}

#[test]
fn a_point_of_the_twist_outside_the_subgroup_is_refused() {
    // Almost every point of the twist is outside: its cofactor is about 2^254.
    let outside = (1u64..)
        .filter_map(|x| G2Affine::get_point_from_x_unchecked(Fq2::from(x), false))
        .find(|point| !point.is_in_correct_subgroup_assuming_on_curve())
        .unwrap();
    let words = super::encoding::g2_to_words(&outside);
    assert_eq!(
        super::encoding::g2_from_words(&words),
        Err(PointError::NotInSubgroup)
    );
}

#[test]
fn verifying_keys_round_trip_and_bad_ones_are_refused() {
    let key = toy_key(2).verifying_key().clone();
    let words = key.to_words();
    assert_eq!(words.len(), 14 + 2 * 3);
    assert_eq!(VerifyingKey::from_words(&words), Ok(key.clone()));
    let json = serde_json::to_string(&key).unwrap();
    assert_eq!(serde_json::from_str::<VerifyingKey>(&json).unwrap(), key);
    for length in [0, 13, 14, 15, 17] {
        let refused = VerifyingKey::from_words(&words[..length]);
        assert_eq!(refused, Err(VerifyingKeyError::Length { found: length }));
    }
    let mut same = words.clone();
    same.copy_within(6..10, 10);
    assert_eq!(
        VerifyingKey::from_words(&same),
        Err(VerifyingKeyError::GammaIsDelta)
    );
    let mut unbound = words.clone();
    unbound[18..].fill([0; 32]);
    let point = "ic[2]".to_owned();
    let reason = PointError::Infinity;
    assert_eq!(
        VerifyingKey::from_words(&unbound),
        Err(VerifyingKeyError::Point { point, reason })
    );
}
