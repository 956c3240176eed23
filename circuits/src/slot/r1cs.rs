//! The two kinds of slot: a transfer record, and a full record that can be any operation.

pub mod full;
mod hints;
pub mod transfer;
