//! What a node and those who use it say to each other, usable without compiling a store, a
//! prover or a server: a wallet, a worker or a test needs nothing else.
//!
//! [`wire`] is the JSON of the public calls and [`client`] calls them; [`proving`] is both for
//! workers. [`events`] reads what a node tells as it happens, and [`webhook`] signs and checks what it
//! posts. [`stage`] and [`token_name`] are what the JSON stands on. [`receipt`], [`reference`] and
//! [`account_proof`] check what a node says, [`seen`] shows it, [`wallet`] signs
//! payments and hands each in once. [`receipt_file`], [`exact_json`] and [`download`] read files that
//! are given from hand to hand. [`mnemonic`] makes keys of words, and [`ethereum_key`] of an Ethereum account's
//! signature.
//!
//! In a browser (wasm32) there is what makes no calls: no [`client`], [`download`], [`events`],
//! [`proving`], [`wallet`] or [`webhook`].

pub mod account_proof;
#[cfg(not(target_arch = "wasm32"))]
pub mod client;
#[cfg(not(target_arch = "wasm32"))]
pub mod download;
pub mod ethereum_key;
#[cfg(not(target_arch = "wasm32"))]
pub mod events;
pub mod exact_json;
pub mod hexadecimal;
#[cfg(not(target_arch = "wasm32"))]
mod http;
pub mod mnemonic;
#[cfg(not(target_arch = "wasm32"))]
pub mod proving;
pub mod receipt;
pub mod receipt_file;
pub mod reference;
pub mod seen;
pub mod stage;
pub mod token_name;
#[cfg(not(target_arch = "wasm32"))]
pub mod wallet;
#[cfg(not(target_arch = "wasm32"))]
pub mod webhook;
pub mod wire;
