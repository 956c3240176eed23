//! Whether a sender's order is valid, for any order and any leaf.
//!
//! Total: whatever the fields, the signature and the opened leaf are, an honest prover satisfies the
//! rows, and no prover satisfies them with another verdict. So an entry of the layer 1's queue can be
//! answered whatever stands in it.

use ark_bn254::Fr;
use ark_ff::{One, Zero};
use ark_r1cs_std::{GR1CSVar, fields::fp::FpVar};

use super::{fields::Fields, opened::Opened};
use crate::{
    bits::r1cs::{Ranged, alloc_bits, from_bits, is_zero, to_bits, to_bits_canonical},
    constraint::{Cs, Hint, Result, bit_value, difference, enforce_equal, group, linear, product},
    eddsa::r1cs::{SignatureVar, is_valid},
    order::r1cs::MessageVar,
    quantity::Nonce,
    transition::r1cs::Conditions,
    word::power_of_two,
};

/// What is found of an order; it means something where there is a sender.
pub(super) struct Verdict {
    /// 1 where the order is valid, else 0.
    pub(super) valid: FpVar<Fr>,
    /// How far its nonce is ahead of the account's.
    pub(super) lead: FpVar<Fr>,
    /// 1 for a forced withdrawal of more than there is, which pays what there is, else 0.
    pub(super) short: FpVar<Fr>,
}

/// Judges the order of a record whose sender's leaf is `sender`. `payee_exists` is 1 where the leaf
/// `to` is an account of the record's payee and token.
pub(super) fn judge(
    cs: &Cs,
    conditions: &Conditions,
    fields: &Fields,
    sender: &Opened,
    payee_exists: &FpVar<Fr>,
    expires: Hint<u128>,
) -> Result<Verdict> {
    let (one, minus) = (Fr::one(), -Fr::one());
    let not = |flag: &FpVar<Fr>| linear(cs, &[(minus, flag)], one);
    let other_token = group(cs, "token", || {
        let same = is_zero(cs, &difference(cs, &fields.token, &sender.token))?;
        Ok(not(&bit_value(&same)))
    })?;
    let lead = difference(cs, &fields.nonce, &sender.nonce);
    let [behind, far] = group(cs, "lead", || nonce_window(cs, &lead))?;
    let last = group(cs, "nonce-last", || {
        let left = linear(cs, &[(minus, &fields.nonce)], Fr::from(Nonce::MAX));
        Ok(bit_value(&is_zero(cs, &left)?))
    })?;
    let lacking = group(cs, "sufficient", || lacking(cs, fields, sender))?;
    let expires = group(cs, "expiry", || {
        signed_expiry(cs, conditions, fields, expires)
    })?;
    let signature = signature(cs, conditions, fields, sender, &expires)?;
    let unsigned = not(&signature);

    group(cs, "verdict", || {
        let kinds = &fields.kinds;
        let short = product(cs, &kinds.forced_withdrawal, &lacking)?;
        let no_payee = product(cs, &kinds.forced_transfer, &not(payee_exists))?;
        let absent = not(&sender.there);
        // Each is 0 or 1, and so is `lacking - short`.
        let complaints = [
            (one, &absent),
            (one, &other_token),
            (one, &behind),
            (one, &far),
            (one, &last),
            (one, &lacking),
            (minus, &short),
            (one, &unsigned),
            (one, &no_payee),
        ];
        let valid = is_zero(cs, &linear(cs, &complaints, Fr::zero()))?;
        Ok(Verdict {
            valid: bit_value(&valid),
            lead,
            short,
        })
    })
}

/// Whether the nonce is below the account's, and whether it is not but 2^16 or more above it. The
/// second may be anything where the first is true.
fn nonce_window(cs: &Cs, lead: &FpVar<Fr>) -> Result<[FpVar<Fr>; 2]> {
    let (one, minus) = (Fr::one(), -Fr::one());
    let raised = linear(cs, &[(one, lead)], power_of_two(32));
    let bits = to_bits(cs, &raised, 33)?;
    let near = is_zero(cs, &from_bits(cs, &bits[16..32]))?;
    let flags = [bit_value(&bits[32]), bit_value(&near)];
    Ok(flags.map(|flag| linear(cs, &[(minus, &flag)], one)))
}

/// Whether amount and fee are more than the balance. Where they are not, the difference is below
/// 2^128. A fee that is not zero may make the rows fail where it is true, and then the order,
/// which no queue asks for, is not valid.
fn lacking(cs: &Cs, fields: &Fields, sender: &Opened) -> Result<FpVar<Fr>> {
    let (one, minus) = (Fr::one(), -Fr::one());
    let terms = [
        (one, &sender.balance),
        (minus, &fields.amount),
        (minus, &fields.fee),
    ];
    let raised = linear(cs, &terms, power_of_two(128));
    let bits = to_bits(cs, &raised, 129)?;
    Ok(linear(cs, &[(minus, &bit_value(&bits[128]))], one))
}

/// The expiry that is signed. That of a user's order is not before the batch's timestamp; that of a
/// forced one is the record's, and needs no clock.
fn signed_expiry(
    cs: &Cs,
    conditions: &Conditions,
    fields: &Fields,
    expires: Hint<u128>,
) -> Result<FpVar<Fr>> {
    let expires = Ranged::new(cs, 32, expires)?.value;
    let remaining = difference(cs, &expires, &conditions.timestamp);
    let (_, ranged) = alloc_bits(cs, 32, || remaining.value())?;
    enforce_equal(cs, &remaining, &ranged)?;
    let (one, minus) = (Fr::one(), -Fr::one());
    let terms = [(power_of_two(16), &fields.last), (minus, &expires)];
    let change = linear(cs, &terms, Fr::from(0xffffu64));
    let change = product(cs, &fields.kinds.forced(cs), &change)?;
    Ok(linear(cs, &[(one, &expires), (one, &change)], Fr::zero()))
}

/// Whether the record's signature is the sender's.
fn signature(
    cs: &Cs,
    conditions: &Conditions,
    fields: &Fields,
    sender: &Opened,
    expires: &FpVar<Fr>,
) -> Result<FpVar<Fr>> {
    let message = MessageVar {
        kind: &fields.kinds.code,
        from: &fields.from.value,
        nonce: &fields.nonce,
        token: &fields.token,
        amount: &fields.amount,
        fee_code: &fields.fee_code,
        expires,
        to: &fields.payee,
    };
    let message = group(cs, "message", || message.hash(cs, &conditions.domain))?;
    group(cs, "signature", || {
        // Any word is answered for, so all of its bits are.
        let s = group(cs, "s", || to_bits_canonical(cs, &fields.s))?;
        let r8 = fields.r8.clone();
        let valid = is_valid(cs, &sender.owner, &SignatureVar { r8, s }, &message)?;
        Ok(bit_value(&valid))
    })
}
