//! The command line of Assay: one module per command, which parses, calls the other crates and
//! prints.
//!
//! It is a library so that tests of the whole system start the same parts as `assay demo` does.

pub mod bench;
pub mod cli;
pub mod demo;
pub mod deployment;
pub mod devnet;
pub mod directories;
pub mod fee_accounts;
pub mod keys;
pub mod l1;
pub mod l1_access;
pub mod logging;
pub mod node;
pub mod outcome;
pub mod output;
pub mod progress;
pub mod stack;
pub mod table;
pub mod verify;
pub mod wallet;
pub mod worker;
