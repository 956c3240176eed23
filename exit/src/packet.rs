//! The exit packet: a JSON file of what one owner has in a proved state, with what proves it.

use assay_api::exact_json::{self, ExactJsonError};
use assay_circuits::{
    account::Account,
    address::{Address, L1Address, Network},
    babyjubjub::Point,
    batch::State,
    escape::{EscapeWitness, ExitOrder},
    order::Signed,
    quantity::{AccountIndex, Amount, BatchNumber, Nonce, StateRoot, TokenId},
    tree::{MerkleProof, root_of},
};
use assay_l1::{address::EthAddress, batch::Claim};
use serde::{Deserialize, Serialize};

use crate::{
    claims::{ClaimsError, OpenClaims, OpenClaimsFields},
    rollup::{Rollup, StateReference},
};

/// The value of `format` in every packet.
pub const FORMAT: &str = "assay-exit-packet";
/// The version that is written and read.
pub const VERSION: u32 = 1;
/// Largest packet that is read: room for some thousands of accounts.
pub const PACKET_BYTES_MAX: usize = 16 << 20;

/// An account and the proof that it is in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProvedAccount {
    /// Where its leaf is.
    pub index: AccountIndex,
    /// The account.
    pub account: Account,
    /// The nodes beside its path.
    pub path: MerkleProof,
}

/// What an owner has in a proved state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExitPacket {
    /// The state.
    pub state: StateReference,
    /// Whose accounts they are.
    pub owner: Point,
    /// All accounts of the owner, by index.
    pub accounts: Vec<ProvedAccount>,
    /// Claims of these accounts, and others of the same receivers, that were open, by batch.
    pub claims: Vec<OpenClaims>,
}

/// Why bytes are no packet.
#[derive(Debug, thiserror::Error)]
pub enum PacketError {
    /// More bytes than any packet has.
    #[error("{found_bytes} bytes are more than an exit packet has")]
    TooLarge {
        /// How many there are.
        found_bytes: usize,
    },
    /// Not JSON, or with other fields.
    #[error("no exit packet: {0}")]
    Fields(#[from] ExactJsonError),
    /// JSON of another kind.
    #[error("`format` is not \"{FORMAT}\"")]
    ForeignFormat,
    /// A packet of another version.
    #[error("exit packet version {found}; this program reads version {VERSION}")]
    UnsupportedVersion {
        /// Its version.
        found: u32,
    },
    /// The owner's address is of a network that the chain is not.
    #[error("its owner's address is of another kind of network than chain {chain_id}")]
    WrongNetwork {
        /// The packet's chain.
        chain_id: u64,
    },
    /// Accounts are not in order, or one is there twice.
    #[error("its accounts are not in the order of their indexes")]
    Order,
    /// The claims are none of a batch.
    #[error(transparent)]
    Claims(#[from] ClaimsError),
    /// A path that does not lead to the root.
    #[error("account {index} is not in the state with root {root}")]
    NotInState {
        /// Which account.
        index: AccountIndex,
        /// The packet's root.
        root: StateRoot,
    },
}

/// The file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PacketFile {
    format: String,
    version: u32,
    chain_id: u64,
    contract: L1Address,
    batch: BatchNumber,
    root: StateRoot,
    owner: Address,
    accounts: Vec<AccountFields>,
    claims: Vec<OpenClaimsFields>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountFields {
    index: AccountIndex,
    token: TokenId,
    balance: Amount,
    nonce: Nonce,
    path: MerkleProof,
}

impl ExitPacket {
    /// The packet of an owner from a state and the claims that are open there: those that the
    /// owner's accounts made, and those that are made out to one of the receivers.
    #[must_use]
    pub fn of_state(
        reference: StateReference,
        state: &State,
        owner: Point,
        (claims, receivers): (&[OpenClaims], &[EthAddress]),
    ) -> Self {
        let tree = state.tree();
        let proved = |(index, account): (AccountIndex, Account)| ProvedAccount {
            index,
            account,
            path: tree.proof(index.get()),
        };
        let accounts: Vec<_> = state.ledger().of_owner(&owner);
        let is_own = |claim: &Claim| {
            let mut own = accounts.iter();
            receivers.contains(&claim.receiver) || own.any(|(index, _)| index.get() == claim.from)
        };
        Self {
            state: reference,
            owner,
            claims: claims.iter().filter_map(|open| open.of(is_own)).collect(),
            accounts: accounts.into_iter().map(proved).collect(),
        }
    }

    /// Reads a packet and checks that its accounts are in the state that it names.
    ///
    /// # Errors
    /// [`PacketError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, PacketError> {
        let found_bytes = bytes.len();
        if found_bytes > PACKET_BYTES_MAX {
            return Err(PacketError::TooLarge { found_bytes });
        }
        let kind: Kind = exact_json::from_slice(bytes)?;
        if kind.format != FORMAT {
            return Err(PacketError::ForeignFormat);
        }
        if kind.version != VERSION {
            return Err(PacketError::UnsupportedVersion {
                found: kind.version,
            });
        }
        let packet = Self::of_file(exact_json::from_slice(bytes)?)?;
        packet.check()?;
        Ok(packet)
    }

    fn of_file(file: PacketFile) -> Result<Self, PacketError> {
        let rollup = Rollup {
            chain_id: file.chain_id,
            contract: file.contract,
        };
        if file.owner.network != rollup.network() {
            return Err(PacketError::WrongNetwork {
                chain_id: file.chain_id,
            });
        }
        let owner = file.owner.owner;
        let account = |fields: AccountFields| ProvedAccount {
            index: fields.index,
            account: Account {
                owner,
                token: fields.token,
                balance: fields.balance,
                nonce: fields.nonce,
            },
            path: fields.path,
        };
        Ok(Self {
            state: StateReference {
                rollup,
                batch: file.batch,
                root: file.root,
            },
            owner,
            accounts: file.accounts.into_iter().map(account).collect(),
            claims: file.claims.into_iter().map(OpenClaims::from).collect(),
        })
    }

    /// Whether its accounts are in its state, and its claims those of their headers.
    ///
    /// # Errors
    /// [`PacketError::Order`], [`PacketError::NotInState`], [`PacketError::Claims`].
    pub fn check(&self) -> Result<(), PacketError> {
        let StateReference { root, .. } = self.state;
        let ascending = self.accounts.is_sorted_by(|a, b| a.index < b.index);
        if !ascending {
            return Err(PacketError::Order);
        }
        let lost = self.accounts.iter().find(|proved| {
            let ProvedAccount {
                index,
                account,
                path,
            } = proved;
            account.owner != self.owner || root_of(index.get(), account.leaf(), path) != root.0
        });
        match lost {
            None => Ok(OpenClaims::check_all(&self.claims)?),
            Some(ProvedAccount { index, .. }) => Err(PacketError::NotInState {
                index: *index,
                root,
            }),
        }
    }

    /// The file.
    #[must_use]
    pub fn to_json(&self) -> String {
        let StateReference {
            rollup,
            batch,
            root,
        } = self.state;
        let fields = |proved: &ProvedAccount| AccountFields {
            index: proved.index,
            token: proved.account.token,
            balance: proved.account.balance,
            nonce: proved.account.nonce,
            path: proved.path,
        };
        let file = PacketFile {
            format: FORMAT.to_owned(),
            version: VERSION,
            chain_id: rollup.chain_id,
            contract: rollup.contract,
            batch,
            root,
            owner: self.address(rollup.network()),
            accounts: self.accounts.iter().map(fields).collect(),
            claims: self.claims.iter().map(OpenClaimsFields::from).collect(),
        };
        serde_json::to_string_pretty(&file).expect("strings and numbers always serialise")
    }

    fn address(&self, network: Network) -> Address {
        Address {
            network,
            owner: self.owner,
        }
    }

    /// The witness of an exit of one of its accounts: a signed order, whose `from` it is.
    /// `None` where the packet does not have the account.
    #[must_use]
    pub fn witness(&self, signed: Signed<ExitOrder>) -> Option<EscapeWitness> {
        let mut accounts = self.accounts.iter();
        let proved = accounts.find(|proved| proved.index == signed.order.from)?;
        Some(EscapeWitness {
            root: self.state.root,
            domain: self.state.rollup.domain(),
            account: proved.account,
            proof: proved.path,
            signed,
        })
    }
}

/// What every version's file has.
#[derive(Debug, Serialize, Deserialize)]
struct Kind {
    #[serde(default)]
    format: String,
    #[serde(default)]
    version: u32,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
