//! The accounts of the simulated chain, with what it takes to undo what happened last.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    convert::Infallible,
    mem,
};

use alloy::primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256};
use revm::{
    DatabaseRef,
    bytecode::Bytecode,
    state::{AccountInfo, EvmState},
};

use super::error::ChainError;

/// Values of some accounts and slots.
#[derive(Debug, Default, Clone)]
pub(crate) struct Values {
    pub(crate) accounts: HashMap<Address, Option<AccountInfo>>,
    pub(crate) storage: HashMap<(Address, U256), U256>,
}

/// What a [`View`] has otherwise than the world below it.
#[derive(Debug, Default, Clone)]
pub(crate) struct Overlay {
    values: Values,
    code: HashMap<B256, Bytecode>,
    /// Accounts none of whose slots below count.
    emptied: HashSet<Address>,
    block_hashes: HashMap<u64, B256>,
}

/// All accounts as they are now. Code is kept for ever, by hash.
///
/// What changed is kept in layers, each the values before it: one for each block, and one more
/// where somebody looks back to a state between blocks.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) accounts: HashMap<Address, AccountInfo>,
    pub(crate) storage: HashMap<(Address, U256), U256>,
    pub(crate) code: HashMap<B256, Bytecode>,
    /// Hashes that `BLOCKHASH` may ask for.
    pub(crate) block_hashes: HashMap<u64, B256>,
    /// The values before what changed since the last layer.
    pub(crate) open: Values,
    pub(crate) layers: VecDeque<Values>,
    /// How many layers were forgotten.
    pub(crate) forgotten: u64,
}

impl World {
    /// Gives an account ether before the first block.
    pub(crate) fn fund(&mut self, account: Address, balance: U256) {
        self.accounts
            .insert(account, AccountInfo { balance, ..empty() });
    }

    /// Makes what a view has otherwise so. What is only for calls (emptied storage, hashes of
    /// blocks) has no place here.
    pub(crate) fn apply(&mut self, changed: Overlay) {
        self.code.extend(changed.code);
        let before = self.exchange(changed.values);
        for (address, account) in before.accounts {
            self.open.accounts.entry(address).or_insert(account);
        }
        for (key, value) in before.storage {
            self.open.storage.entry(key).or_insert(value);
        }
    }

    /// Sets values and returns those before.
    fn exchange(&mut self, values: Values) -> Values {
        let mut before = Values::default();
        for (address, account) in values.accounts {
            let old = match account {
                Some(info) => self.accounts.insert(address, info),
                None => self.accounts.remove(&address),
            };
            before.accounts.insert(address, old);
        }
        for (key, value) in values.storage {
            let old = if value.is_zero() {
                self.storage.remove(&key)
            } else {
                self.storage.insert(key, value)
            };
            before.storage.insert(key, old.unwrap_or_default());
        }
        before
    }

    /// The number of layers by which the state now is found again.
    pub(crate) fn mark(&mut self) -> u64 {
        if self.open.accounts.is_empty() && self.open.storage.is_empty() {
            return self.height();
        }
        self.seal()
    }

    /// Ends a layer and returns the number of layers so far.
    pub(crate) fn seal(&mut self) -> u64 {
        self.layers.push_back(mem::take(&mut self.open));
        self.height()
    }

    fn height(&self) -> u64 {
        self.forgotten + self.layers.len() as u64
    }

    /// Forgets how to go back before so many layers.
    pub(crate) fn forget(&mut self, layers: u64) {
        while self.forgotten < layers && self.layers.pop_front().is_some() {
            self.forgotten += 1;
        }
    }

    /// Goes back to the state after so many layers.
    pub(crate) fn undo_to(&mut self, layers: u64) {
        let open = mem::take(&mut self.open);
        self.exchange(open);
        while self.height() > layers {
            let Some(layer) = self.layers.pop_back() else {
                return;
            };
            self.exchange(layer);
        }
    }

    /// The state now.
    pub(crate) fn view(&self) -> View<'_> {
        View {
            world: self,
            over: Overlay::default(),
        }
    }

    /// The state after so many layers; `None` where that is forgotten.
    pub(crate) fn view_at(&self, layers: u64) -> Option<View<'_>> {
        let kept = usize::try_from(layers.checked_sub(self.forgotten)?).ok()?;
        let mut values = self.open.clone();
        for layer in self.layers.iter().skip(kept).rev() {
            values
                .accounts
                .extend(layer.accounts.iter().map(|(k, v)| (*k, v.clone())));
            values.storage.extend(&layer.storage);
        }
        Some(View {
            world: self,
            over: Overlay {
                values,
                ..Overlay::default()
            },
        })
    }
}

/// The world at some height, or with changes that are not in it.
#[derive(Debug)]
pub(crate) struct View<'a> {
    world: &'a World,
    over: Overlay,
}

impl View<'_> {
    /// What it has otherwise than the world.
    pub(crate) fn into_overlay(self) -> Overlay {
        self.over
    }

    /// An account; the empty one where there is none.
    pub(crate) fn account(&self, address: Address) -> AccountInfo {
        let found = match self.over.values.accounts.get(&address) {
            Some(over) => over.clone(),
            None => self.world.accounts.get(&address).cloned(),
        };
        found.unwrap_or_else(empty)
    }

    /// An account's code.
    pub(crate) fn code(&self, address: Address) -> Bytecode {
        self.code_of(self.account(address).code_hash)
    }

    fn code_of(&self, hash: B256) -> Bytecode {
        let over = self.over.code.get(&hash);
        over.or_else(|| self.world.code.get(&hash))
            .cloned()
            .unwrap_or_default()
    }

    /// A storage slot.
    pub(crate) fn slot(&self, address: Address, slot: U256) -> U256 {
        let key = (address, slot);
        if let Some(value) = self.over.values.storage.get(&key) {
            return *value;
        }
        if self.over.emptied.contains(&address) {
            return U256::ZERO;
        }
        self.world.storage.get(&key).copied().unwrap_or_default()
    }

    /// Applies what a transaction changed.
    pub(crate) fn commit(&mut self, changes: EvmState) {
        for (address, account) in changes {
            if !account.is_touched() {
                continue;
            }
            // Since EIP-6780 an account can be destroyed only in the transaction that created
            // it, so it never had storage here; since EIP-161 no empty account stays.
            if account.is_selfdestructed() || account.is_empty() {
                self.over.values.accounts.insert(address, None);
                continue;
            }
            let mut info = account.info;
            if let Some(code) = info.code.take()
                && info.code_hash != KECCAK256_EMPTY
            {
                self.over.code.entry(info.code_hash).or_insert(code);
            }
            self.over.values.accounts.insert(address, Some(info));
            for (slot, value) in account.storage {
                if value.present_value != value.original_value {
                    self.set_slot(address, slot, value.present_value);
                }
            }
        }
    }

    fn change(&mut self, address: Address, change: impl FnOnce(&mut AccountInfo)) {
        let mut info = self.account(address);
        change(&mut info);
        let info = (!info.is_empty()).then_some(info);
        self.over.values.accounts.insert(address, info);
    }

    /// Gives an account another balance.
    pub(crate) fn set_balance(&mut self, address: Address, balance: U256) {
        self.change(address, |info| info.balance = balance);
    }

    /// Gives an account another nonce.
    pub(crate) fn set_nonce(&mut self, address: Address, nonce: u64) {
        self.change(address, |info| info.nonce = nonce);
    }

    /// Gives an account other code.
    pub(crate) fn set_code(&mut self, address: Address, code: Bytecode) {
        let hash = code.hash_slow();
        self.over.code.insert(hash, code);
        self.change(address, |info| info.code_hash = hash);
    }

    /// Gives a slot another value.
    pub(crate) fn set_slot(&mut self, address: Address, slot: U256, value: U256) {
        self.over.values.storage.insert((address, slot), value);
    }

    /// Takes all slots of an account away, for calls.
    pub(crate) fn empty_storage(&mut self, address: Address) {
        self.over
            .values
            .storage
            .retain(|(owner, _), _| *owner != address);
        self.over.emptied.insert(address);
    }

    /// Gives a block another hash, for calls.
    pub(crate) fn set_block_hash(&mut self, number: u64, hash: B256) {
        self.over.block_hashes.insert(number, hash);
    }
}

impl DatabaseRef for View<'_> {
    type Error = Infallible;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        let info = self.account(address);
        Ok((!info.is_empty()).then_some(info))
    }

    fn code_by_hash_ref(&self, hash: B256) -> Result<Bytecode, Infallible> {
        Ok(self.code_of(hash))
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, Infallible> {
        Ok(self.slot(address, slot))
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Infallible> {
        let over = self.over.block_hashes.get(&number);
        Ok(over
            .or_else(|| self.world.block_hashes.get(&number))
            .copied()
            .unwrap_or_default())
    }
}

/// Code that an account can have.
pub(crate) fn checked_code(code: Bytes) -> Result<Bytecode, ChainError> {
    Bytecode::new_raw_checked(code).map_err(|error| ChainError::Params(format!("code: {error}")))
}

/// Without code in place: the EVM fetches it by hash.
pub(crate) fn empty() -> AccountInfo {
    AccountInfo {
        code: None,
        ..AccountInfo::default()
    }
}
