//! The verifier by itself, against what real verifiers got wrong.

use alloy::{
    eips::BlockId,
    primitives::{Address, U256},
    rpc::types::TransactionRequest,
    sol_types::SolCall as _,
};
use ark_bn254::{Fq2, G2Affine};
use ark_ec::{AffineRepr as _, CurveGroup as _};

use super::{
    bed::{Bed, root},
    proofs::{Toy, g1, g2, proof_words, toy},
};
use crate::{
    batch::{ProofWords, VerifyingKeyWords, Word},
    chain::ChainError,
    client::{ContractRevert, verifier_arguments},
    contracts::Groth16Verifier,
};

const R: &str = "21888242871839275222246405745257275088548364400416034343698204186575808495617";
const Q: &str = "21888242871839275222246405745257275088696311157297823662689037894645226208583";

type Item = [U256; 11];

struct Verifier {
    bed: Bed,
    address: Address,
}

impl Verifier {
    fn new() -> Self {
        let bed = Bed::new();
        let address = bed.shape(super::bed::SMALL, toy(0)).verifier.into();
        Self { bed, address }
    }

    fn raw(&self, calldata: Vec<u8>) -> Result<(), String> {
        let node = self.bed.chain.node();
        let (view, env) = node.at(BlockId::latest()).unwrap();
        let mut request = TransactionRequest::default().to(self.address);
        request.input = calldata.into();
        match crate::chain::call(view, &env, &request) {
            Ok(answer) => {
                assert_eq!(answer[..4], Groth16Verifier::verifyCall::SELECTOR);
                Ok(())
            }
            Err(ChainError::Reverted(data)) => Err(ContractRevert::decode(&data).name),
            Err(other) => panic!("{other}"),
        }
    }

    fn verify(&self, items: &[Item]) -> Result<(), String> {
        self.raw(
            Groth16Verifier::verifyCall {
                items: items.to_vec(),
            }
            .abi_encode(),
        )
    }
}

fn number(text: &str) -> U256 {
    text.parse().unwrap()
}

fn item(inputs: [Word; 3], proof: &ProofWords) -> Item {
    let mut words = inputs
        .iter()
        .chain(&proof.0)
        .map(|word| U256::from_be_bytes(*word));
    std::array::from_fn(|_| words.next().unwrap())
}

fn inputs(seed: u8) -> [Word; 3] {
    [root(seed), root(seed + 1), root(seed + 2)]
}

fn valid(toy: &Toy, seed: u8) -> Item {
    item(inputs(seed), &toy.prove_inputs(inputs(seed)))
}

#[test]
fn accepts_valid_proofs_alone_and_together() {
    let verifier = Verifier::new();
    let items: Vec<Item> = (0..5).map(|i| valid(toy(0), 10 * i)).collect();
    for count in 1..=5 {
        verifier.verify(&items[..count]).unwrap();
    }
    verifier.verify(&[items[0], items[0]]).unwrap();
}

#[test]
fn every_word_counts() {
    let verifier = Verifier::new();
    let good = valid(toy(0), 1);
    for word in 0..11 {
        let mut bad = good;
        bad[word] ^= U256::from(1);
        let error = verifier.verify(&[bad]).unwrap_err();
        assert!(
            error
                == if word < 3 {
                    "ProofRejected"
                } else {
                    "InvalidPoint"
                },
            "word {word}: {error}"
        );
        assert!(verifier.verify(&[good, bad]).is_err());
        assert!(verifier.verify(&[bad, good]).is_err());
    }
    assert_eq!(
        verifier.verify(&[valid(toy(1), 1)]).unwrap_err(),
        "ProofRejected"
    );
}

#[test]
fn inputs_are_below_r_and_coordinates_below_q() {
    let verifier = Verifier::new();
    let good = valid(toy(0), 1);
    for word in 0..11 {
        let (modulus, error) = if word < 3 {
            (R, "InputNotCanonical")
        } else {
            (Q, "CoordinateNotCanonical")
        };
        for value in [good[word] + number(modulus), U256::MAX, number(modulus)] {
            let mut bad = good;
            bad[word] = value;
            assert_eq!(verifier.verify(&[bad]).unwrap_err(), error);
            assert_eq!(verifier.verify(&[good, bad]).unwrap_err(), error);
        }
    }
    // An input between r and q is not one either.
    let mut bad = good;
    bad[0] = number(Q) - U256::from(1);
    assert_eq!(verifier.verify(&[bad]).unwrap_err(), "InputNotCanonical");
}

#[test]
fn infinity_is_no_proof() {
    let verifier = Verifier::new();
    let good = valid(toy(0), 1);
    for words in [3..5, 5..9, 9..11, 3..11, 0..11] {
        let mut bad = good;
        words.for_each(|word| bad[word] = U256::ZERO);
        assert_eq!(verifier.verify(&[bad]).unwrap_err(), "ProofRejected");
        assert_eq!(verifier.verify(&[bad, bad]).unwrap_err(), "ProofRejected");
    }
}

/// A point on the twist that is not in the subgroup of order r.
fn outside_subgroup() -> G2Affine {
    (1_u64..)
        .find_map(|x| G2Affine::get_point_from_x_unchecked(Fq2::new(x.into(), 0.into()), false))
        .filter(|point| point.is_on_curve() && !point.is_in_correct_subgroup_assuming_on_curve())
        .unwrap()
}

#[test]
fn b_must_be_in_the_subgroup() {
    let verifier = Verifier::new();
    let mut bad = valid(toy(0), 1);
    for (word, value) in g2(&outside_subgroup()).into_iter().enumerate() {
        bad[5 + word] = U256::from_be_bytes(value);
    }
    assert_eq!(verifier.verify(&[bad]).unwrap_err(), "InvalidPoint");
}

/// Two bad proofs whose errors cancel in a plain product: C moved by +D in one, by -D in the
/// other.
#[test]
fn bad_proofs_do_not_cancel() {
    let verifier = Verifier::new();
    let toy = toy(0);
    let shift = ark_bn254::G1Affine::generator();
    let (mut first, mut second) = (toy.proof(inputs(1)), toy.proof(inputs(4)));
    first.c = (first.c + shift).into_affine();
    second.c = (second.c - shift).into_affine();
    let pair = [
        item(inputs(1), &proof_words(&first)),
        item(inputs(4), &proof_words(&second)),
    ];
    assert_eq!(verifier.verify(&pair).unwrap_err(), "ProofRejected");
    // Swapped inputs: the sum of the inputs is the same, each proof is another's.
    let swapped = [
        item(inputs(4), &toy.prove_inputs(inputs(1))),
        item(inputs(1), &toy.prove_inputs(inputs(4))),
    ];
    assert_eq!(verifier.verify(&swapped).unwrap_err(), "ProofRejected");
}

#[test]
fn the_call_has_exactly_one_length() {
    let verifier = Verifier::new();
    assert_eq!(verifier.verify(&[]).unwrap_err(), "WrongLength");
    let call = Groth16Verifier::verifyCall {
        items: vec![valid(toy(0), 1)],
    }
    .abi_encode();
    for extra in [1, 32, 352] {
        assert_eq!(
            verifier
                .raw([&call[..], &vec![0; extra]].concat())
                .unwrap_err(),
            "WrongLength"
        );
    }
    assert!(verifier.raw(call[..call.len() - 1].to_vec()).is_err());
    let mut two = call;
    two[67] = 2;
    assert!(verifier.raw(two).is_err());
}

#[test]
fn keys_that_would_let_anyone_forge_are_refused() {
    let bed = Bed::new();
    let deploy = |key: VerifyingKeyWords| {
        bed.create([Groth16Verifier::BYTECODE.to_vec(), verifier_arguments(&key)].concat())
    };
    let good = toy(0).key_words();
    deploy(good).unwrap();
    assert_eq!(
        deploy(VerifyingKeyWords {
            gamma: good.delta,
            ..good
        })
        .unwrap_err(),
        "GammaIsDelta"
    );
    let zero2 = [[0; 32]; 2];
    let zero4 = [[0; 32]; 4];
    let outside = g2(&outside_subgroup());
    let mut off_curve = g1(&ark_bn254::G1Affine::generator());
    off_curve[1][31] ^= 1;
    let mut keys = vec![
        VerifyingKeyWords {
            alpha: zero2,
            ..good
        },
        VerifyingKeyWords {
            alpha: off_curve,
            ..good
        },
    ];
    for point in [zero4, outside] {
        keys.push(VerifyingKeyWords {
            beta: point,
            ..good
        });
        keys.push(VerifyingKeyWords {
            gamma: point,
            ..good
        });
        keys.push(VerifyingKeyWords {
            delta: point,
            ..good
        });
    }
    for place in 0..4 {
        for point in [zero2, off_curve] {
            let mut key = good;
            key.ic[place] = point;
            keys.push(key);
        }
    }
    for key in keys {
        let error = deploy(key).unwrap_err();
        assert!(error == "InvalidKey" || error == "InvalidPoint", "{error}");
    }
}
