//! Batches that somebody else made: taken up by a node that makes its own, and by one that only
//! follows.

mod adopting;
mod following;
