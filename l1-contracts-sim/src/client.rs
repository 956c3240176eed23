//! A typed client of the rollup contract on any layer 1, by JSON-RPC.

use std::time::Duration;

use crate::{
    address::L1Address,
    batch::{BatchHeader, CommitData, ProofWords, ShapeSize, VerifyingKeyWords, Withdrawal, Word},
};

/// A key of the layer 1 that signs transactions. Its secret is never printed.
#[derive(Clone)]
pub struct L1Signer(alloy::signers::local::PrivateKeySigner);

/// A client of one rollup contract. Cheap to clone.
#[derive(Clone)]
pub struct RollupClient {
    contract: L1Address,
    signer: Option<L1Signer>,
}

/// What the constructor fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollupInfo {
    /// Who commits.
    pub operator: L1Address,
    /// Who may propose verifiers of new shapes.
    pub governor: L1Address,
    /// The statement's domain.
    pub domain: Word,
    /// The root before batch 1.
    pub genesis_root: Word,
    /// After so many seconds without a proved batch anyone may commit.
    pub operator_idle_s: u32,
    /// After so many seconds without progress anyone may revert what is not proved.
    pub prove_deadline_s: u32,
    /// Delay of a new verifier.
    pub verifier_delay_s: u32,
}

/// Where the rollup stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollupStatus {
    /// Number of the last committed batch, 0 before the first.
    pub last_committed: u64,
    /// Number of the last proved batch.
    pub last_proved: u64,
    /// The root after `last_committed`.
    pub committed_root: Word,
    /// The root after `last_proved`.
    pub proved_root: Word,
    /// The timestamp of `last_committed`: the next batch's must not be earlier.
    pub last_timestamp: u32,
    /// Unix time of the last proof (or of deployment).
    pub last_proved_at: u32,
    /// Queue entries consumed by committed batches.
    pub queue_committed: u64,
    /// Queue entries in all.
    pub queue_length: u64,
}

/// A shape that the contract knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShapeInfo {
    /// Its size.
    pub size: ShapeSize,
    /// Its verifier contract.
    pub verifier: L1Address,
}

/// A registered token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    /// Its number on the rollup; 0 is ether.
    pub number: u16,
    /// Its contract, zero for ether.
    pub address: L1Address,
    /// What the token calls itself, where it answers with printable text of at most 32 bytes.
    pub symbol: Option<String>,
    /// Decimal places, where the token answers.
    pub decimals: Option<u8>,
}

/// A block of the layer 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockInfo {
    /// Height.
    pub number: u64,
    /// Hash.
    pub hash: Word,
    /// Hash of the block before.
    pub parent_hash: Word,
    /// Unix time, seconds.
    pub timestamp: u64,
    /// Wei per gas.
    pub base_fee_wei: u128,
}

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
        token: L1Address,
        /// Base units.
        amount: u128,
    },
    /// Gives an ERC-20 a number.
    RegisterToken {
        /// The ERC-20.
        token: L1Address,
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

/// How a transaction ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionReceipt {
    /// Hash.
    pub hash: Word,
    /// Its block.
    pub block_number: u64,
    /// The hash of its block; compare it later to see whether a reorg removed it.
    pub block_hash: Word,
    /// Gas used.
    pub gas_used: u64,
    /// Wei per gas that was paid.
    pub gas_price_wei: u128,
    /// Whether it took effect.
    pub succeeded: bool,
}

/// An entry of the L1 queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueEntry {
    /// Its place in the queue, the first is 0.
    pub index: u64,
    /// Token number.
    pub token: u16,
    /// Base units.
    pub amount: u128,
    /// The owner's point.
    pub owner: [Word; 2],
    /// The block that holds it.
    pub block_number: u64,
    /// That block's hash.
    pub block_hash: Word,
    /// The transaction.
    pub transaction: Word,
}

/// What the contract told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RollupEvent {
    /// A deposit was queued.
    Deposited {
        /// Place in the queue.
        queue_index: u64,
        /// Token number.
        token: u16,
        /// Base units that arrived.
        amount: u128,
        /// The owner's point.
        owner: [Word; 2],
    },
    /// A token got a number.
    TokenRegistered {
        /// Number.
        token: u16,
        /// ERC-20.
        address: L1Address,
    },
    /// A batch was posted.
    Committed {
        /// Number.
        batch: u64,
        /// Root after it.
        new_root: Word,
        /// C.
        commitment: Word,
    },
    /// Batches `first..=last` were proved.
    Proved {
        /// First of them.
        first_batch: u64,
        /// Last of them.
        last_batch: u64,
        /// Root after the last.
        root: Word,
    },
    /// A withdrawal was paid.
    Claimed {
        /// The batch.
        batch: u64,
        /// Which of its withdrawals.
        which: u16,
        /// What was paid, and to whom.
        withdrawal: Withdrawal,
    },
    /// Committed batches above `to_batch` were dropped.
    Reverted {
        /// The last batch that stays.
        to_batch: u64,
        /// The root after it.
        root: Word,
    },
    /// A new shape's verifier was proposed.
    VerifierProposed {
        /// Shape and verifier.
        shape: ShapeInfo,
        /// Unix time from which it may be activated.
        ready_at: u64,
    },
    /// A new shape can be used.
    VerifierActivated {
        /// Shape and verifier.
        shape: ShapeInfo,
    },
}

/// An event and where it stands on the L1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedEvent {
    /// The event.
    pub event: RollupEvent,
    /// The block that holds it.
    pub block_number: u64,
    /// That block's hash.
    pub block_hash: Word,
    /// The transaction.
    pub transaction: Word,
    /// Index of the log in its block.
    pub log_index: u64,
}

/// A contract's refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {sentence}")]
pub struct ContractRevert {
    /// The error's name in the contract's ABI (stable), or `Unknown`.
    pub name: String,
    /// What it means.
    pub sentence: String,
    /// The raw revert data.
    pub data: Vec<u8>,
}

/// Why talking to the L1 failed.
#[derive(Debug, thiserror::Error)]
pub enum L1Error {
    /// The URL is not one.
    #[error("`{url}` is not a URL of a JSON-RPC endpoint: {reason}")]
    Url {
        /// What was given.
        url: String,
        /// Why not.
        reason: String,
    },
    /// The node did not answer, or not with what was asked for. Worth trying again.
    #[error("the L1 did not answer {call}: {reason}")]
    Transport {
        /// The call.
        call: &'static str,
        /// Why.
        reason: String,
    },
    /// The node refused the request, for instance for a low nonce or a lack of funds.
    #[error("the L1 refused {call}: {message} (code {code})")]
    Refused {
        /// The call.
        call: &'static str,
        /// JSON-RPC code.
        code: i64,
        /// The node's message.
        message: String,
    },
    /// The contract refuses the call; nothing was sent.
    #[error("the contract refuses {call}: {revert}")]
    Reverted {
        /// The call.
        call: &'static str,
        /// Why.
        revert: ContractRevert,
    },
    /// There is no rollup contract at the address.
    #[error("there is no Assay contract at {0} on this L1")]
    NoContract(L1Address),
    /// The client has no key to sign with.
    #[error("{0} must be signed, and this client has no key")]
    NoSigner(&'static str),
    /// The transaction was not mined in time; it may still be.
    #[error("transaction 0x{} was not mined within {waited_ms} ms", hex::encode(hash))]
    Timeout {
        /// The transaction.
        hash: Word,
        /// How long was waited.
        waited_ms: u64,
    },
    /// The answer cannot be what the contract wrote.
    #[error("the L1's answer to {call} does not fit: {reason}")]
    Answer {
        /// The call.
        call: &'static str,
        /// What does not fit.
        reason: String,
    },
    /// A key that is no key.
    #[error("the L1 key is not a secp256k1 secret key")]
    Key,
}

/// A shape to deploy with: its size and the key that its verifier holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeployShape {
    /// Size.
    pub size: ShapeSize,
    /// Verifying key.
    pub key: VerifyingKeyWords,
}

/// What to deploy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployConfig {
    /// Who commits.
    pub operator: L1Address,
    /// Who may propose verifiers of new shapes.
    pub governor: L1Address,
    /// The root before batch 1.
    pub genesis_root: Word,
    /// After so many seconds without a proved batch anyone may commit.
    pub operator_idle_s: u32,
    /// After so many seconds without progress anyone may revert what is not proved.
    pub prove_deadline_s: u32,
    /// Delay of a new verifier.
    pub verifier_delay_s: u32,
    /// At least one.
    pub shapes: Vec<DeployShape>,
    /// ERC-20s to register, in the order of their numbers, from 1 on.
    pub tokens: Vec<L1Address>,
}

/// What was deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// The rollup contract.
    pub rollup: L1Address,
    /// The block that holds it: events begin here.
    pub block_number: u64,
    /// Shapes and their verifiers.
    pub shapes: Vec<ShapeInfo>,
}

/// Deploys verifiers and the rollup contract, and registers tokens.
///
/// # Errors
/// The first step that fails.
pub async fn deploy(_url: &str, _signer: L1Signer, _config: DeployConfig) -> Result<Deployment, L1Error> {
    unimplemented!()
}

/// Deploys the test token: anyone may mint it, so it is for development chains only.
///
/// # Errors
/// As [`deploy`].
pub async fn deploy_test_token(_url: &str, _signer: L1Signer, _name: &str, _symbol: &str, _decimals: u8) -> Result<L1Address, L1Error> {
    unimplemented!()
}

impl L1Signer {
    /// From a 32-byte secp256k1 secret.
    ///
    /// # Errors
    /// [`L1Error::Key`] where the number is 0 or not below the group's order.
    pub fn from_secret(_secret: &[u8; 32]) -> Result<Self, L1Error> {
        unimplemented!()
    }
    /// The account.
    #[must_use]
    pub fn address(&self) -> L1Address {
        self.0.address().into()
    }
}

impl RollupClient {
    /// Connects, and checks that the contract is there.
    pub async fn connect(_url: &str, _contract: L1Address, _signer: Option<L1Signer>) -> Result<Self, L1Error> {
        unimplemented!()
    }
    /// The contract's address.
    pub fn contract(&self) -> L1Address {
        self.contract
    }
    /// The account that signs.
    pub fn account(&self) -> Option<L1Address> {
        self.signer.as_ref().map(L1Signer::address)
    }
    /// EIP-155 chain id.
    pub fn chain_id(&self) -> u64 {
        unimplemented!()
    }
    /// What the constructor fixed.
    pub async fn info(&self) -> Result<RollupInfo, L1Error> {
        unimplemented!()
    }
    /// Where the rollup stands, at the latest block.
    pub async fn status(&self) -> Result<RollupStatus, L1Error> {
        unimplemented!()
    }
    /// Where the rollup stood after the block of this hash or number... `block` is a height.
    pub async fn status_at(&self, _block: u64) -> Result<RollupStatus, L1Error> {
        unimplemented!()
    }
    /// A shape, if the contract has it.
    pub async fn shape(&self, _id: u8) -> Result<Option<ShapeInfo>, L1Error> {
        unimplemented!()
    }
    /// All tokens, ether first.
    pub async fn tokens(&self) -> Result<Vec<TokenInfo>, L1Error> {
        unimplemented!()
    }
    /// Whether a withdrawal was paid.
    pub async fn is_claimed(&self, _batch: u64, _which: u16) -> Result<bool, L1Error> {
        unimplemented!()
    }
    /// Balance of an L1 account: ether for token 0, else the ERC-20.
    pub async fn balance(&self, _token: u16, _account: L1Address) -> Result<u128, L1Error> {
        unimplemented!()
    }
    /// Events of `from_block..=to_block`, in order.
    pub async fn events(&self, _from_block: u64, _to_block: u64) -> Result<Vec<LoggedEvent>, L1Error> {
        unimplemented!()
    }
    /// Entries `from..to` of the queue, found from `from_block` on and checked against the
    /// contract's hash chain.
    pub async fn queue_entries(&self, _from: u64, _to: u64, _from_block: u64) -> Result<Vec<QueueEntry>, L1Error> {
        unimplemented!()
    }
    /// Height of the latest block.
    pub async fn block_number(&self) -> Result<u64, L1Error> {
        unimplemented!()
    }
    /// A block, if the L1 has it.
    pub async fn block(&self, _number: u64) -> Result<Option<BlockInfo>, L1Error> {
        unimplemented!()
    }
    /// The data of a batch from the transaction that committed it.
    pub async fn commit_data(&self, _transaction: Word) -> Result<CommitData, L1Error> {
        unimplemented!()
    }
    /// Sends a call and returns at once. The call is tried on the L1 first, so a refusal is
    /// [`L1Error::Reverted`] and costs nothing.
    pub async fn send(&self, _call: &RollupCall, _options: SendOptions) -> Result<SentTransaction, L1Error> {
        unimplemented!()
    }
    /// Sends again with the same nonce and fees at least an eighth higher: replaces a
    /// transaction that is stuck.
    pub async fn resend(&self, _call: &RollupCall, _stuck: &SentTransaction) -> Result<SentTransaction, L1Error> {
        unimplemented!()
    }
    /// The receipt, if the transaction is mined.
    pub async fn receipt(&self, _hash: Word) -> Result<Option<TransactionReceipt>, L1Error> {
        unimplemented!()
    }
    /// Waits until the transaction is mined.
    pub async fn wait(&self, _hash: Word, _timeout: Duration) -> Result<TransactionReceipt, L1Error> {
        unimplemented!()
    }
    /// Sends, waits, and makes a mined failure an error.
    pub async fn execute(&self, _call: &RollupCall, _timeout: Duration) -> Result<TransactionReceipt, L1Error> {
        unimplemented!()
    }
    /// Why a mined transaction failed.
    pub async fn revert_reason(&self, _hash: Word) -> Result<Option<ContractRevert>, L1Error> {
        unimplemented!()
    }
}

/// The calldata of `commit` back into its data.
pub fn decode_commit(_calldata: &[u8]) -> Result<CommitData, L1Error> {
    unimplemented!()
}
