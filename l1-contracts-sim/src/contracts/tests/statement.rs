//! What the contract must make of a batch, bit by bit from the text of `statement.md`.

use std::collections::VecDeque;

use alloy::primitives::U256;
use ark_bn254::Fr;
use ark_ff::{BigInteger as _, PrimeField as _};
use sha2::{Digest as _, Sha256};

use crate::batch::{BatchData, ShapeSize, Word};

/// C, z and y, by ark-ff and sha2.
pub(crate) fn inputs(
    data: &BatchData,
    size: ShapeSize,
    old_root: Word,
    domain: Word,
    accounts_before: u32,
) -> Vec<Word> {
    let words = vector(data, size, old_root, domain, accounts_before);
    let mut hash = Sha256::new();
    hash.update(b"assay/z");
    hash.update(data.commitment);
    words.iter().for_each(|word| hash.update(word));
    let z = Fr::from_be_bytes_mod_order(&hash.finalize());
    let mut power = Fr::from(1);
    let mut y = Fr::from(0);
    for word in words {
        y += power * Fr::from_be_bytes_mod_order(&word);
        power *= z;
    }
    let bytes = |f: Fr| f.into_bigint().to_bytes_be().try_into().unwrap();
    vec![data.commitment, bytes(z), bytes(y)]
}

fn vector(
    data: &BatchData,
    size: ShapeSize,
    old_root: Word,
    domain: Word,
    accounts_before: u32,
) -> Vec<Word> {
    let number = |n: u128| -> Word { U256::from(n).to_be_bytes() };
    let mut settler = [0; 32];
    settler[12..].copy_from_slice(&data.settler.0);
    let mut words = vec![
        old_root,
        data.new_root,
        domain,
        number(data.shape.into()),
        number(data.batch.into()),
        number(data.timestamp.into()),
        number(data.l1_operations.into()),
        settler,
        number(accounts_before.into()),
        number(data.accounts.into()),
    ];
    for slot in 0..usize::from(size.fee_slots) {
        let slot = data.fee_slots.get(slot).copied().unwrap_or_default();
        words.extend([number(slot.token.into()), number(slot.account.into())]);
    }
    for record in 0..usize::from(size.full_records) {
        words.extend(data.full_records.get(record).copied().unwrap_or_default());
    }
    let mut stream: VecDeque<u8> = data.transfers.concat().into();
    for _ in 0..(13 * usize::from(size.transfers)).div_ceil(31) {
        let mut word = [0; 32];
        word[1..].fill_with(|| stream.pop_front().unwrap_or(0));
        words.push(word);
    }
    words
}
