//! The JSON of the HTTP interface (`docs/spec/api.md`), shared by the node and its clients.
//!
//! Amounts are base units as decimal strings, field elements decimal strings, hashes 0x hex,
//! times Unix milliseconds where the name ends in `_ms` and seconds where it does not say.

pub mod account;
pub mod batch;
pub mod claim;
pub mod code;
pub mod error;
pub mod event;
pub mod faucet;
pub mod fee;
pub mod governance;
pub mod network;
mod network_name;
pub mod operation;
pub mod payment;
pub mod queue;
pub mod schema;
mod stage;
pub mod transaction;

pub use account::{AccountList, AccountProof, AccountView};
pub use batch::{
    BatchDetail, BatchEconomics, BatchHeaderView, BatchList, BatchOperation, BatchTimes, BatchView,
    ClaimView, EarnedFees, RecordKind, SubmissionCostView,
};
pub use claim::{BatchClaims, ClaimList, Claimant, ProvedClaim};
pub use code::{DropCode, ErrorCode};
pub use error::{ErrorBody, ErrorDetail};
pub use event::{EventKind, EventView};
pub use faucet::{FAUCET_PATH, FaucetGrant, FaucetRequest};
pub use fee::{BatchGasView, BlockPriceView, CostsView, EstimateView, FeeView};
pub use governance::{GovernanceView, ProposalState, ProposalView};
pub use network::{
    FaultView, HeightsView, L1View, PoolView, ProverView, ReadyView, ShapeView, StatusView,
    TokenView,
};
pub use operation::{OperationError, OperationKind, SignatureView, SignedOperation};
pub use payment::{PaymentDirection, PaymentKind, PaymentList, PaymentTimes, PaymentView};
pub use queue::{QueueEntryView, WaitingEntries, WaitingEntryView};
pub use transaction::{
    DroppedView, L1Transactions, Receipt, Reference, TransactionAnswer, TransactionAnswers,
    TransactionList, TransactionTimes, TransactionView,
};
