//! The HTTP interface (`docs/spec/api.md`). No axum type leaves this module.

mod accounts;
mod batches;
mod body;
mod error;
mod events;
mod network;
mod operations;
mod prover;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod transactions;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::DefaultBodyLimit, http::StatusCode};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_governor::{
    GovernorError, GovernorLayer, governor::GovernorConfigBuilder, key_extractor::KeyExtractor,
};
use tower_http::{timeout::TimeoutLayer, trace::TraceLayer};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};
use utoipa_swagger_ui::SwaggerUi;

use crate::{admission::Admission, context::Context};
use error::ApiError;

/// Largest body of a transaction.
const TRANSACTION_BYTES_MAX: usize = 16 << 10;

/// What every call may use.
#[derive(Debug, Clone)]
pub(crate) struct ApiState {
    pub(crate) context: Arc<Context>,
    pub(crate) admission: Admission,
    /// Ends streams when the node stops.
    pub(crate) shutdown: CancellationToken,
}

#[derive(OpenApi)]
#[openapi(info(
    title = "Assay node",
    description = "Amounts are base units as decimal strings, field elements decimal strings, hashes 0x hex, times Unix ms. Errors are {\"error\": {\"code\", \"message\", \"details\"}} with a stable code."
))]
struct ApiDoc;

/// The client's address, or nothing where there is no connection (in tests).
#[derive(Debug, Clone, Copy)]
struct ClientAddress;

impl KeyExtractor for ClientAddress {
    type Key = Option<std::net::IpAddr>;

    fn extract<T>(&self, request: &axum::http::Request<T>) -> Result<Self::Key, GovernorError> {
        let connection = request
            .extensions()
            .get::<axum::extract::ConnectInfo<SocketAddr>>();
        Ok(connection.map(|connection| connection.0.ip()))
    }
}

/// All calls.
pub(crate) fn router(state: ApiState) -> Router {
    let limits = state.context.config.limits;
    let public = OpenApiRouter::with_openapi(ApiDoc::openapi())
        .routes(routes!(transactions::submit))
        .routes(routes!(transactions::show))
        .routes(routes!(accounts::show))
        .routes(routes!(accounts::of_owner))
        .routes(routes!(accounts::proof))
        .routes(routes!(batches::list))
        .routes(routes!(batches::show))
        .routes(routes!(batches::bundle))
        .routes(routes!(network::fees))
        .routes(routes!(network::tokens))
        .routes(routes!(network::status))
        .layer(DefaultBodyLimit::max(TRANSACTION_BYTES_MAX));
    let prover = OpenApiRouter::new()
        .routes(routes!(prover::lease))
        .routes(routes!(prover::heartbeat))
        .routes(routes!(prover::proof))
        .layer(DefaultBodyLimit::max(assay_api::proving::BODY_BYTES_MAX));
    let operations = OpenApiRouter::new()
        .routes(routes!(operations::healthz))
        .routes(routes!(operations::readyz))
        .routes(routes!(operations::metrics))
        .routes(routes!(operations::index));
    let timeout = TimeoutLayer::with_status_code(
        StatusCode::REQUEST_TIMEOUT,
        Duration::from_millis(limits.request_timeout_ms),
    );
    // A stream of events has no end, so it has no timeout either.
    let streams = OpenApiRouter::new().routes(routes!(events::stream));
    let limited = rate_limited(public.layer(timeout).merge(streams), &limits);
    let (router, openapi) = limited
        .merge(prover.layer(timeout))
        .merge(operations)
        .split_for_parts();
    router
        .merge(SwaggerUi::new("/docs").url("/openapi.json", openapi))
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(TraceLayer::new_for_http())
        .with_state(state)
}

fn rate_limited(
    router: OpenApiRouter<ApiState>,
    limits: &crate::config::Limits,
) -> OpenApiRouter<ApiState> {
    if limits.requests_per_s == 0 {
        return router;
    }
    let period = Duration::from_secs(1) / limits.requests_per_s;
    let mut builder = GovernorConfigBuilder::default().key_extractor(ClientAddress);
    builder
        .period(period)
        .burst_size(limits.request_burst.max(1));
    match builder.finish() {
        Some(config) => router
            .layer(GovernorLayer::new(Arc::new(config)).error_handler(error::too_many_requests)),
        None => router,
    }
}

async fn unknown_path() -> ApiError {
    ApiError::UnknownPath
}

async fn wrong_method() -> ApiError {
    ApiError::WrongMethod
}

/// Serves until `shutdown` is cancelled and the requests under way are answered.
pub(crate) async fn serve(
    state: ApiState,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let service = router(state).into_make_service_with_connect_info::<SocketAddr>();
    let stop = shutdown.cancelled_owned();
    axum::serve(listener, service)
        .with_graceful_shutdown(stop)
        .await
}
