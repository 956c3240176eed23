//! The two kinds of slot: a transfer record, and a full record that can be any operation.

use ark_bn254::Fr;
use ark_ff::{One, Zero};
use ark_r1cs_std::{
    boolean::Boolean,
    fields::{FieldVar, fp::FpVar},
};
use ark_relations::gr1cs::SynthesisError;

use super::{Operation, full_record_shift};
use crate::{
    babyjubjub::r1cs::PointVar,
    batch::SlotWitness,
    bits::r1cs::enforce_nonzero,
    constraint::{Cs, bit_value, enforce_product, group, linear, product, witness, witness_bit},
    float,
    shape::Shape,
    transaction::{Kind, Transaction},
    transition::r1cs::{
        Carry, Context, Credit, Debit, DebitWitness, Hint, Ranged, charge, credit, debit,
    },
    word::power_of_two,
};

type Result<T> = std::result::Result<T, SynthesisError>;

/// What the prover knows of a slot, in setup nothing.
type Known<'a> = Option<&'a SlotWitness>;

fn order_field(known: Known<'_>, field: impl FnOnce(&Transaction) -> u128) -> Hint<u128> {
    Hint(known.map(|slot| {
        let signed = slot.operation.as_ref().and_then(Operation::signed);
        signed.map_or(0, |signed| field(&signed.transaction))
    }))
}

fn debit_witness(known: Known<'_>) -> DebitWitness<'_> {
    DebitWitness {
        access: known.map(|slot| &slot.sender),
        signed: known.and_then(|slot| slot.operation.as_ref()?.signed()),
    }
}

/// A fee: its 16 bits and its value; proves that the encoding is the canonical one.
fn fee(cs: &Cs, known: Known<'_>) -> Result<(Ranged, FpVar<Fr>)> {
    group(cs, "fee", || {
        let code = Ranged::new(cs, 16, order_field(known, |order| order.fee.code().into()))?;
        let value = float::r1cs::decode(cs, &float::FEE, &code.bits)?;
        Ok((code, value))
    })
}

/// A transfer slot. Returns the 104 bits of its record, most significant first.
///
/// # Errors
/// Those of synthesis.
pub fn transfer_slot(
    cs: &Cs,
    context: &Context,
    carry: &mut Carry,
    known: Known<'_>,
) -> Result<Vec<Boolean<Fr>>> {
    let active = group(cs, "active", || {
        witness_bit(cs, || {
            Hint(known).get().map(|slot| slot.operation.is_some())
        })
    })?;
    let active = bit_value(&active);
    let from = group(cs, "from", || {
        Ranged::new(cs, 24, order_field(known, |order| order.from.get().into()))
    })?;
    let to = group(cs, "to", || {
        let number = known.map(|slot| u128::from(slot.recipient.index));
        Ranged::new(cs, 24, Hint(number))
    })?;
    let (amount_code, amount) = group(cs, "amount", || {
        let code = |order: &Transaction| float::AMOUNT.encode(order.amount.0).unwrap_or(0).into();
        let code = Ranged::new(cs, 40, order_field(known, code))?;
        let value = float::r1cs::decode(cs, &float::AMOUNT, &code.bits)?;
        Ok((code, value))
    })?;
    let (fee_code, fee) = fee(cs, known)?;
    group(cs, "unused-is-zero", || {
        let unused = linear(cs, &[(-Fr::one(), &active)], Fr::one());
        let fields = [&from.value, &to.value, &amount_code.value, &fee_code.value];
        let sum = linear(cs, &fields.map(|field| (Fr::one(), field)), Fr::zero());
        enforce_product(&unused, &sum, &FpVar::zero())
    })?;
    let token = group(cs, "token", || {
        Ranged::new(cs, 16, order_field(known, |order| order.token.0.into()))
    })?;
    let payee = |coordinate: fn(&PointVarValue) -> Fr| {
        let owner = known.map(|slot| {
            let account = slot.recipient.before.as_ref();
            account.map_or((Fr::zero(), Fr::zero()), |account| {
                (account.owner.x, account.owner.y)
            })
        });
        witness(cs, || Hint(owner).get().map(|owner| coordinate(&owner)))
    };
    let payee = PointVar {
        x: payee(|owner| owner.0)?,
        y: payee(|owner| owner.1)?,
    };

    let paid = Debit {
        active: &active,
        kind: &FpVar::Constant(Fr::from(Kind::Transfer as u8)),
        from: &from,
        token: &token,
        amount: &amount,
        fee_code: &fee_code.value,
        fee: &fee,
        to: &payee,
    };
    // A transfer record does not hold the nonce: who restores the state counts it.
    let _nonce = group(cs, "sender", || {
        debit(cs, context, carry, &paid, debit_witness(known))
    })?;
    group(cs, "charge", || {
        charge(cs, context, carry, &token.value, &fee)
    })?;
    let credited = Credit {
        active: &active,
        exists: &active,
        to: &to,
        owner: &payee,
        token: &token.value,
        amount: &amount,
    };
    let access = known.map(|slot| &slot.recipient);
    group(cs, "recipient", || credit(cs, carry, &credited, access))?;

    let fields = [from.bits, to.bits, amount_code.bits, fee_code.bits];
    Ok(fields
        .into_iter()
        .flat_map(|bits| bits.into_iter().rev())
        .collect())
}

/// Coordinates of a hinted point.
type PointVarValue = (Fr, Fr);

/// The kind of a full record, as flags that are 0 or 1.
struct Kinds {
    /// Code of the kind.
    code: FpVar<Fr>,
    deposit: FpVar<Fr>,
    /// Transfer or withdrawal.
    has_sender: FpVar<Fr>,
    /// Transfer or deposit.
    has_recipient: FpVar<Fr>,
    /// None.
    is_noop: FpVar<Fr>,
}

impl Kinds {
    /// The two bits of the code choose one of the four kinds, so exactly one flag is set.
    fn new(cs: &Cs, known: Known<'_>) -> Result<Self> {
        let code = |slot: &SlotWitness| match &slot.operation {
            None => Kind::Noop,
            Some(Operation::Transfer { .. }) => Kind::Transfer,
            Some(Operation::Withdrawal { .. }) => Kind::Withdrawal,
            Some(Operation::Deposit { .. }) => Kind::Deposit,
        };
        let code = Ranged::new(cs, 2, Hint(known.map(|slot| code(slot) as u128)))?;
        let [low, high] = [&code.bits[0], &code.bits[1]].map(bit_value);
        let deposit = product(&low, &high)?;
        let (one, minus, zero) = (Fr::one(), -Fr::one(), Fr::zero());
        let transfer = linear(cs, &[(one, &low), (minus, &deposit)], zero);
        let withdrawal = linear(cs, &[(one, &high), (minus, &deposit)], zero);
        let has_sender = linear(cs, &[(one, &transfer), (one, &withdrawal)], zero);
        let is_noop = linear(cs, &[(minus, &has_sender), (minus, &deposit)], one);
        let has_recipient = low;
        let code = code.value;
        Ok(Self {
            code,
            deposit,
            has_sender,
            has_recipient,
            is_noop,
        })
    }
}

/// What a full slot returns.
pub struct FullSlot {
    /// The six words of its record.
    pub words: [FpVar<Fr>; Shape::FULL_RECORD_WORDS],
    /// 1 for an operation of the layer 1's queue, else 0.
    pub is_from_l1: FpVar<Fr>,
}

/// A full slot: any operation, or padding.
///
/// # Errors
/// Those of synthesis.
pub fn full_slot(
    cs: &Cs,
    context: &Context,
    carry: &mut Carry,
    known: Known<'_>,
) -> Result<FullSlot> {
    let kinds = group(cs, "kind", || Kinds::new(cs, known))?;
    let from = group(cs, "from", || {
        Ranged::new(cs, 24, order_field(known, |order| order.from.get().into()))
    })?;
    let to = group(cs, "to", || {
        Ranged::new(
            cs,
            24,
            Hint(known.map(|slot| u128::from(slot.recipient.index))),
        )
    })?;
    let record = known.map(|slot| slot.operation.as_ref().map(Operation::full_record));
    let hint_word = |at: usize| {
        witness(cs, || {
            Ok(Hint(record).get()?.map_or(Fr::zero(), |record| record[at]))
        })
    };
    let payee = PointVar {
        x: hint_word(1)?,
        y: hint_word(2)?,
    };
    let (token, amount) = group(cs, "token-amount", || {
        let value = known.map(|slot| token_and_amount(slot.operation.as_ref()));
        let token = Ranged::new(cs, 16, Hint(value).map(|(token, _)| token))?;
        Ok((
            token,
            Ranged::new(cs, 128, Hint(value).map(|(_, amount)| amount))?,
        ))
    })?;
    let (fee_code, fee) = fee(cs, known)?;

    let paid_out = group(cs, "paid-out", || product(&kinds.has_sender, &amount.value))?;
    let paid = Debit {
        active: &kinds.has_sender,
        kind: &kinds.code,
        from: &from,
        token: &token,
        amount: &paid_out,
        fee_code: &fee_code.value,
        fee: &fee,
        to: &payee,
    };
    let nonce = group(cs, "sender", || {
        debit(cs, context, carry, &paid, debit_witness(known))
    })?;
    group(cs, "charge", || {
        charge(cs, context, carry, &token.value, &fee)
    })?;

    let exists = group(cs, "exists", || {
        recipient_exists(cs, &kinds, &to, &payee, known)
    })?;
    let credited = Credit {
        active: &kinds.has_recipient,
        exists: &exists,
        to: &to,
        owner: &payee,
        token: &token.value,
        amount: &amount.value,
    };
    let access = known.map(|slot| &slot.recipient);
    group(cs, "recipient", || credit(cs, carry, &credited, access))?;

    let fields = Fields {
        from: &from,
        to: &to,
        token: &token,
        nonce: &nonce,
        amount: &amount,
    };
    group(cs, "unused-is-zero", || {
        unused_fields(cs, &kinds, &fields, &fee_code, &payee)
    })?;
    let head = [
        (power_of_two(full_record_shift::KIND), &kinds.code),
        (power_of_two(full_record_shift::FROM), &from.value),
        (power_of_two(full_record_shift::TO), &to.value),
        (power_of_two(full_record_shift::TOKEN), &token.value),
        (power_of_two(full_record_shift::NONCE), &nonce),
        (power_of_two(full_record_shift::AMOUNT), &amount.value),
        (power_of_two(full_record_shift::FEE), &fee_code.value),
    ];
    let head = linear(cs, &head, Fr::zero());
    let words = [
        head,
        payee.x,
        payee.y,
        FpVar::zero(),
        FpVar::zero(),
        FpVar::zero(),
    ];
    Ok(FullSlot {
        words,
        is_from_l1: kinds.deposit,
    })
}

fn token_and_amount(operation: Option<&Operation>) -> (u128, u128) {
    let (token, amount) = match operation {
        None => return (0, 0),
        Some(Operation::Deposit { deposit, .. }) => (deposit.token, deposit.amount),
        Some(Operation::Transfer { signed, .. } | Operation::Withdrawal { signed }) => {
            (signed.transaction.token, signed.transaction.amount)
        }
    };
    (token.0.into(), amount.0)
}

/// 1 where there is a recipient whose account exists. A new account is not at index 0, and its
/// owner is a point of the curve.
fn recipient_exists(
    cs: &Cs,
    kinds: &Kinds,
    to: &Ranged,
    owner: &PointVar,
    known: Known<'_>,
) -> Result<FpVar<Fr>> {
    let created = witness_bit(cs, || {
        let slot = known.ok_or(SynthesisError::AssignmentMissing)?;
        let recipient = slot.operation.as_ref().and_then(Operation::recipient);
        Ok(recipient.is_some() && slot.recipient.before.is_none())
    })?;
    let created = bit_value(&created);
    let (one, minus) = (Fr::one(), -Fr::one());
    let no_recipient = linear(cs, &[(minus, &kinds.has_recipient)], one);
    group(cs, "created-by-credit", || {
        enforce_product(&created, &no_recipient, &FpVar::zero())
    })?;
    group(cs, "not-index-0", || {
        enforce_nonzero(&linear(
            cs,
            &[(one, &to.value), (one, &no_recipient)],
            Fr::zero(),
        ))
    })?;
    group(cs, "owner-on-curve", || {
        let residual = owner.curve_residual(cs)?;
        enforce_product(&created, &residual, &FpVar::zero())
    })?;
    Ok(linear(
        cs,
        &[(one, &kinds.has_recipient), (minus, &created)],
        Fr::zero(),
    ))
}

/// Fields of a full record's first word.
struct Fields<'a> {
    from: &'a Ranged,
    to: &'a Ranged,
    token: &'a Ranged,
    nonce: &'a FpVar<Fr>,
    amount: &'a Ranged,
}

/// What a kind does not use is zero, so that an operation has one record.
fn unused_fields(
    cs: &Cs,
    kinds: &Kinds,
    fields: &Fields<'_>,
    fee_code: &Ranged,
    payee: &PointVar,
) -> Result<()> {
    let (one, zero) = (Fr::one(), FpVar::zero());
    let no_sender = linear(cs, &[(-one, &kinds.has_sender)], one);
    let no_recipient = linear(cs, &[(-one, &kinds.has_recipient)], one);
    group(cs, "sender", || {
        let terms = [
            (one, &fields.from.value),
            (one, fields.nonce),
            (one, &fee_code.value),
        ];
        enforce_product(&no_sender, &linear(cs, &terms, Fr::zero()), &zero)
    })?;
    group(cs, "recipient", || {
        enforce_product(&no_recipient, &fields.to.value, &zero)
    })?;
    group(cs, "noop", || {
        let terms = [(one, &fields.token.value), (one, &fields.amount.value)];
        enforce_product(&kinds.is_noop, &linear(cs, &terms, Fr::zero()), &zero)?;
        enforce_product(&kinds.is_noop, &payee.x, &zero)
    })?;
    // Neither a withdrawal nor padding has a second payee word.
    group(cs, "payee-y", || {
        enforce_product(&no_recipient, &payee.y, &zero)
    })
}
