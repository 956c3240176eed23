//! The wires' values, slot by slot on several threads (`docs/design/witness.md`).
//!
//! A slot meets the others only at the top of the tree and in what the fee slots collect. What it
//! does with the top depends on the top, but nothing else in it does, and what it collects is added
//! to what was there. So all slots run at once, each in a system of its own that begins with no
//! fees and leaves out what it does with the top. Then the fee slots run with the sums, and what
//! was left out is done in one system, in order. Last, the wires are put in the order of the whole
//! synthesis.
//!
//! All values come from the gadgets' own code: what is here only cuts the circuit into parts.

use std::{mem, ops::Range};

use ark_bn254::Fr;
use ark_ff::{One, Zero};
use ark_r1cs_std::fields::{FieldVar, fp::FpVar};
use ark_relations::gr1cs::SynthesisError;
use rayon::prelude::*;

use super::{BatchCircuit, Header, Parts, bind, count_l1_operations, new_root, pack};
use crate::{
    batch::BatchWitness,
    constraint::{Cs, Result, bit_value, detached::Detached, fault},
    slot::r1cs::{
        full::{FullSlot, full_slot},
        transfer::transfer_slot,
    },
    statement::{PublicInputs, r1cs::PublicInputsVar},
    transition::r1cs::{Carry, Conditions},
    tree::r1cs::{Replacement, TopNodes},
};

/// Room for the wires of a slot.
const SLOT_WIRES: usize = 17_000;

/// Wires of a part of the circuit, and what it tells the other parts.
struct Part<T> {
    wires: Vec<Fr>,
    output: T,
}

/// Computes a part in a system of its own.
fn part<T>(wires: usize, body: impl FnOnce(&Cs) -> Result<T>) -> Result<Part<T>> {
    let cs = Cs::values_only();
    if let Some(mut cs) = cs.ark().borrow_mut() {
        cs.assignments.witness_assignment.reserve(wires);
    }
    let output = body(&cs)?;
    let mut cs = cs.ark().borrow_mut().ok_or(SynthesisError::MissingCS)?;
    let wires = mem::take(&mut cs.assignments.witness_assignment);
    Ok(Part { wires, output })
}

fn detach<'a>(numbers: impl IntoIterator<Item = &'a FpVar<Fr>>) -> Result<Vec<Detached>> {
    numbers.into_iter().map(Detached::of).collect()
}

fn attach(cs: &Cs, numbers: &[Detached]) -> Vec<FpVar<Fr>> {
    numbers.iter().map(|number| number.attach(cs)).collect()
}

/// A [`Header`] and a [`Conditions`], without their system.
struct DetachedConditions {
    number: Detached,
    settler: Detached,
    accounts: Detached,
    domain: Detached,
    timestamp: Detached,
    fee_tokens: Vec<Detached>,
}

impl DetachedConditions {
    fn attach(&self, cs: &Cs) -> Conditions {
        Conditions {
            domain: self.domain.attach(cs),
            timestamp: self.timestamp.attach(cs),
            fee_tokens: attach(cs, &self.fee_tokens),
        }
    }

    fn header(&self, cs: &Cs) -> Header {
        Header {
            number: self.number.attach(cs),
            settler: self.settler.attach(cs),
            accounts: self.accounts.attach(cs),
        }
    }
}

/// What a slot tells the other parts.
struct SlotOutput {
    /// What it does with the top.
    replacements: Vec<Replacement>,
    /// The fees after it.
    fees: Vec<Detached>,
    record: Record,
}

/// What a slot gives to the statement.
enum Record {
    Full {
        words: Vec<Detached>,
        /// [`FullSlot`]'s `used`, `is_from_l1` and `created`.
        flags: [Detached; 3],
    },
    /// Bits, most significant first.
    Transfer(Vec<Detached>),
    /// The words of a fee slot.
    Fee(Vec<Detached>),
}

/// Computes a slot that begins with these fees.
fn slot(
    conditions: &DetachedConditions,
    fees: &[Detached],
    body: impl FnOnce(&Cs, &Conditions, &mut Carry) -> Result<Record>,
) -> Result<Part<SlotOutput>> {
    part(SLOT_WIRES, |cs| {
        let mut carry = Carry {
            top: TopNodes::deferred(),
            fees: attach(cs, fees),
        };
        let record = body(cs, &conditions.attach(cs), &mut carry)?;
        Ok(SlotOutput {
            fees: detach(&carry.fees)?,
            replacements: carry.top.into_replacements(),
            record,
        })
    })
}

impl BatchCircuit {
    /// The values of all wires, as the whole synthesis assigns them: the constant one, the public
    /// inputs, the private wires. Works on rayon's current threads.
    ///
    /// # Errors
    /// [`SynthesisError::AssignmentMissing`] without a witness. A wrong witness is no error.
    pub fn assignment(&self) -> Result<Vec<Fr>> {
        let Some((witness, public)) = &self.known else {
            return Err(SynthesisError::AssignmentMissing);
        };
        if fault::is_watching() {
            return self.synthesised();
        }
        let conditions = part(0, |cs| self.detached_conditions(cs))?;
        let (old_top, slots) = rayon::join(
            || part(0, |cs| self.detached_old_top(cs)),
            || self.slots(witness, &conditions.output),
        );
        let (old_top, slots) = (old_top?, slots?);

        let fees = self.fees_after(&slots);
        let (slots_tops, fee_slots) = rayon::join(
            || Tops::after(&old_top.output.0, &slots),
            || self.fee_slots(&conditions.output, &fees),
        );
        let (slots_tops, fee_slots) = (slots_tops?, fee_slots?);
        let fee_tops = Tops::after(&slots_tops.nodes, &fee_slots)?;
        let new_root = part(0, |cs| {
            Detached::of(&new_root(cs, &TopNodes::attach(cs, &fee_tops.nodes))?)
        })?;
        let roots = [old_top.output.1, new_root.output];
        let statement = part(0, |cs| {
            self.statement(cs, public, &conditions.output, roots, &slots, &fee_slots)
        })?;

        let ends = [Fr::one(), public.c, public.z, public.y];
        let mut pieces: Vec<&[Fr]> = vec![&ends, &conditions.wires, &old_top.wires];
        slots_tops.splice(&slots, &mut pieces);
        fee_tops.splice(&fee_slots, &mut pieces);
        pieces.extend([&new_root.wires[..], &statement.wires]);
        Ok(concatenate(&pieces))
    }

    /// The same by one synthesis of the whole circuit.
    fn synthesised(&self) -> Result<Vec<Fr>> {
        let cs = Cs::values_only();
        self.synthesise(&cs)?;
        let mut values = cs.ark().instance_assignment()?;
        values.extend(cs.ark().witness_assignment()?);
        Ok(values)
    }

    fn detached_conditions(&self, cs: &Cs) -> Result<DetachedConditions> {
        let (header, conditions) = self.conditions(cs)?;
        Ok(DetachedConditions {
            number: Detached::of(&header.number)?,
            settler: Detached::of(&header.settler)?,
            accounts: Detached::of(&header.accounts)?,
            domain: Detached::of(&conditions.domain)?,
            timestamp: Detached::of(&conditions.timestamp)?,
            fee_tokens: detach(&conditions.fee_tokens)?,
        })
    }

    fn detached_old_top(&self, cs: &Cs) -> Result<(Vec<Detached>, Detached)> {
        let (top, root) = self.old_top(cs)?;
        Ok((top.detach()?, Detached::of(&root)?))
    }

    /// Full slots, then transfer slots.
    fn slots(
        &self,
        witness: &BatchWitness,
        conditions: &DetachedConditions,
    ) -> Result<Vec<Part<SlotOutput>>> {
        let nothing = vec![Detached::Constant(Fr::zero()); self.shape.fee_slots()];
        let full = witness.full.par_iter().map(|known| {
            slot(conditions, &nothing, |cs, conditions, carry| {
                // How many leaves are given out is only in rows, which are not made here.
                let slot = full_slot(cs, conditions, carry, &FpVar::zero(), Some(known))?;
                Ok(Record::Full {
                    words: detach(&slot.words)?,
                    flags: [
                        Detached::of(&slot.used)?,
                        Detached::of(&slot.is_from_l1)?,
                        Detached::of(&slot.created)?,
                    ],
                })
            })
        });
        let transfers = witness.transfers.par_iter().map(|known| {
            slot(conditions, &nothing, |cs, conditions, carry| {
                let slot = transfer_slot(cs, conditions, carry, Some(known))?;
                let bits: Vec<_> = slot.record.iter().map(bit_value).collect();
                Ok(Record::Transfer(detach(&bits)?))
            })
        });
        full.chain(transfers).with_max_len(1).collect()
    }

    /// What the fee slots have collected in the end.
    fn fees_after(&self, slots: &[Part<SlotOutput>]) -> Vec<Detached> {
        let sum = |at: usize| {
            let shares = slots.iter().map(|slot| slot.output.fees[at].value());
            Detached::Value(shares.sum())
        };
        (0..self.shape.fee_slots()).map(sum).collect()
    }

    fn fee_slots(
        &self,
        conditions: &DetachedConditions,
        fees: &[Detached],
    ) -> Result<Vec<Part<SlotOutput>>> {
        let fee_slot = |at| {
            slot(conditions, fees, |cs, conditions, carry| {
                let words = self.fee_slot(cs, conditions, carry, at)?;
                Ok(Record::Fee(detach(&words)?))
            })
        };
        (0..self.shape.fee_slots())
            .into_par_iter()
            .with_max_len(1)
            .map(fee_slot)
            .collect()
    }

    /// The order of the full slots, the vector and its binding.
    fn statement(
        &self,
        cs: &Cs,
        public: &PublicInputs,
        conditions: &DetachedConditions,
        roots: [Detached; 2],
        slots: &[Part<SlotOutput>],
        fee_slots: &[Part<SlotOutput>],
    ) -> Result<()> {
        let (mut full, mut bits, mut fee_words) = (Vec::new(), Vec::new(), Vec::new());
        for slot in slots.iter().chain(fee_slots) {
            match &slot.output.record {
                Record::Full { words, flags } => {
                    let words = attach(cs, words).try_into();
                    let [used, is_from_l1, created] = flags.map(|flag| flag.attach(cs));
                    full.push(FullSlot {
                        words: words.map_err(|_| SynthesisError::AssignmentMissing)?,
                        used,
                        is_from_l1,
                        created,
                    });
                }
                Record::Transfer(record) => bits.extend(attach(cs, record)),
                Record::Fee(words) => fee_words.extend(attach(cs, words)),
            }
        }
        let parts = Parts {
            roots: roots.map(|root| root.attach(cs)),
            header: conditions.header(cs),
            l1_operations: count_l1_operations(cs, &full)?,
            full,
            transfer_words: pack(cs, &bits),
            fee_words,
        };
        let words = self.lay_out(cs, &conditions.attach(cs), parts);
        let input = |value| Detached::Value(value).attach(cs);
        let public = PublicInputsVar {
            c: input(public.c),
            z: input(public.z),
            y: input(public.y),
        };
        bind(cs, &words, &public)
    }
}

/// What a row of slots does with the top.
struct Tops {
    wires: Vec<Fr>,
    /// The wires of each replacement.
    replacements: Vec<Range<usize>>,
    /// The nodes after it.
    nodes: Vec<Detached>,
}

impl Tops {
    fn after(nodes: &[Detached], slots: &[Part<SlotOutput>]) -> Result<Self> {
        let run = part(0, |cs| {
            let mut top = TopNodes::attach(cs, nodes);
            let mut ranges = Vec::new();
            for replacement in slots.iter().flat_map(|slot| &slot.output.replacements) {
                let start = cs.ark().num_witness_variables();
                replacement.perform(cs, &mut top)?;
                ranges.push(start..cs.ark().num_witness_variables());
            }
            Ok((ranges, top.detach()?))
        })?;
        let (replacements, nodes) = run.output;
        Ok(Self {
            wires: run.wires,
            replacements,
            nodes,
        })
    }

    /// The wires of the slots in the order of the whole circuit.
    fn splice<'a>(&'a self, slots: &'a [Part<SlotOutput>], pieces: &mut Vec<&'a [Fr]>) {
        let mut replacements = self.replacements.iter();
        for slot in slots {
            let mut start = 0;
            for (replacement, range) in slot.output.replacements.iter().zip(&mut replacements) {
                pieces.push(&slot.wires[start..replacement.at]);
                pieces.push(&self.wires[range.clone()]);
                start = replacement.at;
            }
            pieces.push(&slot.wires[start..]);
        }
    }
}

/// On several threads, because most of the work is the kernel's, which has to find the memory.
fn concatenate(pieces: &[&[Fr]]) -> Vec<Fr> {
    /// Below this many wires, threads cost more than they give.
    const WIRES_PER_TASK: usize = 1 << 13;
    let mut end = 0;
    let ends: Vec<usize> = pieces
        .iter()
        .map(|piece| {
            end += piece.len();
            end
        })
        .collect();
    let start = || (0..0, &[][..]);
    (0..end)
        .into_par_iter()
        .with_min_len(WIRES_PER_TASK)
        .map_init(start, |(range, piece): &mut (Range<usize>, &[Fr]), at| {
            if !range.contains(&at) {
                let index = ends.partition_point(|end| *end <= at);
                *piece = pieces[index];
                *range = ends[index] - piece.len()..ends[index];
            }
            piece[at - range.start]
        })
        .collect()
}
