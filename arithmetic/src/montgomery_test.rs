//! The multipliers on every residue they admit, `p` to `2p` too, against arkworks.

use std::array::from_fn;

use ark_ff::{BigInt, BigInteger, UniformRand, Zero};
use ark_std::test_rng;

use crate::constants::{BaseField, Modulus, ScalarField};
use crate::montgomery::{Multiplier, Portable, Words, below};

/// Words below `2p` at the ends of the range, with words of all ones or zeros, and random ones.
fn samples(words: &Words) -> Vec<[u64; 4]> {
    let mut rng = test_rng();
    let mut values = vec![[0; 4]];
    for bound in [[0; 4], words.p, words.twice] {
        for distance in 0..3u64 {
            let (mut above, mut under) = (BigInt(bound), BigInt(bound));
            above.add_with_carry(&BigInt::from(distance));
            under.sub_with_borrow(&BigInt::from(distance));
            values.extend([above.0, under.0]);
        }
    }
    for ones in 0..16u8 {
        values.push(from_fn(|i| match (ones >> i & 1, i) {
            (0, _) => 0,
            (_, 3) => words.twice[3] - 1,
            _ => u64::MAX,
        }));
    }
    values.extend((0..40).map(|_| from_fn(|_| u64::rand(&mut rng))));
    values.retain(|value| below(value, &words.twice));
    values
}

fn check<M: Modulus, U: Multiplier>(multiplier: U) {
    let words = &Words::of(&M::CONSTANTS);
    let element = |value: &[u64; 4]| -> M::Field {
        let mut least = BigInt(*value);
        if !below(value, &words.p) {
            least.sub_with_borrow(&BigInt(words.p));
        }
        M::from_words(least.0)
    };
    let expect = |got: [u64; 4], expected: M::Field| {
        assert!(below(&got, &words.twice), "{got:x?}");
        assert_eq!(element(&got), expected);
    };
    let all = samples(words);
    for (i, a) in all.iter().enumerate() {
        let c = &all[all.len() - 1 - i];
        for b in &all {
            let [x, y, z] = [a, b, c].map(element);
            expect(multiplier.product(a, b, words), x * y);
            expect(multiplier.sum(*a, b, words), x + y);
            expect(multiplier.less(*a, b, words), x - y);
            expect(
                multiplier.product_sum([a, c], &[*b, *a], words),
                x * y + z * x,
            );
            let largest = multiplier.product_sum([a, c], &[words.twice, words.twice], words);
            expect(largest, M::Field::zero());
        }
    }
}

#[test]
fn multipliers_agree_with_arkworks() {
    check::<BaseField, _>(Portable);
    check::<ScalarField, _>(Portable);
    #[cfg(target_arch = "x86_64")]
    if let Some(adx) = crate::adx::Adx::detect() {
        check::<BaseField, _>(adx);
        check::<ScalarField, _>(adx);
    }
}
