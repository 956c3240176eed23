//! What can be sent to the rollup contract.

use alloy::{
    primitives::{Address, Bytes, U256},
    sol_types::SolCall as _,
};

use crate::{
    address::EthAddress,
    batch::{self, BatchHeader, CommitData, ProofWords, Withdrawal, Word},
    contracts::{Assay, TestToken},
};

/// What to send to the rollup contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RollupCall {
    /// Deposits ether (token 0) for an owner on the rollup.
    DepositEther {
        /// Wei.
        amount: u128,
        /// The owner's point.
        owner: [Word; 2],
    },
    /// Deposits an ERC-20; the contract must have been approved.
    DepositToken {
        /// Token number.
        token: u16,
        /// Base units.
        amount: u128,
        /// The owner's point.
        owner: [Word; 2],
    },
    /// Lets the rollup contract take tokens of an ERC-20 (sent to the token's contract).
    Approve {
        /// The ERC-20.
        token: EthAddress,
        /// Base units.
        amount: u128,
    },
    /// Gives an ERC-20 a number.
    RegisterToken {
        /// The ERC-20.
        token: EthAddress,
    },
    /// Posts a batch.
    Commit(CommitData),
    /// Proves the next batches, in order, all of one shape.
    Prove(Vec<(BatchHeader, ProofWords)>),
    /// Pays a withdrawal of a proved batch.
    Claim {
        /// The batch.
        batch: u64,
        /// Its header.
        header: BatchHeader,
        /// All withdrawals of the batch.
        withdrawals: Vec<Withdrawal>,
        /// Which of them to pay.
        which: u16,
    },
    /// Drops committed, unproved batches above `to_batch`, whose header is given (that of batch
    /// 0 is [`BatchHeader::genesis`]).
    Revert {
        /// The last batch that stays.
        to_batch: u64,
        /// Its header.
        header: BatchHeader,
    },
}

/// Overrides for sending; what is `None` is asked from the L1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SendOptions {
    /// Account nonce; by default the next after those pending.
    pub nonce: Option<u64>,
    /// Wei per gas, all in.
    pub max_fee_wei: Option<u128>,
    /// Wei per gas for the block's maker.
    pub max_priority_fee_wei: Option<u128>,
    /// Gas limit; by default the estimate and a quarter.
    pub gas_limit: Option<u64>,
}

/// A transaction that was handed to the L1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentTransaction {
    /// Hash.
    pub hash: Word,
    /// The sender's nonce.
    pub nonce: u64,
    /// Wei per gas, all in.
    pub max_fee_wei: u128,
    /// Wei per gas for the block's maker.
    pub max_priority_fee_wei: u128,
    /// Gas limit.
    pub gas_limit: u64,
}

impl RollupCall {
    /// A name for messages.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::DepositEther { .. } | Self::DepositToken { .. } => "deposit",
            Self::Approve { .. } => "approve",
            Self::RegisterToken { .. } => "registerToken",
            Self::Commit(_) => "commit",
            Self::Prove(_) => "prove",
            Self::Claim { .. } => "claim",
            Self::Revert { .. } => "revertBatches",
        }
    }

    /// Where it goes, with how much ether and which calldata.
    pub(crate) fn encode(&self, contract: EthAddress) -> (Address, U256, Bytes) {
        let rollup = Address::from(contract);
        let none = U256::ZERO;
        match self {
            Self::DepositEther { amount, owner } => {
                (rollup, U256::from(*amount), deposit(0, *amount, owner))
            }
            Self::DepositToken {
                token,
                amount,
                owner,
            } => (rollup, none, deposit(*token, *amount, owner)),
            Self::Approve { token, amount } => {
                let call = TestToken::approveCall {
                    spender: rollup,
                    amount: U256::from(*amount),
                };
                ((*token).into(), none, call.abi_encode().into())
            }
            Self::RegisterToken { token } => {
                let call = Assay::registerTokenCall {
                    token: (*token).into(),
                };
                (rollup, none, call.abi_encode().into())
            }
            Self::Commit(data) => (rollup, none, data.to_calldata().into()),
            Self::Prove(items) => {
                let item = |(header, proof): &(BatchHeader, ProofWords)| Assay::ProveData {
                    header: (*header).into(),
                    proof: proof.0.map(U256::from_be_bytes),
                };
                let call = Assay::proveCall {
                    items: items.iter().map(item).collect(),
                };
                (rollup, none, call.abi_encode().into())
            }
            Self::Claim {
                batch,
                header,
                withdrawals,
                which,
            } => {
                let call = Assay::claimCall {
                    batch: *batch,
                    header: (*header).into(),
                    withdrawals: batch::pack_withdrawals(withdrawals).into(),
                    which: *which,
                };
                (rollup, none, call.abi_encode().into())
            }
            Self::Revert { to_batch, header } => {
                let call = Assay::revertBatchesCall {
                    toBatch: *to_batch,
                    header: (*header).into(),
                };
                (rollup, none, call.abi_encode().into())
            }
        }
    }
}

fn deposit(token: u16, amount: u128, owner: &[Word; 2]) -> Bytes {
    let [owner_x, owner_y] = owner.map(U256::from_be_bytes);
    Assay::depositCall {
        token,
        amount,
        ownerX: owner_x,
        ownerY: owner_y,
    }
    .abi_encode()
    .into()
}
