//! What the slots of both kinds are told.

use ark_bn254::Fr;
use ark_r1cs_std::fields::fp::FpVar;

use crate::{
    bits::r1cs::Ranged,
    constraint::{Cs, Hint, Result, group},
    float,
    slot::SlotWitness,
};

/// What the prover knows of a slot, in setup nothing.
pub(super) type Known<'a> = Option<&'a SlotWitness>;

/// A fee of this code: its 16 bits and its value; proves that the encoding is the canonical one.
pub(super) fn fee(cs: &Cs, code: Hint<u128>) -> Result<(Ranged, FpVar<Fr>)> {
    group(cs, "fee", || {
        let code = Ranged::new(cs, 16, code)?;
        let value = float::r1cs::decode(cs, &float::FEE, &code.bits)?;
        Ok((code, value))
    })
}

/// The index that the slot credits.
pub(super) fn recipient_index(cs: &Cs, known: Known<'_>) -> Result<Ranged> {
    let number = Hint(known.map(|slot| u128::from(slot.recipient.index)));
    group(cs, "to", || Ranged::new(cs, 24, number))
}
