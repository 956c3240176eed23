//! The door to the layer 1: a real one through JSON-RPC, and in tests one in memory.

use std::{fmt, sync::Arc};

use assay_l1::{
    address::EthAddress,
    batch::{BatchData, ProofWords, Word},
    client::{
        Announced, BlockInfo, L1Error, QueueEntry, RollupCall, RollupClient, RollupInfo,
        RollupStatus, ScannedEvents, SendOptions, ShapeInfo, SignedCall, TokenInfo,
        TransactionReceipt,
    },
};
use assay_restore::keys::{KeysError, VerifyingKeys};
use futures::future::BoxFuture;

/// The answer of the layer 1, in time.
pub(crate) type Answer<'a, T> = BoxFuture<'a, Result<T, L1Error>>;

/// What the node asks of the layer 1.
pub(crate) trait Gateway: Send + Sync + fmt::Debug {
    /// EIP-155 chain id.
    fn chain_id(&self) -> u64;
    /// What the contract's constructor fixed.
    fn info(&self) -> Answer<'_, RollupInfo>;
    /// A shape, if the contract has it.
    fn shape(&self, id: u8) -> Answer<'_, Option<ShapeInfo>>;
    /// The latest block.
    fn latest(&self) -> Answer<'_, BlockInfo>;
    /// A block, if it is there.
    fn block(&self, number: u64) -> Answer<'_, Option<BlockInfo>>;
    /// The time that a block would have which were made now, Unix seconds.
    fn now_s(&self) -> Answer<'_, u64>;
    /// Where the rollup stood after a block.
    fn status_at<'a>(&'a self, block: &'a BlockInfo) -> Answer<'a, RollupStatus>;
    /// A token; what it calls itself only where it answers.
    fn token(&self, number: u16) -> Answer<'_, TokenInfo>;
    /// The account that sends, if there is one.
    fn account(&self) -> Option<EthAddress>;
    /// The ether of an account, wei.
    fn ether(&self, account: EthAddress) -> Answer<'_, u128>;
    /// Entries `from..to` of the queue, found in blocks from `from_block` on.
    fn queue(&self, from: u64, to: u64, from_block: u64) -> Answer<'_, Vec<QueueEntry>>;
    /// The link of the queue's chain of hashes after so many entries, as it stood after a block.
    fn queue_link<'a>(&'a self, entries: u64, at: &'a BlockInfo) -> Answer<'a, Word>;
    /// Hash of a batch's header and of all before it, as the contract keeps it after a block.
    fn batch_hash<'a>(&'a self, batch: u64, block: &'a BlockInfo) -> Answer<'a, Word>;
    /// Whether a claim was paid, by the latest block.
    fn is_claimed(&self, batch: u64, which: u16) -> Answer<'_, bool>;
    /// The batches that a transaction brought, each with its proof.
    fn submitted(&self, transaction: Word) -> Answer<'_, Vec<(BatchData, ProofWords)>>;
    /// The keys by which the contract verifies, those that are trusted among them.
    fn verifying_keys<'a>(
        &'a self,
        trusted: &'a VerifyingKeys,
    ) -> BoxFuture<'a, Result<VerifyingKeys, KeysError>>;
    /// What was announced at the contract after the block of this hash.
    fn announced(&self, block: Word) -> Answer<'_, Announced>;
    /// The words of the key that a verifier was made with.
    fn verifier_key(&self, verifier: EthAddress) -> Answer<'_, Vec<Word>>;
    /// What the contract told in these blocks, or in the first of them: as many as the layer 1 gives
    /// in one answer. At least one is asked for.
    fn events(&self, from_block: u64, to_block: u64) -> Answer<'_, ScannedEvents>;
    /// How many transactions of the node are mined up to a block.
    fn nonce_at<'a>(&'a self, block: &'a BlockInfo) -> Answer<'a, u64>;
    /// The node's next nonce, counting what waits.
    fn next_nonce(&self) -> Answer<'_, u64>;
    /// What the layer 1 suggests to pay a block's maker, wei per gas.
    fn tip(&self) -> Answer<'_, u128>;
    /// Whether it has a transaction, mined or waiting.
    fn is_known(&self, hash: Word) -> Answer<'_, bool>;
    /// Signs a call and does not send it. With the same options the same is signed.
    fn sign<'a>(&'a self, call: &'a RollupCall, options: SendOptions) -> Answer<'a, SignedCall>;
    /// Sends what was signed.
    fn send<'a>(&'a self, signed: &'a SignedCall) -> Answer<'a, ()>;
    /// How a transaction ended, if it is mined.
    fn receipt(&self, hash: Word) -> Answer<'_, Option<TransactionReceipt>>;
}

/// A door that all parts share.
pub(crate) type SharedGateway = Arc<dyn Gateway>;

/// Through JSON-RPC.
pub(crate) struct RpcGateway(RollupClient);

impl RpcGateway {
    /// Goes through a connected client, which has a signer where the node sends anything.
    pub(crate) fn new(client: RollupClient) -> Self {
        Self(client)
    }
}

impl fmt::Debug for RpcGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RpcGateway({})", self.0.contract())
    }
}

impl Gateway for RpcGateway {
    fn chain_id(&self) -> u64 {
        self.0.chain_id()
    }

    fn info(&self) -> Answer<'_, RollupInfo> {
        Box::pin(self.0.info())
    }

    fn shape(&self, id: u8) -> Answer<'_, Option<ShapeInfo>> {
        Box::pin(self.0.shape(id))
    }

    fn latest(&self) -> Answer<'_, BlockInfo> {
        Box::pin(self.0.latest_block())
    }

    fn block(&self, number: u64) -> Answer<'_, Option<BlockInfo>> {
        Box::pin(self.0.block(number))
    }

    fn now_s(&self) -> Answer<'_, u64> {
        Box::pin(self.0.now_s())
    }

    fn status_at<'a>(&'a self, block: &'a BlockInfo) -> Answer<'a, RollupStatus> {
        Box::pin(self.0.status_at(block))
    }

    fn token(&self, number: u16) -> Answer<'_, TokenInfo> {
        Box::pin(self.0.token(number))
    }

    fn account(&self) -> Option<EthAddress> {
        self.0.account()
    }

    fn ether(&self, account: EthAddress) -> Answer<'_, u128> {
        Box::pin(self.0.balance(0, account))
    }

    fn queue(&self, from: u64, to: u64, from_block: u64) -> Answer<'_, Vec<QueueEntry>> {
        Box::pin(self.0.queue_entries(from, to, from_block))
    }

    fn queue_link<'a>(&'a self, entries: u64, at: &'a BlockInfo) -> Answer<'a, Word> {
        Box::pin(self.0.queue_link_after(entries, at))
    }

    fn batch_hash<'a>(&'a self, batch: u64, block: &'a BlockInfo) -> Answer<'a, Word> {
        Box::pin(self.0.batch_hash_at(batch, block))
    }

    fn is_claimed(&self, batch: u64, which: u16) -> Answer<'_, bool> {
        Box::pin(self.0.is_claimed(batch, which))
    }

    fn submitted(&self, transaction: Word) -> Answer<'_, Vec<(BatchData, ProofWords)>> {
        Box::pin(self.0.submitted(transaction))
    }

    fn verifying_keys<'a>(
        &'a self,
        trusted: &'a VerifyingKeys,
    ) -> BoxFuture<'a, Result<VerifyingKeys, KeysError>> {
        Box::pin(VerifyingKeys::of_contract(&self.0, trusted))
    }

    fn announced(&self, block: Word) -> Answer<'_, Announced> {
        Box::pin(self.0.announced_at(block))
    }

    fn verifier_key(&self, verifier: EthAddress) -> Answer<'_, Vec<Word>> {
        Box::pin(self.0.verifier_key(verifier))
    }

    fn events(&self, from_block: u64, to_block: u64) -> Answer<'_, ScannedEvents> {
        Box::pin(self.0.first_events(from_block, to_block))
    }

    fn nonce_at<'a>(&'a self, block: &'a BlockInfo) -> Answer<'a, u64> {
        Box::pin(self.0.nonce_at(block))
    }

    fn next_nonce(&self) -> Answer<'_, u64> {
        Box::pin(self.0.next_nonce())
    }

    fn tip(&self) -> Answer<'_, u128> {
        Box::pin(self.0.tip())
    }

    fn is_known(&self, hash: Word) -> Answer<'_, bool> {
        Box::pin(self.0.is_known(hash))
    }

    fn sign<'a>(&'a self, call: &'a RollupCall, options: SendOptions) -> Answer<'a, SignedCall> {
        Box::pin(self.0.sign(call, options))
    }

    fn send<'a>(&'a self, signed: &'a SignedCall) -> Answer<'a, ()> {
        Box::pin(self.0.send_signed(signed))
    }

    fn receipt(&self, hash: Word) -> Answer<'_, Option<TransactionReceipt>> {
        Box::pin(self.0.receipt(hash))
    }
}
