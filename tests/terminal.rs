//! The command line on a terminal: what moves, what is asked, what Ctrl-C leaves.
#![allow(clippy::unwrap_used)]
#![cfg(target_os = "linux")]

#[path = "program/condition.rs"]
mod condition;
#[path = "program/devnet.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod devnet;
#[path = "program/invoke.rs"]
mod invoke;
#[path = "program/keys_directory.rs"]
mod keys_directory;
#[path = "terminal/pictures.rs"]
mod pictures;
#[path = "program/process.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod process;
#[path = "terminal/prompts.rs"]
mod prompts;
#[path = "program/pty.rs"]
mod pty;
#[path = "terminal/waits.rs"]
mod waits;
