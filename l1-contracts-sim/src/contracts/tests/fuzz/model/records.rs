//! Full records and what is hashed, bit by bit.

use alloy::primitives::{Address, U256, keccak256};

use crate::batch::{BatchHeader, Claim, Word};

/// The fields of a full record's first word.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Fields {
    pub(in super::super) unused: u8,
    pub(in super::super) kind: u8,
    pub(in super::super) status: u8,
    pub(in super::super) from: u32,
    pub(in super::super) to: u32,
    pub(in super::super) token: u16,
    pub(in super::super) amount: u128,
    pub(in super::super) last: u16,
}

impl Fields {
    pub(in super::super) fn of(word: &Word) -> Self {
        let word = U256::from_be_bytes(*word);
        // Bits from the least significant one on.
        let bits = |from: usize, count: usize| -> U256 {
            (word >> from) & ((U256::from(1) << count) - U256::from(1))
        };
        Self {
            unused: bits(248, 8).to(),
            kind: bits(244, 4).to(),
            status: bits(240, 4).to(),
            from: bits(216, 24).to(),
            to: bits(192, 24).to(),
            token: bits(176, 16).to(),
            amount: bits(16, 128).to(),
            last: bits(0, 16).to(),
        }
    }
}

/// kind | status | from | to | token | nonce | amount | last, of a deposit.
pub(in super::super) fn deposit_head(token: u16, amount: u128) -> Word {
    let word: U256 =
        (U256::from(3) << 244) | (U256::from(token) << 176) | (U256::from(amount) << 16);
    word.to_be_bytes()
}

/// refundTo u160 | base fee u48 | surcharge u48.
pub(in super::super) fn tail(refund_to: Address, base_gwei: u64, surcharge_gwei: u64) -> Word {
    let refund_to = U256::from_be_slice(refund_to.as_slice());
    let word: U256 = (refund_to << 96) | (U256::from(base_gwei) << 48) | U256::from(surcharge_gwei);
    word.to_be_bytes()
}

/// Back: refundTo, base fee and surcharge in wei.
pub(in super::super) fn tail_fields(tail: &Word) -> (Address, U256, U256) {
    let word = U256::from_be_bytes(*tail);
    let gwei = |shift: usize| {
        ((word >> shift) & U256::from((1_u64 << 48) - 1)) * U256::from(1_000_000_000)
    };
    (Address::from_slice(&tail[..20]), gwei(48), gwei(0))
}

pub(in super::super) fn link(before: &Word, words: &[Word; 6], tail: &Word) -> Word {
    let hash = keccak256([&before[..], &words.concat(), tail].concat());
    let link: U256 = U256::from_be_bytes(hash.0) >> 32;
    link.to_be_bytes()
}

pub(in super::super) fn batch_hash(parent: &Word, header: &BatchHeader) -> Word {
    let number = |n: u64| -> Word { U256::from(n).to_be_bytes() };
    let words = [
        *parent,
        header.commitment,
        header.new_root,
        header.claims_hash,
        number(header.queue_end),
        number(header.timestamp.into()),
        number(header.accounts.into()),
        number(header.shape.into()),
    ];
    keccak256(words.concat()).0
}

/// token u16 | amount u128 | receiver, 20 bytes | from u24.
pub(in super::super) fn pack(claims: &[Claim]) -> Vec<u8> {
    let mut packed = Vec::new();
    for claim in claims {
        packed.extend(claim.token.to_be_bytes());
        packed.extend(claim.amount.to_be_bytes());
        packed.extend(claim.receiver.0);
        packed.extend(&claim.from.to_be_bytes()[1..]);
    }
    packed
}

/// Token and amount of a deposit.
pub(in super::super) fn deposit_of(words: &[Word; 6]) -> Option<(u16, u128)> {
    let fields = Fields::of(&words[0]);
    (fields.kind == 3).then_some((fields.token, fields.amount))
}
