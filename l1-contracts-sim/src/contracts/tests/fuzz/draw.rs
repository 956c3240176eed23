//! What is done next.

mod batches;
mod beside;
mod exits;
mod governance;
mod queue;

use alloy::primitives::{Address, Bytes, U256};
use alloy::sol_types::SolInterface as _;
use rand::Rng as _;

use super::{
    cast,
    outside::{Manner, Receiver},
    world::{Step, World},
};
use crate::contracts::Assay::{self, AssayCalls};

/// What may be done, and how often: while the rollup lives, and after a freeze.
type Choice = (Draw, u32, u32);
type Draw = fn(&mut World) -> Option<Step>;
const CHOICES: [Choice; 19] = [
    (World::draw_deposit, 36, 3),
    (World::draw_force, 24, 2),
    (World::draw_submit, 30, 1),
    (World::draw_claim, 18, 16),
    (World::draw_redirect, 10, 10),
    (World::draw_withdraw_credit, 6, 6),
    (World::draw_refund, 1, 24),
    (World::draw_escape, 1, 24),
    (World::draw_register, 5, 1),
    (World::draw_freeze, 3, 1),
    (World::draw_propose, 4, 1),
    (World::draw_mark, 3, 2),
    (World::draw_activate, 3, 1),
    (World::draw_retire, 1, 1),
    (World::draw_closing, 1, 1),
    (World::draw_operator, 4, 1),
    (World::draw_noise, 2, 1),
    (World::try_verifier, 2, 1),
    (World::try_factory, 1, 1),
];

impl World {
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    pub(super) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.rng.random_range(0..from.len())].clone()
    }

    pub(super) fn somebody(&mut self) -> Address {
        self.pick(&cast::SIGNERS)
    }

    /// Who may be paid, most often somebody harmless.
    pub(super) fn somewhere(&mut self) -> Address {
        if self.chance(60) {
            return self.pick(&cast::USERS);
        }
        match self.rng.random_range(0..40) {
            0 | 1 => return self.rollup(),
            2 => return Address::ZERO,
            _ => {}
        }
        self.pick(&cast::receivers())
    }

    /// An amount, often at an edge.
    pub(super) fn amount(&mut self) -> u128 {
        let any: u128 = self.rng.random();
        let bits = self.rng.random_range(1..100);
        match self.rng.random_range(0..100) {
            0..2 => 0,
            2..10 => 1,
            10..12 => u128::MAX,
            12..13 => u128::MAX - 1,
            13..50 => any & ((1 << bits) - 1),
            50..70 => 100,
            _ => any % 1_000_000,
        }
    }

    /// One step: time passes, manners change, somebody does something.
    pub(super) fn step(&mut self) {
        self.pass_time();
        self.change_manners();
        let frozen = self.model.frozen;
        let weight = |choice: &Choice| if frozen { choice.2 } else { choice.1 };
        let total: u32 = CHOICES.iter().map(weight).sum();
        let mut place = self.rng.random_range(0..total);
        let choice = CHOICES
            .iter()
            .find(|choice| match place.checked_sub(weight(choice)) {
                Some(rest) => {
                    place = rest;
                    false
                }
                None => true,
            });
        let (mut draw, ..) = *choice.unwrap();
        if self.chance(5) {
            draw = self.jump().unwrap_or(draw);
        }
        if let Some(step) = draw(self) {
            let step = self.disturb(step);
            self.perform(step);
        }
    }

    /// Seldom in another way: through a contract, with ether, little gas, or bytes that are wrong.
    fn disturb(&mut self, mut step: Step) -> Step {
        let submits = matches!(step.call, AssayCalls::submit(_));
        if self.chance(3) {
            step.via = true;
        }
        if self.chance(1) && step.value.is_zero() {
            step.value = U256::from(1);
        }
        if self.chance(4) {
            step.gas = self.rng.random_range(40_000..1_200_000);
        }
        if self.chance(1) {
            step.from = self.somebody();
        }
        if self.chance(2) && !submits && step.raw.is_none() {
            self.garble(&mut step);
        }
        step
    }

    /// Bytes that are wrong, or too many.
    fn garble(&mut self, step: &mut Step) {
        let mut data = step.call.abi_encode();
        let narrow = !matches!(step.call, AssayCalls::force(_));
        if self.chance(30) {
            // What stands behind the arguments is nobody's.
            data.extend([7; 40]);
        } else if self.chance(50) || data.len() < 36 || !narrow {
            let end = self.rng.random_range(0..data.len().min(35));
            data.truncate(end);
            step.malformed = true;
        } else {
            // The first argument of all others is narrower than a word.
            data[4] |= 0x80;
            step.malformed = true;
        }
        step.raw = Some(Bytes::from(data));
    }

    fn pass_time(&mut self) {
        if self.chance(40) {
            self.ground.now += u64::from(self.rng.random_range(0..40_u32));
        }
        if self.chance(15) {
            let any: u64 = self.rng.random_range(0..1 << 38);
            let far = match self.model.config.inclusionGas {
                u32::MAX => 1 << self.rng.random_range(45..47),
                _ => 1 << 40,
            };
            self.ground.base_fee = self.pick(&[0, 1, 7, 1_000_000_000, 5_830_903, any, far]);
        }
    }

    /// To one of the times at which something changes, or just before or behind it; most often to
    /// do at once what it is about.
    fn jump(&mut self) -> Option<Draw> {
        let model = &self.model;
        let config = &model.config;
        let [lag, silence, delay] =
            [config.maxLagS, config.silenceS, config.queueDelayS].map(u64::from);
        let mut times: Vec<(u64, Draw)> = vec![
            (self.ground.now + lag, World::draw_submit),
            (self.ground.now + delay, World::draw_submit),
            (model.last_proved_at + silence, World::draw_rescue),
            (
                u64::from(model.last().header.timestamp) + lag,
                World::draw_submit,
            ),
            (model.open_until, World::draw_rescue),
            (model.open_until, World::draw_rescue),
        ];
        if let Some(head) = model.head() {
            let begin = head.due - delay;
            let silent = begin.max(model.last_proved_at) + silence;
            times.extend([(silent, World::draw_rescue as Draw); 3]);
            times.push((begin + silence, World::draw_rescue));
            let entries = &model.entries[model.taken..];
            times.extend(
                entries
                    .iter()
                    .take(2)
                    .map(|entry| (entry.due, World::draw_submit as Draw)),
            );
        }
        let proposals = model.proposals.values();
        let ends = proposals.flat_map(|proposal| {
            let end = proposal.ready + 14 * 86_400;
            [proposal.ready, end].map(|time| match proposal.marked {
                Some(_) => (time, World::draw_activate as Draw),
                None => (time, World::draw_mark as Draw),
            })
        });
        let ends: Vec<_> = ends.collect();
        // What ends things is seldom.
        if self.rng.random_range(0..16) == 0 {
            let patience = u64::from(config.freezeAfterS);
            let overdue = model.head().map(|head| head.due + patience);
            let closed = (model.closing != 0).then_some(model.closing);
            let both = overdue.into_iter().chain(closed);
            times = both
                .map(|time| (time, World::draw_freeze as Draw))
                .collect();
        } else if !ends.is_empty() && self.rng.random_range(0..4) == 0 {
            times = ends;
        }
        if times.is_empty() {
            return None;
        }
        let (time, draw) = self.pick(&times);
        let time = time + u64::from(self.rng.random_range(0..3_u32));
        self.ground.now = self.ground.now.max(time.saturating_sub(1));
        self.chance(70).then_some(draw)
    }

    /// Tokens and receivers become others.
    fn change_manners(&mut self) {
        if self.chance(4) {
            let place = self.rng.random_range(0..self.outside.tokens.len());
            let home = self.outside.tokens[place].home;
            let odd = [
                Manner::Refuses,
                Manner::BurnsAll,
                Manner::Lies,
                Manner::Babbles,
                Manner::Mute,
                Manner::Dead,
            ];
            let manner = if self.chance(80) {
                home
            } else {
                self.pick(&odd)
            };
            self.outside.tokens[place].manner = manner;
            let code = cast::token_code(&self.outside.tokens[place]);
            let address = self.outside.tokens[place].address;
            self.ground.set_code(address, code);
        }
        if self.chance(3) {
            self.rearm();
        }
        if self.chance(1) {
            let signer = self.somebody();
            let coded = self.outside.coded.contains(&signer);
            // A delegation, as EIP-7702 writes it, to a contract that takes ether.
            let mut code = alloy::primitives::hex!("ef0100").to_vec();
            code.extend(cast::FORWARDER);
            if coded {
                code.clear();
                self.outside.coded.remove(&signer);
            } else if self.chance(30) {
                self.outside.coded.insert(signer);
            } else {
                return;
            }
            self.ground.set_code(signer, code.into());
        }
    }

    /// Those who call from within get something else to call.
    fn rearm(&mut self) {
        let draws: [Draw; 8] = [
            Self::draw_claim,
            Self::draw_redirect,
            Self::draw_deposit,
            Self::draw_force,
            Self::draw_withdraw_credit,
            Self::draw_refund,
            Self::draw_escape,
            Self::draw_register,
        ];
        let draw = self.pick(&draws);
        let Some(step) = draw(self) else { return };
        let contract = if self.chance(60) {
            cast::AGAIN
        } else {
            let tokens = self.outside.tokens.iter();
            let again = tokens.filter(|token| token.manner == Manner::CallsAgain);
            let Some(address) = again.map(|token| token.address).next() else {
                return;
            };
            address
        };
        assert!(self.outside.receivers[&cast::AGAIN] == Receiver::CallsAgain);
        self.arm(contract, step.call.abi_encode(), 0);
    }

    /// Bytes that are no call.
    fn draw_noise(&mut self) -> Option<Step> {
        let from = self.somebody();
        let mut step = Step::new(from, AssayCalls::freeze(Assay::freezeCall {}));
        let length = self.rng.random_range(0..40);
        let mut data = vec![0; length];
        self.rng.fill(&mut data[..]);
        if self.chance(30) {
            step.value = U256::from(self.rng.random_range(0..1000));
            data.clear();
        }
        step.raw = Some(data.into());
        step.malformed = true;
        Some(step)
    }
}
