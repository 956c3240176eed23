//! The simulated chain itself: blocks, pool and time.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use alloy::{
    consensus::{Transaction as _, Typed2718 as _},
    eips::{
        BlockId, BlockNumberOrTag,
        eip1559::{BaseFeeParams, calc_next_block_base_fee},
    },
    primitives::{Address, B256, U256, keccak256},
};

use super::{
    accounts::signers,
    block::{Block, Mined},
    config::{ChainConfig, Clock, Mining},
    error::ChainError,
    execute::{self, Env},
    filters::Filters,
    history::History,
    journal::{Event, Journal},
    pool::{Pool, SignedTransaction},
    snapshot::Snapshots,
    timing::Timing,
    world::{View, World},
};
use crate::telemetry;

mod replay;
mod setting;
mod undo;

/// Blocks that one request may ask for.
pub(crate) const MINE_MAX: u64 = 10_000;

/// How many blocks can be undone, and how far back state can be asked for.
const UNDO_BLOCKS_MAX: u64 = 256;

/// Whether transactions of removed blocks come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// They are forgotten, as if nobody had heard of them.
    Forgotten,
    /// They wait again, and are mined after the new blocks.
    WaitAgain,
}

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) config: ChainConfig,
    pub(crate) mining: Mining,
    pub(crate) world: World,
    pub(crate) history: History,
    pub(crate) pool: Pool,
    pub(crate) filters: Filters,
    pub(crate) journal: Journal,
    /// Accounts that anybody may send for without their key.
    pub(crate) impersonated: BTreeSet<Address>,
    /// So may everybody for all accounts.
    pub(crate) impersonate_all: bool,
    pub(crate) timing: Timing,
    /// Grows whenever blocks are removed, so that new ones differ from those they replace.
    pub(crate) reorgs: u64,
    snapshots: Snapshots,
}

/// A block's content before it has a header, and the state after it.
struct Filled<'a> {
    mined: Vec<Mined>,
    refused: HashMap<B256, ChainError>,
    view: View<'a>,
}

impl Node {
    pub(crate) fn new(config: ChainConfig) -> Self {
        let mut node = Self::without_blocks(config);
        for signer in signers() {
            let balance = U256::from(node.config.balance_wei);
            node.world.fund(signer.address(), balance);
        }
        let env = node.env(0, node.now_s(), node.config.base_fee_wei);
        let genesis = Block::seal(B256::ZERO, &env, Vec::new());
        node.world.block_hashes.insert(0, genesis.hash);
        node.history.push(Arc::new(genesis));
        node
    }

    /// A chain that lacks its genesis block yet.
    pub(crate) fn without_blocks(config: ChainConfig) -> Self {
        Self {
            mining: config.mining,
            config,
            world: World::default(),
            history: History::default(),
            pool: Pool::default(),
            filters: Filters::default(),
            journal: Journal::default(),
            impersonated: BTreeSet::new(),
            impersonate_all: false,
            timing: Timing::default(),
            reorgs: 0,
            snapshots: Snapshots::default(),
        }
    }

    /// The latest block.
    pub(crate) fn head(&self) -> &Block {
        self.history.head()
    }

    /// The height that a tag means; `pending` is the latest here.
    pub(crate) fn height(&self, tag: BlockNumberOrTag) -> u64 {
        let latest = self.head().header.number;
        match tag {
            BlockNumberOrTag::Number(number) => number,
            BlockNumberOrTag::Earliest => 0,
            BlockNumberOrTag::Safe => latest.saturating_sub(self.config.safe_blocks),
            BlockNumberOrTag::Finalized => latest.saturating_sub(self.config.finalized_blocks),
            BlockNumberOrTag::Latest | BlockNumberOrTag::Pending => latest,
        }
    }

    /// A block by number, tag or hash; `pending` is the latest here.
    pub(crate) fn block(&self, id: BlockId) -> Result<Option<&Arc<Block>>, ChainError> {
        match id {
            BlockId::Hash(hash) => Ok(self.history.by_hash(hash.block_hash)),
            BlockId::Number(tag) => self.history.at(self.height(tag)),
        }
    }

    /// Where a mined transaction stands.
    pub(crate) fn place(&self, hash: B256) -> Option<(&Arc<Block>, usize)> {
        self.history.place(hash)
    }

    /// The state after a block, and the environment for a call there. `pending` is after what
    /// waits was mined.
    pub(crate) fn at(&self, id: BlockId) -> Result<(View<'_>, Env), ChainError> {
        if id.is_pending() {
            let env = self.next_env();
            return Ok((self.fill(&env).view, env));
        }
        let block = self.block(id)?.ok_or(ChainError::UnknownBlock)?;
        Ok((self.after(block)?, self.env_of(block)))
    }

    /// The state after a block.
    fn after(&self, block: &Block) -> Result<View<'_>, ChainError> {
        if block.header.number == self.head().header.number {
            return Ok(self.latest());
        }
        let number = block.header.number;
        let view = self.world.view_at(block.layers);
        view.ok_or(ChainError::Pruned(number))
    }

    /// The environment in which a block ran.
    fn env_of(&self, block: &Block) -> Env {
        let header = &block.header;
        let mut env = self.env(header.number, header.timestamp, block.base_fee());
        env.gas_limit = header.gas_limit;
        env.beneficiary = header.beneficiary;
        env.randomness = header.mix_hash;
        env
    }

    pub(crate) fn latest(&self) -> View<'_> {
        self.world.view()
    }

    /// The account's next nonce, after what waits in the pool.
    pub(crate) fn pending_nonce(&self, account: Address) -> u64 {
        self.pool
            .nonce_after(account, self.latest().account(account).nonce)
    }

    /// Takes a signed transaction; mines it at once where mining is automatic.
    pub(crate) fn submit(&mut self, transaction: SignedTransaction) -> Result<B256, ChainError> {
        let hash = *transaction.tx_hash();
        self.admit(&transaction)?;
        self.pool.add(transaction)?;
        self.journal.push(Event::Waiting(hash));
        if self.mining == Mining::Automatic {
            self.mine_waiting();
        }
        Ok(hash)
    }

    fn admit(&self, transaction: &SignedTransaction) -> Result<(), ChainError> {
        if self.place(*transaction.tx_hash()).is_some() {
            return Err(ChainError::AlreadyKnown);
        }
        if !matches!(transaction.ty(), 0..=2 | 4) {
            return Err(ChainError::TransactionType(transaction.ty()));
        }
        if transaction.chain_id() != Some(self.config.chain_id) {
            let (given, expected) = (transaction.chain_id(), self.config.chain_id);
            return Err(ChainError::WrongChain { given, expected });
        }
        let most = self.config.gas_limit.min(execute::TRANSACTION_GAS_MAX);
        if transaction.gas_limit() > most {
            return Err(ChainError::Invalid(format!(
                "exceeds block gas limit or the cap of {most}"
            )));
        }
        let account = self.latest().account(transaction.signer());
        if transaction.nonce() < account.nonce {
            return Err(ChainError::NonceTooLow {
                next: account.nonce,
                given: transaction.nonce(),
            });
        }
        let gas = U256::from(transaction.gas_limit())
            .saturating_mul(U256::from(transaction.max_fee_per_gas()));
        let want = gas.saturating_add(transaction.value());
        if want > account.balance {
            return Err(ChainError::InsufficientFunds {
                have: account.balance,
                want,
            });
        }
        if transaction.nonce() == account.nonce
            && transaction.max_fee_per_gas() >= u128::from(self.next_env().base_fee)
        {
            // What cannot even begin (intrinsic gas and the like) is refused at once.
            execute::transact(&self.latest(), &self.next_env(), transaction)?;
        }
        Ok(())
    }

    /// Mines blocks until nothing that waits can be mined now.
    pub(crate) fn mine_waiting(&mut self) {
        while self.has_next() {
            self.mine();
        }
    }

    fn has_next(&self) -> bool {
        let (env, view) = (self.next_env(), self.latest());
        let next_nonce = |sender| view.account(sender).nonce;
        self.pool
            .best(env.base_fee, env.gas_limit, next_nonce, |_| true)
            .is_some()
    }

    /// Runs what waits and fits into a block.
    fn fill(&self, env: &Env) -> Filled<'_> {
        let mut filled = Filled {
            mined: Vec::new(),
            refused: HashMap::new(),
            view: self.latest(),
        };
        let mut gas_used = 0;
        while let Some(transaction) = self.pool.best(
            env.base_fee,
            env.gas_limit - gas_used,
            |sender| filled.view.account(sender).nonce,
            |transaction| !filled.refused.contains_key(transaction.tx_hash()),
        ) {
            match execute::transact(&filled.view, env, &transaction) {
                Ok((result, changes)) => {
                    filled.view.commit(changes);
                    let done = Mined::new(transaction, result, gas_used);
                    gas_used += done.gas_used;
                    filled.mined.push(done);
                }
                Err(error) => {
                    filled.refused.insert(*transaction.tx_hash(), error);
                }
            }
        }
        filled
    }

    /// The block that would be made of what waits now.
    pub(crate) fn pending_block(&self) -> Block {
        let env = self.next_env();
        Block::seal(self.head().hash, &env, self.fill(&env).mined)
    }

    /// Makes the next block of what waits; it may be empty.
    pub(crate) fn mine(&mut self) {
        let env = self.next_env();
        let Filled {
            mined,
            refused,
            view,
        } = self.fill(&env);
        let changes = view.into_overlay();
        self.world.apply(changes);
        for (hash, error) in refused {
            tracing::warn!(%hash, %error, "transaction dropped");
            self.pool.drop_transaction(hash);
        }
        self.append(Block::seal(self.head().hash, &env, mined));
        if let Some(set) = self.timing.next_timestamp.take() {
            self.set_clock(set);
        }
        self.timing.next_base_fee = None;
    }

    /// How many snapshots are kept.
    pub(crate) fn snapshots(&self) -> usize {
        self.snapshots.len()
    }

    fn append(&mut self, mut block: Block) {
        telemetry::BLOCKS.count();
        telemetry::TRANSACTIONS.add(block.mined.len() as u64);
        block.layers = self.world.seal();
        let number = block.header.number;
        let hashes = &mut self.world.block_hashes;
        hashes.insert(number, block.hash);
        hashes.retain(|old, _| *old + UNDO_BLOCKS_MAX > number);
        let block = Arc::new(block);
        self.history.push(Arc::clone(&block));
        self.journal.push(Event::Added(block));
        self.prune();
        self.drop_stale();
    }

    /// Drops what waits under a nonce that was used.
    fn drop_stale(&mut self) {
        let world = self.world.view();
        self.pool.drop_stale(|sender| world.account(sender).nonce);
    }

    /// The environment of the block that would be mined now.
    pub(crate) fn next_env(&self) -> Env {
        let head = self.head();
        let timestamp = self
            .timing
            .next_timestamp
            .unwrap_or_else(|| self.now_s())
            .max(head.header.timestamp);
        let base_fee = self.timing.next_base_fee.unwrap_or_else(|| {
            calc_next_block_base_fee(
                head.header.gas_used,
                head.header.gas_limit,
                head.base_fee(),
                BaseFeeParams::ethereum(),
            )
        });
        self.env(head.header.number + 1, timestamp, base_fee)
    }

    fn env(&self, number: u64, timestamp: u64, base_fee: u64) -> Env {
        let seed = [number.to_be_bytes(), self.reorgs.to_be_bytes()].concat();
        Env {
            chain_id: self.config.chain_id,
            number,
            timestamp,
            base_fee,
            gas_limit: self.config.gas_limit,
            beneficiary: self.config.maker.into(),
            randomness: keccak256(seed),
        }
    }

    fn now_s(&self) -> u64 {
        self.clock_s().saturating_add_signed(self.timing.offset_s)
    }

    fn clock_s(&self) -> u64 {
        match self.config.clock {
            Clock::Fixed(start_s) => start_s,
            Clock::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |t| t.as_secs()),
        }
    }
}
