//! The command line of Assay.
//!
//! - `command/`: one file per command, which parses, calls the other crates and prints.
//! - `options/`: options that several commands have.
//! - `terminal/`: what the user sees: results, progress, logs, and the exit code.
//! - `files/`: what is kept on the user's disk.
//! - `development/`: a whole rollup in this process.

mod cli;
mod command;
mod contract_calls;
mod development;
mod escape_prover;
mod files;
mod options;
mod process;
mod restoring;
mod terminal;

pub use cli::{command, main};
