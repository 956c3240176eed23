//! A leaf that is opened, whatever is there.

use ark_bn254::Fr;
use ark_ff::{One, Zero};
use ark_r1cs_std::fields::fp::FpVar;

use crate::{
    account::{Account, r1cs::leaf},
    babyjubjub::r1cs::PointVar,
    bits::r1cs::{Ranged, is_zero},
    constraint::{
        Cs, Hint, Result, bit_value, difference, group, linear, product, witness, witness_bit,
    },
};

/// The account at a leaf, or nothing. Which of the two the tree proves, as no account's leaf is 0.
pub(super) struct Opened {
    /// 1 where there is an account, else 0.
    pub(super) there: FpVar<Fr>,
    pub(super) owner: PointVar,
    /// Below 2^128 where there is an account: the tree holds no other balance.
    pub(super) balance: FpVar<Fr>,
    pub(super) nonce: FpVar<Fr>,
    pub(super) token: FpVar<Fr>,
}

impl Opened {
    /// Hints the account that is there; where there is none, the one that is made, or anything.
    pub(super) fn new(cs: &Cs, there: Hint<bool>, account: Hint<Option<Account>>) -> Result<Self> {
        let there = group(cs, "there", || witness_bit(cs, || there.get()))?;
        let word = |of: fn(&Account) -> Fr| {
            let value = account.map(|account| account.as_ref().map_or(Fr::zero(), of));
            witness(cs, || value.get())
        };
        let ranged = |name, width, of: fn(&Account) -> u128| {
            let number = account.map(|account| account.as_ref().map_or(0, of));
            group(cs, name, || Ranged::new(cs, width, number))
        };
        Ok(Self {
            there: bit_value(&there),
            owner: PointVar {
                x: word(|account| account.owner.x)?,
                y: word(|account| account.owner.y)?,
            },
            balance: word(|account| Fr::from(account.balance.0))?,
            nonce: ranged("nonce", 32, |account| account.nonce.into())?.value,
            token: ranged("token", 16, |account| account.token.0.into())?.value,
        })
    }

    /// 1 where owner and token are these, else 0.
    pub(super) fn is_of(&self, cs: &Cs, owner: &PointVar, token: &FpVar<Fr>) -> Result<FpVar<Fr>> {
        let pairs = [
            (&self.owner.x, &owner.x),
            (&self.owner.y, &owner.y),
            (&self.token, token),
        ];
        let same = |(own, other)| Ok(bit_value(&is_zero(cs, &difference(cs, own, other))?));
        let same: Vec<FpVar<Fr>> = pairs.into_iter().map(same).collect::<Result<_>>()?;
        let differ: Vec<_> = same.iter().map(|same| (-Fr::one(), same)).collect();
        let differ = linear(cs, &differ, Fr::from(same.len() as u64));
        Ok(bit_value(&is_zero(cs, &differ)?))
    }

    /// The leaf as it is, and as it becomes where `present`.
    pub(super) fn leaves(
        &self,
        cs: &Cs,
        present: &FpVar<Fr>,
        balance: &FpVar<Fr>,
        nonce: &FpVar<Fr>,
    ) -> Result<[FpVar<Fr>; 2]> {
        group(cs, "leaf", || {
            let old = leaf(cs, &self.owner, &self.balance, &self.nonce, &self.token)?;
            let new = leaf(cs, &self.owner, balance, nonce, &self.token)?;
            Ok([product(cs, &self.there, &old)?, product(cs, present, &new)?])
        })
    }
}
