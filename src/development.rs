//! A development network: a simulated layer 1 with the contracts, and all parts of the rollup on
//! it in this process.

pub(crate) mod account;
pub(crate) mod chain;
pub(crate) mod chain_file;
pub(crate) mod deployment;
pub(crate) mod faucet;
pub(crate) mod fee_accounts;
pub(crate) mod journal;
pub(crate) mod keys;
pub(crate) mod stack;
