//! Deposits, forced orders, tokens.

use alloy::primitives::{Address, U256};
use rand::Rng as _;

use super::super::{
    super::records::{Head, ORDER, number, owner, small_order},
    cast::{self, USERS},
    model::curve,
    world::{Step, World},
};
use crate::contracts::Assay::{self, AssayCalls};

impl World {
    /// A token's number, most often one that there is.
    pub(super) fn token_number(&mut self) -> u16 {
        let count = self.model.tokens.len() as u16;
        match self.rng.random_range(0..100) {
            0..45 => 0,
            45..47 => count + 1,
            47..48 => self.rng.random(),
            _ => self.rng.random_range(0..=count),
        }
    }

    /// A point, most often one that can sign.
    pub(super) fn point(&mut self) -> [U256; 2] {
        let [x, y] = owner().map(U256::from_be_bytes);
        let r = curve::r();
        match self.rng.random_range(0..100) {
            0 => [x + U256::from(1), y],
            1 => [x + r, y],
            2 => [x, y + r],
            3 => self.pick(&small_order()).map(U256::from_be_bytes),
            // Its negative.
            4..40 => [r - x, y],
            _ => [x, y],
        }
    }

    /// What is sent for something that costs so much.
    fn value_for(&mut self, cost: U256) -> U256 {
        let one = U256::from(1);
        let value = match self.rng.random_range(0..100) {
            0..3 => cost.saturating_sub(one),
            3 => U256::ZERO,
            4..20 => cost + one,
            20..25 => cost * U256::from(2),
            _ => cost,
        };
        value.min(one << 130)
    }

    fn refund_to(&mut self) -> Address {
        if self.chance(1) {
            Address::ZERO
        } else {
            self.somewhere()
        }
    }

    pub(super) fn draw_deposit(&mut self) -> Option<Step> {
        let token = self.token_number();
        let amount = self.amount();
        let [x, y] = self.point();
        let from = if self.chance(90) {
            self.pick(&USERS[..2])
        } else {
            self.somebody()
        };
        let call = Assay::depositCall {
            token,
            amount,
            ownerX: x,
            ownerY: y,
            refundTo: self.refund_to(),
        };
        let (base, surcharge) = self.model.inclusion_fee(U256::from(self.ground.base_fee));
        let cost = if token == 0 { amount } else { 0 };
        let value = self.value_for(U256::from(cost) + base + surcharge);
        Some(Step {
            value,
            ..Step::new(from, AssayCalls::deposit(call))
        })
    }

    fn leaf(&mut self) -> u32 {
        let leaves: Vec<u32> = self.inside.leaves.keys().copied().collect();
        if leaves.is_empty() || self.chance(10) {
            self.rng.random_range(0..1 << 24)
        } else {
            self.pick(&leaves)
        }
    }

    pub(super) fn draw_force(&mut self) -> Option<Step> {
        let day = u16::try_from((self.ground.now >> 16).min(65_535)).unwrap();
        let last = self.pick(&[
            u16::MAX,
            u16::MAX,
            u16::MAX,
            day,
            day,
            day.saturating_sub(1),
        ]);
        let from = self.leaf();
        let transfer = self.chance(40);
        let known = self.inside.leaves.get(&from).map(|leaf| leaf.token);
        let token = match known {
            Some(token) if self.chance(90) => token,
            _ => self.token_number(),
        };
        let head = Head {
            kind: if transfer { 4 } else { 5 },
            status: 0,
            from,
            to: if transfer { self.leaf() } else { 0 },
            token,
            nonce: self.rng.random(),
            amount: self.amount(),
            last,
        };
        let [first, second] = if transfer {
            self.point()
        } else {
            [U256::from_be_slice(self.somewhere().as_slice()), U256::ZERO]
        };
        let [r8x, r8y] = self.point();
        let s: U256 = U256::from(self.rng.random::<u128>()) << 120;
        let mut words = [U256::from_be_bytes(head.word()), first, second, r8x, r8y, s];
        if self.chance(12) {
            self.spoil_order(&mut words);
        }
        let (base, surcharge) = self.model.inclusion_fee(U256::from(self.ground.base_fee));
        let value = self.value_for(base + surcharge);
        let from = self.pick(&cast::SIGNERS);
        let call = Assay::forceCall {
            words,
            refundTo: self.refund_to(),
        };
        Some(Step {
            value,
            ..Step::new(from, AssayCalls::force(call))
        })
    }

    fn spoil_order(&mut self, words: &mut [U256; 6]) {
        let one = U256::from(1);
        let order = number(ORDER);
        let bit =
            |world: &mut Self, bits: std::ops::Range<usize>| one << world.rng.random_range(bits);
        match self.rng.random_range(0..9) {
            0 => words[0] ^= bit(self, 240..256),
            1 => words[0] |= bit(self, 192..216),
            2 => words[1] = self.pick(&[U256::ZERO, one << 160, U256::MAX]),
            3 => words[2] = self.pick(&[one, U256::MAX]),
            4 => words[5] = self.pick(&[order, order - one, U256::MAX, U256::ZERO]),
            5 => words[1] = U256::from_be_slice(self.model.rollup.as_slice()),
            6 => words[0] &= !(U256::from(u128::MAX) << 16_usize),
            7 => words[0] |= U256::from(u16::MAX) << 176_usize,
            _ => words[self.rng.random_range(0..6)] ^= bit(self, 0..256),
        }
    }

    pub(super) fn draw_register(&mut self) -> Option<Step> {
        let known: Vec<Address> = self.outside.tokens.iter().map(|t| t.address).collect();
        let token = match self.rng.random_range(0..20) {
            0 => self.somebody(),
            1 => self.somewhere(),
            _ => self.pick(&known),
        };
        let fee = self.model.registration_fee();
        let value = self.value_for(fee);
        let from = self.somebody();
        let call = Assay::registerTokenCall { token };
        Some(Step {
            value,
            ..Step::new(from, AssayCalls::registerToken(call))
        })
    }
}
