//! Lanes one by one, exactly: what is asked for rarely.

use std::array::from_fn;

use crate::constants::{LIMB_MASK, Modulus};
use crate::inverse::invert_all;
use crate::line::WIDTH;

/// Four words from limbs of which all but the top one are carried.
fn words_of_limbs(l: [u64; 5]) -> [u64; 4] {
    [
        l[0] | l[1] << 52,
        l[1] >> 12 | l[2] << 40,
        l[2] >> 24 | l[3] << 28,
        l[3] >> 36 | l[4] << 16,
    ]
}

/// The least representative of one lane, as words.
pub(super) fn canonical<M: Modulus>(lane: [u64; 5]) -> [u64; 4] {
    let constants = const { &M::CONSTANTS };
    let mut value = lane;
    while value.iter().rev().ge(constants.multiples[1].iter().rev()) {
        let mut borrow = 0i64;
        for (limb, minus) in value.iter_mut().zip(&constants.multiples[1]) {
            let difference = *limb as i64 - *minus as i64 + borrow;
            borrow = difference >> 52;
            *limb = difference as u64 & LIMB_MASK;
        }
    }
    words_of_limbs(value)
}

/// The mask of lanes that are multiples of the modulus, for those that may be.
#[cold]
#[inline(never)]
pub(super) fn exactly_zero<M: Modulus>(limbs: [[u64; WIDTH]; 5]) -> u8 {
    (0..WIDTH).fold(0, |mask, lane| {
        let zero = canonical::<M>(from_fn(|i| limbs[i][lane])) == [0; 4];
        mask | u8::from(zero) << lane
    })
}

/// The inverses of eight values by one inversion; words in this backend's form.
#[inline(never)]
pub(super) fn inverses<M: Modulus>(limbs: [[u64; WIDTH]; 5]) -> [[u64; 4]; WIDTH] {
    let values: [M::Field; WIDTH] =
        from_fn(|lane| M::from_words(canonical::<M>(from_fn(|i| limbs[i][lane]))));
    // arkworks reads the words of v 2^260 as 16 v. Its inverse, 1 / 16 v, has the words
    // 2^252 / v; those of 1 / v in the form of this backend are 2^260 / v, 256 times as much.
    invert_all::<M>(values, M::Field::from(256u64)).map(|inverse| M::words(&inverse))
}
