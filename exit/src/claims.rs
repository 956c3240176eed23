//! Open claims of proved batches, with what the contract asks to see of their batch.

use assay_api::hexadecimal;
use assay_circuits::quantity::Amount;
use assay_l1::{
    address::EthAddress,
    batch::{BatchHeader, Claim, Word, claims_hash},
};
use serde::{Deserialize, Serialize};

/// Claims of one batch that were not paid when the file was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenClaims {
    /// The batch.
    pub batch: u64,
    /// Its header; the contract has the hash.
    pub header: BatchHeader,
    /// All claims of the batch, in the contract's order.
    pub claims: Vec<Claim>,
    /// The numbers of those that are open, ascending.
    pub which: Vec<u16>,
}

/// Why open claims are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsError {
    /// The list is another than the header says.
    #[error("the claims of batch {0} are not those of its header")]
    OtherList(u64),
    /// A number that the list does not have, or that is not after the one before it.
    #[error("the numbers of the open claims of batch {0} are not ascending numbers of its list")]
    Numbers(u64),
    /// Batches are not in order, or one is there twice.
    #[error("claims of batch {0} are not after those of the batch before")]
    Order(u64),
}

impl OpenClaims {
    /// Whether the list is the header's, and the numbers are of the list.
    ///
    /// # Errors
    /// [`ClaimsError`].
    pub fn check(&self) -> Result<(), ClaimsError> {
        if claims_hash(&self.claims) != self.header.claims_hash {
            return Err(ClaimsError::OtherList(self.batch));
        }
        let inside = |which: &u16| usize::from(*which) < self.claims.len();
        let ascending = self.which.is_sorted_by(|a, b| a < b);
        if ascending && !self.which.is_empty() && self.which.iter().all(inside) {
            Ok(())
        } else {
            Err(ClaimsError::Numbers(self.batch))
        }
    }

    /// Checks several, which are in the order of their batches.
    ///
    /// # Errors
    /// [`ClaimsError`].
    pub fn check_all(all: &[Self]) -> Result<(), ClaimsError> {
        if let Some(pair) = all.windows(2).find(|pair| pair[0].batch >= pair[1].batch) {
            return Err(ClaimsError::Order(pair[1].batch));
        }
        all.iter().try_for_each(Self::check)
    }

    /// The open ones, with their numbers.
    pub fn open(&self) -> impl Iterator<Item = (u16, &Claim)> {
        let numbers = self.which.iter();
        numbers.filter_map(|which| Some((*which, self.claims.get(usize::from(*which))?)))
    }

    /// Those of the open ones that are wanted, if there are any.
    #[must_use]
    pub fn of(&self, wanted: impl Fn(&Claim) -> bool) -> Option<Self> {
        let which: Vec<u16> = self
            .open()
            .filter(|(_, claim)| wanted(claim))
            .map(|(which, _)| which)
            .collect();
        (!which.is_empty()).then(|| Self {
            which,
            ..self.clone()
        })
    }
}

/// As a packet has them.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenClaimsFields {
    batch: u64,
    header: HeaderFields,
    list: Vec<ClaimFields>,
    which: Vec<u16>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderFields {
    #[serde(with = "hexadecimal")]
    commitment: Word,
    #[serde(with = "hexadecimal")]
    new_root: Word,
    #[serde(with = "hexadecimal")]
    claims_hash: Word,
    queue_end: u64,
    timestamp: u32,
    accounts: u32,
    shape: u8,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimFields {
    token: u16,
    amount: Amount,
    receiver: EthAddress,
    from: u32,
}

impl From<&OpenClaims> for OpenClaimsFields {
    fn from(open: &OpenClaims) -> Self {
        let BatchHeader {
            commitment,
            new_root,
            claims_hash,
            queue_end,
            timestamp,
            accounts,
            shape,
        } = open.header;
        let claim = |claim: &Claim| ClaimFields {
            token: claim.token,
            amount: Amount(claim.amount),
            receiver: claim.receiver,
            from: claim.from,
        };
        Self {
            batch: open.batch,
            header: HeaderFields {
                commitment,
                new_root,
                claims_hash,
                queue_end,
                timestamp,
                accounts,
                shape,
            },
            list: open.claims.iter().map(claim).collect(),
            which: open.which.clone(),
        }
    }
}

impl From<OpenClaimsFields> for OpenClaims {
    fn from(fields: OpenClaimsFields) -> Self {
        let HeaderFields {
            commitment,
            new_root,
            claims_hash,
            queue_end,
            timestamp,
            accounts,
            shape,
        } = fields.header;
        let claim = |claim: ClaimFields| Claim {
            token: claim.token,
            amount: claim.amount.0,
            receiver: claim.receiver,
            from: claim.from,
        };
        Self {
            batch: fields.batch,
            header: BatchHeader {
                commitment,
                new_root,
                claims_hash,
                queue_end,
                timestamp,
                accounts,
                shape,
            },
            claims: fields.list.into_iter().map(claim).collect(),
            which: fields.which,
        }
    }
}
