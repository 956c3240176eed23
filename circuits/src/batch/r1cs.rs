//! The circuit of a batch. `docs/design/circuit.md` explains it and counts it.

mod assignment;

use std::sync::Arc;

use ark_bn254::Fr;
use ark_ff::{One, Zero};
use ark_r1cs_std::{
    alloc::AllocVar,
    fields::{FieldVar, fp::FpVar},
};
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef};

use super::BatchWitness;
use crate::{
    bits::r1cs::Ranged,
    constraint::{Cs, Hint, Result, bit_value, enforce_product, group, linear, witness},
    shape::Shape,
    slot::r1cs::{
        full::{FullSlot, full_slot},
        transfer::transfer_slot,
    },
    statement::{PublicInputs, r1cs::PublicInputsVar, r1cs::bind},
    transition::r1cs::{Carry, Conditions, settle},
    tree::r1cs::TopNodes,
    word::power_of_two,
};

/// The circuit of a shape, with the witness of a batch or without.
#[derive(Debug, Clone)]
pub struct BatchCircuit {
    shape: Shape,
    known: Option<(Arc<BatchWitness>, PublicInputs)>,
}

/// A witness whose sections are not as long as its shape says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the witness does not have the slots of shape {0}")]
pub struct MisshapenWitness(pub Shape);

impl BatchCircuit {
    /// The circuit without a witness, for setup.
    #[must_use]
    pub fn blank(shape: Shape) -> Self {
        Self { shape, known: None }
    }

    /// The circuit with the witness of a batch. The witness may come from anywhere: what is wrong
    /// in it makes the circuit unsatisfied.
    ///
    /// # Errors
    /// [`MisshapenWitness`].
    pub fn new(witness: Arc<BatchWitness>) -> std::result::Result<Self, MisshapenWitness> {
        let shape = witness.shape;
        let fits = witness.full.len() == shape.full_records()
            && witness.transfers.len() == shape.transfers()
            && witness.fees.len() == shape.fee_slots()
            && witness.fee_slots.len() <= shape.fee_slots()
            && witness.top_nodes().is_some();
        if !fits {
            return Err(MisshapenWitness(shape));
        }
        let public = witness.statement().public_inputs();
        Ok(Self {
            shape,
            known: Some((witness, public)),
        })
    }

    /// The public inputs, where there is a witness.
    #[must_use]
    pub fn public_inputs(&self) -> Option<PublicInputs> {
        self.known.as_ref().map(|(_, public)| *public)
    }

    fn witness(&self) -> Option<&BatchWitness> {
        self.known.as_ref().map(|(witness, _)| &**witness)
    }

    fn public_variables(&self, cs: &Cs) -> Result<PublicInputsVar> {
        let input = |value: fn(&PublicInputs) -> Fr| {
            let known = Hint(self.public_inputs());
            FpVar::new_input(cs.ark().clone(), || {
                known.get().map(|public| value(&public))
            })
        };
        Ok(PublicInputsVar {
            c: input(|public| public.c)?,
            z: input(|public| public.z)?,
            y: input(|public| public.y)?,
        })
    }

    /// What the header says of itself, and what it holds every slot to.
    fn conditions(&self, cs: &Cs) -> Result<(Header, Conditions)> {
        let known = self.witness();
        let number = witness(cs, || Hint(known).get().map(|w| Fr::from(w.number.0)))?;
        let domain = witness(cs, || Hint(known).get().map(|w| w.domain.0))?;
        let header = Header {
            number,
            settler: witness(cs, || Hint(known).get().map(|w| w.settler.word()))?,
            accounts: witness(cs, || {
                Hint(known).get().map(|w| Fr::from(w.accounts_before))
            })?,
        };
        let timestamp = group(cs, "timestamp", || {
            Ranged::new(cs, 32, Hint(known.map(|w| u128::from(w.timestamp))))
        })?;
        let fee_tokens = group(cs, "fee-tokens", || {
            let token = |slot: usize| {
                let token = known.map(|w| w.fee_slots.get(slot).map_or(0, |s| s.token.0.into()));
                Ok(Ranged::new(cs, 16, Hint(token))?.value)
            };
            (0..self.shape.fee_slots())
                .map(token)
                .collect::<Result<Vec<_>>>()
        })?;
        Ok((
            header,
            Conditions {
                domain,
                timestamp: timestamp.value,
                fee_tokens,
            },
        ))
    }

    /// The full slots, the first of which finds so many leaves given out.
    fn full_section(
        &self,
        cs: &Cs,
        conditions: &Conditions,
        carry: &mut Carry,
        accounts: &FpVar<Fr>,
    ) -> Result<Vec<FullSlot>> {
        let mut accounts = accounts.clone();
        let mut slots: Vec<FullSlot> = Vec::new();
        for at in 0..self.shape.full_records() {
            let known = self.witness().map(|witness| &witness.full[at]);
            let slot = group(cs, "full", || {
                full_slot(cs, conditions, carry, &accounts, known)
            })?;
            let terms = [(Fr::one(), &accounts), (Fr::one(), &slot.created)];
            accounts = linear(cs, &terms, Fr::zero());
            slots.push(slot);
        }
        let used: Vec<_> = slots.iter().map(|slot| &slot.used).collect();
        group(cs, "unused-last", || in_front(cs, &used))?;
        Ok(slots)
    }

    /// The transfer slots; returns the words of their records.
    fn transfer_section(
        &self,
        cs: &Cs,
        conditions: &Conditions,
        carry: &mut Carry,
    ) -> Result<Vec<FpVar<Fr>>> {
        let (mut bits, mut used) = (Vec::new(), Vec::new());
        for at in 0..self.shape.transfers() {
            let known = self.witness().map(|witness| &witness.transfers[at]);
            let slot = group(cs, "transfer", || {
                transfer_slot(cs, conditions, carry, known)
            })?;
            bits.extend(slot.record.iter().map(bit_value));
            used.push(slot.used);
        }
        let used: Vec<_> = used.iter().collect();
        group(cs, "unused-last", || in_front(cs, &used))?;
        Ok(pack(cs, &bits))
    }

    /// The fee slots; returns their words.
    fn fee_section(
        &self,
        cs: &Cs,
        conditions: &Conditions,
        carry: &mut Carry,
    ) -> Result<Vec<FpVar<Fr>>> {
        let mut words = Vec::new();
        for at in 0..self.shape.fee_slots() {
            words.extend(self.fee_slot(cs, conditions, carry, at)?);
        }
        Ok(words)
    }

    fn fee_slot(
        &self,
        cs: &Cs,
        conditions: &Conditions,
        carry: &mut Carry,
        at: usize,
    ) -> Result<[FpVar<Fr>; 2]> {
        let slot = Hint(
            self.witness()
                .map(|witness| witness.fee_slots.get(at).copied()),
        );
        let access = self.witness().map(|witness| &witness.fees[at]);
        let token = &conditions.fee_tokens[at];
        let collected = carry.fees[at].clone();
        let index = group(cs, "fee-slot", || {
            settle(cs, carry, token, &collected, slot, access)
        })?;
        Ok([token.clone(), index])
    }
}

/// Bits of transfer records, most significant first, as words, the last of them filled up with zeros.
fn pack(cs: &Cs, bits: &[FpVar<Fr>]) -> Vec<FpVar<Fr>> {
    let width = 8 * Shape::BYTES_PER_WORD;
    let word = |bits: &[FpVar<Fr>]| {
        let terms: Vec<_> = bits
            .iter()
            .enumerate()
            .map(|(at, bit)| (power_of_two(width - 1 - at), bit))
            .collect();
        linear(cs, &terms, Fr::zero())
    };
    bits.chunks(width).map(word).collect()
}

/// Proves of flags that those which are 1 come first.
fn in_front(cs: &Cs, flags: &[&FpVar<Fr>]) -> Result<()> {
    for pair in flags.windows(2) {
        let clear = linear(cs, &[(-Fr::one(), pair[0])], Fr::one());
        enforce_product(cs, pair[1], &clear, &FpVar::zero())?;
    }
    Ok(())
}

/// Operations of the layer 1 come first; returns how many there are.
fn count_l1_operations(cs: &Cs, slots: &[FullSlot]) -> Result<FpVar<Fr>> {
    let from_l1: Vec<_> = slots.iter().map(|slot| &slot.is_from_l1).collect();
    in_front(cs, &from_l1)?;
    Ok(sum(cs, &from_l1))
}

/// The sum; no constraint.
fn sum(cs: &Cs, numbers: &[&FpVar<Fr>]) -> FpVar<Fr> {
    let terms: Vec<_> = numbers.iter().map(|number| (Fr::one(), *number)).collect();
    linear(cs, &terms, Fr::zero())
}

/// Words of the header that no slot looks at, and how many leaves are given out before the batch.
struct Header {
    number: FpVar<Fr>,
    settler: FpVar<Fr>,
    accounts: FpVar<Fr>,
}

/// What the slots and what stands around them give to the vector.
struct Parts {
    header: Header,
    roots: [FpVar<Fr>; 2],
    l1_operations: FpVar<Fr>,
    full: Vec<FullSlot>,
    transfer_words: Vec<FpVar<Fr>>,
    fee_words: Vec<FpVar<Fr>>,
}

impl BatchCircuit {
    /// All constraints but the binding to the public inputs; returns the vector.
    fn words(&self, cs: &Cs) -> Result<Vec<FpVar<Fr>>> {
        let (header, conditions) = group(cs, "context", || self.conditions(cs))?;
        let (top, old_root) = self.old_top(cs)?;

        let fees = vec![FpVar::zero(); self.shape.fee_slots()];
        let mut carry = Carry { top, fees };
        let full = self.full_section(cs, &conditions, &mut carry, &header.accounts)?;
        let transfer_words = self.transfer_section(cs, &conditions, &mut carry)?;
        let fee_words = self.fee_section(cs, &conditions, &mut carry)?;
        let new_root = new_root(cs, &carry.top)?;
        let l1_operations = group(cs, "l1-first", || count_l1_operations(cs, &full))?;

        let parts = Parts {
            header,
            roots: [old_root, new_root],
            l1_operations,
            full,
            transfer_words,
            fee_words,
        };
        Ok(self.lay_out(cs, &conditions, parts))
    }

    /// The top before the batch, and its root.
    fn old_top(&self, cs: &Cs) -> Result<(TopNodes, FpVar<Fr>)> {
        let top = self.witness().and_then(BatchWitness::top_nodes);
        let top = TopNodes::new(cs, top.as_ref())?;
        let root = group(cs, "old-root", || top.root(cs))?;
        Ok((top, root))
    }

    /// The vector.
    fn lay_out(&self, cs: &Cs, conditions: &Conditions, parts: Parts) -> Vec<FpVar<Fr>> {
        let [old_root, new_root] = parts.roots;
        let Header {
            number,
            settler,
            accounts,
        } = parts.header;
        let mut given_out = vec![&accounts];
        given_out.extend(parts.full.iter().map(|slot| &slot.created));
        let accounts_after = sum(cs, &given_out);
        let mut words = vec![
            old_root,
            new_root,
            conditions.domain.clone(),
            FpVar::Constant(Fr::from(self.shape.id())),
            number,
            conditions.timestamp.clone(),
            parts.l1_operations,
            settler,
            accounts,
            accounts_after,
        ];
        words.extend(parts.fee_words);
        words.extend(parts.full.into_iter().flat_map(|slot| slot.words));
        words.extend(parts.transfer_words);
        words
    }
}

/// The root after the batch.
fn new_root(cs: &Cs, top: &TopNodes) -> Result<FpVar<Fr>> {
    group(cs, "new-root", || top.root(cs))
}

impl BatchCircuit {
    /// All constraints.
    ///
    /// # Errors
    /// Those of synthesis.
    pub fn synthesise(&self, cs: &Cs) -> Result<()> {
        let public = self.public_variables(cs)?;
        let words = self.words(cs)?;
        group(cs, "statement", || bind(cs, &words, &public))
    }
}

impl ConstraintSynthesizer<Fr> for BatchCircuit {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<()> {
        self.synthesise(&cs.into())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
