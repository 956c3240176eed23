//! A signed operation in JSON.

use std::str::FromStr;

use assay_circuits::{
    address::{Address, AddressError, L1Address, Network},
    babyjubjub::Point,
    eddsa::Signature,
    order::{Order, Payee, Signed},
    quantity::{AccountIndex, Amount, Fee, QuantityError, TokenId},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{
    code::ErrorCode,
    schema::{self, FieldElement, Payee as PayeeText, Point as PointText, TokenNumber},
};

pub use super::network_name::network_name;

/// Kinds of operation that users sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// To another owner.
    Transfer,
    /// To the layer 1.
    Withdrawal,
}

/// An EdDSA-Poseidon signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignatureView {
    /// The nonce's point, decimal.
    #[schema(value_type = PointText)]
    pub r8: [String; 2],
    /// The response, decimal.
    #[schema(value_type = FieldElement)]
    pub s: String,
}

/// A signed operation, as `POST /v1/transactions` takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedOperation {
    /// Transfer or withdrawal.
    pub kind: OperationKind,
    /// The account that pays.
    #[schema(value_type = schema::AccountIndex)]
    pub from: u32,
    /// Its nonce.
    pub nonce: u32,
    /// Token number.
    #[schema(value_type = TokenNumber)]
    pub token: u16,
    /// The payee's address; for a withdrawal an address of the layer 1.
    #[schema(value_type = PayeeText)]
    pub to: String,
    /// Base units, decimal.
    #[schema(value_type = schema::Amount)]
    pub amount: String,
    /// Base units, decimal; a 16-bit float.
    #[schema(value_type = schema::Fee)]
    pub fee: String,
    /// The last second at which it may be executed, Unix time.
    pub expires: u32,
    /// Of the sender.
    pub signature: SignatureView,
}

/// A field that is not what it says.
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// Account index out of range.
    #[error("from: {0}")]
    From(#[source] QuantityError),
    /// No decimal number below 2^128.
    #[error("amount: {0}")]
    Amount(#[source] QuantityError),
    /// No decimal number, or no 16-bit float.
    #[error("fee: {0}")]
    Fee(#[source] QuantityError),
    /// No address of the kind that is needed.
    #[error("to: {0}")]
    Address(#[source] AddressError),
    /// An address of another kind of network.
    #[error("to: the address is of the {found} network, this is the {expected} network")]
    WrongNetwork {
        /// Where the node is.
        expected: &'static str,
        /// Where the address is.
        found: &'static str,
    },
    /// No canonical signature.
    #[error("signature: {0}")]
    Signature(#[source] serde_json::Error),
}

impl OperationError {
    /// For programs.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::From(_) => ErrorCode::InvalidAccountIndex,
            Self::Amount(_) => ErrorCode::InvalidAmount,
            Self::Fee(QuantityError::Fee { .. }) => ErrorCode::FeeNotRepresentable,
            Self::Fee(_) => ErrorCode::InvalidFee,
            Self::Address(_) => ErrorCode::InvalidAddress,
            Self::WrongNetwork { .. } => ErrorCode::WrongNetwork,
            Self::Signature(_) => ErrorCode::InvalidSignature,
        }
    }

    /// The data behind it.
    #[must_use]
    pub fn details(&self) -> serde_json::Value {
        match self {
            Self::From(QuantityError::AccountIndex(given)) => {
                json!({ "field": "from", "given": given })
            }
            Self::Fee(QuantityError::Fee {
                value,
                nearest_below,
            }) => json!({
                "field": "fee",
                "given": value.to_string(),
                "nearest_below": nearest_below.to_string(),
            }),
            Self::From(_) => json!({ "field": "from" }),
            Self::Amount(_) => json!({ "field": "amount" }),
            Self::Fee(_) => json!({ "field": "fee" }),
            Self::Address(_) => json!({ "field": "to" }),
            Self::WrongNetwork { expected, found } => {
                json!({ "field": "to", "expected": expected, "found": found })
            }
            Self::Signature(_) => json!({ "field": "signature" }),
        }
    }
}

impl From<&Signature> for SignatureView {
    fn from(signature: &Signature) -> Self {
        let Signature { r8, s } = signature;
        Self {
            r8: [r8.x.to_string(), r8.y.to_string()],
            s: s.to_string(),
        }
    }
}

impl TryFrom<&SignatureView> for Signature {
    type Error = OperationError;

    fn try_from(view: &SignatureView) -> Result<Self, OperationError> {
        serde_json::to_value(view)
            .and_then(serde_json::from_value)
            .map_err(OperationError::Signature)
    }
}

impl SignedOperation {
    /// The JSON of a signed transaction, with addresses of this kind of network.
    #[must_use]
    pub fn new(signed: &Signed<Order>, network: Network) -> Self {
        let order = &signed.order;
        let (kind, to) = match order.to {
            Payee::Owner(owner) => (
                OperationKind::Transfer,
                Address { network, owner }.to_string(),
            ),
            Payee::L1(address) => (OperationKind::Withdrawal, address.to_string()),
        };
        Self {
            kind,
            from: order.from.get(),
            nonce: order.nonce,
            token: order.token.0,
            to,
            amount: order.amount.to_string(),
            fee: order.fee.to_string(),
            expires: order.expires,
            signature: (&signed.signature).into(),
        }
    }

    /// The signed transaction that this JSON means on this kind of network.
    ///
    /// # Errors
    /// [`OperationError`]: the first field that is not what it should be.
    pub fn to_signed(&self, network: Network) -> Result<Signed<Order>, OperationError> {
        let to = match self.kind {
            OperationKind::Transfer => Payee::Owner(self.owner(network)?),
            OperationKind::Withdrawal => {
                Payee::L1(L1Address::from_str(&self.to).map_err(OperationError::Address)?)
            }
        };
        let order = Order {
            from: AccountIndex::new(self.from).map_err(OperationError::From)?,
            nonce: self.nonce,
            token: TokenId(self.token),
            to,
            amount: Amount::from_str(&self.amount).map_err(OperationError::Amount)?,
            fee: Fee::from_str(&self.fee).map_err(OperationError::Fee)?,
            expires: self.expires,
        };
        let signature = Signature::try_from(&self.signature)?;
        Ok(Signed { order, signature })
    }

    fn owner(&self, expected: Network) -> Result<Point, OperationError> {
        let address = Address::from_str(&self.to).map_err(OperationError::Address)?;
        if address.network != expected {
            return Err(OperationError::WrongNetwork {
                expected: network_name(expected),
                found: network_name(address.network),
            });
        }
        Ok(address.owner)
    }
}
