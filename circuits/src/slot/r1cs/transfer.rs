//! The slot of a transfer record.

use ark_bn254::Fr;
use ark_ff::{One, Zero};
use ark_r1cs_std::{
    boolean::Boolean,
    fields::{FieldVar, fp::FpVar},
};

use super::hints::{Known, fee, recipient_index};
use crate::{
    account::Account,
    babyjubjub::r1cs::PointVar,
    bits::r1cs::Ranged,
    constraint::{
        Cs, Hint, Result, bit_value, enforce_product, group, linear, witness, witness_bit,
    },
    float,
    operation::Operation,
    order::Order,
    transition::r1cs::{Carry, Conditions, Credit, Debit, DebitWitness, charge, credit, debit},
};

fn order_field(known: Known<'_>, field: impl FnOnce(&Order) -> u128) -> Hint<u128> {
    Hint(known.map(|slot| {
        let order = slot.operation.as_ref().and_then(Operation::order);
        order.map_or(0, field)
    }))
}

fn debit_witness(known: Known<'_>) -> DebitWitness<'_> {
    DebitWitness {
        access: known.map(|slot| &slot.sender),
        signed: known.and_then(|slot| slot.operation.as_ref()?.signed()),
    }
}

/// The fields of a transfer record.
struct TransferFields {
    /// Whether the slot is used.
    active: FpVar<Fr>,
    from: Ranged,
    to: Ranged,
    amount_code: Ranged,
    amount: FpVar<Fr>,
    fee_code: Ranged,
    fee: FpVar<Fr>,
}

impl TransferFields {
    /// Hints them; proves that they are canonical, and all zero in a slot that is not used.
    fn new(cs: &Cs, known: Known<'_>) -> Result<Self> {
        let active = group(cs, "active", || {
            witness_bit(cs, || {
                Hint(known).get().map(|slot| slot.operation.is_some())
            })
        })?;
        let active = bit_value(&active);
        let from = group(cs, "from", || {
            Ranged::new(cs, 24, order_field(known, |order| order.from.get().into()))
        })?;
        let to = recipient_index(cs, known)?;
        let (amount_code, amount) = group(cs, "amount", || {
            let code = |order: &Order| float::AMOUNT.encode(order.amount.0).unwrap_or(0).into();
            let code = Ranged::new(cs, 40, order_field(known, code))?;
            let value = float::r1cs::decode(cs, &float::AMOUNT, &code.bits)?;
            Ok((code, value))
        })?;
        let (fee_code, fee) = fee(cs, order_field(known, |order| order.fee.code().into()))?;
        group(cs, "unused-is-zero", || {
            let unused = linear(cs, &[(-Fr::one(), &active)], Fr::one());
            let fields = [&from.value, &to.value, &amount_code.value, &fee_code.value];
            let sum = linear(cs, &fields.map(|field| (Fr::one(), field)), Fr::zero());
            enforce_product(cs, &unused, &sum, &FpVar::zero())
        })?;
        Ok(Self {
            active,
            from,
            to,
            amount_code,
            amount,
            fee_code,
            fee,
        })
    }
}

/// The owner of the account that a transfer slot credits.
fn recipient_owner(cs: &Cs, known: Known<'_>) -> Result<PointVar> {
    let coordinate = |of: fn(&Account) -> Fr| {
        let value = known.map(|slot| slot.recipient.before.as_ref().map_or(Fr::zero(), of));
        witness(cs, || Hint(value).get())
    };
    Ok(PointVar {
        x: coordinate(|account| account.owner.x)?,
        y: coordinate(|account| account.owner.y)?,
    })
}

/// What a transfer slot returns.
pub struct TransferSlot {
    /// 1 where the slot is used, else 0.
    pub used: FpVar<Fr>,
    /// The 104 bits of its record, most significant first.
    pub record: Vec<Boolean<Fr>>,
}

/// A transfer slot.
///
/// # Errors
/// Those of synthesis.
pub fn transfer_slot(
    cs: &Cs,
    conditions: &Conditions,
    carry: &mut Carry,
    known: Known<'_>,
) -> Result<TransferSlot> {
    let fields = TransferFields::new(cs, known)?;
    let token = group(cs, "token", || {
        Ranged::new(cs, 16, order_field(known, |order| order.token.0.into()))
    })?;
    let payee = recipient_owner(cs, known)?;

    let paid = Debit {
        active: &fields.active,
        from: &fields.from,
        token: &token,
        amount: &fields.amount,
        fee_code: &fields.fee_code.value,
        fee: &fields.fee,
        to: &payee,
    };
    // A transfer record does not hold the nonce: who restores the state counts it.
    group(cs, "sender", || {
        debit(cs, conditions, carry, &paid, debit_witness(known))
    })?;
    group(cs, "charge", || {
        charge(cs, conditions, carry, &token.value, &fields.fee)
    })?;
    let credited = Credit {
        active: &fields.active,
        to: &fields.to,
        owner: &payee,
        token: &token.value,
        amount: &fields.amount,
    };
    let access = known.map(|slot| &slot.recipient);
    group(cs, "recipient", || credit(cs, carry, &credited, access))?;

    let TransferFields {
        active,
        from,
        to,
        amount_code,
        fee_code,
        ..
    } = fields;
    let fields = [from.bits, to.bits, amount_code.bits, fee_code.bits];
    let record = fields.into_iter().flat_map(|bits| bits.into_iter().rev());
    Ok(TransferSlot {
        used: active,
        record: record.collect(),
    })
}
