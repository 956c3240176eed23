//! The tree in the circuit: the top is carried along as 64 nodes, the 9 levels below are hashed
//! twice per access, once as they were and once as they become.

use ark_bn254::Fr;
use ark_ff::{One, Zero};
use ark_r1cs_std::{GR1CSVar, boolean::Boolean, fields::fp::FpVar};
use ark_relations::gr1cs::SynthesisError;

use super::{ARITY, MerkleProof, PATH_LEVELS, Siblings, TOP_LEVELS, TOP_NODES};
use crate::{
    constraint::{
        Cs, Result, bit_value, detached::Detached, difference, enforce_equal, enforce_product,
        group, linear, product, witness,
    },
    poseidon,
};

/// The nodes at depth [`TOP_LEVELS`] at one moment of a batch, left to right.
#[derive(Clone)]
pub struct TopNodes {
    nodes: Vec<FpVar<Fr>>,
    /// Where they are not known yet: what is to be done with them.
    deferred: Option<Vec<Replacement>>,
}

/// The replacement of one of the [`TopNodes`], whose values do not depend on how it came about.
#[derive(Clone)]
pub struct Replacement {
    /// Its place: so many witness variables come before it.
    pub at: usize,
    position: Vec<Detached>,
    old: Detached,
    new: Detached,
}

impl Replacement {
    /// Does it.
    ///
    /// # Errors
    /// Those of synthesis.
    pub fn perform(&self, cs: &Cs, top: &mut TopNodes) -> Result<()> {
        let position: Vec<_> = self.position.iter().map(|bit| bit.attach(cs)).collect();
        top.replace_node(cs, &position, &self.old.attach(cs), &self.new.attach(cs))
    }
}

impl TopNodes {
    /// Hints the nodes; they mean something once [`TopNodes::root`] is compared.
    ///
    /// # Errors
    /// Those of synthesis.
    pub fn new(cs: &Cs, nodes: Option<&[Fr; TOP_NODES]>) -> Result<Self> {
        let hint = |i: usize| {
            witness(cs, || {
                nodes
                    .map(|nodes| nodes[i])
                    .ok_or(SynthesisError::AssignmentMissing)
            })
        };
        Ok(Self {
            nodes: (0..TOP_NODES).map(hint).collect::<Result<_>>()?,
            deferred: None,
        })
    }

    /// Nodes that are not known yet, for a system that computes values only.
    #[must_use]
    pub fn deferred() -> Self {
        Self {
            nodes: Vec::new(),
            deferred: Some(Vec::new()),
        }
    }

    /// What was to be done with nodes that were not known, in order.
    #[must_use]
    pub fn into_replacements(self) -> Vec<Replacement> {
        self.deferred.unwrap_or_default()
    }

    /// The nodes' values.
    ///
    /// # Errors
    /// Those of synthesis.
    pub fn detach(&self) -> Result<Vec<Detached>> {
        self.nodes.iter().map(Detached::of).collect()
    }

    /// Nodes of another system, for a system that computes values only.
    #[must_use]
    pub fn attach(cs: &Cs, nodes: &[Detached]) -> Self {
        Self {
            nodes: nodes.iter().map(|node| node.attach(cs)).collect(),
            deferred: None,
        }
    }

    /// The root above them.
    ///
    /// # Errors
    /// Those of synthesis.
    pub fn root(&self, cs: &Cs) -> Result<FpVar<Fr>> {
        let mut nodes = self.nodes.clone();
        while nodes.len() > 1 {
            nodes = nodes
                .chunks(ARITY)
                .map(|nodes| poseidon::r1cs::hash(cs, nodes))
                .collect::<Result<_>>()?;
        }
        Ok(nodes.swap_remove(0))
    }

    /// Replaces the leaf at an index, having proved that it was `old_leaf`: the only way in which
    /// the circuit reads or writes the tree.
    ///
    /// `index_bits` are the 24 bits of the index, little-endian.
    ///
    /// # Errors
    /// Those of synthesis.
    pub fn replace(
        &mut self,
        cs: &Cs,
        index_bits: &[Boolean<Fr>],
        siblings: Option<&Siblings>,
        old_leaf: &FpVar<Fr>,
        new_leaf: &FpVar<Fr>,
    ) -> Result<()> {
        let (path_bits, top_bits) = index_bits.split_at(2 * PATH_LEVELS);
        let (old, new) = group(cs, "path", || {
            let mut nodes = (old_leaf.clone(), new_leaf.clone());
            for (height, position) in path_bits.chunks(2).enumerate() {
                let triple = siblings.map(|siblings| &siblings.0[height]);
                let children = children(cs, position, triple, &nodes.0)?;
                nodes = step(cs, position, &children, &nodes.0, &nodes.1)?;
            }
            Ok(nodes)
        })?;
        let position: Vec<_> = top_bits.iter().map(bit_value).collect();
        if let Some(deferred) = &mut self.deferred {
            deferred.push(Replacement {
                at: cs.ark().num_witness_variables(),
                position: position.iter().map(Detached::of).collect::<Result<_>>()?,
                old: Detached::of(&old)?,
                new: Detached::of(&new)?,
            });
            return Ok(());
        }
        group(cs, "top", || self.replace_node(cs, &position, &old, &new))
    }

    /// Replaces one of the nodes, having proved that it was `old`.
    fn replace_node(
        &mut self,
        cs: &Cs,
        position: &[FpVar<Fr>],
        old: &FpVar<Fr>,
        new: &FpVar<Fr>,
    ) -> Result<()> {
        let (right, choosing) = position.split_first().expect("a top index has 6 bits");
        assert_eq!(position.len(), 2 * TOP_LEVELS, "a top index has 6 bits");

        // What stands at `position`: a tree of choices, the lowest bit first.
        let mut chosen = self.nodes.clone();
        for bit in position {
            let choose = |pair: &[FpVar<Fr>]| -> Result<FpVar<Fr>> {
                let chosen = product(cs, bit, &difference(cs, &pair[1], &pair[0]))?;
                Ok(linear(
                    cs,
                    &[(Fr::one(), &pair[0]), (Fr::one(), &chosen)],
                    Fr::zero(),
                ))
            };
            chosen = chosen.chunks(2).map(choose).collect::<Result<_>>()?;
        }
        enforce_equal(cs, &chosen[0], old)?;

        // The difference, led down to `position`, the highest bit first; elsewhere it is zero.
        let mut shares = vec![difference(cs, new, old)];
        for bit in choosing.iter().rev() {
            let mut split = Vec::with_capacity(2 * shares.len());
            for share in &shares {
                let right = product(cs, bit, share)?;
                split.push(difference(cs, share, &right));
                split.push(right);
            }
            shares = split;
        }
        // The last choice makes fresh variables of all nodes, so that linear combinations do not
        // grow from access to access.
        let left = linear(cs, &[(-Fr::one(), right)], Fr::one());
        for (pair, share) in self.nodes.chunks_mut(2).zip(&shares) {
            for (node, side) in pair.iter_mut().zip([&left, right]) {
                let next = witness(cs, || Ok(node.value()? + side.value()? * share.value()?))?;
                enforce_product(cs, side, share, &difference(cs, &next, node))?;
                *node = next;
            }
        }
        Ok(())
    }
}

/// The root that a leaf leads to at an index whose 24 bits are `index_bits`, little-endian.
///
/// # Errors
/// Those of synthesis.
pub fn root_above(
    cs: &Cs,
    index_bits: &[Boolean<Fr>],
    proof: Option<&MerkleProof>,
    leaf: &FpVar<Fr>,
) -> Result<FpVar<Fr>> {
    let mut node = leaf.clone();
    for (height, position) in index_bits.chunks(2).enumerate() {
        let triple = proof.map(|proof| &proof[height]);
        let children = children(cs, position, triple, &node)?;
        node = poseidon::r1cs::hash(cs, &children)?;
    }
    Ok(node)
}

/// Hints the four children of a path's node and proves that `node` is the one at `position`.
fn children(
    cs: &Cs,
    position: &[Boolean<Fr>],
    siblings: Option<&super::SiblingTriple>,
    node: &FpVar<Fr>,
) -> Result<[FpVar<Fr>; ARITY]> {
    let [low, high] = [&position[0], &position[1]].map(bit_value);
    let values = || -> Result<[Fr; ARITY]> {
        let siblings = siblings.ok_or(SynthesisError::AssignmentMissing)?;
        let position = u32::from(position[0].value()?) + 2 * u32::from(position[1].value()?);
        Ok(siblings.children_with(position, node.value()?))
    };
    let hint = |i: usize| witness(cs, || Ok(values()?[i]));
    let children = [hint(0)?, hint(1)?, hint(2)?, hint(3)?];
    let even = product(cs, &low, &difference(cs, &children[1], &children[0]))?;
    let even = linear(
        cs,
        &[(Fr::one(), &even), (Fr::one(), &children[0])],
        Fr::zero(),
    );
    let odd = product(cs, &low, &difference(cs, &children[3], &children[2]))?;
    let odd = linear(
        cs,
        &[(Fr::one(), &odd), (Fr::one(), &children[2])],
        Fr::zero(),
    );
    enforce_product(
        cs,
        &high,
        &difference(cs, &odd, &even),
        &difference(cs, node, &even),
    )?;
    Ok(children)
}

/// The parents of the old and the new node.
fn step(
    cs: &Cs,
    position: &[Boolean<Fr>],
    children: &[FpVar<Fr>; ARITY],
    old: &FpVar<Fr>,
    new: &FpVar<Fr>,
) -> Result<(FpVar<Fr>, FpVar<Fr>)> {
    let [low, high] = [&position[0], &position[1]].map(bit_value);
    let (one, minus) = (Fr::one(), -Fr::one());
    let difference = difference(cs, new, old);
    // The difference where the low bit is set, where the high bit is, and where both are.
    let at_low = product(cs, &low, &difference)?;
    let at_high = product(cs, &high, &difference)?;
    let at_both = product(cs, &high, &at_low)?;
    let [c0, c1, c2, c3] = children;
    let replaced = [
        linear(
            cs,
            &[
                (one, c0),
                (one, &difference),
                (minus, &at_low),
                (minus, &at_high),
                (one, &at_both),
            ],
            Fr::zero(),
        ),
        linear(
            cs,
            &[(one, c1), (one, &at_low), (minus, &at_both)],
            Fr::zero(),
        ),
        linear(
            cs,
            &[(one, c2), (one, &at_high), (minus, &at_both)],
            Fr::zero(),
        ),
        linear(cs, &[(one, c3), (one, &at_both)], Fr::zero()),
    ];
    Ok((
        poseidon::r1cs::hash(cs, children)?,
        poseidon::r1cs::hash(cs, &replaced)?,
    ))
}
