//! The web page at `/`, which `web/` is the source of. Its files are part of the program, so that it
//! needs no other server.

use std::sync::LazyLock;

use axum::{
    extract::{Path, RawQuery},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::{
    caching::{Fixed, Keep},
    error::ApiError,
};

/// The page talks to its node and to nobody else, and nothing of another's runs in it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; worker-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

/// Of the page's worker, the only script that may run WebAssembly: it can fetch that from the node, and has
/// no page.
const WORKER_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    connect-src 'self'";

/// A file of `web/dist`.
struct File {
    name: &'static str,
    policy: &'static str,
    content: Fixed,
}

impl File {
    fn new(
        name: &'static str,
        media_type: &'static str,
        policy: &'static str,
        bytes: &'static [u8],
    ) -> Self {
        Self {
            name,
            policy,
            content: Fixed::new(media_type, bytes),
        }
    }

    fn answer(&self, headers: &HeaderMap, keep: Keep) -> Response {
        let mut response = self.content.answer(headers, keep);
        let answered = response.headers_mut();
        for (name, value) in [
            (header::CONTENT_SECURITY_POLICY, self.policy),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
        ] {
            answered.insert(name, HeaderValue::from_static(value));
        }
        response
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
        // What may be another at the next start of the node is asked for again.
        FRONT.answer(headers, Keep::AskAgain)
    } else {
        sentence.into_response()
    };
    let vary = HeaderValue::from_static("accept, accept-encoding");
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
        Some(version) if version == file.content.hash => Keep::ForEver,
        _ => Keep::AskAgain,
    };
    Ok(file.answer(&headers, keep))
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
