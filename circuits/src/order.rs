//! What a user signs (`docs/spec/operations.md`).

pub mod r1cs;

use std::fmt;

use ark_bn254::Fr;
use ark_ff::BigInteger;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    address::L1Address,
    babyjubjub::Point,
    eddsa::{PublicKey, SecretKey, Signature, SignatureError},
    float, poseidon,
    quantity::{AccountIndex, Amount, Fee, Nonce, Timestamp, TokenId},
    word::{self, shifted},
};

/// Separates networks and deployments: a signature for one is none for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Domain(#[serde(with = "word")] pub Fr);

impl Domain {
    /// SHA-256 of `"assay/2" | chain id, 32 bytes | contract`, its top byte cleared.
    #[must_use]
    pub fn new(chain_id: u64, contract: L1Address) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"assay/2");
        hash.update([0; 24]);
        hash.update(chain_id.to_be_bytes());
        hash.update(contract.0);
        let mut bytes: [u8; 32] = hash.finalize().into();
        bytes[0] = 0;
        Self(word::from_bytes(&bytes).expect("248 bits are below r"))
    }
}

/// Codes of the kinds of operation, as signed and as recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Padding.
    Noop = 0,
    /// From account to account.
    Transfer = 1,
    /// To the layer 1.
    Withdrawal = 2,
    /// From the layer 1.
    Deposit = 3,
    /// A transfer that its sender put into the layer 1's queue.
    ForcedTransfer = 4,
    /// A withdrawal that its sender put into the layer 1's queue.
    ForcedWithdrawal = 5,
    /// Out of a frozen rollup, by a proof of the leaf: never in a batch.
    Escape = 6,
    /// A claim to another address, by a proof of the leaf: never in a batch.
    Redirect = 7,
}

/// Who is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Payee {
    /// A transfer to the account of this owner.
    Owner(Point),
    /// A withdrawal to this address of the layer 1.
    L1(L1Address),
}

impl Payee {
    /// The two words `to.x`, `to.y` of the message.
    #[must_use]
    pub fn words(&self) -> (Fr, Fr) {
        match self {
            Self::Owner(owner) => (owner.x, owner.y),
            Self::L1(address) => (address.word(), Fr::from(0u8)),
        }
    }
}

/// The fields that a signed message is made of, whatever its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    /// The kind.
    pub kind: Kind,
    /// Leaf of the account that signs, 24 bits; 0 is nobody's.
    pub from: u32,
    /// Its nonce.
    pub nonce: Nonce,
    /// The token.
    pub token: TokenId,
    /// How much, base units.
    pub amount: Amount,
    /// Code of the fee.
    pub fee_code: u16,
    /// The last second at which it may be executed.
    pub expires: Timestamp,
    /// The payee's two words.
    pub to: (Fr, Fr),
}

impl Message {
    /// `kind | from | nonce | token | amount | fee | expires`, 252 bits.
    #[must_use]
    pub fn packed(&self) -> Fr {
        shifted(self.kind as u128, 248)
            + shifted(self.from.into(), 224)
            + shifted(self.nonce.into(), 192)
            + shifted(self.token.0.into(), 176)
            + shifted(self.amount.0, 48)
            + shifted(self.fee_code.into(), 32)
            + Fr::from(self.expires)
    }

    /// `M = P(domain, packed, to.x, to.y)`.
    #[must_use]
    pub fn hash(&self, domain: Domain) -> Fr {
        let (x, y) = self.to;
        poseidon::hash(&[domain.0, self.packed(), x, y])
    }
}

/// A transfer or withdrawal as its sender means it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Order {
    /// The account that pays.
    pub from: AccountIndex,
    /// Its nonce.
    pub nonce: Nonce,
    /// Its token.
    pub token: TokenId,
    /// Who is paid.
    pub to: Payee,
    /// How much the payee gets, base units.
    pub amount: Amount,
    /// What the operator gets on top, in the same token.
    pub fee: Fee,
    /// The last second at which it may be executed.
    pub expires: Timestamp,
}

/// SHA-256 of a signed order; names it for good.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TxHash(pub [u8; 32]);

/// Text that is no transaction hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no transaction hash: it is 0x and 64 hex digits")]
pub struct NotATxHash(pub String);

impl fmt::Display for TxHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.0))
    }
}

impl fmt::Debug for TxHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for TxHash {
    type Err = NotATxHash;
    fn from_str(text: &str) -> Result<Self, NotATxHash> {
        let mut bytes = [0; 32];
        let digits = text.strip_prefix("0x").unwrap_or_default();
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| NotATxHash(text.to_owned()))?;
        Ok(Self(bytes))
    }
}

impl Serialize for TxHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for TxHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            text.parse().map_err(serde::de::Error::custom)
        } else {
            Ok(Self(Deserialize::deserialize(deserializer)?))
        }
    }
}

impl Order {
    /// The order as it is posted: its expiry is not, and was checked by the proof.
    #[must_use]
    pub fn posted(self) -> Self {
        Self {
            expires: Timestamp::MAX,
            ..self
        }
    }

    /// Transfer or withdrawal.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.to {
            Payee::Owner(_) => Kind::Transfer,
            Payee::L1(_) => Kind::Withdrawal,
        }
    }

    /// What is signed.
    #[must_use]
    pub fn fields(&self) -> Message {
        Message {
            kind: self.kind(),
            from: self.from.get(),
            nonce: self.nonce,
            token: self.token,
            amount: self.amount,
            fee_code: self.fee.code(),
            expires: self.expires,
            to: self.to.words(),
        }
    }

    /// [`Message::packed`].
    #[must_use]
    pub fn packed(&self) -> Fr {
        self.fields().packed()
    }

    /// The message `M` that is signed.
    #[must_use]
    pub fn message(&self, domain: Domain) -> Fr {
        self.fields().hash(domain)
    }

    /// Signs it.
    #[must_use]
    pub fn sign(self, domain: Domain, key: &SecretKey) -> Signed<Order> {
        let signature = key.sign(self.message(domain));
        Signed {
            order: self,
            signature,
        }
    }

    /// Whether the amount of a transfer can stand in a transfer record.
    #[must_use]
    pub fn amount_is_float(&self) -> bool {
        float::AMOUNT.encode(self.amount.0).is_ok()
    }
}

impl AsRef<Order> for Order {
    fn as_ref(&self) -> &Order {
        self
    }
}

/// An order with the signature of whoever gave it: a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Signed<O> {
    /// What was signed.
    pub order: O,
    /// By whom it was signed is known from the account it is `from`.
    pub signature: Signature,
}

impl AsRef<Order> for Signed<Order> {
    fn as_ref(&self) -> &Order {
        &self.order
    }
}

impl Signed<Order> {
    /// Checks the signature under the owner of the paying account.
    ///
    /// # Errors
    /// The rule of `docs/spec/primitives.md` that it breaks.
    pub fn verify(&self, domain: Domain, owner: &Point) -> Result<(), SignatureError> {
        PublicKey(*owner).verify(self.order.message(domain), &self.signature)
    }

    /// `SHA-256("assay/tx" | domain | packed | to.x | to.y | R8.x | R8.y | S)`.
    #[must_use]
    pub fn hash(&self, domain: Domain) -> TxHash {
        let (x, y) = self.order.to.words();
        let mut hash = Sha256::new();
        hash.update(b"assay/tx");
        let Signature { r8, s } = &self.signature;
        for word in [domain.0, self.order.packed(), x, y, r8.x, r8.y] {
            hash.update(word::to_bytes(word));
        }
        hash.update(s.to_bytes_be());
        TxHash(hash.finalize().into())
    }
}
