//! `GET /metrics` on the port of JSON-RPC.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use http::{HeaderValue, Method, Request, Response, header};
use jsonrpsee::server::HttpBody;
use tower::{Layer, Service};

use crate::{chain::ChainHandle, telemetry};

/// Answers for metrics, and passes everything else on.
#[derive(Clone)]
pub(super) struct Scraped(pub(super) ChainHandle);

/// A service behind [`Scraped`].
#[derive(Clone)]
pub(super) struct Behind<S> {
    chain: ChainHandle,
    inner: S,
}

impl<S> Layer<S> for Scraped {
    type Service = Behind<S>;

    fn layer(&self, inner: S) -> Behind<S> {
        let chain = self.0.clone();
        Behind { chain, inner }
    }
}

impl<S, B> Service<Request<B>> for Behind<S>
where
    S: Service<Request<B>, Response = Response<HttpBody>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let is_scrape = request.method() == Method::GET
            && request.uri().path() == assay_telemetry::listener::PATH;
        if !is_scrape {
            return Box::pin(self.inner.call(request));
        }
        measure(&self.chain);
        let mut response = Response::new(HttpBody::from(assay_telemetry::render()));
        let media_type = HeaderValue::from_static(assay_telemetry::listener::MEDIA_TYPE);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, media_type);
        Box::pin(std::future::ready(Ok(response)))
    }
}

/// Measures a chain, for whoever asks now.
fn measure(chain: &ChainHandle) {
    let node = chain.node();
    let header = &node.head().header;
    telemetry::BLOCK.set(header.number as f64);
    telemetry::BASE_FEE.set(header.base_fee_per_gas.unwrap_or_default() as f64);
    telemetry::TIMESTAMP.set(header.timestamp as f64);
    telemetry::POOL.set(node.pool.len() as f64);
    telemetry::SNAPSHOTS.set(node.snapshots() as f64);
}
