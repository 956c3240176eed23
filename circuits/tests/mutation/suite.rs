//! Hostile witnesses for the rows of a circuit, one by one.
//!
//! A row is needed when some assignment breaks it and no other row: without the row, that
//! assignment would pass. The suite looks for such assignments, starting from honest ones, and
//! works on the matrices alone: it knows which rows there are, not which gadget made them.

pub(crate) mod attack;
mod forger;
mod gradient;
pub(crate) mod hunt;
pub(crate) mod rows;
pub(crate) mod scenes;
pub(crate) mod survivors;
