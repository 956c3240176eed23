//! What may be kept by those who asked, and how they find out whether it is still so.

use std::convert::Infallible;

use assay_api::hexadecimal::Hex;
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::stream;
use sha2::{Digest, Sha256};

use super::compression;

/// Bytes of a SHA-256 that name a content.
const HASH_BYTES: usize = 8;

const JSON: &str = "application/json";

/// How an answer may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Under its URL there is never another.
    ForEver,
    /// As long as the node says that it is still so.
    AskAgain,
}

impl Keep {
    pub(super) fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::ForEver => "public, max-age=31536000, immutable",
            Self::AskAgain => "no-cache",
        })
    }
}

/// Names a content.
fn hash(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let hash = Hex(&digest[..HASH_BYTES]).to_string();
    hash.trim_start_matches("0x").to_owned()
}

/// The tag of a content that may come packed or not, of which a weak one tells alone.
fn weak(hash: &str) -> String {
    format!("W/\"{hash}\"")
}

/// An answer with its tag; without the content for those who have it.
pub(super) fn unless_known(
    headers: &HeaderMap,
    tag: &str,
    keep: Keep,
    content: impl FnOnce() -> Response,
) -> Response {
    let mut response = if knows(headers, tag) {
        // Of no known length: a length would be taken for that of the content.
        let nothing = stream::empty::<Result<Bytes, Infallible>>();
        (StatusCode::NOT_MODIFIED, Body::from_stream(nothing)).into_response()
    } else {
        content()
    };
    let answered = response.headers_mut();
    if let Ok(tag) = HeaderValue::try_from(tag) {
        answered.insert(header::ETAG, tag);
    }
    answered.insert(header::CACHE_CONTROL, keep.header());
    answered.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}

/// Whether a client has what a tag names. Tags are compared without their strength.
fn knows(headers: &HeaderMap, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    known
        .filter_map(|tags| tags.to_str().ok())
        .flat_map(|tags| tags.split(','))
        .any(|known| known.trim() == "*" || opaque(known) == opaque(tag))
}

/// JSON that stays as it is.
pub(super) fn lasting_json(headers: &HeaderMap, json: Vec<u8>, keep: Keep) -> Response {
    let tag = weak(&hash(&json));
    let content = || ([(header::CONTENT_TYPE, JSON)], json).into_response();
    unless_known(headers, &tag, keep, content)
}

/// What stays the same as long as the program runs.
pub(super) struct Fixed {
    media_type: &'static str,
    plain: Bytes,
    packed: Bytes,
    /// Names its contents.
    pub(super) hash: String,
}

impl Fixed {
    pub(super) fn new(media_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        let plain = bytes.into();
        Self {
            media_type,
            packed: compression::gzip(&plain).into(),
            hash: hash(&plain),
            plain,
        }
    }

    /// As it is, or packed.
    pub(super) fn answer(&self, headers: &HeaderMap, keep: Keep) -> Response {
        unless_known(headers, &weak(&self.hash), keep, || {
            let kind = [(header::CONTENT_TYPE, self.media_type)];
            if compression::is_chosen(headers) {
                let coding = [(header::CONTENT_ENCODING, "gzip")];
                return (kind, coding, self.packed.clone()).into_response();
            }
            (kind, self.plain.clone()).into_response()
        })
    }
}
