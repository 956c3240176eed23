//! The published state: all accounts and open claims after a batch in one file, from which the packet of any owner
//! is made.
//!
//! ```text
//! 0     "assaystate"
//! 10    format version       u16, like all numbers big-endian
//! 12    chain id             u64
//! 20    contract             20 bytes
//! 40    batch                u64
//! 48    root                 32 bytes
//! 80    accounts             u32: how many indexes were given out, the reserved index 0 among them
//! 84    the accounts 1, 2, ... of 54 bytes each:
//!       owner, compressed    32 bytes
//!       token                u16
//!       nonce                u32
//!       balance              u128
//! ...   batches with open claims of them, u32, then these batches:
//!       batch                u64
//!       commitment, new root, claims hash, 32 bytes each
//!       queue end            u64
//!       timestamp, accounts  u32 each
//!       shape                u8
//!       claims               u16, then these: token u16, amount u128, receiver, account u24
//!       open claims          u16, then their numbers, u16 each
//! ```

mod claims;
mod fields;

use assay_circuits::{
    account::Account,
    address::L1Address,
    babyjubjub::{Point, PointError},
    batch::State,
    quantity::{AccountIndex, Amount, BatchNumber, StateRoot, TokenId},
    word::{self, NotCanonical},
};
use assay_l1::address::EthAddress;
use rayon::prelude::*;

use crate::{
    claims::{ClaimsError, OpenClaims},
    packet::ExitPacket,
    rollup::{Rollup, StateReference},
};
use fields::{CutOff, Fields};

/// First bytes of every published state.
pub const MAGIC: [u8; 10] = *b"assaystate";
/// The version that is written and read.
pub const FORMAT_VERSION: u16 = 1;
const HEADER_BYTES: usize = 84;
const ACCOUNT_BYTES: usize = 54;
/// All accounts and open claims after a batch.
#[derive(Debug, Clone)]
pub struct PublishedState {
    /// Which state it is.
    pub reference: StateReference,
    state: State,
    claims: Vec<OpenClaims>,
}

/// Why bytes are no published state, or a state cannot be published.
#[derive(Debug, thiserror::Error)]
pub enum PublishedError {
    /// Other first bytes.
    #[error("no published state: it does not start with \"assaystate\"")]
    ForeignFormat,
    /// A file of another version.
    #[error("published state version {found}; this program reads version {FORMAT_VERSION}")]
    UnsupportedVersion {
        /// Its version.
        found: u16,
    },
    /// More accounts than a tree has, or none at all, not even the reserved one.
    #[error("a state has 1 to 16777216 accounts, this one {0}")]
    Accounts(u32),
    /// Bytes are missing.
    #[error("it ends early")]
    CutOff,
    /// Bytes are left over.
    #[error("{0} bytes are left over behind it")]
    LeftOver(usize),
    /// The claims are none of a batch.
    #[error(transparent)]
    Claims(#[from] ClaimsError),
    /// The root is no field element.
    #[error("its root: {0}")]
    Root(#[from] NotCanonical),
    /// An owner that is no point of the curve.
    #[error("the owner of account {index}: {source}")]
    Owner {
        /// Whose.
        index: u32,
        /// What is wrong with it.
        source: PointError,
    },
    /// The accounts do not make the root that the file or the layer 1 names.
    #[error("its accounts have root {found}, not {expected}")]
    OtherRoot {
        /// As named.
        expected: StateRoot,
        /// As hashed.
        found: StateRoot,
    },
    /// An index that was given out has no account.
    #[error("there is no account {index}, though later ones are there")]
    Gap {
        /// The index.
        index: u32,
    },
}

impl PublishedState {
    /// A state to publish, of a rollup after a batch.
    ///
    /// # Errors
    /// [`PublishedError::Gap`]: no state of a rollup has one. [`PublishedError::Claims`].
    pub fn new(
        rollup: Rollup,
        batch: BatchNumber,
        state: State,
        claims: Vec<OpenClaims>,
    ) -> Result<Self, PublishedError> {
        OpenClaims::check_all(&claims)?;
        let count = u32::try_from(state.ledger().len()).unwrap_or(u32::MAX);
        let missing = (1..=count).find(|index| at(&state, *index).is_none());
        match missing {
            Some(index) => Err(PublishedError::Gap { index }),
            None => Ok(Self {
                reference: StateReference {
                    rollup,
                    batch,
                    root: state.root(),
                },
                state,
                claims,
            }),
        }
    }

    /// The accounts and their tree.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Claims that were not paid.
    #[must_use]
    pub fn claims(&self) -> &[OpenClaims] {
        &self.claims
    }

    /// What an owner has in it, and claims that are made out to these receivers.
    #[must_use]
    pub fn packet(&self, owner: Point, receivers: &[EthAddress]) -> ExitPacket {
        let claims = (&self.claims[..], receivers);
        ExitPacket::of_state(self.reference, &self.state, owner, claims)
    }

    /// The file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let StateReference {
            rollup,
            batch,
            root,
        } = self.reference;
        let accounts = self.state.ledger().len();
        let mut bytes = Vec::with_capacity(HEADER_BYTES + ACCOUNT_BYTES * accounts);
        bytes.extend(MAGIC);
        bytes.extend(FORMAT_VERSION.to_be_bytes());
        bytes.extend(rollup.chain_id.to_be_bytes());
        bytes.extend(rollup.contract.0);
        bytes.extend(batch.0.to_be_bytes());
        bytes.extend(word::to_bytes(root.0));
        let accounts = u32::try_from(accounts).expect("a tree has 2^24 leaves");
        bytes.extend((accounts + 1).to_be_bytes());
        for index in 1..=accounts {
            let account = at(&self.state, index).expect("a published state has no gaps");
            bytes.extend(account.owner.compress());
            bytes.extend(account.token.0.to_be_bytes());
            bytes.extend(account.nonce.to_be_bytes());
            bytes.extend(account.balance.0.to_be_bytes());
        }
        claims::write(&self.claims, &mut bytes);
        bytes
    }

    /// Reads a published state and hashes its accounts to its root, on all of rayon's threads.
    ///
    /// # Errors
    /// [`PublishedError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, PublishedError> {
        if !Self::is_one(bytes) {
            return Err(PublishedError::ForeignFormat);
        }
        let mut fields = Fields(&bytes[MAGIC.len()..]);
        let found = u16::from_be_bytes(fields.take()?);
        if found != FORMAT_VERSION {
            return Err(PublishedError::UnsupportedVersion { found });
        }
        let rollup = Rollup {
            chain_id: u64::from_be_bytes(fields.take()?),
            contract: L1Address(fields.take()?),
        };
        let batch = BatchNumber(u64::from_be_bytes(fields.take()?));
        let expected = StateRoot(word::from_bytes(&fields.take()?)?);
        let accounts = u32::from_be_bytes(fields.take()?);
        if !(1..=AccountIndex::END).contains(&accounts) {
            return Err(PublishedError::Accounts(accounts));
        }
        let records = fields.take_slice(ACCOUNT_BYTES * (accounts as usize - 1))?;
        let claims = claims::read(&mut fields)?;
        if !fields.0.is_empty() {
            return Err(PublishedError::LeftOver(fields.0.len()));
        }
        let records = records.par_chunks_exact(ACCOUNT_BYTES);
        let read = |(before, record): (usize, &[u8])| read_account(before as u32 + 1, record);
        let accounts: Vec<_> = records.enumerate().map(read).collect::<Result<_, _>>()?;
        let state = State::from_accounts(accounts);
        let found = state.root();
        if found != expected {
            return Err(PublishedError::OtherRoot { expected, found });
        }
        Self::new(rollup, batch, state, claims)
    }

    /// Whether bytes start as a published state does.
    #[must_use]
    pub fn is_one(bytes: &[u8]) -> bool {
        bytes.starts_with(&MAGIC)
    }
}

impl From<CutOff> for PublishedError {
    fn from(_: CutOff) -> Self {
        Self::CutOff
    }
}

fn at(state: &State, index: u32) -> Option<&Account> {
    state.ledger().account(AccountIndex::new(index).ok()?)
}

fn read_account(index: u32, record: &[u8]) -> Result<(AccountIndex, Account), PublishedError> {
    let mut fields = Fields(record);
    let owner = Point::decompress(&fields.take()?)
        .map_err(|source| PublishedError::Owner { index, source })?;
    let account = Account {
        owner,
        token: TokenId(u16::from_be_bytes(fields.take()?)),
        nonce: u32::from_be_bytes(fields.take()?),
        balance: Amount(u128::from_be_bytes(fields.take()?)),
    };
    let index = AccountIndex::new(index).expect("the number of accounts was checked");
    Ok((index, account))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
