//! Serde of a sequence of words (`#[serde(with = "word::list")]`).

use ark_bn254::Fr;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::word;

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Word(#[serde(with = "word")] Fr);

/// Each word as [`word::serialize`] writes it.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(words: &[Fr], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(words.iter().map(|word| Word(*word)))
}

/// Reads what [`serialize`] writes.
///
/// # Errors
/// Those of [`word::deserialize`].
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Fr>, D::Error> {
    let words = Vec::<Word>::deserialize(deserializer)?;
    Ok(words.into_iter().map(|word| word.0).collect())
}
