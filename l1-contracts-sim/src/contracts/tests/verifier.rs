//! The verifier by itself, against what real verifiers got wrong.

use alloy::{
    eips::BlockId,
    primitives::{Address, U256},
    rpc::types::TransactionRequest,
    sol_types::{SolCall as _, SolValue as _},
};
use ark_bn254::{Fq2, G2Affine};
use ark_ec::{AffineRepr as _, CurveGroup as _};

use super::{
    bed::{Bed, code, refusal, root},
    proofs::{Toy, escape_toy, g1, g2, proof_words, toy},
};
use crate::{
    batch::{ProofWords, VerifyingKeyWords, Word},
    chain::ChainError,
    contracts::{EscapeVerifier, Groth16Verifier, VerifierFactory},
};

pub(super) const R: &str =
    "21888242871839275222246405745257275088548364400416034343698204186575808495617";
const Q: &str = "21888242871839275222246405745257275088696311157297823662689037894645226208583";

pub(super) type Item = [U256; 11];

struct Verifier {
    bed: Bed,
    address: Address,
}

impl Verifier {
    fn new() -> Self {
        let bed = Bed::bare(31337);
        let address = deploy(&bed, "Groth16Verifier", &toy(0).key_words()).unwrap();
        Self { bed, address }
    }

    fn raw(&self, calldata: Vec<u8>) -> Result<(), String> {
        let node = self.bed.chain.node();
        let (view, env) = node.at(BlockId::latest()).unwrap();
        let mut request = TransactionRequest::default().to(self.address);
        request.input = calldata.into();
        match crate::chain::call(&view, &env, &request) {
            Ok(answer) => {
                assert_eq!(answer[..4], Groth16Verifier::verifyCall::SELECTOR);
                Ok(())
            }
            Err(ChainError::Reverted(data)) => Err(refusal(&data)),
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

pub(super) fn deploy(bed: &Bed, name: &str, key: &VerifyingKeyWords) -> Result<Address, String> {
    let words: Vec<U256> = key.words().into_iter().map(U256::from_be_bytes).collect();
    bed.create([code(name), (words,).abi_encode_params()].concat())
}

pub(super) fn number(text: &str) -> U256 {
    text.parse().unwrap()
}

pub(super) fn item(inputs: [Word; 3], proof: &ProofWords) -> Item {
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
    item(inputs(seed), &toy.prove(&inputs(seed)))
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
    let (mut first, mut second) = (toy.proof(&inputs(1)), toy.proof(&inputs(4)));
    first.c = (first.c + shift).into_affine();
    second.c = (second.c - shift).into_affine();
    let pair = [
        item(inputs(1), &proof_words(&first)),
        item(inputs(4), &proof_words(&second)),
    ];
    assert_eq!(verifier.verify(&pair).unwrap_err(), "ProofRejected");
    // Swapped inputs: the sum of the inputs is the same, each proof is another's.
    let swapped = [
        item(inputs(4), &toy.prove(&inputs(1))),
        item(inputs(1), &toy.prove(&inputs(4))),
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

fn refused_keys(good: &VerifyingKeyWords, deploy: &dyn Fn(&VerifyingKeyWords) -> String) {
    let changed = |change: &dyn Fn(&mut VerifyingKeyWords)| {
        let mut key = good.clone();
        change(&mut key);
        deploy(&key)
    };
    assert_eq!(changed(&|key| key.gamma = key.delta), "GammaIsDelta");
    // Then C is to be as L where gamma is delta's negative, and minus L where it is delta.
    let negated = |half: Word| (number(Q) - U256::from_be_bytes(half)).to_be_bytes();
    let negative = |[x1, x0, y1, y0]: [Word; 4]| [x1, x0, negated(y1), negated(y0)];
    let gamma = negative(good.delta);
    assert_eq!(changed(&|key| key.gamma = gamma), "GammaIsDelta");
    // One half of x alone says nothing.
    let half = [good.delta[0], good.gamma[1], good.gamma[2], good.gamma[3]];
    assert_eq!(changed(&|key| key.gamma = half), "InvalidPoint");
    let half = [good.gamma[0], good.delta[1], good.gamma[2], good.gamma[3]];
    assert_eq!(changed(&|key| key.gamma = half), "InvalidPoint");
    let outside = g2(&outside_subgroup());
    let mut off_curve = g1(&ark_bn254::G1Affine::generator());
    off_curve[1][31] ^= 1;
    for point in [[[0; 32]; 2], off_curve] {
        let error = if point == off_curve {
            "InvalidPoint"
        } else {
            "InvalidKey"
        };
        assert_eq!(changed(&|key| key.alpha = point), error);
        for place in 0..good.ic.len() {
            assert_eq!(changed(&|key| key.ic[place] = point), error, "{place}");
        }
    }
    for (point, error) in [([[0; 32]; 4], "InvalidKey"), (outside, "InvalidPoint")] {
        assert_eq!(changed(&|key| key.beta = point), error);
        assert_eq!(changed(&|key| key.gamma = point), error);
        assert_eq!(changed(&|key| key.delta = point), error);
    }
    assert_eq!(
        changed(&|key| key.ic.truncate(key.ic.len() - 1)),
        "InvalidKey"
    );
    assert_eq!(changed(&|key| key.ic.push(key.ic[0])), "InvalidKey");
}

#[test]
fn keys_that_would_let_anyone_forge_are_refused() {
    let bed = Bed::bare(31337);
    for (name, toy) in [
        ("Groth16Verifier", toy(0)),
        ("EscapeVerifier", escape_toy()),
    ] {
        let good = toy.key_words();
        deploy(&bed, name, &good).unwrap();
        refused_keys(&good, &|key| deploy(&bed, name, key).unwrap_err());
    }
}

#[test]
fn verifiers_show_their_keys() {
    let bed = Bed::bare(31337);
    let batch = deploy(&bed, "Groth16Verifier", &toy(0).key_words()).unwrap();
    let words = bed.read_from(batch, Groth16Verifier::keyCall {});
    assert_eq!(words, toy(0).words());
    let escape = deploy(&bed, "EscapeVerifier", &escape_toy().key_words()).unwrap();
    let words = bed.read_from(escape, EscapeVerifier::keyCall {});
    assert_eq!(words, escape_toy().words());
}

#[test]
fn the_factory_makes_what_it_is_asked_for() {
    let bed = Bed::bare(31337);
    let factory = bed.factory();
    let make = |verifier_type: u8, key: Vec<U256>| {
        let call = VerifierFactory::makeCall {
            verifierType: verifier_type,
            key,
        };
        bed.call_contract(1, factory, call).map(|_| ())
    };
    for other in [0, 2, 255] {
        let sent = make(other, toy(0).words());
        assert_eq!(sent.unwrap_err(), "UnknownVerifierType");
    }
    assert_eq!(make(1, escape_toy().words()).unwrap_err(), "InvalidKey");
    make(1, toy(0).words()).unwrap();
}

/// Each of the four inputs counts, and so does each word of the proof.
#[test]
fn escapes_have_four_inputs() {
    let bed = Bed::bare(31337);
    let address = deploy(&bed, "EscapeVerifier", &escape_toy().key_words()).unwrap();
    let inputs = [root(1), root(2), root(3), root(4)];
    let proof = escape_toy().prove(&inputs);
    let words: Vec<U256> = inputs
        .iter()
        .chain(&proof.0)
        .map(|word| U256::from_be_bytes(*word))
        .collect();
    let good: [U256; 12] = words.try_into().unwrap();
    let verify = |items: Vec<[U256; 12]>| {
        let call = EscapeVerifier::verifyCall { items };
        bed.call_contract(1, address, call).map(|_| ())
    };
    verify(vec![good]).unwrap();
    verify(vec![good, good]).unwrap();
    for word in 0..12 {
        let mut bad = good;
        bad[word] ^= U256::from(1);
        assert!(verify(vec![bad]).is_err(), "word {word}");
        assert!(verify(vec![good, bad]).is_err(), "word {word}");
        bad[word] = good[word] + number(if word < 4 { R } else { Q });
        let error = if word < 4 {
            "InputNotCanonical"
        } else {
            "CoordinateNotCanonical"
        };
        assert_eq!(verify(vec![bad]).unwrap_err(), error);
    }
}

/// The coefficient of an item is a hash of the whole call: known coefficients, or short ones,
/// would let errors be made that cancel.
#[test]
fn coefficients_depend_on_the_whole_call() {
    use alloy::primitives::keccak256;
    let verifier = Verifier::new();
    let toy = toy(0);
    let generator = ark_bn254::G1Affine::generator();
    let call = |items: &[Item]| {
        let items = items.to_vec();
        Groth16Verifier::verifyCall { items }.abi_encode()
    };
    let place = |scalar: ark_bn254::Fr| -> [ark_bn254::G1Affine; 2] {
        // The first item's C is moved by the scalar, the second one's by -1.
        let (mut first, mut second) = (toy.proof(&inputs(1)), toy.proof(&inputs(4)));
        first.c = (first.c + generator * scalar).into_affine();
        second.c = (second.c - generator).into_affine();
        [first.c, second.c]
    };
    let with = |[first, second]: [ark_bn254::G1Affine; 2]| {
        let mut items = [valid(toy, 1), valid(toy, 4)];
        for (item, point) in items.iter_mut().zip([first, second]) {
            let [x, y] = g1(&point).map(U256::from_be_bytes);
            (item[9], item[10]) = (x, y);
        }
        items
    };
    // What would cancel were the coefficient a constant, an index, or made of less than the call.
    let honest = [valid(toy, 1), valid(toy, 4)];
    let hash = |data: &[u8]| {
        let seed = keccak256(data);
        let word = keccak256([&seed[..], &U256::from(1).to_be_bytes::<32>()].concat());
        U256::from_be_bytes(word.0) >> 3
    };
    let constants = [0_u64, 1, 2, 3, 0xffff].map(U256::from);
    for coefficient in constants
        .into_iter()
        .chain([hash(&call(&honest)), hash(&[])])
    {
        let bytes = coefficient.to_be_bytes::<32>();
        let scalar = <ark_bn254::Fr as ark_ff::PrimeField>::from_be_bytes_mod_order(&bytes);
        let sent = verifier.verify(&with(place(scalar)));
        assert_eq!(sent.unwrap_err(), "ProofRejected");
    }
}

/// Were there few coefficients, an attacker would guess one and try calls until it is used.
#[test]
fn coefficients_are_not_short() {
    let verifier = Verifier::new();
    let toy = toy(0);
    let generator = ark_bn254::G1Affine::generator();
    let guess = ark_bn254::Fr::from(5);
    let mut first = toy.proof(&inputs(1));
    first.c = (first.c + generator * guess).into_affine();
    let mut second = toy.proof(&inputs(4));
    for _ in 0..100 {
        second = toy.rerandomize(&second);
        let mut bad = second.clone();
        bad.c = (bad.c - generator).into_affine();
        let pair = [
            item(inputs(1), &proof_words(&first)),
            item(inputs(4), &proof_words(&bad)),
        ];
        assert_eq!(verifier.verify(&pair).unwrap_err(), "ProofRejected");
    }
}
