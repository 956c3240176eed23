//! A receipt in a file: what was promised to whom, with all that a check without a network needs
//! (`docs/spec/receipt.md`).

use assay_circuits::{
    address::{Address, AddressError, L1Address, Network},
    eddsa::{Signature, SignatureError},
    order::{Domain, Order, Signed, TxHash},
};
use serde::{Deserialize, Serialize};

use crate::{
    exact_json::{self, ExactJsonError},
    receipt,
    wire::{OperationError, Receipt, SignedOperation},
};

/// The value of `format` in every file of a receipt.
pub const FORMAT: &str = "assay-receipt";
/// The version that is written and read.
pub const VERSION: u32 = 1;
/// No file of a receipt is larger.
pub const RECEIPT_BYTES_MAX: usize = 16 << 10;

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptFile {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// Chain id of the layer 1.
    pub chain_id: u64,
    /// The rollup contract, 0x hex.
    pub contract: String,
    /// What was signed.
    pub transaction: SignedOperation,
    /// What the operator promised.
    pub receipt: Receipt,
}

/// Why a file is not one of a receipt.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptFileError {
    /// More bytes than one has.
    #[error("it has more than {RECEIPT_BYTES_MAX} bytes, which is more than a receipt has")]
    TooLarge,
    /// Not JSON of these fields.
    #[error(transparent)]
    Json(#[from] ExactJsonError),
    /// JSON of another kind.
    #[error("`format` is `{0}`, not `{FORMAT}`")]
    Format(String),
    /// A receipt of another version.
    #[error("receipt version {0}; this program reads version {VERSION}")]
    Version(u32),
    /// The contract or the operator is no address.
    #[error("{field}: {error}")]
    Address {
        /// Which.
        field: &'static str,
        /// Why.
        #[source]
        error: AddressError,
    },
    /// The transaction has a field that is not what it says.
    #[error("transaction: {0}")]
    Transaction(#[source] OperationError),
    /// The receipt's signature has no canonical form.
    #[error("receipt: {0}")]
    Signature(#[source] OperationError),
}

/// Why a receipt binds nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptFault {
    /// It is for another transaction.
    #[error("the receipt is for {promised}, and the transaction beside it is {found}")]
    OtherTransaction {
        /// For which it is.
        promised: String,
        /// Which is beside it.
        found: TxHash,
    },
    /// Somebody else signed it.
    #[error("it is signed by {found}, not by {expected}")]
    OtherOperator {
        /// Who was meant.
        expected: String,
        /// Who signed.
        found: String,
    },
    /// Nobody signed it.
    #[error("the operator's signature does not hold: {0}")]
    Signature(#[from] SignatureError),
}

/// What a receipt says, once it is known to be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// Chain id of the layer 1.
    pub chain_id: u64,
    /// The rollup contract.
    pub contract: L1Address,
    /// What the signatures are bound to.
    pub domain: Domain,
    /// What was handed in.
    pub signed: Signed<Order>,
    /// Its hash, worked out here.
    pub hash: TxHash,
    /// When the operator took it, Unix ms, by its own word.
    pub received_ms: u64,
    /// Who promised.
    pub operator: Address,
    told_hash: String,
    signature: Signature,
}

impl ReceiptFile {
    /// The file of a receipt for a transaction of a rollup.
    #[must_use]
    pub fn new(
        (chain_id, contract): (u64, L1Address),
        transaction: SignedOperation,
        receipt: Receipt,
    ) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            chain_id,
            contract: contract.to_string(),
            transaction,
            receipt,
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`ReceiptFileError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptFileError> {
        if bytes.len() > RECEIPT_BYTES_MAX {
            return Err(ReceiptFileError::TooLarge);
        }
        let file: Self = exact_json::from_slice(bytes)?;
        match (file.format.as_str(), file.version) {
            (FORMAT, VERSION) => Ok(file),
            (FORMAT, other) => Err(ReceiptFileError::Version(other)),
            _ => Err(ReceiptFileError::Format(file.format)),
        }
    }

    /// The file's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("a receipt is plain data");
        text + "\n"
    }

    /// What it says; nothing of it is checked yet.
    ///
    /// # Errors
    /// [`ReceiptFileError`]: the first field that is not what it should be.
    pub fn promise(&self) -> Result<Promise, ReceiptFileError> {
        let address = |field| move |error| ReceiptFileError::Address { field, error };
        let contract: L1Address = self.contract.parse().map_err(address("contract"))?;
        let operator = self.receipt.operator.parse();
        let network = Network::of_chain(self.chain_id);
        let signed = self.transaction.to_signed(network);
        let signed = signed.map_err(ReceiptFileError::Transaction)?;
        let signature = Signature::try_from(&self.receipt.signature);
        let domain = Domain::new(self.chain_id, contract);
        Ok(Promise {
            chain_id: self.chain_id,
            contract,
            domain,
            signed,
            hash: signed.hash(domain),
            received_ms: self.receipt.received_ms,
            operator: operator.map_err(address("operator"))?,
            told_hash: self.receipt.hash.clone(),
            signature: signature.map_err(ReceiptFileError::Signature)?,
        })
    }
}

impl Promise {
    /// Checks that the operator promised exactly this; that it is the one that is meant, where one is.
    ///
    /// # Errors
    /// [`ReceiptFault`].
    pub fn check(&self, meant: Option<&Address>) -> Result<(), ReceiptFault> {
        if self.told_hash != self.hash.to_string() {
            return Err(ReceiptFault::OtherTransaction {
                promised: self.told_hash.clone(),
                found: self.hash,
            });
        }
        if let Some(meant) = meant.filter(|meant| meant.owner != self.operator.owner) {
            return Err(ReceiptFault::OtherOperator {
                expected: meant.to_string(),
                found: self.operator.to_string(),
            });
        }
        let (operator, domain) = (&self.operator.owner, self.domain);
        receipt::verify(
            operator,
            domain,
            self.hash,
            self.received_ms,
            &self.signature,
        )?;
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use assay_circuits::{
        eddsa::SecretKey,
        order::Payee,
        quantity::{AccountIndex, Amount, Fee, TokenId},
    };
    use serde_json::{Value, json};

    use super::*;

    const CONTRACT: L1Address = L1Address([7; 20]);

    fn key(seed: u8) -> SecretKey {
        SecretKey::from_seed([seed; 32])
    }

    fn address(seed: u8) -> Address {
        Address {
            network: Network::Development,
            owner: key(seed).public_key().0,
        }
    }

    fn file() -> ReceiptFile {
        let domain = Domain::new(31337, CONTRACT);
        let order = Order {
            from: AccountIndex::FIRST,
            nonce: 3,
            token: TokenId::ETHER,
            to: Payee::Owner(address(2).owner),
            amount: Amount(10),
            fee: Fee::ZERO,
            expires: 2_000_000_000,
        };
        let signed = order.sign(domain, &key(1));
        let hash = signed.hash(domain);
        let signature = receipt::sign(&key(9), domain, hash, 77);
        let receipt = Receipt {
            hash: hash.to_string(),
            received_ms: 77,
            operator: address(9).to_string(),
            signature: (&signature).into(),
        };
        let transaction = SignedOperation::new(&signed, Network::Development);
        ReceiptFile::new((31337, CONTRACT), transaction, receipt)
    }

    /// The file with another value at a place.
    fn with(place: &str, value: Value) -> Result<Promise, ReceiptFileError> {
        let mut json = serde_json::to_value(file()).unwrap();
        *json.pointer_mut(place).unwrap() = value;
        ReceiptFile::parse(json.to_string().as_bytes())?.promise()
    }

    #[test]
    fn a_receipt_in_a_file_is_read_and_holds() {
        let read = ReceiptFile::parse(file().to_json().as_bytes()).unwrap();
        assert_eq!(read, file());
        let promise = read.promise().unwrap();
        assert_eq!(promise.check(None), Ok(()));
        assert_eq!(promise.check(Some(&address(9))), Ok(()));
        let other = promise.check(Some(&address(8)));
        assert!(matches!(other, Err(ReceiptFault::OtherOperator { .. })));
    }

    /// Each of these changes what was promised, to whom, by whom, or where.
    #[test]
    fn whatever_is_changed_binds_nobody() {
        let other = address(8).to_string();
        for (place, value) in [
            ("/chain_id", json!(1337)),
            ("/contract", json!(L1Address([8; 20]).to_string())),
            ("/transaction/nonce", json!(4)),
            ("/transaction/amount", json!("11")),
            ("/transaction/expires", json!(2_000_000_001)),
            ("/transaction/signature/s", json!("5")),
            ("/receipt/hash", json!(format!("0x{}", "00".repeat(32)))),
            ("/receipt/received_ms", json!(78)),
            ("/receipt/operator", json!(other)),
            ("/receipt/signature/s", json!("5")),
        ] {
            let promise = with(place, value);
            assert!(promise.unwrap().check(None).is_err(), "{place}");
        }
    }

    #[test]
    fn what_is_no_receipt_is_refused_with_its_reason() {
        for (place, value, reason) in [
            ("/format", json!("assay-bundle"), "not `assay-receipt`"),
            ("/version", json!(2), "version 2"),
            ("/receipt", json!([]), "Receipt"),
            ("/contract", json!("0x12"), "contract"),
            ("/transaction/amount", json!("-1"), "transaction"),
            ("/receipt/operator", json!("me"), "operator"),
            ("/receipt/signature/s", json!("x"), "receipt"),
        ] {
            let refused = with(place, value).unwrap_err().to_string();
            assert!(refused.contains(reason), "{place}: {refused}");
        }
        let mut more = serde_json::to_value(file()).unwrap();
        more["surprise"] = json!(1);
        assert!(ReceiptFile::parse(more.to_string().as_bytes()).is_err());
        let large = vec![b' '; RECEIPT_BYTES_MAX + 1];
        let refused = ReceiptFile::parse(&large);
        assert!(matches!(refused, Err(ReceiptFileError::TooLarge)));
    }
}
