//! The layer 1 as the node uses it.

pub(crate) mod contract;
pub(crate) mod gateway;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod memory;
pub(crate) mod persistent;
