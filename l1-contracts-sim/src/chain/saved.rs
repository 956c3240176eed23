//! The chain as a file keeps it.

use std::{collections::BTreeSet, sync::Arc};

use alloy::{
    consensus::{Header, ReceiptEnvelope, TxEnvelope},
    eips::eip2718::{Decodable2718 as _, Encodable2718 as _},
    primitives::{Address, B256, Bytes, U256},
};
use revm::{bytecode::Bytecode, state::AccountInfo};
use serde::{Deserialize, Serialize};

use super::{
    block::{Block, Mined},
    config::ChainConfig,
    node::Node,
    pool::SignedTransaction,
    timing::Timing,
    world::{Values, empty},
};

/// Grows when the form changes.
const VERSION: u32 = 1;

/// Why a chain is not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Bytes of another form.
    #[error("this is no saved chain: {0}")]
    Form(#[from] serde_json::Error),
    /// Written by another version of the program.
    #[error("the saved chain has version {found}, this program reads version {VERSION}")]
    Version {
        /// The file's.
        found: u32,
    },
    /// Another chain's.
    #[error("the saved chain has chain id {found}, not {expected}")]
    ChainId {
        /// The file's.
        found: u64,
        /// What was asked for.
        expected: u64,
    },
    /// Its parts contradict each other.
    #[error("the saved chain is damaged: {0}")]
    Damaged(String),
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Saved {
    version: u32,
    chain_id: u64,
    timing: Timing,
    reorgs: u64,
    impersonated: BTreeSet<Address>,
    impersonate_all: bool,
    accounts: Vec<(Address, SavedAccount)>,
    storage: Vec<SavedSlot>,
    code: Vec<Bytes>,
    open: SavedValues,
    layers: Vec<SavedValues>,
    forgotten: u64,
    blocks: Vec<SavedBlock>,
    complete_from: u64,
    transactions_from: u64,
    pool: Vec<SavedTransaction>,
}

#[derive(Serialize, Deserialize)]
struct SavedAccount {
    balance: U256,
    nonce: u64,
    code_hash: B256,
}

type SavedSlot = (Address, U256, U256);

#[derive(Serialize, Deserialize)]
struct SavedValues {
    accounts: Vec<(Address, Option<SavedAccount>)>,
    storage: Vec<SavedSlot>,
}

#[derive(Serialize, Deserialize)]
struct SavedTransaction {
    from: Address,
    raw: Bytes,
}

#[derive(Serialize, Deserialize)]
struct SavedBlock {
    header: Header,
    layers: u64,
    mined: Vec<SavedMined>,
}

#[derive(Serialize, Deserialize)]
struct SavedMined {
    transaction: SavedTransaction,
    receipt: ReceiptEnvelope,
    gas_used: u64,
    created: Option<Address>,
}

impl Saved {
    /// The chain as it is now.
    pub(crate) fn of(node: &Node) -> Self {
        let world = &node.world;
        let accounts = world.accounts.iter();
        Self {
            version: VERSION,
            chain_id: node.config.chain_id,
            timing: node.timing,
            reorgs: node.reorgs,
            impersonated: node.impersonated.clone(),
            impersonate_all: node.impersonate_all,
            accounts: accounts.map(|(a, info)| (*a, info.into())).collect(),
            storage: slots(&world.storage),
            code: world.code.values().map(Bytecode::original_bytes).collect(),
            open: (&world.open).into(),
            layers: world.layers.iter().map(SavedValues::from).collect(),
            forgotten: world.forgotten,
            blocks: node.history.iter().map(|block| (&**block).into()).collect(),
            complete_from: node.history.complete_from,
            transactions_from: node.history.transactions_from,
            pool: node.pool.by_arrival().into_iter().map(Into::into).collect(),
        }
    }
}

/// The chain that was saved.
pub(super) fn load(config: ChainConfig, saved: &[u8]) -> Result<Node, LoadError> {
    let saved: Saved = serde_json::from_slice(saved)?;
    if saved.version != VERSION {
        return Err(LoadError::Version {
            found: saved.version,
        });
    }
    if saved.chain_id != config.chain_id {
        return Err(LoadError::ChainId {
            found: saved.chain_id,
            expected: config.chain_id,
        });
    }
    let mut node = Node::without_blocks(config);
    node.timing = saved.timing;
    node.reorgs = saved.reorgs;
    node.impersonated = saved.impersonated;
    node.impersonate_all = saved.impersonate_all;
    let world = &mut node.world;
    let accounts = saved.accounts.into_iter();
    world.accounts = accounts.map(|(a, info)| (a, info.into())).collect();
    world.storage = keyed(saved.storage);
    for code in saved.code {
        let code = Bytecode::new_raw_checked(code).map_err(damaged)?;
        world.code.insert(code.hash_slow(), code);
    }
    world.open = saved.open.into();
    world.layers = saved.layers.into_iter().map(Values::from).collect();
    world.forgotten = saved.forgotten;
    let mut last: Option<(u64, B256)> = None;
    for saved in saved.blocks {
        let block = block(saved)?;
        let header = &block.header;
        if last.is_some_and(|(n, hash)| {
            header.number <= n || header.number == n + 1 && header.parent_hash != hash
        }) {
            return Err(damaged(format!("block {} follows none", header.number)));
        }
        last = Some((header.number, block.hash));
        node.history.push(Arc::new(block));
    }
    if node.history.genesis().is_none() {
        return Err(damaged("there is no genesis block"));
    }
    node.history.complete_from = saved.complete_from;
    node.history.transactions_from = saved.transactions_from;
    node.renew_block_hashes();
    for waiting in saved.pool {
        node.pool.add(transaction(waiting)?).map_err(damaged)?;
    }
    Ok(node)
}

fn damaged(what: impl ToString) -> LoadError {
    LoadError::Damaged(what.to_string())
}

fn block(saved: SavedBlock) -> Result<Block, LoadError> {
    let mined = saved.mined.into_iter().map(|saved| {
        Ok(Mined {
            transaction: transaction(saved.transaction)?,
            receipt: saved.receipt,
            gas_used: saved.gas_used,
            created: saved.created,
        })
    });
    Ok(Block {
        hash: saved.header.hash_slow(),
        header: saved.header,
        mined: mined.collect::<Result<_, LoadError>>()?,
        layers: saved.layers,
    })
}

fn transaction(saved: SavedTransaction) -> Result<SignedTransaction, LoadError> {
    let envelope = TxEnvelope::decode_2718_exact(&saved.raw).map_err(damaged)?;
    Ok(SignedTransaction::new_unchecked(envelope, saved.from))
}

fn slots<'a>(storage: impl IntoIterator<Item = (&'a (Address, U256), &'a U256)>) -> Vec<SavedSlot> {
    let slots = storage.into_iter();
    slots
        .map(|((account, slot), value)| (*account, *slot, *value))
        .collect()
}

fn keyed<M: FromIterator<((Address, U256), U256)>>(slots: Vec<SavedSlot>) -> M {
    let slots = slots.into_iter();
    slots
        .map(|(account, slot, value)| ((account, slot), value))
        .collect()
}

impl From<&AccountInfo> for SavedAccount {
    fn from(info: &AccountInfo) -> Self {
        Self {
            balance: info.balance,
            nonce: info.nonce,
            code_hash: info.code_hash,
        }
    }
}

impl From<SavedAccount> for AccountInfo {
    fn from(saved: SavedAccount) -> Self {
        Self {
            balance: saved.balance,
            nonce: saved.nonce,
            code_hash: saved.code_hash,
            ..empty()
        }
    }
}

impl From<&Values> for SavedValues {
    fn from(values: &Values) -> Self {
        let accounts = values.accounts.iter();
        Self {
            accounts: accounts
                .map(|(account, info)| (*account, info.as_ref().map(Into::into)))
                .collect(),
            storage: slots(&values.storage),
        }
    }
}

impl From<SavedValues> for Values {
    fn from(saved: SavedValues) -> Self {
        let accounts = saved.accounts.into_iter();
        Self {
            accounts: accounts
                .map(|(account, info)| (account, info.map(Into::into)))
                .collect(),
            storage: keyed(saved.storage),
        }
    }
}

impl From<&Block> for SavedBlock {
    fn from(block: &Block) -> Self {
        let mined = block.mined.iter().map(|mined| SavedMined {
            transaction: (&mined.transaction).into(),
            receipt: mined.receipt.clone(),
            gas_used: mined.gas_used,
            created: mined.created,
        });
        Self {
            header: block.header.clone(),
            layers: block.layers,
            mined: mined.collect(),
        }
    }
}

impl From<&SignedTransaction> for SavedTransaction {
    fn from(transaction: &SignedTransaction) -> Self {
        Self {
            from: transaction.signer(),
            raw: transaction.encoded_2718().into(),
        }
    }
}
