//! The accounts of the simulated chain, with what it takes to undo the last blocks.

use std::{
    collections::{HashMap, VecDeque},
    convert::Infallible,
};

use alloy::primitives::{Address, B256, KECCAK256_EMPTY, U256};
use revm::{
    DatabaseRef,
    bytecode::Bytecode,
    state::{AccountInfo, EvmState},
};

/// How many blocks can be undone, and how far back state can be asked for.
pub(crate) const UNDO_BLOCKS_MAX: usize = 256;

/// Values as they were before a block (or before several).
#[derive(Debug, Default, Clone)]
struct Before {
    accounts: HashMap<Address, Option<AccountInfo>>,
    storage: HashMap<(Address, U256), U256>,
}

/// All accounts after the latest block. Code is kept for ever, by hash.
#[derive(Debug, Default)]
pub(crate) struct World {
    accounts: HashMap<Address, AccountInfo>,
    storage: HashMap<(Address, U256), U256>,
    code: HashMap<B256, Bytecode>,
    block_hashes: HashMap<u64, B256>,
    open: Before,
    undo: VecDeque<Before>,
}

impl World {
    /// Gives an account ether before the first block.
    pub(crate) fn fund(&mut self, account: Address, balance: U256) {
        self.accounts
            .insert(account, AccountInfo { balance, ..empty() });
    }

    /// Applies what a transaction changed.
    pub(crate) fn commit(&mut self, changes: EvmState) {
        for (address, account) in changes {
            if !account.is_touched() {
                continue;
            }
            if !self.open.accounts.contains_key(&address) {
                let before = self.accounts.get(&address).cloned();
                self.open.accounts.insert(address, before);
            }
            // Since EIP-6780 an account can be destroyed only in the transaction that created
            // it, so it never had storage here; since EIP-161 no empty account stays.
            if account.is_selfdestructed() || account.is_empty() {
                self.accounts.remove(&address);
                continue;
            }
            let mut info = account.info;
            if let Some(code) = info.code.take()
                && info.code_hash != KECCAK256_EMPTY
            {
                self.code.entry(info.code_hash).or_insert(code);
            }
            self.accounts.insert(address, info);
            for (slot, value) in account.storage {
                if value.present_value != value.original_value {
                    self.set_storage(address, slot, value.present_value);
                }
            }
        }
    }

    fn set_storage(&mut self, address: Address, slot: U256, value: U256) {
        let key = (address, slot);
        let before = if value.is_zero() {
            self.storage.remove(&key)
        } else {
            self.storage.insert(key, value)
        };
        self.open
            .storage
            .entry(key)
            .or_insert(before.unwrap_or_default());
    }

    /// Ends a block: what was committed since the last one can be undone together.
    pub(crate) fn seal(&mut self, number: u64, hash: B256) {
        self.undo.push_back(std::mem::take(&mut self.open));
        if self.undo.len() > UNDO_BLOCKS_MAX {
            self.undo.pop_front();
        }
        self.block_hashes.insert(number, hash);
        if let Some(old) = number.checked_sub(UNDO_BLOCKS_MAX as u64) {
            self.block_hashes.remove(&old);
        }
    }

    /// How many blocks can be undone.
    pub(crate) fn depth(&self) -> usize {
        self.undo.len()
    }

    /// Undoes the latest block, whose number is given. False where it is too deep.
    pub(crate) fn undo(&mut self, number: u64) -> bool {
        let Some(before) = self.undo.pop_back() else {
            return false;
        };
        for (address, account) in before.accounts {
            match account {
                Some(info) => self.accounts.insert(address, info),
                None => self.accounts.remove(&address),
            };
        }
        for (key, value) in before.storage {
            if value.is_zero() {
                self.storage.remove(&key);
            } else {
                self.storage.insert(key, value);
            }
        }
        self.block_hashes.remove(&number);
        true
    }

    /// The state as it was `blocks` blocks ago; `None` where that is pruned.
    pub(crate) fn view(&self, blocks: usize) -> Option<View<'_>> {
        let first = self.undo.len().checked_sub(blocks)?;
        let mut before = Before::default();
        for block in self.undo.iter().skip(first).rev() {
            before
                .accounts
                .extend(block.accounts.iter().map(|(k, v)| (*k, v.clone())));
            before.storage.extend(&block.storage);
        }
        Some(View {
            world: self,
            before,
        })
    }
}

/// The world at some height.
#[derive(Debug)]
pub(crate) struct View<'a> {
    world: &'a World,
    before: Before,
}

impl View<'_> {
    /// An account; the empty one where there is none.
    pub(crate) fn account(&self, address: Address) -> AccountInfo {
        let found = match self.before.accounts.get(&address) {
            Some(before) => before.clone(),
            None => self.world.accounts.get(&address).cloned(),
        };
        found.unwrap_or_else(empty)
    }

    /// An account's code.
    pub(crate) fn code(&self, address: Address) -> Bytecode {
        self.world
            .code
            .get(&self.account(address).code_hash)
            .cloned()
            .unwrap_or_default()
    }

    /// A storage slot.
    pub(crate) fn slot(&self, address: Address, slot: U256) -> U256 {
        let key = (address, slot);
        let before = self.before.storage.get(&key);
        before
            .or_else(|| self.world.storage.get(&key))
            .copied()
            .unwrap_or_default()
    }
}

impl DatabaseRef for View<'_> {
    type Error = Infallible;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        let info = self.account(address);
        Ok((!info.is_empty()).then_some(info))
    }

    fn code_by_hash_ref(&self, hash: B256) -> Result<Bytecode, Infallible> {
        Ok(self.world.code.get(&hash).cloned().unwrap_or_default())
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, Infallible> {
        Ok(self.slot(address, slot))
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Infallible> {
        Ok(self
            .world
            .block_hashes
            .get(&number)
            .copied()
            .unwrap_or_default())
    }
}

/// Without code in place: the EVM fetches it by hash.
fn empty() -> AccountInfo {
    AccountInfo {
        code: None,
        ..AccountInfo::default()
    }
}
