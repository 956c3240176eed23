//! Options that several commands have.

pub(crate) mod address;
pub(crate) mod config;
pub(crate) mod doors;
pub(crate) mod keys;
pub(crate) mod l1;
pub(crate) mod node;
pub(crate) mod pages;
pub(crate) mod password;
pub(crate) mod prover_token;
pub(crate) mod webhooks;
