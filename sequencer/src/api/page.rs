//! The web page at `/`, which `web/` is the source of. Its files are part of the program, so that it
//! needs no other server.

use std::sync::LazyLock;

use assay_api::hexadecimal::Hex;
use axum::{
    extract::{Path, RawQuery},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use super::error::ApiError;

/// The page talks to its node and to nobody else, and nothing of another's runs in it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; worker-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

/// Of the page's worker, the only script that may run WebAssembly: it can fetch that from the node, and has
/// no page.
const WORKER_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    connect-src 'self'";

/// Bytes of a file's SHA-256 that name its contents.
const HASH_BYTES: usize = 8;

/// What is under a name that holds its hash never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// What may be another at the next start of the node is asked for again.
const ASK_AGAIN: &str = "no-cache";

/// A file of `web/dist`.
struct File {
    name: &'static str,
    media_type: &'static str,
    policy: &'static str,
    bytes: &'static [u8],
    /// Names its contents.
    hash: String,
}

impl File {
    fn new(
        name: &'static str,
        media_type: &'static str,
        policy: &'static str,
        bytes: &'static [u8],
    ) -> Self {
        let digest = Sha256::digest(bytes);
        let hash = Hex(&digest[..HASH_BYTES]).to_string();
        Self {
            name,
            media_type,
            policy,
            bytes,
            hash: hash.trim_start_matches("0x").to_owned(),
        }
    }
}

macro_rules! file {
    ($name:literal, $media_type:literal) => {
        file!($name, $media_type, POLICY)
    };
    ($name:literal, $media_type:literal, $policy:ident) => {
        File::new(
            $name,
            $media_type,
            $policy,
            include_bytes!(concat!("../../../web/dist/", $name)),
        )
    };
}

static FRONT: LazyLock<File> = LazyLock::new(|| file!("index.html", "text/html; charset=utf-8"));
static ASSETS: LazyLock<[File; 5]> = LazyLock::new(|| {
    [
        file!("page.js", "text/javascript; charset=utf-8"),
        file!("page.css", "text/css; charset=utf-8"),
        file!("favicon.svg", "image/svg+xml"),
        file!("proofs.js", "text/javascript; charset=utf-8", WORKER_POLICY),
        file!("proofs.wasm", "application/wasm"),
    ]
});

/// The page for a browser, the sentence for whoever does not ask for HTML.
pub(super) fn front(headers: &HeaderMap, sentence: &'static str) -> Response {
    let mut response = if asks_for_html(headers) {
        answer(&FRONT, ASK_AGAIN, headers)
    } else {
        sentence.into_response()
    };
    let vary = HeaderValue::from_static("accept");
    response.headers_mut().insert(header::VARY, vary);
    response
}

/// A file of the page; one that is asked for with its hash need not be asked for again.
pub(super) async fn asset(
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let found = ASSETS.iter().find(|file| file.name == name);
    let file = found.ok_or(ApiError::UnknownPath)?;
    let version = query.as_deref().and_then(|query| query.strip_prefix("v="));
    let keep = match version {
        Some(version) if version == file.hash => FOR_EVER,
        _ => ASK_AGAIN,
    };
    Ok(answer(file, keep, &headers))
}

fn asks_for_html(headers: &HeaderMap) -> bool {
    let accepts = headers.get_all(header::ACCEPT).iter();
    accepts
        .filter_map(|accept| accept.to_str().ok())
        .flat_map(|accept| accept.split(','))
        .any(|range| {
            let mut parts = range.split(';').map(str::trim);
            parts.next() == Some("text/html") && parts.all(|part| part != "q=0")
        })
}

fn answer(file: &File, keep: &'static str, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", file.hash);
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    let is_known = known
        .filter_map(|tags| tags.to_str().ok())
        .flat_map(|tags| tags.split(','))
        .any(|known| known.trim().trim_start_matches("W/") == tag);
    let kept: [(HeaderName, &str); 5] = [
        (header::ETAG, &tag),
        (header::CACHE_CONTROL, keep),
        (header::CONTENT_SECURITY_POLICY, file.policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    if is_known {
        return (StatusCode::NOT_MODIFIED, kept).into_response();
    }
    (kept, [(header::CONTENT_TYPE, file.media_type)], file.bytes).into_response()
}
