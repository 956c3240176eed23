//! What the circuit is told of one access to the tree.

use serde::{Deserialize, Serialize};

use crate::{account::Account, tree::Siblings};

/// One access to the tree: the account before it, and the nodes beside its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// Leaf index; 0 where the slot does not access an account.
    pub index: u32,
    /// The account that was there.
    pub before: Option<Account>,
    /// The nodes beside its path at that moment.
    pub siblings: Siblings,
}
