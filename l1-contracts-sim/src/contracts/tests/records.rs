//! Full records, entries of the queue, and the curve's points that they name.

use alloy::primitives::{Address, U256};
use ark_bn254::Fr;
use ark_ff::{BigInteger as _, Field as _, PrimeField as _};

use super::bed::{Bed, Done, USER, account};
use crate::{
    batch::{Tail, Word, next_link},
    contracts::Assay,
};

/// The base point of Baby Jubjub (EIP-2494): some owner on the curve.
pub(crate) const OWNER: [&str; 2] = [
    "5299619240641551281634865583518297030282874472190772894086521144482721001553",
    "16950150798460657717958625567821834550301663161624707787222815936182638968203",
];
/// Order of the base point.
pub(crate) const ORDER: &str =
    "2736030358979909402780800718157159386076813972158567259200215660948447373041";
pub(crate) const R: &str =
    "21888242871839275222246405745257275088548364400416034343698204186575808495617";

pub(crate) type Record = [Word; 6];

/// The first word of a full record.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Head {
    pub(crate) kind: u8,
    pub(crate) status: u8,
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) token: u16,
    pub(crate) nonce: u32,
    pub(crate) amount: u128,
    pub(crate) last: u16,
}

impl Head {
    pub(crate) fn word(self) -> Word {
        let word: U256 = U256::from(self.kind) << 244
            | U256::from(self.status) << 240
            | U256::from(self.from) << 216
            | U256::from(self.to) << 192
            | U256::from(self.token) << 176
            | U256::from(self.nonce) << 144
            | U256::from(self.amount) << 16
            | U256::from(self.last);
        word.to_be_bytes()
    }
}

pub(crate) fn number(text: &str) -> U256 {
    text.parse().unwrap()
}

pub(crate) fn owner() -> [Word; 2] {
    OWNER.map(|text| number(text).to_be_bytes())
}

pub(crate) fn word_of(address: Address) -> Word {
    address.into_word().0
}

/// The points of order 1, 2, 4 and 8: all that the curve has beside those of the subgroup's
/// cosets.
pub(crate) fn small_order() -> Vec<[Word; 2]> {
    let word = |f: Fr| -> Word { f.into_bigint().to_bytes_be().try_into().unwrap() };
    let a = Fr::from(168_700_u64);
    let d = Fr::from(168_696_u64);
    let (zero, one) = (Fr::from(0_u64), Fr::from(1_u64));
    let mut points = vec![(zero, one), (zero, -one)];
    // y = 0: a x^2 = 1.
    if let Some(x) = a.inverse().unwrap().sqrt() {
        points.extend([(x, zero), (-x, zero)]);
    }
    // y^2 = a x^2: 2 a x^2 = 1 + d a x^4.
    let discriminant = (a * a - d * a).sqrt().unwrap();
    for root in [discriminant, -discriminant] {
        let xx = (a + root) * (d * a).inverse().unwrap();
        if let (Some(x), Some(y)) = (xx.sqrt(), (a * xx).sqrt()) {
            points.extend([(x, y), (x, -y), (-x, y), (-x, -y)]);
        }
    }
    for (x, y) in &points {
        assert_eq!(a * x * x + y * y, one + d * x * x * y * y, "on the curve");
    }
    points
        .into_iter()
        .map(|(x, y)| [word(x), word(y)])
        .collect()
}

/// A withdrawal of account 5.
pub(crate) fn withdrawal(token: u16, amount: u128, to: Address) -> Record {
    let head = Head {
        kind: 2,
        from: 5,
        token,
        amount,
        nonce: 77,
        last: 0x1234,
        ..Head::default()
    };
    let zero = [0; 32];
    [head.word(), word_of(to), zero, zero, zero, zero]
}

/// A deposit as its entry.
pub(crate) fn deposit_words(token: u16, amount: u128) -> Record {
    let head = Head {
        kind: 3,
        token,
        amount,
        ..Head::default()
    };
    let [x, y] = owner();
    let zero = [0; 32];
    [head.word(), x, y, zero, zero, zero]
}

/// The signature's words of a forced order: any point and any number below the order.
fn signature() -> [Word; 3] {
    let [x, y] = owner();
    [x, y, root_of_order()]
}

fn root_of_order() -> Word {
    (number(ORDER) - U256::from(1)).to_be_bytes()
}

pub(crate) fn forced_transfer(head: Head) -> Record {
    let ([x, y], [rx, ry, s]) = (owner(), signature());
    [Head { kind: 4, ..head }.word(), x, y, rx, ry, s]
}

pub(crate) fn forced_withdrawal(head: Head, to: Address) -> Record {
    let [rx, ry, s] = signature();
    let kind = Head { kind: 5, ..head };
    [kind.word(), word_of(to), [0; 32], rx, ry, s]
}

/// A forced order's fields that are accepted.
pub(crate) fn order() -> Head {
    Head {
        from: 9,
        token: 0,
        nonce: 3,
        amount: 1000,
        last: u16::MAX,
        ..Head::default()
    }
}

/// An entry of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) index: u64,
    pub(crate) due: u32,
    pub(crate) words: Record,
    pub(crate) tail: Word,
}

impl Entry {
    /// The one that a transaction queued.
    pub(crate) fn of(done: &Done) -> Self {
        let events = done.events::<Assay::Queued>();
        let [event] = &events[..] else {
            panic!("one entry is queued: {events:?}")
        };
        Self {
            index: event.index,
            due: event.due,
            words: event.words.map(|word| word.to_be_bytes()),
            tail: event.tail.to_be_bytes(),
        }
    }

    pub(crate) fn link(&self, link: &Word) -> Word {
        next_link(link, &self.words, &self.tail)
    }

    /// What it paid, wei.
    pub(crate) fn fee(&self) -> u128 {
        let tail = Tail::from_word(&self.tail);
        u128::from(tail.base_gwei + tail.surcharge_gwei) * 1_000_000_000
    }
}

impl Bed {
    /// What an entry would pay now, wei.
    pub(crate) fn fee(&self) -> u128 {
        let fee = self.read(Assay::inclusionFeeCall {
            baseFeeWei: U256::from(self.base_fee()),
        });
        (fee.baseWei + fee.surchargeWei).to()
    }

    /// A deposit that pays the exact fee, and the amount where that is ether.
    pub(crate) fn deposit(&self, token: u16, amount: u128) -> Result<Entry, String> {
        let value = self.fee() + if token == 0 { amount } else { 0 };
        self.pay(USER, value, deposit_call(token, amount, owner()))
            .map(|done| Entry::of(&done))
    }

    pub(crate) fn force(&self, words: Record) -> Result<Entry, String> {
        self.pay(USER, self.fee(), force_call(words))
            .map(|done| Entry::of(&done))
    }
}

pub(crate) fn deposit_call(token: u16, amount: u128, owner: [Word; 2]) -> Assay::depositCall {
    let [x, y] = owner.map(U256::from_be_bytes);
    Assay::depositCall {
        token,
        amount,
        ownerX: x,
        ownerY: y,
        refundTo: account(USER),
    }
}

pub(crate) fn force_call(words: Record) -> Assay::forceCall {
    Assay::forceCall {
        words: words.map(U256::from_be_bytes),
        refundTo: account(USER),
    }
}
