//! A leaf of the state tree and the path from it to the root.

use ark_bn254::Fr;
use assay_circuits::{
    account::Account,
    quantity::{AccountIndex, BatchNumber},
    tree::{SiblingTriple, StateTree},
};

/// What the root after a batch says of an account.
#[derive(Debug, Clone)]
pub(crate) struct LeafProof {
    /// The batch after which it holds.
    pub(crate) batch: BatchNumber,
    /// The root after that batch.
    pub(crate) root: Fr,
    /// Index of the leaf.
    pub(crate) index: AccountIndex,
    /// Its account; none for an empty leaf.
    pub(crate) account: Option<Account>,
    /// The three nodes beside the path at each height, from the leaf up.
    pub(crate) siblings: Vec<SiblingTriple>,
}

impl LeafProof {
    /// The path of a leaf in the tree after a batch, in which it holds this account.
    pub(crate) fn new(
        batch: BatchNumber,
        tree: &StateTree,
        index: AccountIndex,
        account: Option<Account>,
    ) -> Self {
        Self {
            batch,
            root: tree.root(),
            index,
            account,
            siblings: tree.proof(index.get()).to_vec(),
        }
    }
}
