//! What may come in: everything that is asked of a transaction before its turn.
//!
//! The operator's [`terms`] are looked at when it arrives, with what a record [`costs`], and so is
//! what can be said of its nonce, its balance and the room without waiting; then its signature, away
//! from the executor ([`crate::intake`]). What holds of nonce, balance and room is the [`pool`]'s to
//! say, in the executor's turn.

pub(crate) mod costs;
pub(crate) mod error;
pub(crate) mod known;
pub(crate) mod pool;
pub(crate) mod room;
pub(crate) mod terms;
pub(crate) mod waiting;
