//! Bad input to the command line: each case with its exit code and the words that must be there.
#![allow(clippy::unwrap_used)]

#[path = "cli/address_book.rs"]
mod address_book;
#[path = "cli/bundles.rs"]
mod bundles;
#[path = "cli/configuration.rs"]
mod configuration;
#[path = "program/invoke.rs"]
mod invoke;
#[path = "program/keys_directory.rs"]
mod keys_directory;
#[path = "cli/mistakes.rs"]
mod mistakes;
#[path = "cli/receipts.rs"]
mod receipts;
#[path = "cli/refusals.rs"]
mod refusals;
#[path = "cli/starts.rs"]
mod starts;
#[path = "cli/surroundings.rs"]
mod surroundings;
#[path = "cli/wallet_keys.rs"]
mod wallet_keys;
