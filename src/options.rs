//! Options that several commands have.

pub(crate) mod keys;
pub(crate) mod l1;
pub(crate) mod node;
