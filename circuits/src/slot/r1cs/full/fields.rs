//! The fields of a full record.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, One, PrimeField, Zero};
use ark_r1cs_std::fields::{FieldVar, fp::FpVar};

use super::super::hints::{Known, fee, recipient_index};
use crate::{
    babyjubjub::{Point, r1cs::PointVar},
    bits::r1cs::Ranged,
    constraint::{
        Cs, Hint, Result, bit_value, enforce_product, group, linear, product, witness, witness_bit,
    },
    eddsa::Signature,
    operation::{Operation, full_record_shift as shift},
    order::Kind,
    shape::Shape,
    slot::SlotWitness,
    word::power_of_two,
};

/// What an honest prover says of a record.
#[derive(Clone, Copy)]
pub(super) struct RecordHints {
    kind: Kind,
    refused: bool,
    from: u32,
    token: u16,
    nonce: u32,
    amount: u128,
    fee_code: u16,
    last: u16,
    /// `to.x` and `to.y` of the message, or a deposit's owner.
    payee: (Fr, Fr),
    r8: Point,
    s: Fr,
}

impl RecordHints {
    const PADDING: Self = Self {
        kind: Kind::Noop,
        refused: false,
        from: 0,
        token: 0,
        nonce: 0,
        amount: 0,
        fee_code: 0,
        last: 0,
        payee: (Fr::ZERO, Fr::ZERO),
        r8: Signature::ABSENT.r8,
        s: Fr::ZERO,
    };

    pub(super) fn of(slot: &SlotWitness) -> Self {
        let Some(operation) = &slot.operation else {
            return Self::PADDING;
        };
        let kind = operation.kind();
        match operation {
            Operation::Transfer { order: signed, .. } | Operation::Withdrawal { order: signed } => {
                Self {
                    kind,
                    from: signed.order.from.get(),
                    token: signed.order.token.0,
                    nonce: signed.order.nonce,
                    amount: signed.order.amount.0,
                    fee_code: signed.order.fee.code(),
                    payee: signed.order.to.words(),
                    r8: signed.signature.r8,
                    s: Fr::from_bigint(signed.signature.s).unwrap_or_default(),
                    ..Self::PADDING
                }
            }
            Operation::Deposit { deposit, to } => Self {
                kind,
                refused: to.is_none(),
                token: deposit.token.0,
                amount: deposit.amount.0,
                payee: (deposit.owner.x, deposit.owner.y),
                ..Self::PADDING
            },
            Operation::Forced { order, paid } => Self {
                kind,
                refused: paid.is_none(),
                from: order.from.map_or(0, |from| from.get()),
                token: order.token.0,
                nonce: order.nonce,
                amount: order.amount.0,
                fee_code: 0,
                last: order.last,
                payee: order.signed_payee().words(),
                r8: order.r8,
                s: order.s,
            },
        }
    }
}

/// The kind of a record and what became of it: numbers that are 0 or 1, of the kinds at most one.
pub(super) struct Kinds {
    pub(super) transfer: FpVar<Fr>,
    pub(super) withdrawal: FpVar<Fr>,
    pub(super) deposit: FpVar<Fr>,
    pub(super) forced_transfer: FpVar<Fr>,
    pub(super) forced_withdrawal: FpVar<Fr>,
    /// Code of the kind.
    pub(super) code: FpVar<Fr>,
    /// Any kind but padding.
    pub(super) used: FpVar<Fr>,
    /// Of the layer 1's queue and not executed.
    pub(super) refused: FpVar<Fr>,
    /// A deposit that is not executed.
    pub(super) bounced: FpVar<Fr>,
    /// A forced transfer that is not executed.
    pub(super) unpaid: FpVar<Fr>,
}

impl Kinds {
    fn new(cs: &Cs, hints: Hint<RecordHints>) -> Result<Self> {
        let of_l1 = [Kind::Deposit, Kind::ForcedTransfer, Kind::ForcedWithdrawal];
        let flag = |kind: Kind| -> Result<FpVar<Fr>> {
            let bit = witness_bit(cs, || Ok(hints.get()?.kind == kind))?;
            Ok(bit_value(&bit))
        };
        let [transfer, withdrawal] = [flag(Kind::Transfer)?, flag(Kind::Withdrawal)?];
        let [deposit, forced_transfer, forced_withdrawal] =
            [flag(of_l1[0])?, flag(of_l1[1])?, flag(of_l1[2])?];
        let kinds = [
            &transfer,
            &withdrawal,
            &deposit,
            &forced_transfer,
            &forced_withdrawal,
        ];
        let sum = |flags: &[&FpVar<Fr>]| {
            let terms: Vec<_> = flags.iter().map(|flag| (Fr::one(), *flag)).collect();
            linear(cs, &terms, Fr::zero())
        };
        let used = sum(&kinds);
        enforce_product(cs, &used, &used, &used)?;
        let codes: Vec<_> = (1u8..).map(Fr::from).zip(kinds).collect();
        let code = linear(cs, &codes, Fr::zero());

        let refused = bit_value(&witness_bit(cs, || Ok(hints.get()?.refused))?);
        let from_l1 = sum(&kinds[2..]);
        let elsewhere = linear(cs, &[(-Fr::one(), &from_l1)], Fr::one());
        group(cs, "status", || {
            enforce_product(cs, &refused, &elsewhere, &FpVar::zero())
        })?;
        let bounced = product(cs, &deposit, &refused)?;
        let unpaid = product(cs, &forced_transfer, &refused)?;
        Ok(Self {
            transfer,
            withdrawal,
            deposit,
            forced_transfer,
            forced_withdrawal,
            code,
            used,
            refused,
            bounced,
            unpaid,
        })
    }

    /// A sum of flags, each with its sign.
    pub(super) fn sum<const N: usize>(cs: &Cs, flags: [(bool, &FpVar<Fr>); N]) -> FpVar<Fr> {
        let terms = flags.map(|(plus, flag)| (if plus { Fr::one() } else { -Fr::one() }, flag));
        linear(cs, &terms, Fr::zero())
    }

    /// An order that a user gave to the operator.
    pub(super) fn signed(&self, cs: &Cs) -> FpVar<Fr> {
        Self::sum(cs, [(true, &self.transfer), (true, &self.withdrawal)])
    }

    /// An order of the layer 1's queue.
    pub(super) fn forced(&self, cs: &Cs) -> FpVar<Fr> {
        Self::sum(
            cs,
            [
                (true, &self.forced_transfer),
                (true, &self.forced_withdrawal),
            ],
        )
    }

    /// An operation of the layer 1's queue.
    pub(super) fn queued(&self, cs: &Cs) -> FpVar<Fr> {
        Self::sum(cs, [(true, &self.deposit), (true, &self.forced(cs))])
    }

    /// An operation that takes from its sender. Only one of the layer 1's queue is refused, and of
    /// those a deposit has none.
    pub(super) fn debits(&self, cs: &Cs) -> FpVar<Fr> {
        let (signed, forced) = (self.signed(cs), self.forced(cs));
        let flags = [
            (true, &signed),
            (true, &forced),
            (false, &self.refused),
            (true, &self.bounced),
        ];
        Self::sum(cs, flags)
    }

    /// An operation that credits an account, and may make it.
    pub(super) fn credits_owner(&self, cs: &Cs) -> FpVar<Fr> {
        let flags = [
            (true, &self.transfer),
            (true, &self.deposit),
            (false, &self.bounced),
        ];
        Self::sum(cs, flags)
    }

    /// An operation that credits an account.
    pub(super) fn credits(&self, cs: &Cs) -> FpVar<Fr> {
        let owner = self.credits_owner(cs);
        let flags = [
            (true, &owner),
            (true, &self.forced_transfer),
            (false, &self.unpaid),
        ];
        Self::sum(cs, flags)
    }
}

/// The fields of a full record, each within its width.
pub(super) struct Fields {
    pub(super) kinds: Kinds,
    pub(super) from: Ranged,
    pub(super) to: Ranged,
    pub(super) token: FpVar<Fr>,
    pub(super) nonce: FpVar<Fr>,
    pub(super) amount: FpVar<Fr>,
    pub(super) fee_code: FpVar<Fr>,
    pub(super) fee: FpVar<Fr>,
    pub(super) last: FpVar<Fr>,
    /// The payee's words, as signed; of a deposit its owner.
    pub(super) payee: PointVar,
    pub(super) r8: PointVar,
    pub(super) s: FpVar<Fr>,
}

impl Fields {
    /// Hints them.
    pub(super) fn new(cs: &Cs, known: Known<'_>) -> Result<Self> {
        let hints = Hint(known.map(RecordHints::of));
        let kinds = group(cs, "kind", || Kinds::new(cs, hints))?;
        let ranged = |name, width, field: fn(RecordHints) -> u128| {
            group(cs, name, || Ranged::new(cs, width, hints.map(field)))
        };
        let word = |of: fn(RecordHints) -> Fr| witness(cs, || hints.map(of).get());
        let from = ranged("from", 24, |hints| hints.from.into())?;
        let to = recipient_index(cs, known)?;
        let token = ranged("token", 16, |hints| hints.token.into())?;
        let nonce = ranged("nonce", 32, |hints| hints.nonce.into())?;
        let amount = ranged("amount", 128, |hints| hints.amount)?;
        let (fee_code, fee) = fee(cs, hints.map(|hints| hints.fee_code.into()))?;
        let last = ranged("last", 16, |hints| hints.last.into())?;
        let payee = group(cs, "payee", || {
            Ok(PointVar {
                x: word(|hints| hints.payee.0)?,
                y: word(|hints| hints.payee.1)?,
            })
        })?;
        let (r8, s) = group(cs, "signature", || {
            let r8 = PointVar {
                x: word(|hints| hints.r8.x)?,
                y: word(|hints| hints.r8.y)?,
            };
            Ok((r8, word(|hints| hints.s)?))
        })?;
        Ok(Self {
            kinds,
            from,
            to,
            token: token.value,
            nonce: nonce.value,
            amount: amount.value,
            fee_code: fee_code.value,
            fee,
            last: last.value,
            payee,
            r8,
            s,
        })
    }

    /// What a kind does not use is zero, so that an operation has one record.
    pub(super) fn unused_is_zero(&self, cs: &Cs) -> Result<()> {
        let (zero, kinds) = (FpVar::zero(), &self.kinds);
        let without = |flag: &FpVar<Fr>| linear(cs, &[(-Fr::one(), flag)], Fr::one());
        let (signed, forced) = (kinds.signed(cs), kinds.forced(cs));
        let sender = Kinds::sum(cs, [(true, &signed), (true, &forced)]);
        let names_account = Kinds::sum(
            cs,
            [
                (true, &kinds.credits_owner(cs)),
                (true, &kinds.forced_transfer),
            ],
        );
        let names_owner = Kinds::sum(cs, [(true, &names_account), (true, &kinds.bounced)]);
        group(cs, "sender", || {
            let both = [(Fr::one(), &self.from.value), (Fr::one(), &self.nonce)];
            let both = linear(cs, &both, Fr::zero());
            enforce_product(cs, &without(&sender), &both, &zero)
        })?;
        group(cs, "fee", || {
            enforce_product(cs, &without(&signed), &self.fee_code, &zero)
        })?;
        group(cs, "last", || {
            enforce_product(cs, &without(&forced), &self.last, &zero)
        })?;
        group(cs, "recipient", || {
            enforce_product(cs, &without(&names_account), &self.to.value, &zero)
        })?;
        group(cs, "padding", || {
            let unused = without(&kinds.used);
            let both = [(Fr::one(), &self.token), (Fr::one(), &self.amount)];
            enforce_product(cs, &unused, &linear(cs, &both, Fr::zero()), &zero)?;
            enforce_product(cs, &unused, &self.payee.x, &zero)
        })?;
        // Neither a withdrawal nor padding has a second payee word.
        group(cs, "payee-y", || {
            enforce_product(cs, &without(&names_owner), &self.payee.y, &zero)
        })
    }

    /// The six words, of an operation that pays so much.
    pub(super) fn words(
        &self,
        cs: &Cs,
        paid: &FpVar<Fr>,
    ) -> Result<[FpVar<Fr>; Shape::FULL_RECORD_WORDS]> {
        let head = [
            (power_of_two(shift::KIND), &self.kinds.code),
            (power_of_two(shift::STATUS), &self.kinds.refused),
            (power_of_two(shift::FROM), &self.from.value),
            (power_of_two(shift::TO), &self.to.value),
            (power_of_two(shift::TOKEN), &self.token),
            (power_of_two(shift::NONCE), &self.nonce),
            (power_of_two(shift::AMOUNT), &self.amount),
            // One of the two is zero.
            (power_of_two(shift::LAST), &self.fee_code),
            (power_of_two(shift::LAST), &self.last),
        ];
        let head = linear(cs, &head, Fr::zero());
        let forced = self.kinds.forced(cs);
        let paid = product(cs, &self.kinds.forced_withdrawal, paid)?;
        let second = linear(
            cs,
            &[(Fr::one(), &self.payee.y), (Fr::one(), &paid)],
            Fr::zero(),
        );
        Ok([
            head,
            self.payee.x.clone(),
            second,
            product(cs, &forced, &self.r8.x)?,
            product(cs, &forced, &self.r8.y)?,
            product(cs, &forced, &self.s)?,
        ])
    }
}
