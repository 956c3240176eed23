//! The circuit's verdict is the native one, and no prover can have another.

use super::*;
use crate::constraint::enforce_equal;
use crate::constraint::fault::{Groups, another, free_hints, hints, with_override};
use crate::eddsa::{PublicKey, SecretKey, challenge, reduce};
use ark_ff::{AdditiveGroup, BigInt, BigInteger, UniformRand};
use ark_r1cs_std::GR1CSVar;
use ark_relations::gr1cs::ConstraintSystem;
use ark_std::rand::{Rng, SeedableRng, rngs::StdRng};
use std::collections::{BTreeMap, BTreeSet};

const ORDER_TWO: Point = Point {
    x: Fr::ZERO,
    y: ark_ff::MontFp!("-1"),
};
const OFF_CURVE: Point = Point {
    x: Fr::ONE,
    y: Fr::ONE,
};

/// One case: a key, a message and a signature on it.
#[derive(Clone, Copy)]
struct Case {
    key: Point,
    message: Fr,
    signature: Signature,
}

impl Case {
    fn valid() -> Case {
        let secret = SecretKey::from_seed([3; 32]);
        let message = Fr::from(42u64);
        Case {
            key: secret.public_key().0,
            message,
            signature: secret.sign(message),
        }
    }

    fn verdict(&self) -> bool {
        PublicKey(self.key)
            .verify(self.message, &self.signature)
            .is_ok()
    }

    /// The circuit for any `S`, with its verdict compared with `expected`.
    fn synthesise(&self, cs: &Cs, expected: bool) -> Result<()> {
        let key = PointVar::new(cs, || Ok(self.key))?;
        let message = crate::constraint::witness(cs, || Ok(self.message))?;
        let r8 = PointVar::new(cs, || Ok(self.signature.r8))?;
        let s = (!cs.is_in_setup_mode()).then_some(self.signature.s);
        let s = group(cs, "s", || alloc_integer_bits(cs, 254, s))?;
        let verdict = is_valid(cs, &key, &SignatureVar { r8, s }, &message)?;
        group(cs, "verdict", || {
            enforce_equal(
                cs,
                &bit_value(&verdict),
                &FpVar::Constant(Fr::from(expected)),
            )
        })
    }
}

/// A valid case, and what attackers would try.
fn cases() -> Vec<(&'static str, Case)> {
    let valid = Case::valid();
    let with_r8 = |r8| Case {
        signature: Signature {
            r8,
            ..valid.signature
        },
        ..valid
    };
    let with_s = |s| Case {
        signature: Signature {
            s,
            ..valid.signature
        },
        ..valid
    };
    let with_key = |key| Case { key, ..valid };
    let mut s_plus_l = valid.signature.s;
    s_plus_l.add_with_carry(&Scalar::MODULUS);
    let trivial = Signature::ABSENT;
    let fourth = Point {
        x: crate::babyjubjub::A.sqrt().unwrap().inverse().unwrap(),
        y: Fr::ZERO,
    };
    vec![
        ("valid", valid),
        (
            "another message",
            Case {
                message: Fr::from(43u64),
                ..valid
            },
        ),
        ("S + l", with_s(s_plus_l)),
        ("S = l", with_s(Scalar::MODULUS)),
        ("S = 0", with_s(BigInt::zero())),
        (
            "S = 2^254 - 1",
            with_s(BigInt([u64::MAX, u64::MAX, u64::MAX, u64::MAX >> 2])),
        ),
        ("R8 off the curve", with_r8(OFF_CURVE)),
        (
            "R8 = (0, 0)",
            with_r8(Point {
                x: Fr::ZERO,
                y: Fr::ZERO,
            }),
        ),
        ("R8 the identity", with_r8(Point::IDENTITY)),
        ("R8 of order 2", with_r8(ORDER_TWO)),
        (
            "R8 plus order 2",
            with_r8(valid.signature.r8.add(&ORDER_TWO)),
        ),
        ("R8 plus order 4", with_r8(valid.signature.r8.add(&fourth))),
        ("key off the curve", with_key(OFF_CURVE)),
        (
            "key (0, 0)",
            with_key(Point {
                x: Fr::ZERO,
                y: Fr::ZERO,
            }),
        ),
        ("key the identity", with_key(Point::IDENTITY)),
        ("key of order 2", with_key(ORDER_TWO)),
        ("key plus order 2", with_key(valid.key.add(&ORDER_TWO))),
        (
            "identity, trivial",
            Case {
                key: Point::IDENTITY,
                signature: trivial,
                ..valid
            },
        ),
        (
            "order 2, trivial",
            Case {
                key: ORDER_TWO,
                signature: trivial,
                ..valid
            },
        ),
        (
            "order 4, trivial",
            Case {
                key: fourth,
                signature: trivial,
                ..valid
            },
        ),
        (
            "absent",
            Case {
                key: Point {
                    x: Fr::ZERO,
                    y: Fr::ZERO,
                },
                signature: trivial,
                ..valid
            },
        ),
        ("key B8, the stand-in", with_key(Point::BASE8)),
        (
            "all of the above",
            Case {
                key: OFF_CURVE,
                message: -Fr::ONE,
                signature: Signature {
                    r8: OFF_CURVE,
                    s: Scalar::MODULUS,
                },
            },
        ),
        ("a key with a small part that signs", small_part_signs()),
    ]
}

/// Valid by the rules: `8 A` is the same for `A` and for `A` plus a point of order 4.
fn small_part_signs() -> Case {
    let secret = SecretKey::from_seed([3; 32]);
    let fourth = Point {
        x: crate::babyjubjub::A.sqrt().unwrap().inverse().unwrap(),
        y: Fr::ZERO,
    };
    let (key, message, nonce) = (
        secret.public_key().0.add(&fourth),
        Fr::from(9u64),
        Scalar::from(77u64),
    );
    let r8 = Point::BASE8.mul(&nonce);
    let h = reduce(challenge(&r8, &key, message).into_bigint());
    let s = (nonce + h * secret.scalar_by_8).into_bigint();
    Case {
        key,
        message,
        signature: Signature { r8, s },
    }
}

#[test]
fn the_verdict_is_the_native_one_and_always_provable() {
    let groups = Groups::record(|cs| Case::valid().synthesise(cs, true)).unwrap();
    let mut valid = 0;
    for (name, case) in cases() {
        let verdict = case.verdict();
        valid += usize::from(verdict);
        let violated = groups
            .violated_by(|cs| case.synthesise(cs, verdict))
            .unwrap();
        // With the other verdict expected, the rows that fail are the comparison alone; the
        // recorded row expects true.
        let expected: BTreeSet<String> = (!verdict)
            .then(|| "verdict".to_owned())
            .into_iter()
            .collect();
        assert_eq!(violated, expected, "{name}");
    }
    assert_eq!(valid, 2);
}

#[test]
fn random_signatures_verify_and_random_garbage_does_not() {
    let mut rng = StdRng::seed_from_u64(8);
    let groups = Groups::record(|cs| Case::valid().synthesise(cs, true)).unwrap();
    for i in 0..10 {
        let secret = SecretKey::from_seed(rng.r#gen());
        let message = Fr::rand(&mut rng);
        let mut case = Case {
            key: secret.public_key().0,
            message,
            signature: secret.sign(message),
        };
        let garbage = i % 2 == 1;
        if garbage {
            case.signature.s = Scalar::rand(&mut rng).into_bigint();
            case.key = Point {
                x: Fr::rand(&mut rng),
                y: Fr::rand(&mut rng),
            };
        }
        let violated = groups.violated_by(|cs| case.synthesise(cs, true)).unwrap();
        assert_eq!(violated.contains("verdict"), garbage);
        assert_eq!(violated.len(), usize::from(garbage));
    }
}

#[test]
fn constraints_by_part() {
    let cs = Cs::from(ConstraintSystem::new_ref());
    let Case {
        key,
        message,
        signature,
    } = Case::valid();
    let key = PointVar::new(&cs, || Ok(key)).unwrap();
    let message = crate::constraint::witness(&cs, || Ok(message)).unwrap();
    let signature = SignatureVar::new(&cs, || Ok(signature)).unwrap();
    let verdict = is_valid(&cs, &key, &signature, &message).unwrap();
    assert!(verdict.value().unwrap());
    assert!(cs.ark().is_satisfied().unwrap());

    let groups = Groups::record(|cs| Case::valid().synthesise(cs, true)).unwrap();
    let expected = BTreeMap::from([
        ("base", 505),
        ("challenge", 321),
        ("challenge-bits", 308),
        ("equation", 12),
        ("key", 7),
        ("key-order", 19),
        ("multiple", 1550),
        ("r8", 7),
        ("response", 123),
        ("s", 254),
        ("verdict", 1),
    ]);
    assert_eq!(groups.counts(), expected);
    assert_eq!(cs.ark().num_constraints(), 3102);
}

/// Each group is what stops some lie: a hint of its own, moved, violates that group, and where
/// everything else follows the lie, at most the verdict besides.
#[test]
fn a_lie_in_a_group_is_found_there() {
    let case = Case::valid();
    let synthesise = |cs: &Cs| case.synthesise(cs, true);
    let groups = Groups::record(synthesise).unwrap();
    let paths = hints(synthesise).unwrap();
    for name in groups
        .counts()
        .into_keys()
        .filter(|name| !["s", "verdict"].contains(name))
    {
        let found = (0..paths.len())
            .filter(|hint| paths[*hint] == name)
            .take(40)
            .any(|hint| {
                let violated =
                    with_override(hint, another, || groups.violated_by(synthesise).unwrap());
                violated.contains(name)
                    && violated
                        .iter()
                        .all(|group| group == name || group == "verdict")
            });
        assert!(found, "{name}");
    }
}

/// Free are only inverses of what is zero, and ratios where nothing has been compared yet; all
/// else that a prover may assign is determined by key, message and signature.
#[test]
fn a_prover_has_no_choice() {
    let case = Case::valid();
    let synthesise = |cs: &Cs| case.synthesise(cs, true);
    let groups = Groups::record(synthesise).unwrap();
    let paths = hints(synthesise).unwrap();
    let mut rng = StdRng::seed_from_u64(9);
    let chosen: Vec<usize> = (0..paths.len())
        .filter(|hint| {
            let is_long = ["base", "multiple", "challenge", "s"].contains(&paths[*hint].as_str());
            !is_long || rng.gen_bool(0.15)
        })
        .collect();
    let mut free = BTreeMap::new();
    for hint in free_hints(&groups, chosen, synthesise).unwrap() {
        *free.entry(paths[hint].as_str()).or_insert(0) += 1;
    }
    // The residuals of both points, both differences of the equation and the complaints are 0.
    for (name, inverses) in [("key", 1), ("r8", 1), ("equation", 3)] {
        assert_eq!(free.remove(name), Some(inverses), "{name}");
    }
    let ratios: i32 = ["challenge-bits", "response"]
        .map(|name| free.remove(name).unwrap_or(0))
        .iter()
        .sum();
    assert!(ratios < 20, "{ratios}");
    assert_eq!(free, BTreeMap::new());
}
