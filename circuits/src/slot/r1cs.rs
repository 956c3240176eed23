//! The two kinds of slot: a transfer record, and a full record that can be any operation.

use ark_bn254::Fr;
use ark_ff::{One, Zero};
use ark_r1cs_std::{
    boolean::Boolean,
    fields::{FieldVar, fp::FpVar},
};
use ark_relations::gr1cs::SynthesisError;

use super::SlotWitness;
use crate::{
    account::Account,
    babyjubjub::r1cs::PointVar,
    bits::r1cs::{Ranged, enforce_nonzero},
    constraint::{
        Cs, Hint, Result, bit_value, enforce_product, group, linear, product, witness, witness_bit,
    },
    float,
    operation::{Operation, full_record_shift},
    order::{Kind, Order},
    shape::Shape,
    transition::r1cs::{Carry, Conditions, Credit, Debit, DebitWitness, charge, credit, debit},
    word::power_of_two,
};

/// What the prover knows of a slot, in setup nothing.
type Known<'a> = Option<&'a SlotWitness>;

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

/// A fee: its 16 bits and its value; proves that the encoding is the canonical one.
fn fee(cs: &Cs, known: Known<'_>) -> Result<(Ranged, FpVar<Fr>)> {
    group(cs, "fee", || {
        let code = Ranged::new(cs, 16, order_field(known, |order| order.fee.code().into()))?;
        let value = float::r1cs::decode(cs, &float::FEE, &code.bits)?;
        Ok((code, value))
    })
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
        let from = sender_index(cs, known)?;
        let to = recipient_index(cs, known)?;
        let (amount_code, amount) = group(cs, "amount", || {
            let code = |order: &Order| float::AMOUNT.encode(order.amount.0).unwrap_or(0).into();
            let code = Ranged::new(cs, 40, order_field(known, code))?;
            let value = float::r1cs::decode(cs, &float::AMOUNT, &code.bits)?;
            Ok((code, value))
        })?;
        let (fee_code, fee) = fee(cs, known)?;
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

fn sender_index(cs: &Cs, known: Known<'_>) -> Result<Ranged> {
    let number = order_field(known, |order| order.from.get().into());
    group(cs, "from", || Ranged::new(cs, 24, number))
}

fn recipient_index(cs: &Cs, known: Known<'_>) -> Result<Ranged> {
    let number = Hint(known.map(|slot| u128::from(slot.recipient.index)));
    group(cs, "to", || Ranged::new(cs, 24, number))
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

/// A transfer slot. Returns the 104 bits of its record, most significant first.
///
/// # Errors
/// Those of synthesis.
pub fn transfer_slot(
    cs: &Cs,
    conditions: &Conditions,
    carry: &mut Carry,
    known: Known<'_>,
) -> Result<Vec<Boolean<Fr>>> {
    let fields = TransferFields::new(cs, known)?;
    let token = group(cs, "token", || {
        Ranged::new(cs, 16, order_field(known, |order| order.token.0.into()))
    })?;
    let payee = recipient_owner(cs, known)?;

    let paid = Debit {
        active: &fields.active,
        kind: &FpVar::Constant(Fr::from(Kind::Transfer as u8)),
        from: &fields.from,
        token: &token,
        amount: &fields.amount,
        fee_code: &fields.fee_code.value,
        fee: &fields.fee,
        to: &payee,
    };
    // A transfer record does not hold the nonce: who restores the state counts it.
    let _nonce = group(cs, "sender", || {
        debit(cs, conditions, carry, &paid, debit_witness(known))
    })?;
    group(cs, "charge", || {
        charge(cs, conditions, carry, &token.value, &fields.fee)
    })?;
    let credited = Credit {
        active: &fields.active,
        exists: &fields.active,
        to: &fields.to,
        owner: &payee,
        token: &token.value,
        amount: &fields.amount,
    };
    let access = known.map(|slot| &slot.recipient);
    group(cs, "recipient", || credit(cs, carry, &credited, access))?;

    let TransferFields {
        from,
        to,
        amount_code,
        fee_code,
        ..
    } = fields;
    let fields = [from.bits, to.bits, amount_code.bits, fee_code.bits];
    Ok(fields
        .into_iter()
        .flat_map(|bits| bits.into_iter().rev())
        .collect())
}

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
            Some(Operation::Forced { .. }) => Kind::Noop,
        };
        let code = Ranged::new(cs, 2, Hint(known.map(|slot| code(slot) as u128)))?;
        let [low, high] = [&code.bits[0], &code.bits[1]].map(bit_value);
        let deposit = product(cs, &low, &high)?;
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

/// The fields of a full record.
struct FullFields {
    kinds: Kinds,
    from: Ranged,
    to: Ranged,
    /// Words 1 and 2.
    payee: PointVar,
    token: Ranged,
    amount: Ranged,
    fee_code: Ranged,
    fee: FpVar<Fr>,
}

impl FullFields {
    /// Hints them, each within its width.
    fn new(cs: &Cs, known: Known<'_>) -> Result<Self> {
        let kinds = group(cs, "kind", || Kinds::new(cs, known))?;
        let from = sender_index(cs, known)?;
        let to = recipient_index(cs, known)?;
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
            let value = Hint(known.map(|slot| token_and_amount(slot.operation.as_ref())));
            let token = Ranged::new(cs, 16, value.map(|(token, _)| token))?;
            Ok((
                token,
                Ranged::new(cs, 128, value.map(|(_, amount)| amount))?,
            ))
        })?;
        let (fee_code, fee) = fee(cs, known)?;
        Ok(Self {
            kinds,
            from,
            to,
            payee,
            token,
            amount,
            fee_code,
            fee,
        })
    }

    /// Word 0.
    fn head(&self, cs: &Cs, nonce: &FpVar<Fr>) -> FpVar<Fr> {
        let fields = [
            (power_of_two(full_record_shift::KIND), &self.kinds.code),
            (power_of_two(full_record_shift::FROM), &self.from.value),
            (power_of_two(full_record_shift::TO), &self.to.value),
            (power_of_two(full_record_shift::TOKEN), &self.token.value),
            (power_of_two(full_record_shift::NONCE), nonce),
            (power_of_two(full_record_shift::AMOUNT), &self.amount.value),
            (power_of_two(full_record_shift::LAST), &self.fee_code.value),
        ];
        linear(cs, &fields, Fr::zero())
    }

    /// What a kind does not use is zero, so that an operation has one record.
    fn unused_is_zero(&self, cs: &Cs, nonce: &FpVar<Fr>) -> Result<()> {
        let (one, zero, kinds) = (Fr::one(), FpVar::zero(), &self.kinds);
        let no_sender = linear(cs, &[(-one, &kinds.has_sender)], one);
        let no_recipient = linear(cs, &[(-one, &kinds.has_recipient)], one);
        group(cs, "sender", || {
            let terms = [
                (one, &self.from.value),
                (one, nonce),
                (one, &self.fee_code.value),
            ];
            enforce_product(cs, &no_sender, &linear(cs, &terms, Fr::zero()), &zero)
        })?;
        group(cs, "recipient", || {
            enforce_product(cs, &no_recipient, &self.to.value, &zero)
        })?;
        group(cs, "noop", || {
            let terms = [(one, &self.token.value), (one, &self.amount.value)];
            enforce_product(cs, &kinds.is_noop, &linear(cs, &terms, Fr::zero()), &zero)?;
            enforce_product(cs, &kinds.is_noop, &self.payee.x, &zero)
        })?;
        // Neither a withdrawal nor padding has a second payee word.
        group(cs, "payee-y", || {
            enforce_product(cs, &no_recipient, &self.payee.y, &zero)
        })
    }
}

/// A full slot: any operation, or padding.
///
/// # Errors
/// Those of synthesis.
pub fn full_slot(
    cs: &Cs,
    conditions: &Conditions,
    carry: &mut Carry,
    known: Known<'_>,
) -> Result<FullSlot> {
    let fields = FullFields::new(cs, known)?;
    let kinds = &fields.kinds;
    let paid_out = group(cs, "paid-out", || {
        product(cs, &kinds.has_sender, &fields.amount.value)
    })?;
    let paid = Debit {
        active: &kinds.has_sender,
        kind: &kinds.code,
        from: &fields.from,
        token: &fields.token,
        amount: &paid_out,
        fee_code: &fields.fee_code.value,
        fee: &fields.fee,
        to: &fields.payee,
    };
    let nonce = group(cs, "sender", || {
        debit(cs, conditions, carry, &paid, debit_witness(known))
    })?;
    group(cs, "charge", || {
        charge(cs, conditions, carry, &fields.token.value, &fields.fee)
    })?;

    let exists = group(cs, "exists", || {
        recipient_exists(cs, kinds, &fields.to, &fields.payee, known)
    })?;
    let credited = Credit {
        active: &kinds.has_recipient,
        exists: &exists,
        to: &fields.to,
        owner: &fields.payee,
        token: &fields.token.value,
        amount: &fields.amount.value,
    };
    let access = known.map(|slot| &slot.recipient);
    group(cs, "recipient", || credit(cs, carry, &credited, access))?;
    group(cs, "unused-is-zero", || fields.unused_is_zero(cs, &nonce))?;

    let head = fields.head(cs, &nonce);
    let FullFields { kinds, payee, .. } = fields;
    let zero = FpVar::zero;
    Ok(FullSlot {
        words: [head, payee.x, payee.y, zero(), zero(), zero()],
        is_from_l1: kinds.deposit,
    })
}

fn token_and_amount(operation: Option<&Operation>) -> (u128, u128) {
    let (token, amount) = match operation {
        None => return (0, 0),
        Some(Operation::Deposit { deposit, .. }) => (deposit.token, deposit.amount),
        Some(Operation::Forced { order, .. }) => (order.token, order.amount),
        Some(
            Operation::Transfer { order: signed, .. } | Operation::Withdrawal { order: signed },
        ) => (signed.order.token, signed.order.amount),
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
        enforce_product(cs, &created, &no_recipient, &FpVar::zero())
    })?;
    group(cs, "not-index-0", || {
        enforce_nonzero(
            cs,
            &linear(cs, &[(one, &to.value), (one, &no_recipient)], Fr::zero()),
        )
    })?;
    group(cs, "owner-on-curve", || {
        let residual = owner.curve_residual(cs)?;
        enforce_product(cs, &created, &residual, &FpVar::zero())
    })?;
    Ok(linear(
        cs,
        &[(one, &kinds.has_recipient), (minus, &created)],
        Fr::zero(),
    ))
}
