//! Claims, credits, refunds and escapes.

use alloy::primitives::{Address, U256};

use super::{
    super::trapdoor::ESCAPE_KEY,
    Assay, AssayEvents, At, Model, Outcome, Outside, Refusals,
    records::{self, Fields},
};
use crate::batch::{BatchHeader, Claim, Word};

fn number(address: Address) -> U256 {
    U256::from_be_slice(address.as_slice())
}

fn header(given: &Assay::BatchHeader) -> BatchHeader {
    BatchHeader {
        commitment: given.commitment.0,
        new_root: given.newRoot.0,
        claims_hash: given.claimsHash.0,
        queue_end: given.queueEnd,
        timestamp: given.timestamp,
        accounts: given.accounts,
        shape: given.shapeId,
    }
}

impl Model {
    /// Adds what is wrong with a header of a proved batch.
    fn check_header(&self, batch: u64, given: &Assay::BatchHeader, refusals: &mut Refusals) {
        let proved = (1..self.batches.len() as u64).contains(&batch);
        refusals.when(!proved, "NotProved");
        let kept = usize::try_from(batch)
            .ok()
            .and_then(|batch| self.batches.get(batch));
        let same = kept.is_some_and(|kept| kept.header == header(given));
        refusals.when(!same, "HeaderMismatch");
    }

    /// The claim that is meant, unless something is wrong with it.
    fn find_claim(
        &self,
        batch: u64,
        given: &Assay::BatchHeader,
        list: &[u8],
        which: u16,
    ) -> Result<Claim, Refusals> {
        let mut refusals = Refusals::default();
        self.check_header(batch, given, &mut refusals);
        let kept = usize::try_from(batch)
            .ok()
            .and_then(|batch| self.batches.get(batch));
        let Some(kept) = kept else {
            refusals.when(true, "WrongClaims");
            return Err(refusals);
        };
        let known = kept.claims.get(usize::from(which));
        let same = list == records::pack(&kept.claims);
        refusals.when(known.is_none() || !same, "WrongClaims");
        refusals.when(kept.paid.contains(&which), "AlreadyPaid");
        match known {
            Some(claim) if refusals.0.is_empty() => Ok(*claim),
            _ => Err(refusals),
        }
    }

    fn pay_claim(
        &mut self,
        (batch, which): (u64, u16),
        claim: &Claim,
        to: Address,
        outside: &mut Outside,
    ) -> Outcome {
        self.batches[batch as usize].paid.insert(which);
        self.pay(claim.token, to, claim.amount, outside);
        Ok(vec![AssayEvents::Claimed(Assay::Claimed {
            batch,
            which,
            token: claim.token,
            amount: claim.amount,
            to,
        })])
    }

    pub(super) fn claim(
        &mut self,
        call: &Assay::claimCall,
        at: &At,
        outside: &mut Outside,
    ) -> Outcome {
        let claim = self.find_claim(call.batch, &call.header, &call.claims, call.which)?;
        let mut refusals = Refusals::default();
        let receiver: Address = claim.receiver.into();
        let own = call.to == receiver || at.caller == receiver;
        refusals.when(!own, "NotReceiver");
        let hindrance = self.hindrance(claim.token, call.to, claim.amount, outside);
        refusals.0.extend(hindrance);
        refusals.or()?;
        self.pay_claim((call.batch, call.which), &claim, call.to, outside)
    }

    pub(super) fn redirect(
        &mut self,
        call: &Assay::redirectCall,
        outside: &mut Outside,
    ) -> Outcome {
        let claim = self.find_claim(call.batch, &call.header, &call.claims, call.which)?;
        let mut refusals = Refusals::default();
        self.check_header(call.rootBatch, &call.rootHeader, &mut refusals);
        let packed: U256 = (U256::from(7) << 248) | (U256::from(claim.from) << 224);
        let reference: U256 = (U256::from(call.batch) << 16) | U256::from(call.which);
        let destination: U256 = (reference << 160) | number(call.to);
        let root = call.rootHeader.newRoot.0;
        let inputs = [
            root,
            self.domain,
            packed.to_be_bytes(),
            destination.to_be_bytes(),
        ];
        self.check_proof(&mut refusals, &call.proof, ESCAPE_KEY, &inputs);
        // The receiver is tried first.
        let receiver = claim.receiver.into();
        let to = match self.hindrance(claim.token, receiver, claim.amount, outside) {
            None => receiver,
            Some(_) => call.to,
        };
        let hindrance = self.hindrance(claim.token, to, claim.amount, outside);
        refusals.0.extend(hindrance);
        refusals.or()?;
        self.pay_claim((call.batch, call.which), &claim, to, outside)
    }

    pub(super) fn withdraw_credit(
        &mut self,
        call: &Assay::withdrawCreditCall,
        at: &At,
        outside: &mut Outside,
    ) -> Outcome {
        let credit = self.credits.get(&at.caller).copied().unwrap_or_default();
        let mut refusals = Refusals::default();
        refusals.when(credit.is_zero(), "NoCredit");
        let refused = call.to == self.rollup || !outside.takes(call.to);
        refusals.when(refused, "EtherRefused");
        refusals.or()?;
        self.credits.remove(&at.caller);
        outside.pay(call.to, credit);
        Ok(Vec::new())
    }

    pub(super) fn refund(
        &mut self,
        call: &Assay::refundCall,
        at: &At,
        outside: &mut Outside,
    ) -> Outcome {
        let mut refusals = Refusals::default();
        refusals.when(!self.frozen, "NotFrozen");
        let index = usize::try_from(call.index).unwrap_or(usize::MAX);
        let waiting = (self.taken..self.entries.len()).contains(&index);
        let words = call.words.map(|word| word.to_be_bytes());
        let tail: Word = call.tail.to_be_bytes();
        let entry = self.entries.get(index).filter(|entry| {
            let before: Word = call.previousLink.to_be_bytes();
            waiting && entry.words == words && entry.tail == tail && entry.before == before
        });
        let Some(entry) = entry else {
            refusals.when(true, "WrongEntry");
            return Err(refusals);
        };
        refusals.when(entry.refunded, "AlreadyPaid");
        let (refund_to, base, surcharge) = records::tail_fields(&entry.tail);
        let own = call.to == refund_to || at.caller == refund_to;
        refusals.when(!own, "NotReceiver");
        let fields = Fields::of(&entry.words[0]);
        let deposit = (fields.kind == 3).then_some((fields.token, fields.amount));
        if let Some((token, amount)) = deposit {
            refusals
                .0
                .extend(self.hindrance(token, call.to, amount, outside));
        }
        refusals.or()?;
        self.entries[index].refunded = true;
        if let Some((token, amount)) = deposit {
            self.pay(token, call.to, amount, outside);
        }
        let mut events = vec![AssayEvents::Refunded(Assay::Refunded {
            index: call.index,
            to: call.to,
        })];
        let fee = base + surcharge;
        if call.to == self.rollup || !outside.takes(call.to) {
            events.extend(self.credit(call.to, fee));
        } else {
            outside.pay(call.to, fee);
        }
        Ok(events)
    }

    pub(super) fn escape(&mut self, call: &Assay::escapeCall, outside: &mut Outside) -> Outcome {
        let mut refusals = Refusals::default();
        refusals.when(!self.frozen, "NotFrozen");
        refusals.when(call.account >= 1 << 24, "UnknownAccount");
        refusals.when(self.escaped.contains(&call.account), "AlreadyPaid");
        let packed: U256 = (U256::from(6) << 248)
            | (U256::from(call.account) << 224)
            | (U256::from(call.token) << 176)
            | (U256::from(call.balance) << 48);
        let destination: Word = number(call.to).to_be_bytes();
        let root = self.last().header.new_root;
        let inputs = [root, self.domain, packed.to_be_bytes(), destination];
        self.check_proof(&mut refusals, &call.proof, ESCAPE_KEY, &inputs);
        let hindrance = self.hindrance(call.token, call.to, call.balance, outside);
        refusals.0.extend(hindrance);
        refusals.or()?;
        self.escaped.insert(call.account);
        self.pay(call.token, call.to, call.balance, outside);
        Ok(vec![AssayEvents::Escaped(Assay::Escaped {
            account: call.account,
            token: call.token,
            amount: call.balance,
            to: call.to,
        })])
    }
}
