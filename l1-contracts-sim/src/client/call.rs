//! What can be sent to the rollup contract.

use alloy::{
    primitives::{Address, Bytes, U256},
    sol_types::SolCall,
};

use crate::{
    address::EthAddress,
    batch::{
        self, BatchData, BatchHeader, Claim, FULL_RECORD_WORDS, ProofWords, ShapeSize,
        VerifyingKeyWords, Word,
    },
    contracts::{Assay, TestToken},
};

/// Verifiers of this type check Groth16 proofs with the inputs C, z, y.
pub(super) const GROTH16: u8 = 1;

/// What to send to the rollup contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RollupCall {
    /// Queues a deposit for an owner on the rollup. Of an ERC-20 the contract must have been
    /// allowed to take it.
    Deposit {
        /// Token number, 0 is ether.
        token: u16,
        /// Base units.
        amount: u128,
        /// The owner's point.
        owner: [Word; 2],
        /// Who gets back what is not used, and the deposit if it bounces.
        refund_to: EthAddress,
        /// For its place in a batch, wei; what is too much is a credit of `refund_to`.
        fee_wei: u128,
    },
    /// Queues an order past the operator.
    Force {
        /// The order's record.
        words: [Word; FULL_RECORD_WORDS],
        /// Who gets back what is not used.
        refund_to: EthAddress,
        /// For its place in a batch, wei; what is too much is a credit of `refund_to`.
        fee_wei: u128,
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
        /// What is burnt for it, wei.
        fee_wei: u128,
    },
    /// Brings the next batches with their proofs, all of one shape.
    Submit(Vec<(BatchData, ProofWords)>),
    /// Pays a claim of a proved batch.
    Claim {
        /// The batch.
        batch: u64,
        /// Its header.
        header: BatchHeader,
        /// All claims of the batch.
        claims: Vec<Claim>,
        /// Which of them to pay.
        which: u16,
        /// To whom: the receiver, or anybody where the receiver sends this.
        to: EthAddress,
    },
    /// Pays a claim that cannot be delivered to somebody else, as the paying account's owner wants.
    Redirect {
        /// The batch.
        batch: u64,
        /// Its header.
        header: BatchHeader,
        /// All claims of the batch.
        claims: Vec<Claim>,
        /// Which of them to pay.
        which: u16,
        /// To whom.
        to: EthAddress,
        /// The batch after which the owner's leaf is proved.
        root_batch: u64,
        /// Its header.
        root_header: BatchHeader,
        /// Of the escape circuit.
        proof: ProofWords,
    },
    /// Ends the rollup where the queue is overdue or closing was announced.
    Freeze,
    /// After a freeze: gives back an entry that no batch took.
    Refund {
        /// Its place in the queue.
        index: u64,
        /// The link of the queue before it.
        previous_link: Word,
        /// Its words.
        words: [Word; FULL_RECORD_WORDS],
        /// Its tail.
        tail: Word,
        /// To whom: who is named in it, or anybody where that one sends this.
        to: EthAddress,
    },
    /// After a freeze: pays an account's balance out.
    Escape {
        /// The account.
        account: u32,
        /// Its token.
        token: u16,
        /// Its balance.
        balance: u128,
        /// To whom.
        to: EthAddress,
        /// Of the escape circuit.
        proof: ProofWords,
    },
    /// Pays the sender's credit.
    WithdrawCredit {
        /// To whom.
        to: EthAddress,
    },
    /// Announces a new shape; of the governor.
    Propose {
        /// The shape.
        shape: ShapeSize,
        /// Its verifying key.
        key: VerifyingKeyWords,
    },
    /// Records the queue's length once an announced shape has waited long enough.
    MarkProposal {
        /// Shape id.
        shape: u8,
    },
    /// Takes an announced shape into service once that much of the queue is proved.
    Activate {
        /// Shape id.
        shape: u8,
    },
    /// Takes a shape out of service; of the governor.
    RetireShape {
        /// Shape id.
        shape: u8,
    },
    /// Ends the rollup; of the guardian.
    FreezeByGuardian,
    /// Announces that the rollup will end; of the governor, or of the operator where there is none.
    AnnounceClosing,
    /// Names the next operator; of the operator.
    ProposeOperator {
        /// The next one.
        next: EthAddress,
    },
    /// Becomes the operator; of the one who was named.
    AcceptOperator,
    /// Nothing, for the contract: a transfer of 0 to the sender itself, which uses a nonce up.
    Nothing,
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

/// A transaction that is signed and not sent yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCall {
    /// What it is once it is sent.
    pub sent: SentTransaction,
    /// Its bytes.
    pub raw: Vec<u8>,
}

impl RollupCall {
    /// A name for messages.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Deposit { .. } => "deposit",
            Self::Force { .. } => "force",
            Self::Approve { .. } => "approve",
            Self::RegisterToken { .. } => "registerToken",
            Self::Submit(_) => "submit",
            Self::Claim { .. } => "claim",
            Self::Redirect { .. } => "redirect",
            Self::Freeze => "freeze",
            Self::Refund { .. } => "refund",
            Self::Escape { .. } => "escape",
            Self::WithdrawCredit { .. } => "withdrawCredit",
            Self::Propose { .. } => "propose",
            Self::MarkProposal { .. } => "markProposal",
            Self::Activate { .. } => "activate",
            Self::RetireShape { .. } => "retireShape",
            Self::FreezeByGuardian => "freezeByGuardian",
            Self::AnnounceClosing => "announceClosing",
            Self::ProposeOperator { .. } => "proposeOperator",
            Self::AcceptOperator => "acceptOperator",
            Self::Nothing => "a transfer of 0 to oneself",
        }
    }

    /// Where it goes when this account sends it, with how much ether and which calldata.
    pub(crate) fn encode(
        &self,
        contract: EthAddress,
        sender: EthAddress,
    ) -> (Address, U256, Bytes) {
        let rollup = Address::from(contract);
        let to = match self {
            Self::Approve { token, .. } => (*token).into(),
            Self::Nothing => sender.into(),
            _ => rollup,
        };
        (to, self.value(), self.calldata(rollup))
    }

    /// The ether that goes with it.
    fn value(&self) -> U256 {
        match self {
            Self::Deposit {
                token: 0,
                amount,
                fee_wei,
                ..
            } => U256::from(*amount) + U256::from(*fee_wei),
            Self::Deposit { fee_wei, .. }
            | Self::Force { fee_wei, .. }
            | Self::RegisterToken { fee_wei, .. } => U256::from(*fee_wei),
            _ => U256::ZERO,
        }
    }

    fn calldata(&self, rollup: Address) -> Bytes {
        match self {
            Self::Deposit { .. } | Self::Force { .. } | Self::Refund { .. } => {
                self.queue_calldata()
            }
            Self::Approve { amount, .. } => encoded(TestToken::approveCall {
                spender: rollup,
                amount: U256::from(*amount),
            }),
            Self::RegisterToken { token, .. } => encoded(Assay::registerTokenCall {
                token: (*token).into(),
            }),
            Self::Submit(batches) => batch::submit_calldata(batches).into(),
            Self::Claim { .. }
            | Self::Redirect { .. }
            | Self::Escape { .. }
            | Self::WithdrawCredit { .. } => self.payout_calldata(),
            _ => self.governance_calldata(),
        }
    }

    fn queue_calldata(&self) -> Bytes {
        match self {
            Self::Deposit {
                token,
                amount,
                owner,
                refund_to,
                ..
            } => {
                let [owner_x, owner_y] = owner.map(U256::from_be_bytes);
                encoded(Assay::depositCall {
                    token: *token,
                    amount: *amount,
                    ownerX: owner_x,
                    ownerY: owner_y,
                    refundTo: (*refund_to).into(),
                })
            }
            Self::Force {
                words, refund_to, ..
            } => encoded(Assay::forceCall {
                words: words.map(U256::from_be_bytes),
                refundTo: (*refund_to).into(),
            }),
            Self::Refund {
                index,
                previous_link,
                words,
                tail,
                to,
            } => encoded(Assay::refundCall {
                index: *index,
                previousLink: U256::from_be_bytes(*previous_link),
                words: words.map(U256::from_be_bytes),
                tail: U256::from_be_bytes(*tail),
                to: (*to).into(),
            }),
            _ => Bytes::new(),
        }
    }

    fn payout_calldata(&self) -> Bytes {
        match self {
            Self::Claim {
                batch,
                header,
                claims,
                which,
                to,
            } => encoded(Assay::claimCall {
                batch: *batch,
                header: (*header).into(),
                claims: batch::pack_claims(claims).into(),
                which: *which,
                to: (*to).into(),
            }),
            Self::Redirect {
                batch,
                header,
                claims,
                which,
                to,
                root_batch,
                root_header,
                proof,
            } => encoded(Assay::redirectCall {
                batch: *batch,
                header: (*header).into(),
                claims: batch::pack_claims(claims).into(),
                which: *which,
                to: (*to).into(),
                rootBatch: *root_batch,
                rootHeader: (*root_header).into(),
                proof: proof.to_bytes().into(),
            }),
            Self::Escape {
                account,
                token,
                balance,
                to,
                proof,
            } => encoded(Assay::escapeCall {
                account: *account,
                token: *token,
                balance: *balance,
                to: (*to).into(),
                proof: proof.to_bytes().into(),
            }),
            Self::WithdrawCredit { to } => encoded(Assay::withdrawCreditCall { to: (*to).into() }),
            _ => Bytes::new(),
        }
    }

    fn governance_calldata(&self) -> Bytes {
        match self {
            Self::Freeze => encoded(Assay::freezeCall {}),
            Self::Propose { shape, key } => encoded(Assay::proposeCall {
                shape: (*shape).into(),
                key: key_words(key),
            }),
            Self::MarkProposal { shape } => encoded(Assay::markProposalCall { shapeId: *shape }),
            Self::Activate { shape } => encoded(Assay::activateCall { shapeId: *shape }),
            Self::RetireShape { shape } => encoded(Assay::retireShapeCall { shapeId: *shape }),
            Self::FreezeByGuardian => encoded(Assay::freezeByGuardianCall {}),
            Self::AnnounceClosing => encoded(Assay::announceClosingCall {}),
            Self::ProposeOperator { next } => encoded(Assay::proposeOperatorCall {
                next: (*next).into(),
            }),
            Self::AcceptOperator => encoded(Assay::acceptOperatorCall {}),
            _ => Bytes::new(),
        }
    }
}

fn encoded(call: impl SolCall) -> Bytes {
    call.abi_encode().into()
}

/// A key's words for the contract.
pub(super) fn key_words(key: &VerifyingKeyWords) -> Vec<U256> {
    key.words().into_iter().map(U256::from_be_bytes).collect()
}

impl From<ShapeSize> for Assay::ShapeConfig {
    fn from(size: ShapeSize) -> Self {
        Self {
            shapeId: size.id,
            transfers: size.transfers,
            fullRecords: size.full_records,
            feeSlots: size.fee_slots,
            verifierType: GROTH16,
        }
    }
}
