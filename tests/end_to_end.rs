//! The whole system: real processes, real sockets, real proofs.
//!
//! Most tests use the shape `tiny`, whose proof takes a second; one plays the demo with `small`.
//! Keys are made once and kept under `target/tmp`, or in the directory that `ASSAY_KEYS` names.
#![allow(clippy::unwrap_used)]

#[path = "end_to_end/chain_file.rs"]
mod chain_file;
#[path = "end_to_end/crash.rs"]
mod crash;
#[path = "end_to_end/demo.rs"]
mod demo;
#[path = "program/devnet.rs"]
mod devnet;
#[path = "end_to_end/devnet_life.rs"]
mod devnet_life;
#[path = "end_to_end/examples.rs"]
mod examples;
#[path = "end_to_end/exit.rs"]
mod exit;
#[path = "end_to_end/exit_codes.rs"]
mod exit_codes;
#[path = "end_to_end/follow.rs"]
mod follow;
#[path = "end_to_end/force.rs"]
mod force;
#[path = "end_to_end/governance.rs"]
mod governance;
#[path = "program/invoke.rs"]
mod invoke;
#[path = "end_to_end/keys.rs"]
mod keys;
#[path = "program/keys_directory.rs"]
mod keys_directory;
#[path = "program/layer1.rs"]
mod layer1;
#[path = "end_to_end/libraries.rs"]
mod libraries;
#[path = "docs/markdown.rs"]
mod markdown;
#[path = "end_to_end/money.rs"]
mod money;
#[path = "program/process.rs"]
mod process;
#[path = "end_to_end/promises.rs"]
mod promises;
#[path = "end_to_end/receivers.rs"]
mod receivers;
#[path = "end_to_end/restore.rs"]
mod restore;
#[path = "program/rig.rs"]
mod rig;
#[path = "end_to_end/secrets.rs"]
mod secrets;
#[path = "end_to_end/shapes.rs"]
mod shapes;
#[path = "end_to_end/start.rs"]
mod start;
#[path = "end_to_end/status.rs"]
mod status;
#[path = "end_to_end/story.rs"]
mod story;
#[path = "end_to_end/tokens.rs"]
mod tokens;
#[path = "end_to_end/wallet.rs"]
mod wallet;
#[path = "end_to_end/workers.rs"]
mod workers;
