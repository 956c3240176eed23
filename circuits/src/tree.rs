//! The state tree: arity 4, depth 12, sparse (`docs/spec/state.md`).

pub mod r1cs;

use std::{collections::HashMap, sync::OnceLock};

use ark_bn254::Fr;
use serde::{Deserialize, Serialize};

use crate::{poseidon, word};

/// Children of a node.
pub const ARITY: usize = 4;
/// Levels of edges between root and leaves; 4^12 = 2^24 leaves.
pub const DEPTH: usize = 12;
/// Levels at the top that a batch circuit carries along as nodes instead of hashing them again
/// for every access (`docs/design/circuit.md`).
pub const TOP_LEVELS: usize = 3;
/// Nodes at depth [`TOP_LEVELS`]: 64.
pub const TOP_NODES: usize = ARITY.pow(TOP_LEVELS as u32);
/// Levels of a path that are hashed in the circuit for every access: 9.
pub const PATH_LEVELS: usize = DEPTH - TOP_LEVELS;

/// The nodes beside a path, from the leaf up to the nodes at depth [`TOP_LEVELS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Siblings(pub [SiblingTriple; PATH_LEVELS]);

/// The nodes beside a whole path, leaf to root.
pub type MerkleProof = [SiblingTriple; DEPTH];

/// The three nodes beside one node of a path, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiblingTriple(
    #[serde(with = "word")] pub Fr,
    #[serde(with = "word")] pub Fr,
    #[serde(with = "word")] pub Fr,
);

impl SiblingTriple {
    /// All four children, `node` standing at `position` (0 to 3).
    #[must_use]
    pub fn children_with(&self, position: u32, node: Fr) -> [Fr; ARITY] {
        match position {
            0 => [node, self.0, self.1, self.2],
            1 => [self.0, node, self.1, self.2],
            2 => [self.0, self.1, node, self.2],
            _ => [self.0, self.1, self.2, node],
        }
    }
}

/// A sparse Merkle tree of leaves; what was never set is 0.
#[derive(Debug, Clone, Default)]
pub struct StateTree {
    /// Nodes that differ from the empty subtree's, by height above the leaves (0 = leaves,
    /// [`DEPTH`] = root) and index within the level.
    levels: [HashMap<u32, Fr>; DEPTH + 1],
}

impl StateTree {
    /// The root.
    #[must_use]
    pub fn root(&self) -> Fr {
        self.node(DEPTH, 0)
    }

    /// The leaf at `index`, 0 where there is none.
    #[must_use]
    pub fn leaf(&self, index: u32) -> Fr {
        self.node(0, index)
    }

    /// Sets one leaf and the [`DEPTH`] nodes above it.
    pub fn set(&mut self, index: u32, leaf: Fr) {
        self.levels[0].insert(index, leaf);
        self.rehash(0, &[index]);
    }

    /// Sets many leaves, hashing each node above them once.
    pub fn set_many(&mut self, leaves: impl IntoIterator<Item = (u32, Fr)>) {
        let mut touched = Vec::new();
        for (index, leaf) in leaves {
            self.levels[0].insert(index, leaf);
            touched.push(index);
        }
        touched.sort_unstable();
        self.rehash(0, &touched);
    }

    fn rehash(&mut self, height: usize, touched: &[u32]) {
        use rayon::prelude::*;
        /// Below this many nodes, threads cost more than they give.
        const PARALLEL_FROM: usize = 32;
        if height == DEPTH {
            return;
        }
        let mut parents: Vec<u32> = touched.iter().map(|index| index >> 2).collect();
        parents.dedup();
        let hash = |parent: &u32| {
            let children: [Fr; ARITY] =
                std::array::from_fn(|i| self.node(height, (parent << 2) | i as u32));
            (*parent, poseidon::hash(&children))
        };
        let hashed: Vec<(u32, Fr)> = if parents.len() < PARALLEL_FROM {
            parents.iter().map(hash).collect()
        } else {
            parents.par_iter().map(hash).collect()
        };
        self.levels[height + 1].extend(hashed);
        self.rehash(height + 1, &parents);
    }

    /// The siblings of the path of `index`, up to the nodes at depth [`TOP_LEVELS`].
    #[must_use]
    pub fn siblings(&self, index: u32) -> Siblings {
        Siblings(std::array::from_fn(|height| {
            self.triple(height, index >> (2 * height))
        }))
    }

    /// The siblings of the whole path, leaf to root: a Merkle proof.
    #[must_use]
    pub fn proof(&self, index: u32) -> MerkleProof {
        std::array::from_fn(|height| self.triple(height, index >> (2 * height)))
    }

    /// The nodes at depth [`TOP_LEVELS`], left to right.
    #[must_use]
    pub fn top_nodes(&self) -> [Fr; TOP_NODES] {
        std::array::from_fn(|i| self.node(PATH_LEVELS, i as u32))
    }

    fn triple(&self, height: usize, index: u32) -> SiblingTriple {
        let first = index & !3;
        let mut others = (first..first + 4)
            .filter(|i| *i != index)
            .map(|i| self.node(height, i));
        let mut next = || others.next().expect("a node has three siblings");
        SiblingTriple(next(), next(), next())
    }

    fn node(&self, height: usize, index: u32) -> Fr {
        let stored = self.levels[height].get(&index);
        stored.copied().unwrap_or_else(|| empty_nodes()[height])
    }
}

/// The root that a leaf and its Merkle proof lead to.
#[must_use]
pub fn root_of(index: u32, leaf: Fr, proof: &MerkleProof) -> Fr {
    proof
        .iter()
        .enumerate()
        .fold(leaf, |node, (height, triple)| {
            let position = (index >> (2 * height)) & 3;
            poseidon::hash(&triple.children_with(position, node))
        })
}

/// Roots of empty subtrees by height.
fn empty_nodes() -> &'static [Fr; DEPTH + 1] {
    static NODES: OnceLock<[Fr; DEPTH + 1]> = OnceLock::new();
    NODES.get_or_init(|| {
        let mut nodes = [Fr::from(0u8); DEPTH + 1];
        for height in 0..DEPTH {
            nodes[height + 1] = poseidon::hash(&[nodes[height]; ARITY]);
        }
        nodes
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_by_one_and_many_at_once_agree_and_proofs_lead_to_the_root() {
        let leaves = [
            (1, 7u64),
            (2, 8),
            (5, 9),
            (1 << 23, 10),
            ((1 << 24) - 1, 11),
        ];
        let leaves = leaves.map(|(index, leaf)| (index, Fr::from(leaf)));
        let mut one = StateTree::default();
        for (index, leaf) in leaves {
            one.set(index, leaf);
        }
        let mut many = StateTree::default();
        many.set_many(leaves);
        assert_eq!(one.root(), many.root());
        for (index, leaf) in leaves {
            assert_eq!(root_of(index, leaf, &many.proof(index)), many.root());
        }
        assert_eq!(root_of(3, Fr::from(0u8), &many.proof(3)), many.root());
        one.set_many(leaves.map(|(index, _)| (index, Fr::from(0u8))));
        assert_eq!(one.root(), StateTree::default().root());
    }

    #[test]
    fn top_nodes_hash_to_the_root() {
        let mut tree = StateTree::default();
        tree.set(77, Fr::from(5u8));
        tree.set(1 << 22, Fr::from(6u8));
        let mut nodes = tree.top_nodes().to_vec();
        while nodes.len() > 1 {
            nodes = nodes.chunks(ARITY).map(poseidon::hash).collect();
        }
        assert_eq!(nodes, [tree.root()]);
    }
}
