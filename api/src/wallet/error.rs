//! What can go wrong with a payment.

use std::error::Error;

use assay_circuits::{
    address::L1Address,
    order::TxHash,
    quantity::{Amount, Fee, TokenId},
};

use crate::{client::ClientError, receipt::ReceiptError, stage::Stage};

/// Why a payment was not handed in, or is not known to be.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// The node refuses, or does not answer; nothing was taken.
    #[error(transparent)]
    Node(#[from] ClientError),
    /// The node's answer holds something that cannot be read.
    #[error("the node's {what}: {source}")]
    Unreadable {
        /// What of it.
        what: &'static str,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The node's domain is not that of its chain and contract.
    #[error("the node's domain does not fit its chain id and contract: do not sign for it")]
    Domain,
    /// The node serves another rollup than the one that is meant.
    #[error(
        "the node serves contract {contract} on chain {chain_id}: another rollup than the one that is meant"
    )]
    OtherRollup {
        /// The node's chain.
        chain_id: u64,
        /// The node's contract.
        contract: L1Address,
    },
    /// The key owns nothing of this token.
    #[error(
        "this key has no account of token {0} on the rollup yet: deposit some, or receive some"
    )]
    NoAccount(TokenId),
    /// The node suggests a higher fee than the payment allows; nothing was signed.
    #[error("the node asks for a fee of {}, and {} is the most that is paid", .asked.value().0, .most.0)]
    TooDear {
        /// What it suggests, base units.
        asked: Fee,
        /// What may be signed, base units.
        most: Amount,
    },
    /// The order was sent, and nobody says whether it arrived: who signs another may pay twice.
    #[error("{}: {source}", Self::unknown(*.hash))]
    Unknown {
        /// Of the order.
        hash: TxHash,
        /// What came in between.
        source: ClientError,
    },
    /// The node has the order, and its receipt is not the operator's: who signs another may pay twice.
    #[error("transaction {hash} was handed in, and its receipt is worth nothing: {source}")]
    Receipt {
        /// Of the order.
        hash: TxHash,
        /// What is wrong with the receipt.
        source: ReceiptError,
    },
    /// The node shows another transaction under the hash that was asked for.
    #[error("the node shows another transaction than {0}")]
    OtherTransaction(TxHash),
    /// Another key signed it.
    #[error("{0} was not signed with this wallet's key")]
    OtherKey(TxHash),
    /// It does not wait: it was rejected.
    #[error("{0} was rejected, and nothing of it will happen")]
    Rejected(TxHash),
    /// It does not wait: it has had its turn.
    #[error("{hash} is {stage}: what is executed cannot be taken back")]
    Executed {
        /// The transaction.
        hash: TxHash,
        /// How far it has come.
        stage: Stage,
    },
    /// It offers the highest fee that there is.
    #[error("there is no higher fee than that of {0}")]
    NoHigherFee(TxHash),
    /// The node keeps the one that waits, or has executed it meanwhile.
    #[error("{hash} does not give way: {source}")]
    Kept {
        /// The one that waited.
        hash: TxHash,
        /// What the node says of the other.
        source: ClientError,
    },
    /// The machine's clock is before 1970.
    #[error("the clock is before 1970")]
    Clock,
}

impl WalletError {
    /// What whoever sent it must know of an order that is [`WalletError::Unknown`].
    #[must_use]
    pub fn unknown(hash: TxHash) -> String {
        format!(
            "whether the node has transaction {hash} is not known; do not send it again before you have \
             looked for it"
        )
    }

    pub(super) fn unreadable(
        what: &'static str,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        let source = source.into();
        Self::Unreadable { what, source }
    }
}
