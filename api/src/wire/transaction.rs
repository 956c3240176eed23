//! Transactions in JSON: the receipt, and how far one has come.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, SeqAccess, Visitor},
};
use utoipa::ToSchema;

use super::{
    code::DropCode,
    error::ErrorDetail,
    operation::{SignatureView, SignedOperation},
    schema::{AccountIndex, Address, Hash, HttpStatus, ReferenceText},
};
use crate::{
    reference::{CHARACTERS_MAX, is_reference},
    stage::Stage,
};

/// The answer to an accepted transaction: the operator's signed promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Receipt {
    /// Names the transaction.
    #[schema(value_type = Hash)]
    pub hash: String,
    /// When the operator took it.
    pub received_ms: u64,
    /// Whose key signed this receipt: the operator's address.
    #[schema(value_type = Address)]
    pub operator: String,
    /// On the message of `docs/spec/api.md`.
    pub signature: SignatureView,
}

/// Signed operations that are handed in together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransactionList {
    /// They are taken in this order; those of one account follow on each other by their nonces.
    #[serde(deserialize_with = "bounded")]
    #[schema(min_items = 1, max_items = 1_000)]
    pub transactions: Vec<SignedOperation>,
}

impl TransactionList {
    /// How many may be handed in together.
    pub const MOST: usize = 1_000;
}

/// Refuses none and too many, the latter without reading them.
fn bounded<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<SignedOperation>, D::Error> {
    struct Bounded;

    impl<'de> Visitor<'de> for Bounded {
        type Value = Vec<SignedOperation>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(formatter, "1 to {} transactions", TransactionList::MOST)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            let mut found = Vec::new();
            while let Some(item) = items.next_element()? {
                if found.len() == TransactionList::MOST {
                    return Err(A::Error::invalid_length(found.len() + 1, &self));
                }
                found.push(item);
            }
            if found.is_empty() {
                return Err(A::Error::invalid_length(0, &self));
            }
            Ok(found)
        }
    }

    deserializer.deserialize_seq(Bounded)
}

/// A text that the sender of a transaction put beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// For what is paid.
    #[serde(deserialize_with = "fitting")]
    #[schema(value_type = ReferenceText)]
    pub text: String,
    /// Of the sender, on the message of `docs/spec/api.md`.
    pub signature: SignatureView,
}

fn fitting<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if is_reference(&text) {
        return Ok(text);
    }
    Err(D::Error::custom(format_args!(
        "a reference is 1 to {CHARACTERS_MAX} characters, without any that are not seen"
    )))
}

/// What became of one of the transactions that were handed in together: a receipt, or an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TransactionAnswer {
    /// Its hash; null where its fields are not what they should be.
    #[schema(value_type = Option<Hash>)]
    pub hash: Option<String>,
    /// The HTTP status with which it would have been answered alone.
    #[schema(value_type = HttpStatus)]
    pub status: u16,
    /// The operator's promise, where it was taken.
    pub receipt: Option<Receipt>,
    /// Why it was not taken.
    pub error: Option<ErrorDetail>,
}

/// What became of transactions that were handed in together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TransactionAnswers {
    /// In their order.
    pub answers: Vec<TransactionAnswer>,
}

/// Times of a transaction's stages, Unix ms; null where it has not come so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TransactionTimes {
    /// On disk.
    pub received: u64,
    /// In the open batch.
    pub executed: Option<u64>,
    /// Batch closed and executed.
    pub sealed: Option<u64>,
    /// Data and proof on the layer 1.
    pub proved: Option<u64>,
    /// Proof deep in the layer 1.
    pub r#final: Option<u64>,
    /// Given up.
    pub rejected: Option<u64>,
}

/// The layer 1 transaction of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct L1Transactions {
    /// Hash of the one that brought data and proof.
    #[schema(value_type = Option<Hash>)]
    pub submit: Option<String>,
}

/// A transaction and how far it has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TransactionView {
    /// Its hash.
    #[schema(value_type = Hash)]
    pub hash: String,
    /// How far it has come.
    pub stage: Stage,
    /// What at this stage depends on trusting the operator.
    pub trust: String,
    /// What was signed.
    pub operation: SignedOperation,
    /// The batch that holds it.
    pub batch: Option<u64>,
    /// Its place among the batch's operations in their order of execution, from 0; known once
    /// the batch is closed.
    pub position: Option<u32>,
    /// The account that a transfer credits; known once executed.
    #[schema(value_type = Option<AccountIndex>)]
    pub to_account: Option<u32>,
    /// When it came to each stage.
    pub times_ms: TransactionTimes,
    /// The layer 1 transaction of its batch.
    pub l1: L1Transactions,
    /// Why it was rejected.
    pub rejection: Option<ErrorDetail>,
    /// The batch in which it was executed and that was dropped, while it is in no other: the
    /// operator's promise is broken, for good where it is rejected.
    pub dropped: Option<DroppedView>,
    /// What the sender put beside it.
    pub reference: Option<Reference>,
}

/// A batch that was dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DroppedView {
    /// Its number.
    pub batch: u64,
    /// When it was dropped, Unix ms.
    pub at_ms: u64,
    /// Why, for programs.
    #[schema(value_type = DropCode)]
    pub code: String,
    /// Why, for people.
    pub message: String,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn list(count: usize) -> Result<TransactionList, serde_json::Error> {
        let operation = json!({
            "kind": "transfer", "from": 1, "nonce": 0, "token": 0, "to": "x", "amount": "1",
            "fee": "0", "expires": 1, "signature": { "r8": ["1", "1"], "s": "1" },
        });
        serde_json::from_value(json!({ "transactions": vec![operation; count] }))
    }

    #[test]
    fn a_list_has_one_to_a_thousand_transactions() {
        for count in [1, TransactionList::MOST] {
            assert_eq!(list(count).unwrap().transactions.len(), count);
        }
        for count in [0, TransactionList::MOST + 1] {
            let refused = list(count).unwrap_err().to_string();
            assert!(refused.contains("1 to 1000 transactions"), "{refused}");
        }
    }

    /// What comes after the first that is too many is not looked at.
    #[test]
    fn a_list_that_is_too_long_is_not_read_to_its_end() {
        let full = serde_json::to_value(list(TransactionList::MOST).unwrap()).unwrap();
        let mut items = full["transactions"].as_array().unwrap().clone();
        items.push(items[0].clone());
        items.push(Value::from("no transaction"));
        let refused = serde_json::from_value::<TransactionList>(json!({ "transactions": items }));
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("1 to 1000 transactions"), "{refused}");
    }
}
