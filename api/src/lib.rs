//! What a node and those who use it say to each other, usable without compiling a store, a
//! prover or a server: a wallet, a worker or a test needs nothing else.
//!
//! [`wire`] is the JSON of the public calls and [`client`] calls them; [`proving`] is both for
//! workers. [`stage`] and [`token_name`] are what the JSON stands on. [`receipt`] and [`account_proof`] check
//! what a node says, [`wallet`] signs payments and hands each in once. [`receipt_file`], [`exact_json`] and
//! [`download`] read files that are given from hand to hand. [`mnemonic`] makes keys of words.

pub mod account_proof;
pub mod client;
pub mod download;
pub mod exact_json;
pub mod hexadecimal;
mod http;
pub mod mnemonic;
pub mod proving;
pub mod receipt;
pub mod receipt_file;
pub mod stage;
pub mod token_name;
#[cfg(not(target_arch = "wasm32"))]
pub mod wallet;
pub mod wire;
