//! Lanes one by one, exactly: what is asked for rarely.

use std::array::from_fn;

use super::limbs::{Halves, LIMBS, MASK};
use crate::constants::Modulus;
use crate::inverse::invert_all;
use crate::line::WIDTH;

/// The least representative of one lane of carried limbs, as words.
pub(super) fn canonical<M: Modulus>(value: [u64; LIMBS]) -> [u64; 4] {
    let p = M::CONSTANTS.words;
    let mut words = [0u64; 5];
    for (i, limb) in value.into_iter().enumerate() {
        let (word, shift) = (i * 29 / 64, i * 29 % 64);
        let wide = u128::from(limb) << shift;
        words[word] += wide as u64;
        words[word + 1] += (wide >> 64) as u64;
    }
    // A value below 2^264 is below 2^11 p.
    for k in (0..11).rev() {
        let multiple: [u64; 5] = from_fn(|i| {
            let low = if i < 4 { p[i] << k } else { 0 };
            let high = if i > 0 && k > 0 {
                p[i - 1] >> (64 - k)
            } else {
                0
            };
            low | high
        });
        if words.iter().rev().ge(multiple.iter().rev()) {
            let mut borrow = false;
            for (word, minus) in words.iter_mut().zip(multiple) {
                let (partial, below) = word.overflowing_sub(minus);
                let (rest, under) = partial.overflowing_sub(u64::from(borrow));
                (*word, borrow) = (rest, below | under);
            }
        }
    }
    [words[0], words[1], words[2], words[3]]
}

/// The mask of lanes that are multiples of the modulus, for those that may be.
#[cold]
#[inline(never)]
pub(super) fn exactly_zero<M: Modulus>(halves: &Halves) -> u8 {
    (0..WIDTH).fold(0, |mask, at| {
        let mut value = halves.lane(at);
        for i in 0..LIMBS - 1 {
            value[i + 1] += value[i] >> 29;
            value[i] &= MASK;
        }
        mask | u8::from(canonical::<M>(value) == [0; 4]) << at
    })
}

/// The inverses of eight values by one inversion; words in this backend's form.
#[inline(never)]
pub(super) fn inverses<M: Modulus>(halves: &Halves) -> [[u64; 4]; WIDTH] {
    let values: [M::Field; WIDTH] = from_fn(|at| M::from_words(canonical::<M>(halves.lane(at))));
    // arkworks reads the words of v 2^261 as 32 v. Its inverse, 1 / 32 v, has the words
    // 2^251 / v; those of 1 / v in the form of this backend are 2^261 / v, 1024 times as much.
    invert_all::<M>(values, M::Field::from(1024u64)).map(|inverse| M::words(&inverse))
}
