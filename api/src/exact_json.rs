//! JSON that has one form: serde's derived readers take an array of the values where an object
//! belongs, so that one document had two spellings, with other checksums.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Why bytes are no such document.
#[derive(Debug, thiserror::Error)]
pub enum ExactJsonError {
    /// Not JSON, or not of this type.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// An array where the type's own form has an object.
    #[error("{at} is an array, and should be an object")]
    ArrayForObject {
        /// Which value: names and positions from the outermost in, or `the document`.
        at: String,
    },
}

/// Reads a value that is written as its type writes it, up to white space and what the type itself
/// leaves open. The type has to refuse unknown fields itself.
///
/// # Errors
/// [`ExactJsonError`].
pub fn from_slice<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<T, ExactJsonError> {
    // From the bytes and not from a value, which has forgotten doubled keys.
    let read: T = serde_json::from_slice(bytes)?;
    let (given, own) = (serde_json::from_slice(bytes)?, serde_json::to_value(&read)?);
    match array_for_object(&given, &own) {
        None => Ok(read),
        Some(at) if at.is_empty() => Err(ExactJsonError::ArrayForObject {
            at: "the document".to_owned(),
        }),
        Some(at) => Err(ExactJsonError::ArrayForObject {
            at: at.trim_start_matches('.').to_owned(),
        }),
    }
}

/// Where the first array stands that is an object in the type's own form.
fn array_for_object(given: &Value, own: &Value) -> Option<String> {
    match (given, own) {
        (Value::Array(_), Value::Object(_)) => Some(String::new()),
        (Value::Object(given), Value::Object(own)) => given.iter().find_map(|(name, given)| {
            let inner = array_for_object(given, own.get(name)?)?;
            Some(format!(".{name}{inner}"))
        }),
        (Value::Array(given), Value::Array(own)) => {
            let mut pairs = given.iter().zip(own).enumerate();
            pairs.find_map(|(at, (given, own))| {
                let inner = array_for_object(given, own)?;
                Some(format!(".{at}{inner}"))
            })
        }
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        x: u8,
        pair: [u8; 2],
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        name: String,
        list: Vec<Inner>,
        one: Inner,
    }

    #[test]
    fn an_array_is_no_object_at_any_depth() {
        let good =
            r#"{"name": "n", "list": [{"x": 1, "pair": [2, 3]}], "one": {"x": 4, "pair": [5, 6]}}"#;
        let read = from_slice::<Outer>(good.as_bytes()).unwrap();
        assert_eq!((read.list[0].x, read.one.pair), (1, [5, 6]));
        let cases = [
            (r#"["n", [], {"x": 4, "pair": [5, 6]}]"#, "the document is"),
            (
                r#"{"name": "n", "list": [], "one": [4, [5, 6]]}"#,
                "one is an array",
            ),
            (
                r#"{"name": "n", "list": [[1, [2, 3]]], "one": {"x": 4, "pair": [5, 6]}}"#,
                "list.0 is an array",
            ),
            (r#"{"name": "n", "name": "n", "list": []}"#, "duplicate"),
        ];
        for (text, words) in cases {
            let error = from_slice::<Outer>(text.as_bytes()).unwrap_err();
            assert!(error.to_string().contains(words), "{text}: {error}");
        }
    }
}
