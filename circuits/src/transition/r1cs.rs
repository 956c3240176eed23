//! The parts of a transfer, the fee of any operation, and the fee slots, as constraints.
//!
//! Every constraint here holds in every slot. A part that an operation does not have is the
//! replacement of leaf 0, which is empty for ever, by itself; so no check is skipped because a
//! selector says so.

use ark_bn254::Fr;
use ark_ff::{One, Zero};
use ark_r1cs_std::{
    GR1CSVar,
    fields::{FieldVar, fp::FpVar},
};

use super::FeeSlot;
use crate::{
    access::Access,
    account::{Account, r1cs::leaf},
    babyjubjub::r1cs::PointVar,
    bits::r1cs::{Ranged, alloc_bits, enforce_nonzero},
    constraint::{
        Cs, Hint, Result, bit_value, difference, enforce_equal, enforce_product, group, linear,
        product, witness, witness_bit,
    },
    eddsa::r1cs::{SignatureVar, is_valid},
    order::{Kind, Order, Signed, r1cs::MessageVar},
    quantity::{Nonce, Timestamp},
    tree::r1cs::TopNodes,
};

/// What a batch holds every slot to.
pub struct Conditions {
    /// The network.
    pub domain: FpVar<Fr>,
    /// The batch's timestamp, below 2^32.
    pub timestamp: FpVar<Fr>,
    /// Token of each fee slot, below 2^16.
    pub fee_tokens: Vec<FpVar<Fr>>,
}

/// What one slot hands to the next.
pub struct Carry {
    /// The top of the tree.
    pub top: TopNodes,
    /// What each fee slot has collected.
    pub fees: Vec<FpVar<Fr>>,
}

/// The sender's side of a transfer, as the slot's record gives it.
pub struct Debit<'a> {
    /// Whether there is a sender.
    pub active: &'a FpVar<Fr>,
    /// The account's index.
    pub from: &'a Ranged,
    /// The token.
    pub token: &'a Ranged,
    /// What the payee gets; 0 where there is no sender.
    pub amount: &'a FpVar<Fr>,
    /// Code of the fee.
    pub fee_code: &'a FpVar<Fr>,
    /// Value of the fee; 0 where there is no sender.
    pub fee: &'a FpVar<Fr>,
    /// The payee's two words.
    pub to: &'a PointVar,
}

/// What the prover knows of the sender's side.
#[derive(Clone, Copy)]
pub struct DebitWitness<'a> {
    /// The access, in setup nothing.
    pub access: Option<&'a Access>,
    /// The signed order; in setup, and where there is no sender, nothing.
    pub signed: Option<&'a Signed<Order>>,
}

impl DebitWitness<'_> {
    fn account<T: Default>(&self, field: impl FnOnce(&Account) -> T) -> Hint<T> {
        Hint(
            self.access
                .map(|access| access.before.as_ref().map(field).unwrap_or_default()),
        )
    }

    fn order<T>(&self, field: impl FnOnce(&Signed<Order>) -> T, absent: T) -> Hint<T> {
        Hint(self.access.map(|_| self.signed.map_or(absent, field)))
    }
}

/// Proves that the sender of a transfer may pay, and takes the money.
///
/// # Errors
/// Those of synthesis.
pub fn debit(
    cs: &Cs,
    conditions: &Conditions,
    carry: &mut Carry,
    debit: &Debit<'_>,
    known: DebitWitness<'_>,
) -> Result<()> {
    let owner = PointVar {
        x: witness(cs, || known.account(|account| account.owner.x).get())?,
        y: witness(cs, || known.account(|account| account.owner.y).get())?,
    };
    // Below 2^128 because the tree holds no other balance.
    let balance = witness(cs, || {
        known.account(|account| Fr::from(account.balance.0)).get()
    })?;
    let nonce = group(cs, "nonce", || {
        Ranged::new(cs, 32, known.account(|account| account.nonce.into()))
    })?;
    group(cs, "nonce-last", || {
        let terms = [(Fr::one(), &nonce.value)];
        enforce_nonzero(cs, &linear(cs, &terms, -Fr::from(Nonce::MAX)))
    })?;
    let left = group(cs, "sufficient", || sufficient(cs, debit, &balance))?;
    let expires = group(cs, "expiry", || not_expired(cs, conditions, known))?;

    let message = MessageVar {
        kind: &FpVar::Constant(Fr::from(Kind::Transfer as u8)),
        from: &debit.from.value,
        nonce: &nonce.value,
        token: &debit.token.value,
        amount: debit.amount,
        fee_code: debit.fee_code,
        expires: &expires,
        to: debit.to,
    };
    let message = group(cs, "message", || message.hash(cs, &conditions.domain))?;
    let valid = group(cs, "signature", || {
        let absent = crate::eddsa::Signature::ABSENT;
        let signature = known.order(|signed| signed.signature, absent);
        let signature = SignatureVar::new(cs, || signature.get())?;
        is_valid(cs, &owner, &signature, &message)
    })?;
    group(cs, "authorised", || {
        let invalid = linear(cs, &[(-Fr::one(), &bit_value(&valid))], Fr::one());
        enforce_product(cs, debit.active, &invalid, &FpVar::zero())
    })?;

    let one = Fr::one();
    let next_nonce = linear(cs, &[(one, &nonce.value)], one);
    let (old_leaf, new_leaf) = group(cs, "leaf", || {
        let token = &debit.token.value;
        let old = leaf(cs, &owner, &balance, &nonce.value, token)?;
        let new = leaf(cs, &owner, &left, &next_nonce, token)?;
        Ok((
            product(cs, debit.active, &old)?,
            product(cs, debit.active, &new)?,
        ))
    })?;
    let siblings = known.access.map(|access| &access.siblings);
    carry
        .top
        .replace(cs, &debit.from.bits, siblings, &old_leaf, &new_leaf)
}

/// What is left of the balance; proves that it is not negative.
fn sufficient(cs: &Cs, debit: &Debit<'_>, balance: &FpVar<Fr>) -> Result<FpVar<Fr>> {
    let minus = -Fr::one();
    let terms = [
        (Fr::one(), balance),
        (minus, debit.amount),
        (minus, debit.fee),
    ];
    let left = linear(cs, &terms, Fr::zero());
    let (_, ranged) = alloc_bits(cs, 128, || left.value())?;
    enforce_equal(cs, &left, &ranged)?;
    Ok(ranged)
}

/// The order's expiry; proves that the batch's timestamp is not later.
fn not_expired(cs: &Cs, conditions: &Conditions, known: DebitWitness<'_>) -> Result<FpVar<Fr>> {
    let never = u128::from(Timestamp::MAX);
    let expires = Ranged::new(
        cs,
        32,
        known.order(|signed| signed.order.expires.into(), never),
    )?;
    let remaining = difference(cs, &expires.value, &conditions.timestamp);
    let (_, ranged) = alloc_bits(cs, 32, || remaining.value())?;
    enforce_equal(cs, &remaining, &ranged)?;
    Ok(expires.value)
}

/// An account that is credited, as the slot's record gives it.
pub struct Credit<'a> {
    /// Whether there is a recipient.
    pub active: &'a FpVar<Fr>,
    /// The account's index.
    pub to: &'a Ranged,
    /// The owner who is paid.
    pub owner: &'a PointVar,
    /// The token, below 2^16.
    pub token: &'a FpVar<Fr>,
    /// How much.
    pub amount: &'a FpVar<Fr>,
}

/// Credits an account that exists. The sum cannot reach 2^128: the contract caps what exists of a
/// token.
///
/// # Errors
/// Those of synthesis.
pub fn credit(
    cs: &Cs,
    carry: &mut Carry,
    credit: &Credit<'_>,
    access: Option<&Access>,
) -> Result<()> {
    let before = access.map(|access| access.before.as_ref());
    let balance = witness(cs, || {
        Hint(before)
            .get()
            .map(|account| account.map_or(Fr::zero(), |account| Fr::from(account.balance.0)))
    })?;
    let nonce = group(cs, "nonce", || {
        let number = before.map(|account| account.map_or(0, |account| account.nonce.into()));
        Ok(Ranged::new(cs, 32, Hint(number))?.value)
    })?;
    let (old_leaf, new_leaf) = group(cs, "leaf", || {
        let after = [(Fr::one(), &balance), (Fr::one(), credit.amount)];
        let after = linear(cs, &after, Fr::zero());
        let old = leaf(cs, credit.owner, &balance, &nonce, credit.token)?;
        let new = leaf(cs, credit.owner, &after, &nonce, credit.token)?;
        Ok((
            product(cs, credit.active, &old)?,
            product(cs, credit.active, &new)?,
        ))
    })?;
    let siblings = access.map(|access| &access.siblings);
    carry
        .top
        .replace(cs, &credit.to.bits, siblings, &old_leaf, &new_leaf)
}

/// Adds a fee to slots that carry its token: the shares add up to the fee, because the selectors
/// of a fee that is not zero add up to 1.
///
/// # Errors
/// Those of synthesis.
pub fn charge(
    cs: &Cs,
    conditions: &Conditions,
    carry: &mut Carry,
    token: &FpVar<Fr>,
    fee: &FpVar<Fr>,
) -> Result<()> {
    let zero = FpVar::zero();
    let chosen = || -> Result<Option<usize>> {
        let (token, fee) = (token.value()?, fee.value()?);
        let tokens = conditions.fee_tokens.iter().map(GR1CSVar::value);
        let tokens = tokens.collect::<Result<Vec<_>>>()?;
        Ok(tokens
            .iter()
            .position(|slot| *slot == token)
            .filter(|_| !fee.is_zero()))
    };
    let mut selected = Vec::with_capacity(carry.fees.len());
    for (at, slot_token) in conditions.fee_tokens.iter().enumerate() {
        let select = bit_value(&witness_bit(cs, || Ok(chosen()? == Some(at)))?);
        let mismatch = difference(cs, slot_token, token);
        group(cs, "token", || {
            enforce_product(cs, &select, &mismatch, &zero)
        })?;
        let share = group(cs, "share", || product(cs, &select, fee))?;
        let terms = [(Fr::one(), &carry.fees[at]), (Fr::one(), &share)];
        carry.fees[at] = linear(cs, &terms, Fr::zero());
        selected.push(select);
    }
    let terms: Vec<_> = selected.iter().map(|select| (Fr::one(), select)).collect();
    let count = linear(cs, &terms, Fr::zero());
    let none = linear(cs, &[(-Fr::one(), &count)], Fr::one());
    group(cs, "not-lost", || enforce_product(cs, fee, &none, &zero))
}

/// A fee slot at the end of the batch: its two words, and the credit of what it has collected.
///
/// # Errors
/// Those of synthesis.
pub fn settle(
    cs: &Cs,
    carry: &mut Carry,
    token: &FpVar<Fr>,
    collected: &FpVar<Fr>,
    slot: Hint<Option<FeeSlot>>,
    access: Option<&Access>,
) -> Result<FpVar<Fr>> {
    let used = group(cs, "used", || witness_bit(cs, || Ok(slot.get()?.is_some())))?;
    let used = bit_value(&used);
    let number = slot.map(|slot| slot.map_or(0, |slot| slot.account.get().into()));
    let index = group(cs, "index", || Ranged::new(cs, 24, number))?;
    let unused = linear(cs, &[(-Fr::one(), &used)], Fr::one());
    let zero = FpVar::zero();
    group(cs, "unused-is-zero", || {
        let words = linear(
            cs,
            &[(Fr::one(), &index.value), (Fr::one(), token)],
            Fr::zero(),
        );
        enforce_product(cs, &unused, &words, &zero)
    })?;
    group(cs, "unused-collects-nothing", || {
        enforce_product(cs, &unused, collected, &zero)
    })?;
    let hint = |coordinate: fn(&Account) -> Fr| {
        let value = access.map(|access| access.before.as_ref().map_or(Fr::zero(), coordinate));
        witness(cs, || Hint(value).get())
    };
    let owner = PointVar {
        x: hint(|account| account.owner.x)?,
        y: hint(|account| account.owner.y)?,
    };
    let credited = Credit {
        active: &used,
        to: &index,
        owner: &owner,
        token,
        amount: collected,
    };
    credit(cs, carry, &credited, access)?;
    Ok(index.value)
}
