//! The circuit of an exit: a leaf under a root, and a signature of its owner. `docs/design/circuit.md`
//! counts it.

use ark_bn254::Fr;
use ark_ff::{One, Zero};
use ark_r1cs_std::{alloc::AllocVar, boolean::Boolean, fields::fp::FpVar};
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef};

use super::{EscapeWitness, Exit, ExitStatement};
use crate::{
    account::{Account, r1cs::leaf},
    babyjubjub::r1cs::PointVar,
    bits::r1cs::Ranged,
    constraint::{Cs, Hint, Result, bit_value, enforce_equal, group, linear, product, witness_bit},
    eddsa::r1cs::{SignatureVar, is_valid},
    order::Kind,
    poseidon,
    tree::r1cs::root_above,
    word::power_of_two,
};

/// The circuit, with a witness or without.
#[derive(Debug, Clone, Default)]
pub struct EscapeCircuit {
    known: Option<(EscapeWitness, ExitStatement)>,
}

/// The public inputs.
struct StatementVar {
    root: FpVar<Fr>,
    domain: FpVar<Fr>,
    packed: FpVar<Fr>,
    destination: FpVar<Fr>,
}

/// A leaf that is not empty, and where it is.
struct LeafVar {
    index: Ranged,
    owner: PointVar,
    token: FpVar<Fr>,
    balance: FpVar<Fr>,
    hash: FpVar<Fr>,
}

impl EscapeCircuit {
    /// The circuit without a witness, for setup.
    #[must_use]
    pub fn blank() -> Self {
        Self::default()
    }

    /// The circuit with a witness. What is wrong in it makes the circuit unsatisfied.
    #[must_use]
    pub fn new(witness: EscapeWitness) -> Self {
        Self {
            known: Some((witness, witness.statement())),
        }
    }

    fn witness(&self) -> Option<&EscapeWitness> {
        self.known.as_ref().map(|(witness, _)| witness)
    }

    /// All constraints.
    ///
    /// # Errors
    /// Those of synthesis.
    pub fn synthesise(&self, cs: &Cs) -> Result<()> {
        let statement = self.statement(cs)?;
        let leaf = self.leaf(cs)?;
        group(cs, "packed", || self.bind_packed(cs, &statement, &leaf))?;
        let proof = self.witness().map(|witness| &witness.proof);
        let root = group(cs, "path", || {
            root_above(cs, &leaf.index.bits, proof, &leaf.hash)
        })?;
        group(cs, "root", || enforce_equal(cs, &root, &statement.root))?;
        let valid = self.signature_is_valid(cs, &statement, &leaf.owner)?;
        group(cs, "authorised", || {
            enforce_equal(cs, &bit_value(&valid), &FpVar::Constant(Fr::one()))
        })
    }

    fn statement(&self, cs: &Cs) -> Result<StatementVar> {
        let input = |at: usize| {
            let known = Hint(self.known.as_ref().map(|(_, statement)| statement));
            FpVar::new_input(cs.ark().clone(), || Ok(known.get()?.public_inputs()[at]))
        };
        Ok(StatementVar {
            root: input(0)?,
            domain: input(1)?,
            packed: input(2)?,
            destination: input(3)?,
        })
    }

    fn leaf(&self, cs: &Cs) -> Result<LeafVar> {
        let number = |of: fn(&EscapeWitness) -> u128| Hint(self.witness().map(of));
        let ranged = |name, width, number| group(cs, name, || Ranged::new(cs, width, number));
        let index = ranged("index", 24, number(|w| w.signed.order.from.get().into()))?;
        let nonce = ranged("nonce", 32, number(|w| w.account.nonce.into()))?.value;
        let token = ranged("token", 16, number(|w| w.account.token.0.into()))?.value;
        // A balance is below 2^128 in every state that was proved; with the range the statement
        // has one reading whatever the root is of.
        let balance = ranged("balance", 128, number(|w| w.account.balance.0))?.value;
        let account = Hint(self.witness().map(|witness| &witness.account));
        let owner = PointVar::new(cs, || account.get().map(|Account { owner, .. }| *owner))?;
        let hash = group(cs, "leaf", || leaf(cs, &owner, &balance, &nonce, &token))?;
        Ok(LeafVar {
            index,
            owner,
            token,
            balance,
            hash,
        })
    }

    /// The packed word is of an escape with the leaf's token and balance, or of a redirect with
    /// neither, and names the leaf's place.
    fn bind_packed(&self, cs: &Cs, statement: &StatementVar, leaf: &LeafVar) -> Result<()> {
        let is_redirect = |w: &EscapeWitness| matches!(w.signed.order.exit, Exit::Claim(_));
        let is_redirect = Hint(self.witness().map(is_redirect));
        let is_redirect = bit_value(&group(cs, "kind", || {
            witness_bit(cs, || is_redirect.get())
        })?);
        let is_escape = linear(cs, &[(-Fr::one(), &is_redirect)], Fr::one());
        let holdings = [
            (power_of_two(176), &leaf.token),
            (power_of_two(48), &leaf.balance),
        ];
        let taken = group(cs, "taken", || {
            product(cs, &is_escape, &linear(cs, &holdings, Fr::zero()))
        })?;
        let escape = Fr::from(Kind::Escape as u8) * power_of_two(248);
        let redirect = Fr::from(Kind::Redirect as u8) * power_of_two(248);
        let terms = [
            (redirect - escape, &is_redirect),
            (power_of_two(224), &leaf.index.value),
            (Fr::one(), &taken),
        ];
        enforce_equal(cs, &linear(cs, &terms, escape), &statement.packed)
    }

    fn signature_is_valid(
        &self,
        cs: &Cs,
        statement: &StatementVar,
        owner: &PointVar,
    ) -> Result<Boolean<Fr>> {
        let StatementVar {
            domain,
            packed,
            destination,
            ..
        } = statement;
        let message = group(cs, "message", || {
            let zero = FpVar::Constant(Fr::zero());
            let words = [domain.clone(), packed.clone(), destination.clone(), zero];
            poseidon::r1cs::hash(cs, &words)
        })?;
        group(cs, "signature", || {
            let known = Hint(self.witness().map(|witness| witness.signed.signature));
            let signature = SignatureVar::new(cs, || known.get())?;
            is_valid(cs, owner, &signature, &message)
        })
    }
}

impl ConstraintSynthesizer<Fr> for EscapeCircuit {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<()> {
        self.synthesise(&cs.into())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
