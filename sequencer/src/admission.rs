//! What may come in: everything that is asked of a transaction before its turn.
//!
//! The operator's [`terms`] are looked at when it arrives, and so is its signature, away from the
//! executor ([`crate::intake`]). Whether its nonce and its account's balance leave room for it is
//! the [`pool`]'s to say, in the executor's turn.

pub(crate) mod error;
pub(crate) mod pool;
pub(crate) mod terms;
