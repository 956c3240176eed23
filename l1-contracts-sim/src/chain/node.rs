//! The simulated chain itself: blocks, pool and time.

use std::{
    collections::HashMap,
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
    pool::{Pool, SignedTransaction},
    world::{View, World},
};

/// Blocks that one request may ask for.
pub(crate) const MINE_MAX: u64 = 10_000;

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
    pub(crate) blocks: Vec<Block>,
    pub(crate) pool: Pool,
    pub(crate) filters: Filters,
    /// Block and place in it of each mined transaction.
    places: HashMap<B256, (usize, usize)>,
    numbers: HashMap<B256, usize>,
    offset_s: u64,
    next_timestamp: Option<u64>,
    /// Grows with every reorg, so that new blocks differ from those they replace.
    reorgs: u64,
}

impl Node {
    pub(crate) fn new(config: ChainConfig) -> Self {
        let mut world = World::default();
        for signer in signers() {
            world.fund(signer.address(), U256::from(config.balance_wei));
        }
        let mut node = Self {
            mining: config.mining,
            config,
            world,
            blocks: Vec::new(),
            pool: Pool::default(),
            filters: Filters::default(),
            places: HashMap::new(),
            numbers: HashMap::new(),
            offset_s: 0,
            next_timestamp: None,
            reorgs: 0,
        };
        let genesis = Block::seal(
            B256::ZERO,
            &node.env(0, node.now_s(), node.config.base_fee_wei),
            Vec::new(),
        );
        node.numbers.insert(genesis.hash, 0);
        node.blocks.push(genesis);
        node
    }

    /// The latest block.
    pub(crate) fn head(&self) -> &Block {
        self.blocks
            .last()
            .expect("the genesis block is never removed")
    }

    /// A block by number, tag or hash; `pending` is the latest.
    pub(crate) fn block(&self, id: BlockId) -> Option<&Block> {
        match id {
            BlockId::Hash(hash) => self.numbers.get(&hash.block_hash).map(|n| &self.blocks[*n]),
            BlockId::Number(BlockNumberOrTag::Earliest) => self.blocks.first(),
            BlockId::Number(BlockNumberOrTag::Number(number)) => usize::try_from(number)
                .ok()
                .and_then(|n| self.blocks.get(n)),
            BlockId::Number(_) => Some(self.head()),
        }
    }

    /// Where a mined transaction stands.
    pub(crate) fn place(&self, hash: B256) -> Option<(&Block, usize)> {
        self.places
            .get(&hash)
            .map(|(block, index)| (&self.blocks[*block], *index))
    }

    /// The state after a block, and the environment for a call there.
    pub(crate) fn at(&self, id: BlockId) -> Result<(View<'_>, Env), ChainError> {
        if id.is_pending() {
            return Ok((self.latest(), self.next_env()));
        }
        let block = self.block(id).ok_or(ChainError::UnknownBlock)?;
        let number = block.header.number;
        let ago = self.head().header.number - number;
        let view = usize::try_from(ago)
            .ok()
            .and_then(|ago| self.world.view(ago));
        let view = view.ok_or(ChainError::Pruned(number))?;
        let mut env = self.env(number, block.header.timestamp, block.base_fee());
        env.randomness = block.header.mix_hash;
        Ok((view, env))
    }

    pub(crate) fn latest(&self) -> View<'_> {
        self.world
            .view(0)
            .expect("the latest state is always there")
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
        if self.mining == Mining::Automatic {
            self.mine_waiting();
        }
        Ok(hash)
    }

    fn admit(&self, transaction: &SignedTransaction) -> Result<(), ChainError> {
        if self.places.contains_key(transaction.tx_hash()) {
            return Err(ChainError::AlreadyKnown);
        }
        // Blobs are not simulated.
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
            execute::transact(self.latest(), &self.next_env(), transaction)?;
        }
        Ok(())
    }

    /// Mines blocks until nothing that waits can be mined now.
    pub(crate) fn mine_waiting(&mut self) {
        while self
            .best(self.next_env().base_fee, self.config.gas_limit)
            .is_some()
        {
            self.mine();
        }
    }

    fn best(&self, base_fee: u64, gas_left: u64) -> Option<SignedTransaction> {
        let world = self.latest();
        self.pool
            .best(base_fee, gas_left, |sender| world.account(sender).nonce)
    }

    /// Makes the next block of what waits; it may be empty.
    pub(crate) fn mine(&mut self) {
        let env = self.next_env();
        let mut mined: Vec<Mined> = Vec::new();
        let mut gas_used = 0;
        while let Some(transaction) = self.best(env.base_fee, env.gas_limit - gas_used) {
            self.pool.remove(transaction.signer(), transaction.nonce());
            match execute::transact(self.latest(), &env, &transaction) {
                Ok((result, changes)) => {
                    self.world.commit(changes);
                    let done = Mined::new(transaction, result, gas_used);
                    gas_used += done.gas_used;
                    mined.push(done);
                }
                Err(error) => {
                    tracing::warn!(hash = %transaction.tx_hash(), %error, "transaction dropped")
                }
            }
        }
        self.append(Block::seal(self.head().hash, &env, mined));
        if let Some(set) = self.next_timestamp.take() {
            self.offset_s = set.saturating_sub(self.clock_s());
        }
    }

    fn append(&mut self, block: Block) {
        let number = self.blocks.len();
        self.world.seal(block.header.number, block.hash);
        self.numbers.insert(block.hash, number);
        for (index, mined) in block.mined.iter().enumerate() {
            self.places
                .insert(*mined.transaction.tx_hash(), (number, index));
        }
        self.blocks.push(block);
        let world = self
            .world
            .view(0)
            .expect("the latest state is always there");
        self.pool.drop_stale(|sender| world.account(sender).nonce);
    }

    /// Replaces the latest `depth` blocks by as many empty ones.
    pub(crate) fn reorg(&mut self, depth: u64, removed: Removed) -> Result<(), ChainError> {
        let transactions = self.roll_back(depth)?;
        self.reorgs += 1;
        let waiting = std::mem::take(&mut self.pool);
        for _ in 0..depth {
            self.mine();
        }
        self.pool = waiting;
        if removed == Removed::WaitAgain {
            for transaction in transactions {
                let hash = *transaction.tx_hash();
                if let Err(error) = self.pool.add(transaction) {
                    tracing::warn!(%hash, %error, "transaction of a removed block dropped");
                }
            }
        }
        if self.mining == Mining::Automatic {
            self.mine_waiting();
        }
        Ok(())
    }

    /// Removes the latest blocks and returns their transactions in order.
    pub(crate) fn roll_back(&mut self, depth: u64) -> Result<Vec<SignedTransaction>, ChainError> {
        let possible = self.world.depth();
        let blocks = usize::try_from(depth)
            .ok()
            .filter(|blocks| *blocks <= possible);
        let blocks = blocks.ok_or(ChainError::TooDeep {
            asked: depth,
            possible: possible as u64,
        })?;
        let mut transactions = Vec::new();
        for block in self
            .blocks
            .split_off(self.blocks.len() - blocks)
            .into_iter()
            .rev()
        {
            self.world.undo(block.header.number);
            self.numbers.remove(&block.hash);
            for mined in block.mined.into_iter().rev() {
                self.places.remove(mined.transaction.tx_hash());
                transactions.push(mined.transaction);
            }
        }
        transactions.reverse();
        Ok(transactions)
    }

    /// Moves the clock forward.
    pub(crate) fn increase_time(&mut self, seconds: u64) -> u64 {
        self.offset_s = self.offset_s.saturating_add(seconds);
        self.offset_s
    }

    /// Sets the next block's time; the clock goes on from there.
    pub(crate) fn set_next_timestamp(&mut self, given: u64) -> Result<(), ChainError> {
        let latest = self.head().header.timestamp;
        if given < latest {
            return Err(ChainError::Timestamp { given, latest });
        }
        self.next_timestamp = Some(given);
        Ok(())
    }

    /// The environment of the block that would be mined now.
    pub(crate) fn next_env(&self) -> Env {
        let head = self.head();
        let timestamp = self
            .next_timestamp
            .unwrap_or_else(|| self.now_s())
            .max(head.header.timestamp);
        let base_fee = calc_next_block_base_fee(
            head.header.gas_used,
            head.header.gas_limit,
            head.base_fee(),
            BaseFeeParams::ethereum(),
        );
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
        self.clock_s().saturating_add(self.offset_s)
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
