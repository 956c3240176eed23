//! The slot of a full record: any operation.
//!
//! Every constraint holds in every slot, whatever its kind. Both leaves are opened for real, with
//! what is there; an operation without a sender or a recipient opens leaf 0, which is empty.

mod fields;
mod judgement;
mod opened;

use ark_bn254::Fr;
use ark_ff::{One, Zero};
use ark_r1cs_std::fields::{FieldVar, fp::FpVar};

use self::{
    fields::Fields,
    judgement::{Verdict, judge},
    opened::Opened,
};
use super::hints::Known;
use crate::{
    account::Account,
    constraint::{Cs, Hint, Result, difference, enforce_product, group, linear, product},
    operation::Operation,
    quantity::{AccountIndex, Timestamp},
    shape::Shape,
    slot::SlotWitness,
    transition::r1cs::{Carry, Conditions, charge},
};

/// What a full slot returns.
pub struct FullSlot {
    /// The six words of its record.
    pub words: [FpVar<Fr>; Shape::FULL_RECORD_WORDS],
    /// 1 where the slot is used, else 0.
    pub used: FpVar<Fr>,
    /// 1 for an operation of the layer 1's queue, else 0.
    pub is_from_l1: FpVar<Fr>,
    /// 1 where it makes an account, else 0.
    pub created: FpVar<Fr>,
}

/// A full slot. `accounts` is how many leaves are given out before it.
///
/// # Errors
/// Those of synthesis.
pub fn full_slot(
    cs: &Cs,
    conditions: &Conditions,
    carry: &mut Carry,
    accounts: &FpVar<Fr>,
    known: Known<'_>,
) -> Result<FullSlot> {
    let fields = Fields::new(cs, known)?;
    let sender = group(cs, "sender", || {
        let account = Hint(known.map(|slot| slot.sender.before));
        Opened::new(cs, account.map(|account| account.is_some()), account)
    })?;
    let recipient = group(cs, "recipient", || Recipient::new(cs, &fields, known))?;

    let paid = group(cs, "sender", || {
        let expires = Hint(known.map(expiry));
        let payee_exists = &recipient.matches;
        let verdict = judge(cs, conditions, &fields, &sender, payee_exists, expires)?;
        group(cs, "authorised", || authorised(cs, &fields, &verdict))?;
        pay(cs, carry, &fields, &sender, &verdict, known)
    })?;
    group(cs, "charge", || {
        charge(cs, conditions, carry, &fields.token, &fields.fee)
    })?;
    group(cs, "recipient", || {
        recipient.created_rules(cs, &fields, accounts)?;
        recipient.credit(cs, carry, &fields, known)
    })?;
    group(cs, "unused-is-zero", || fields.unused_is_zero(cs))?;
    let words = group(cs, "words", || fields.words(cs, &paid))?;
    let is_from_l1 = fields.kinds.queued(cs);
    Ok(FullSlot {
        words,
        used: fields.kinds.used,
        is_from_l1,
        created: recipient.created,
    })
}

/// When a user's order expires; others never do.
fn expiry(slot: &SlotWitness) -> u128 {
    let signed = slot.operation.as_ref().and_then(Operation::signed);
    signed
        .map_or(Timestamp::MAX, |signed| signed.order.expires)
        .into()
}

/// A user's order is valid and its account's next; a forced one is executed exactly when it is
/// valid.
fn authorised(cs: &Cs, fields: &Fields, verdict: &Verdict) -> Result<()> {
    let (minus, zero) = (-Fr::one(), FpVar::zero());
    let (signed, forced) = (fields.kinds.signed(cs), fields.kinds.forced(cs));
    let invalid = linear(cs, &[(minus, &verdict.valid)], Fr::one());
    group(cs, "signed", || {
        enforce_product(cs, &signed, &invalid, &zero)
    })?;
    group(cs, "next", || {
        enforce_product(cs, &signed, &verdict.lead, &zero)
    })?;
    group(cs, "outcome", || {
        let refused = difference(cs, &invalid, &fields.kinds.refused);
        enforce_product(cs, &forced, &refused, &zero)
    })
}

/// Takes from the sender's account what the operation pays, and the nonce. Returns the former.
fn pay(
    cs: &Cs,
    carry: &mut Carry,
    fields: &Fields,
    sender: &Opened,
    verdict: &Verdict,
    known: Known<'_>,
) -> Result<FpVar<Fr>> {
    let (one, minus) = (Fr::one(), -Fr::one());
    let debits = fields.kinds.debits(cs);
    let (paid, balance) = group(cs, "paid", || {
        let missing = difference(cs, &sender.balance, &fields.amount);
        let missing = product(cs, &verdict.short, &missing)?;
        let payable = linear(cs, &[(one, &fields.amount), (one, &missing)], Fr::zero());
        let paid = product(cs, &debits, &payable)?;
        let terms = [(one, &sender.balance), (minus, &paid), (minus, &fields.fee)];
        let balance = linear(cs, &terms, Fr::zero());
        Ok((paid, balance))
    })?;
    let nonce = group(cs, "next-nonce", || {
        let steps = product(cs, &debits, &linear(cs, &[(one, &verdict.lead)], one))?;
        Ok(linear(
            cs,
            &[(one, &sender.nonce), (one, &steps)],
            Fr::zero(),
        ))
    })?;
    let [old, new] = sender.leaves(cs, &sender.there, &balance, &nonce)?;
    let siblings = known.map(|slot| &slot.sender.siblings);
    let index = &fields.from.bits;
    carry.top.replace(cs, index, siblings, &old, &new)?;
    Ok(paid)
}

/// The recipient's side.
struct Recipient {
    opened: Opened,
    /// 1 where the leaf's owner and token, or those that are to be, are the record's, else 0.
    same: FpVar<Fr>,
    /// 1 where there is an account of the record's payee and token, else 0.
    matches: FpVar<Fr>,
    /// 1 where the account is made, because its owner is paid and it is not there, else 0.
    created: FpVar<Fr>,
}

impl Recipient {
    fn new(cs: &Cs, fields: &Fields, known: Known<'_>) -> Result<Self> {
        let before = Hint(known.map(|slot| slot.recipient.before));
        let account = Hint(known.map(|slot| slot.recipient.before.or(made_by(slot))));
        let opened = Opened::new(cs, before.map(|account| account.is_some()), account)?;
        let (same, matches) = group(cs, "matches", || {
            let same = opened.is_of(cs, &fields.payee, &fields.token)?;
            let matches = product(cs, &opened.there, &same)?;
            Ok((same, matches))
        })?;
        let created = group(cs, "created", || {
            let missing = linear(cs, &[(-Fr::one(), &matches)], Fr::one());
            product(cs, &fields.kinds.credits_owner(cs), &missing)
        })?;
        Ok(Self {
            opened,
            same,
            matches,
            created,
        })
    }

    /// What holds of an account that is made. There is none at its leaf before: as `same` is 1 and
    /// `matches` is not, `there` is 0.
    fn created_rules(&self, cs: &Cs, fields: &Fields, accounts: &FpVar<Fr>) -> Result<()> {
        let (one, minus, zero) = (Fr::one(), -Fr::one(), FpVar::zero());
        let kinds = &fields.kinds;
        let only_created = |name, wrong: &FpVar<Fr>| {
            group(cs, name, || {
                enforce_product(cs, &self.created, wrong, &zero)
            })
        };
        only_created("created-same", &linear(cs, &[(minus, &self.same)], one))?;
        only_created("starts-empty", &self.opened.balance)?;
        only_created("starts-unused", &self.opened.nonce)?;
        only_created("next-index", &difference(cs, &fields.to.value, accounts))?;
        group(cs, "owner-on-curve", || {
            let residual = fields.payee.curve_residual(cs)?;
            enforce_product(cs, &self.created, &residual, &zero)
        })?;
        group(cs, "bounced", || {
            let room = linear(cs, &[(minus, accounts)], Fr::from(AccountIndex::END));
            enforce_product(cs, &kinds.bounced, &room, &zero)
        })
    }

    /// Credits the account. The sum stays below 2^128: the contract caps what exists of a token.
    fn credit(&self, cs: &Cs, carry: &mut Carry, fields: &Fields, known: Known<'_>) -> Result<()> {
        let one = Fr::one();
        let credited = group(cs, "credited", || {
            product(cs, &fields.kinds.credits(cs), &fields.amount)
        })?;
        let opened = &self.opened;
        let balance = linear(cs, &[(one, &opened.balance), (one, &credited)], Fr::zero());
        let present = linear(
            cs,
            &[(one, &opened.there), (one, &self.created)],
            Fr::zero(),
        );
        let [old, new] = opened.leaves(cs, &present, &balance, &opened.nonce)?;
        let siblings = known.map(|slot| &slot.recipient.siblings);
        let index = &fields.to.bits;
        carry.top.replace(cs, index, siblings, &old, &new)
    }
}

/// The account that an operation makes, before it is credited.
fn made_by(slot: &SlotWitness) -> Option<Account> {
    let operation = slot.operation.as_ref()?;
    if slot.recipient.before.is_some() || operation.recipient().is_none() {
        return None;
    }
    let (owner, token, _) = operation.credit()?;
    Some(Account::new(owner, token))
}
