//! What a user keeps, or is given by anybody, to leave a frozen rollup without its operator.
//!
//! An [`ExitPacket`](packet::ExitPacket) is one owner's: accounts with their paths to a root that
//! was proved, and claims that were not paid. A [`PublishedState`](published::PublishedState) holds
//! all accounts and claims, and makes the packet of any owner. Both are checked against their own root where they are read; whether that
//! is the root on the layer 1 is for the reader to compare. Nobody has to be trusted for either.

pub mod claims;
pub mod packet;
pub mod published;
pub mod rollup;
