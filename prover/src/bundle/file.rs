//! The fields of a bundle's file, and how they are read and written.

use ark_bn254::Fr;
use assay_api::{
    exact_json,
    hexadecimal::Hex,
    wire::schema::{
        self, CircuitName, FieldElement, G1Words, G2Words, Hash, ProofText, ShapeName, ShapeNumber,
    },
};
use assay_circuits::{
    address::L1Address,
    circuit::CircuitId,
    order::Domain,
    quantity::BatchNumber,
    shape::Shape,
    statement::{Statement, position},
    word,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::{
    decimal::to_decimal,
    groth16::{
        encoding::Word,
        proof::Proof,
        verifying_key::{VerifyingKey, VerifyingKeyError},
    },
};

/// The value of `format` in every bundle.
pub const FORMAT: &str = "assay-bundle";
/// The version that is written and read.
pub const VERSION: u32 = 2;
/// Largest bundle that is read; the shape `large` takes about 30 kB.
pub const BUNDLE_BYTES_MAX: usize = 1 << 20;

/// Why a file is no bundle that this program can check.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// More bytes than any bundle has.
    #[error("{found_bytes} bytes are more than a bundle has")]
    TooLarge {
        /// How many there are.
        found_bytes: usize,
    },
    /// JSON that ends early, or something else than JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// JSON of another kind.
    #[error("`format` is not \"{FORMAT}\"")]
    ForeignFormat,
    /// A bundle of another version.
    #[error("bundle version {found}; this program reads version {VERSION}")]
    UnsupportedVersion {
        /// Its version.
        found: u64,
    },
    /// A field that is missing, unknown, doubled, or of another type, also an array for an object.
    #[error("{0}")]
    Fields(String),
}

/// The shape of the batch, spelt out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShapeFields {
    /// Its number.
    #[schema(value_type = ShapeNumber)]
    pub id: u8,
    /// Its name.
    #[schema(value_type = ShapeName)]
    pub name: String,
    /// Transfer records.
    pub transfers: usize,
    /// Full records.
    pub full_records: usize,
    /// Fee slots.
    pub fee_slots: usize,
}

/// The verifying key, word by word: G1 is x, y; G2 is x1, x0, y1, y0 (EIP-197).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyingKeyFields {
    /// In G1.
    #[schema(value_type = G1Words)]
    pub alpha: [String; 2],
    /// In G2.
    #[schema(value_type = G2Words)]
    pub beta: [String; 4],
    /// In G2.
    #[schema(value_type = G2Words)]
    pub gamma: [String; 4],
    /// In G2.
    #[schema(value_type = G2Words)]
    pub delta: [String; 4],
    /// In G1: the constant, C, z, y.
    #[schema(value_type = Vec<G1Words>)]
    pub ic: Vec<[String; 2]>,
}

/// What the statement's first words say, in readable form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderFields {
    /// Batch number.
    pub batch: u64,
    /// Unix seconds.
    pub timestamp: u32,
    /// Root before the batch.
    #[schema(value_type = FieldElement)]
    pub old_root: String,
    /// Root after it.
    #[schema(value_type = FieldElement)]
    pub new_root: String,
    /// How many of the first full records are of the layer 1's queue.
    pub l1_operations: u32,
    /// Who is paid on the layer 1 for them, 0x and 40 hexadecimal digits.
    #[schema(value_type = schema::L1Address)]
    pub settler: String,
    /// Leaves that are given out before the batch, the reserved leaf 0 among them.
    pub accounts_before: u32,
    /// Leaves that are given out after it.
    pub accounts_after: u32,
}

/// Where the batch belongs on the layer 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct L1Context {
    /// Chain id.
    pub chain_id: u64,
    /// The rollup contract, 0x and 40 hexadecimal digits.
    #[schema(value_type = schema::L1Address)]
    pub contract: String,
    /// The transaction that brought the batch there, where known.
    #[schema(value_type = Option<Hash>)]
    pub transaction: Option<String>,
}

impl L1Context {
    /// The place of a batch on a chain, with the hash of its transaction where known.
    #[must_use]
    pub fn new(chain_id: u64, contract: L1Address, transaction: Option<Word>) -> Self {
        Self {
            chain_id,
            contract: contract.to_string(),
            transaction: transaction.as_ref().map(hex_of),
        }
    }

    /// The domain of the network, where the contract's address is one.
    pub(super) fn domain(&self) -> Option<Domain> {
        Some(Domain::new(self.chain_id, self.contract.parse().ok()?))
    }
}

/// A batch, its proof, and what they are checked against. Values are as the file has them;
/// [`Bundle::check`] says which of them are right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The network's domain.
    #[schema(value_type = FieldElement)]
    pub domain: String,
    /// The name of the circuit that the proof is of.
    #[schema(value_type = CircuitName)]
    pub circuit: String,
    /// The batch's shape.
    pub shape: ShapeFields,
    /// The key that the proof verifies under.
    pub verifying_key: VerifyingKeyFields,
    /// SHA-256 of the key's words, end to end.
    #[schema(value_type = Hash)]
    pub verifying_key_sha256: String,
    /// The statement's header.
    pub header: HeaderFields,
    /// The statement's vector.
    #[schema(value_type = Vec<FieldElement>)]
    pub statement: Vec<String>,
    /// Chain hash of the vector.
    #[schema(value_type = FieldElement)]
    pub c: String,
    /// Where it is evaluated.
    #[schema(value_type = FieldElement)]
    pub z: String,
    /// Its value there.
    #[schema(value_type = FieldElement)]
    pub y: String,
    /// The proof's 256 bytes.
    #[schema(value_type = ProofText)]
    pub proof: String,
    /// Where the batch belongs on the layer 1.
    pub l1: L1Context,
    /// Checksum of all the rest.
    #[schema(value_type = Hash)]
    pub sha256: String,
}

/// 0x hex of bytes.
pub(super) fn hex_of(bytes: impl AsRef<[u8]>) -> String {
    Hex(bytes.as_ref()).to_string()
}

impl Bundle {
    /// The bundle of a batch.
    #[must_use]
    pub fn new(key: &VerifyingKey, statement: &Statement, proof: &Proof, l1: L1Context) -> Self {
        let (shape, words) = (statement.shape(), statement.words());
        let inputs = statement.public_inputs();
        let mut bundle = Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            domain: to_decimal(&words[position::DOMAIN]),
            circuit: CircuitId::Batch(shape).name().to_owned(),
            shape: ShapeFields::of(shape),
            verifying_key: VerifyingKeyFields::of(key),
            verifying_key_sha256: hex_of(key.digest()),
            header: HeaderFields::of(words),
            statement: words.iter().map(to_decimal).collect(),
            c: to_decimal(&inputs.c),
            z: to_decimal(&inputs.z),
            y: to_decimal(&inputs.y),
            proof: proof.to_string(),
            l1,
            sha256: String::new(),
        };
        bundle.sha256 = bundle.checksum();
        bundle
    }

    /// Reads a bundle, without checking what it says.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, BundleError> {
        if bytes.len() > BUNDLE_BYTES_MAX {
            return Err(BundleError::TooLarge {
                found_bytes: bytes.len(),
            });
        }
        let json: serde_json::Value = serde_json::from_slice(bytes)
            .map_err(|error| BundleError::NotJson(error.to_string()))?;
        if json.get("format").and_then(serde_json::Value::as_str) != Some(FORMAT) {
            return Err(BundleError::ForeignFormat);
        }
        if let Some(found) = json.get("version").and_then(serde_json::Value::as_u64)
            && found != u64::from(VERSION)
        {
            return Err(BundleError::UnsupportedVersion { found });
        }
        exact_json::from_slice(bytes).map_err(|error| BundleError::Fields(error.to_string()))
    }

    /// The file.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("strings and numbers always serialise")
    }

    pub(super) fn checksum(&self) -> String {
        let bare = Self {
            sha256: String::new(),
            ..self.clone()
        };
        let json = serde_json::to_vec(&bare).expect("strings and numbers always serialise");
        hex_of(Sha256::digest(json))
    }

    /// The key in the bundle, if it is one.
    ///
    /// # Errors
    /// [`VerifyingKeyError`].
    pub fn verifying_key(&self) -> Result<VerifyingKey, VerifyingKeyError> {
        VerifyingKey::from_hex_words(&self.verifying_key.words())
    }

    /// The number of the batch, as the header has it.
    #[must_use]
    pub fn batch(&self) -> BatchNumber {
        BatchNumber(self.header.batch)
    }
}

impl ShapeFields {
    pub(super) fn of(shape: Shape) -> Self {
        Self {
            id: shape.id(),
            name: shape.name().to_owned(),
            transfers: shape.transfers(),
            full_records: shape.full_records(),
            fee_slots: shape.fee_slots(),
        }
    }
}

impl HeaderFields {
    /// What words say; numbers that do not fit their field become its largest value.
    fn of(words: &[Fr]) -> Self {
        let number = |at: usize| to_decimal(&words[at]).parse::<u64>().unwrap_or(u64::MAX);
        let short = |at: usize| u32::try_from(number(at)).unwrap_or(u32::MAX);
        let mut settler = L1Address([0; 20]);
        settler
            .0
            .copy_from_slice(&word::to_bytes(words[position::SETTLER])[12..]);
        Self {
            batch: number(position::BATCH_NUMBER),
            timestamp: short(position::TIMESTAMP),
            old_root: to_decimal(&words[position::OLD_ROOT]),
            new_root: to_decimal(&words[position::NEW_ROOT]),
            l1_operations: short(position::L1_OPERATIONS),
            settler: settler.to_string(),
            accounts_before: short(position::ACCOUNTS_BEFORE),
            accounts_after: short(position::ACCOUNTS_AFTER),
        }
    }

    /// The words that these fields stand for, each with its name and position.
    pub(super) fn words(&self) -> [(&'static str, usize, String); 8] {
        let settler = self.settler.parse::<L1Address>();
        let settler = settler
            .ok()
            .filter(|parsed| parsed.to_string() == self.settler);
        let settler = settler.map(|settler| to_decimal(&settler.word()));
        [
            ("batch", position::BATCH_NUMBER, self.batch.to_string()),
            ("timestamp", position::TIMESTAMP, self.timestamp.to_string()),
            ("old_root", position::OLD_ROOT, self.old_root.clone()),
            ("new_root", position::NEW_ROOT, self.new_root.clone()),
            (
                "l1_operations",
                position::L1_OPERATIONS,
                self.l1_operations.to_string(),
            ),
            ("settler", position::SETTLER, settler.unwrap_or_default()),
            (
                "accounts_before",
                position::ACCOUNTS_BEFORE,
                self.accounts_before.to_string(),
            ),
            (
                "accounts_after",
                position::ACCOUNTS_AFTER,
                self.accounts_after.to_string(),
            ),
        ]
    }
}

impl VerifyingKeyFields {
    pub(super) fn of(key: &VerifyingKey) -> Self {
        Self {
            alpha: key.alpha().map(hex_of),
            beta: key.beta().map(hex_of),
            gamma: key.gamma().map(hex_of),
            delta: key.delta().map(hex_of),
            ic: key
                .ic()
                .into_iter()
                .map(|point| point.map(hex_of))
                .collect(),
        }
    }

    /// All words, in the order of [`VerifyingKey::to_words`].
    pub(super) fn words(&self) -> Vec<String> {
        let mut words = self.alpha.to_vec();
        words.extend_from_slice(&self.beta);
        words.extend_from_slice(&self.gamma);
        words.extend_from_slice(&self.delta);
        words.extend_from_slice(self.ic.as_flattened());
        words
    }
}
