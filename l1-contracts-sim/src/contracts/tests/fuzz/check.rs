//! What the contract says of itself against the model, and where the money is.

use alloy::{
    primitives::{Address, U256},
    sol_types::SolCall,
};

use super::{
    cast::{self, AGAIN},
    model::records,
    outside::{Manner, Token},
    world::World,
};
use crate::contracts::{Assay, Groth16Verifier, TestToken};

impl World {
    fn view<C: SolCall>(&mut self, call: C) -> C::Return {
        let rollup = self.rollup();
        self.ground.ask(rollup, &call).unwrap()
    }

    /// After each step that changed something.
    pub(super) fn check(&mut self) {
        self.looks += 1;
        let status = self.view(Assay::statusCall {});
        assert_eq!(status, self.model.status(), "status");
        for token in 0..=self.model.tokens.len() {
            let held = self.view(Assay::heldCall {
                token: token as u16,
            });
            assert_eq!(held, self.model.held[token], "held of token {token}");
        }
        self.check_credits();
        self.check_ether();
        self.check_tokens();
        self.conserve();
        self.check_queue();
        self.check_from_within();
        if self.looks.is_multiple_of(8) {
            self.check_rest();
        }
    }

    fn check_credits(&mut self) {
        let mut owners: Vec<Address> = self.model.credits.keys().copied().collect();
        owners.extend(cast::SIGNERS);
        owners.sort();
        owners.dedup();
        // Those that have one, and by and by those that have none.
        let turn = self.looks as usize % owners.len();
        for (i, account) in owners.into_iter().enumerate() {
            let expected = self.model.credits.get(&account).copied();
            if expected.is_some() || i == turn {
                let credit = self.view(Assay::creditsCall { account });
                assert_eq!(credit, expected.unwrap_or_default(), "credit of {account}");
            }
        }
    }

    /// Whoever was paid has it, and nobody else.
    fn check_ether(&mut self) {
        let paid = std::mem::take(&mut self.outside.paid);
        let mut accounts: Vec<Address> = paid.keys().copied().collect();
        for (account, amount) in paid {
            let before = self.ether.get(&account).copied().unwrap_or_default();
            self.ether.insert(account, before + amount);
        }
        accounts.extend(cast::SIGNERS);
        for account in accounts {
            let expected = self.ether.get(&account).copied().unwrap_or_default();
            assert_eq!(self.ground.balance(account), expected, "ether of {account}");
        }
        let held = U256::from(self.model.held[0]);
        let credits: U256 = self.model.credits.values().sum();
        let entries = self.model.entries[self.model.taken..].iter();
        let fees = entries.filter(|entry| !entry.refunded).map(|entry| {
            let (_, base, surcharge) = records::tail_fields(&entry.tail);
            base + surcharge
        });
        let owed: U256 = held + credits + fees.sum::<U256>();
        let rollup = self.rollup();
        assert_eq!(self.ground.balance(rollup), owed, "the rollup's ether");
    }

    /// What tokens say is what the model moved.
    fn check_tokens(&mut self) {
        let rollup = self.rollup();
        let tokens: Vec<Token> = self.outside.tokens.clone();
        for token in tokens {
            let Some(number) = self.model.tokens.iter().position(|t| *t == token.address) else {
                continue;
            };
            let plain = matches!(token.manner, Manner::Lies | Manner::Babbles);
            if token.balance_of(rollup).is_none() || plain {
                continue;
            }
            let balance = self
                .ground
                .ask(token.address, &TestToken::balanceOfCall(rollup))
                .unwrap();
            assert_eq!(balance, token.has(rollup), "balance of {}", token.address);
            let held = U256::from(self.model.held[number + 1]);
            assert!(
                token.lied || balance == held,
                "{balance} there, {held} held"
            );
        }
    }

    /// held = balances that did not escape + claims unpaid + deposits waiting and not refunded.
    fn conserve(&mut self) {
        if self.inside.unsound {
            return;
        }
        for token in 0..=self.model.tokens.len() as u16 {
            let mut owed = self.inside.sum(token, &self.model.escaped);
            for batch in &self.model.batches {
                let open = (0..).zip(&batch.claims);
                let open =
                    open.filter(|(i, claim)| claim.token == token && !batch.paid.contains(i));
                owed += open
                    .map(|(_, claim)| U256::from(claim.amount))
                    .sum::<U256>();
            }
            for entry in &self.model.entries[self.model.taken..] {
                let deposit = records::deposit_of(&entry.words);
                if let Some((number, amount)) = deposit
                    && number == token
                    && !entry.refunded
                {
                    owed += U256::from(amount);
                }
            }
            let held = U256::from(self.model.held[usize::from(token)]);
            assert_eq!(held, owed, "what is held of token {token}, and owed");
        }
    }

    fn check_queue(&mut self) {
        let entries = self.model.entries.len() as u64;
        let link: U256 = self.view(Assay::queueLinkCall { entries });
        assert_eq!(
            link.to_be_bytes::<32>(),
            self.model.link,
            "the queue's link"
        );
        if let Some(last) = self.model.entries.last() {
            let (due, before) = (last.due, last.before);
            let index = entries - 1;
            assert_eq!(
                u64::from(self.view(Assay::queueDueCall { index })),
                due,
                "due"
            );
            let link: U256 = self.view(Assay::queueLinkCall { entries: index });
            assert_eq!(link.to_be_bytes::<32>(), before, "the link before");
        }
    }

    /// Whoever calls from within a payment is told that it must not.
    fn check_from_within(&mut self) {
        let mut callers = vec![AGAIN];
        let tokens = self.outside.tokens.iter();
        let again = tokens.filter(|token| token.manner == Manner::CallsAgain);
        callers.extend(again.map(|token| token.address));
        for caller in callers {
            let call = super::super::hostile::ReentrantReceiver::outcomeCall {};
            let outcome = self.ground.ask(caller, &call).unwrap();
            if !outcome.is_zero() {
                let name = super::super::bed::refusal(outcome.as_slice());
                assert_eq!(name, "Reentered", "a call from within: {outcome}");
                self.coverage.count("from within", "Reentered");
                let slot = if caller == AGAIN { 3 } else { 8 };
                self.ground.set_slot(caller, slot, U256::ZERO);
            }
        }
    }

    /// What seldom changes.
    fn check_rest(&mut self) {
        let count = self.model.batches.len();
        for batch in [0, count / 2, count - 1, count] {
            let hash = self.view(Assay::batchHashCall {
                batch: U256::from(batch),
            });
            assert_eq!(hash, self.model.batch_hash(batch), "hash of batch {batch}");
        }
        for (number, batch) in self
            .model
            .batches
            .clone()
            .into_iter()
            .enumerate()
            .rev()
            .take(3)
        {
            for which in 0..batch.claims.len() as u16 + 1 {
                let call = Assay::isClaimedCall {
                    batch: number as u64,
                    which,
                };
                assert_eq!(
                    self.view(call),
                    batch.paid.contains(&which),
                    "claim {number} {which}"
                );
            }
        }
        let leaves: Vec<u32> = self.inside.leaves.keys().copied().take(12).collect();
        for account in leaves {
            let escaped = self.model.escaped.contains(&account);
            assert_eq!(
                self.view(Assay::isEscapedCall { account }),
                escaped,
                "escape {account}"
            );
        }
        for index in self.model.taken..self.model.entries.len().min(self.model.taken + 8) {
            let refunded = self.model.entries[index].refunded;
            let call = Assay::isRefundedCall {
                index: index as u64,
            };
            assert_eq!(self.view(call), refunded, "refund {index}");
        }
        let fee = U256::from(self.ground.base_fee);
        let asked = self.view(Assay::inclusionFeeCall { baseFeeWei: fee });
        let expected = self.model.inclusion_fee(fee);
        assert_eq!(
            (asked.baseWei, asked.surchargeWei),
            expected,
            "inclusion fee"
        );
        let fee = self.view(Assay::registrationFeeCall {});
        assert_eq!(fee, self.model.registration_fee(), "registration fee");
        assert_eq!(self.view(Assay::configCall {}), self.model.config, "config");
        let next = self.view(Assay::proposedOperatorCall {});
        assert_eq!(next, self.model.next_operator, "next operator");
        let tokens = self.model.tokens.clone();
        for (i, address) in (1..).zip(tokens) {
            assert_eq!(
                self.view(Assay::tokenAddressCall { token: i }),
                address,
                "token {i}"
            );
            assert_eq!(
                self.view(Assay::tokenNumberCall { token: address }),
                i,
                "{address}"
            );
        }
        self.check_shapes();
    }

    fn check_shapes(&mut self) {
        for (id, shape) in self.model.shapes.clone() {
            let found = self.view(Assay::shapesCall { shapeId: id });
            let size = (found.transfers, found.fullRecords, found.feeSlots);
            let expected = (
                shape.size.transfers,
                shape.size.full_records,
                shape.size.fee_slots,
            );
            assert_eq!(size, expected, "shape {id}");
            let state = (found.verifierType, found.retired);
            assert_eq!(state, (shape.verifier_type, shape.retired), "shape {id}");
            let known = self.model.shapes.get_mut(&id).unwrap();
            if known.verifier.is_zero() {
                known.verifier = found.verifier;
            }
            assert_eq!(
                found.verifier, known.verifier,
                "no verifier is ever replaced"
            );
            if !self.model.deaf && self.looks.is_multiple_of(64) {
                let key = self
                    .ground
                    .ask(found.verifier, &Groth16Verifier::keyCall {})
                    .unwrap();
                let words = super::trapdoor::key(shape.key.unwrap()).words();
                assert_eq!(key, words, "key of shape {id}");
            }
        }
        for id in 0..6 {
            let found = self.view(Assay::proposalsCall { shapeId: id });
            let expected = self.model.proposals.get(&id);
            let ready = expected.map_or(0, |proposal| proposal.ready);
            let marked = expected.and_then(|proposal| proposal.marked);
            assert_eq!(
                (found.readyAt, found.marked),
                (ready, marked.is_some()),
                "proposal {id}"
            );
            assert_eq!(found.queueLength, marked.unwrap_or(0), "proposal {id}");
        }
    }
}
