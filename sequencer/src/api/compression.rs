//! Answers packed with gzip, for those who take them so.

use std::io::Write;

use axum::{
    extract::Request,
    http::{Extensions, HeaderMap, HeaderValue, StatusCode, Version, header},
    middleware::Next,
    response::Response,
};
use flate2::{Compression, write::GzEncoder};
use tower_http::{
    CompressionLevel,
    compression::{CompressionLayer, Predicate, predicate::SizeAbove},
};

/// What is smaller fits into one packet as it is, bytes.
const BYTES_MIN: u64 = 1024;

/// The only coding that there is.
const GZIP: &str = "gzip";

/// Packs the answers that are made for each question. Quickly: they are made often.
pub(super) fn layer() -> CompressionLayer<impl Predicate> {
    let is_text: fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool =
        |_, _, headers, _| is_worth_it(headers);
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(BYTES_MIN).and(is_text))
}

/// Whether it is text that ends: keys are nearly random, and each event is to be read when it comes.
fn is_worth_it(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE);
    let media_type = media_type
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let is_text = media_type.starts_with("text/") && !media_type.starts_with("text/event-stream");
    let others = ["application/json", "application/wasm", "image/svg+xml"];
    is_text || others.iter().any(|other| media_type.starts_with(other))
}

/// Packs once what is answered often.
pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.expect("writing to memory does not fail")
}

/// Whether an answer may be packed; after [`choose`].
pub(super) fn is_chosen(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT_ENCODING)
        .is_some_and(|chosen| chosen == GZIP)
}

/// Decides once for all that follow. Whoever takes nothing that there is gets the answer as it is, rather than
/// a refusal of something that was done.
pub(super) async fn choose(mut request: Request, next: Next) -> Response {
    let headers = request.headers_mut();
    let takes = takes_gzip(headers);
    headers.remove(header::ACCEPT_ENCODING);
    if takes {
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(GZIP));
    }
    next.run(request).await
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let given = headers.get_all(header::ACCEPT_ENCODING).iter();
    let codings = given
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            let weight = weight.trim().trim_start_matches(['q', 'Q', '=']);
            let is_refused = weight.parse() == Ok(0.0);
            (name.trim().to_ascii_lowercase(), !is_refused)
        });
    let mut any = false;
    for (name, is_taken) in codings {
        match name.as_str() {
            "gzip" | "x-gzip" => return is_taken,
            "*" => any = is_taken,
            _ => {}
        }
    }
    any
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_for_those_who_say_that_they_take_it() {
        for (given, expected) in [
            ("gzip", true),
            ("GZIP", true),
            ("x-gzip", true),
            ("br, gzip;q=0.5", true),
            ("deflate, gzip; q=1.0", true),
            ("*", true),
            ("br;q=1.0, *;q=0.1", true),
            ("gzip;q=0", false),
            ("gzip;q=0.000, *", false),
            ("*;q=0", false),
            ("identity;q=0, *;q=0", false),
            ("br", false),
            ("", false),
            ("gzipped", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, given.parse().unwrap());
            assert_eq!(takes_gzip(&headers), expected, "{given}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
