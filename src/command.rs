//! One file per command. No command names another.

pub(crate) mod backup;
pub(crate) mod bench;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod devnet;
pub(crate) mod exit;
pub(crate) mod keys;
pub(crate) mod l1;
pub(crate) mod man;
pub(crate) mod node;
pub(crate) mod operator;
pub(crate) mod restore;
pub(crate) mod status;
pub(crate) mod verify;
pub(crate) mod wallet;
pub(crate) mod worker;
