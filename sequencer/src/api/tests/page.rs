//! The page at `/`, from the program alone.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderName, Request, StatusCode, header},
};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use crate::rig::World;

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: HeaderName) -> &str {
        let value = self.headers.get(&name);
        value
            .unwrap_or_else(|| panic!("no {name}"))
            .to_str()
            .unwrap()
    }
}

async fn get(router: &axum::Router, path: &str, headers: &[(HeaderName, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: to_bytes(body, 1 << 24).await.unwrap().to_vec(),
    }
}

const HTML: &str = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";

/// Also while the node takes up its state, when there are no other calls.
#[tokio::test]
async fn the_page_is_for_browsers_and_a_sentence_for_others() {
    let world = World::new();
    let rig = world.start().await;
    let meanwhile = super::super::operations(rig.calls.operations.clone());
    let (meanwhile, _) = meanwhile.split_for_parts();
    for router in [super::super::router(rig.calls.clone()), meanwhile] {
        let page = get(&router, "/", &[(header::ACCEPT, HTML)]).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(
            page.header(header::CONTENT_TYPE),
            "text/html; charset=utf-8"
        );
        assert_eq!(page.header(header::VARY), "accept, accept-encoding");
        assert!(page.body.starts_with(b"<!doctype html>"));
        for accept in ["*/*", "application/json", "text/html;q=0, text/plain"] {
            let sentence = get(&router, "/", &[(header::ACCEPT, accept)]).await;
            assert_eq!(sentence.header(header::VARY), "accept, accept-encoding");
            assert!(
                sentence.body.starts_with(b"This is a node of Assay"),
                "{accept}"
            );
        }
        let script = get(&router, "/assets/page.js", &[]).await;
        assert_eq!(script.status, StatusCode::OK);
    }
    rig.stop().await;
}

/// The hash is SHA-256 taken here of what was answered. Where the page names another one, its files are
/// not of one build: `npm run build` in `web/` makes them anew.
#[tokio::test]
async fn the_page_names_its_files_by_their_hashes_and_they_are_kept() {
    let world = World::new();
    let rig = world.start().await;
    let router = super::super::router(rig.calls.clone());
    let page = get(&router, "/", &[(header::ACCEPT, HTML)]).await;
    assert_eq!(page.header(header::CACHE_CONTROL), "no-cache");
    let text = String::from_utf8(page.body).unwrap();
    for name in [
        "page.js",
        "page.css",
        "favicon.svg",
        "proofs.js",
        "proofs.wasm",
    ] {
        let path = format!("/assets/{name}");
        let file = get(&router, &path, &[]).await;
        assert_eq!(file.header(header::CACHE_CONTROL), "no-cache");
        let digest = Sha256::digest(&file.body);
        let hash: String = digest[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let named = format!("assets/{name}?v={hash}");
        assert!(text.contains(&named), "the page does not name {named}");

        let kept = get(&router, &format!("/{named}"), &[]).await;
        let for_ever = "public, max-age=31536000, immutable";
        assert_eq!(kept.header(header::CACHE_CONTROL), for_ever);
        assert_eq!(kept.body, file.body);
        let older = get(&router, &format!("{path}?v=0011223344556677"), &[]).await;
        assert_eq!(older.header(header::CACHE_CONTROL), "no-cache");

        let tag = file.header(header::ETAG);
        let among_others = format!("\"other\", {tag}");
        for known in [tag, &among_others] {
            let again = get(&router, &path, &[(header::IF_NONE_MATCH, known)]).await;
            assert_eq!(again.status, StatusCode::NOT_MODIFIED);
            assert_eq!(again.header(header::ETAG), tag);
            assert!(again.body.is_empty());
        }
        let changed = get(&router, &path, &[(header::IF_NONE_MATCH, "\"other\"")]).await;
        assert_eq!(changed.body, file.body);
    }
    let unknown = get(&router, "/assets/nothing.js", &[]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    rig.stop().await;
}

#[tokio::test]
async fn the_page_may_talk_to_its_node_and_to_nobody_else() {
    let world = World::new();
    let rig = world.start().await;
    let router = super::super::router(rig.calls.clone());
    for path in [
        "/",
        "/assets/page.js",
        "/assets/page.css",
        "/assets/favicon.svg",
        "/assets/proofs.wasm",
    ] {
        let file = get(&router, path, &[(header::ACCEPT, HTML)]).await;
        assert_eq!(
            file.header(header::CONTENT_SECURITY_POLICY),
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
             img-src 'self' data:; worker-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
        );
        assert_eq!(file.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(file.header(header::REFERRER_POLICY), "no-referrer");
    }
    // WebAssembly is for the worker alone, and for nobody without its type.
    let worker = get(&router, "/assets/proofs.js", &[]).await;
    assert_eq!(
        worker.header(header::CONTENT_SECURITY_POLICY),
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
    );
    let wasm = get(&router, "/assets/proofs.wasm", &[]).await;
    assert_eq!(wasm.header(header::CONTENT_TYPE), "application/wasm");
    rig.stop().await;
}
