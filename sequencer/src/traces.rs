//! Spans of requests for a collector of OpenTelemetry, where the operator names one.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    trace::{SdkTracer, SdkTracerProvider},
};
use reqwest::Client;
use tokio::{runtime::Handle, task::spawn_blocking};

/// An attempt to hand spans over that takes longer has failed.
const TIMEOUT: Duration = Duration::from_secs(10);
/// What the node is called where its spans are shown.
const SERVICE: &str = "assay-node";
/// Where a collector takes spans, below its URL.
const PATH: &str = "v1/traces";

/// Why no spans can be handed over.
#[derive(Debug, thiserror::Error)]
#[error(
    "spans cannot be handed to {endpoint}: {reason}; it is a collector's URL, like http://localhost:4318"
)]
pub struct TracesError {
    endpoint: String,
    reason: String,
}

/// Where the spans of requests go. Clones go to the same place.
#[derive(Clone, Default)]
pub struct Traces(Option<Arc<SdkTracerProvider>>);

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Traces").field(&self.0.is_some()).finish()
    }
}

impl Traces {
    /// Hands spans to the collector at a URL, by OTLP over HTTP. They wait in a queue with a bound, and are
    /// dropped where that is full. Must be called in a tokio runtime.
    ///
    /// # Errors
    /// [`TracesError`].
    pub fn to(endpoint: &str) -> Result<Self, TracesError> {
        let failed = |reason: String| TracesError {
            endpoint: endpoint.to_owned(),
            reason,
        };
        // Refused where a choice of TLS's cryptography was made before: then that one is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().timeout(TIMEOUT).build();
        let poster = Poster {
            client: client.map_err(|error| failed(error.to_string()))?,
            runtime: Handle::current(),
        };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(poster)
            .with_endpoint(format!("{}/{PATH}", endpoint.trim_end_matches('/')))
            .with_timeout(TIMEOUT)
            .build();
        let exporter = exporter.map_err(|error| failed(error.to_string()))?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(Resource::builder().with_service_name(SERVICE).build())
            .build();
        Ok(Self(Some(Arc::new(provider))))
    }

    /// What begins spans, if they go anywhere.
    pub(crate) fn tracer(&self) -> Option<SdkTracer> {
        self.0.as_ref().map(|provider| provider.tracer(SERVICE))
    }

    /// Hands over what still waits. A collector that is away is not waited for.
    pub async fn end(self) {
        if let Some(provider) = self.0 {
            // What was not taken in time is lost.
            let ended = spawn_blocking(move || provider.shutdown_with_timeout(TIMEOUT)).await;
            if !matches!(ended, Ok(Ok(()))) {
                tracing::warn!("the last spans were not handed over");
            }
        }
    }
}

/// The library hands spans over on a thread of its own, where no runtime is.
#[derive(Debug)]
struct Poster {
    client: Client,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for Poster {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let sent = self.runtime.spawn(async move {
            let answer = client.execute(request.try_into()?).await?;
            let status = answer.status();
            let mut response = Response::new(answer.bytes().await?);
            *response.status_mut() = status;
            Ok::<_, reqwest::Error>(response)
        });
        Ok(sent.await??)
    }
}
