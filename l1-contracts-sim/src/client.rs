//! A typed client of the rollup contract on any layer 1, by JSON-RPC.

mod accounts;
mod announced;
mod call;
mod deploy;
mod endpoint;
mod error;
mod event;
mod logs;
mod options;
mod pieces;
mod queue;
mod rollup;
mod sending;
mod text;
mod tokens;
mod transport;
mod types;
mod url;
mod verifiers;
mod wire;

pub use announced::{Announced, Proposal};
pub use call::{RollupCall, SendOptions, SentTransaction, SignedCall};
pub use deploy::{
    DeployConfig, DeployShape, Deployment, deploy, deploy_test_token, fee_per_gas, mint_test_token,
    pay_ether,
};
pub use error::{Cause, ContractRevert, L1Error};
pub use event::{LoggedEvent, RollupEvent};
pub use logs::{EventScan, ScannedEvents};
pub use options::L1Endpoint;
pub use queue::EntryFee;
pub use rollup::RollupClient;
pub use text::{ParseSignatureError, TextSignature};
pub use types::{
    BlockInfo, QueueEntry, RollupInfo, RollupParameters, RollupStatus, ShapeInfo, TokenInfo,
    TransactionReceipt,
};
pub use url::L1Url;
pub use wire::L1Signer;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
