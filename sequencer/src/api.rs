//! The HTTP interface (`docs/spec/api.md`): it translates, and decides nothing. Each group of
//! calls is handed what it uses. No axum type leaves this module.

pub(crate) mod accounts;
pub(crate) mod batches;
mod body;
mod caching;
mod claims;
pub(crate) mod client_address;
mod compression;
mod connections;
mod document;
mod economics;
mod error;
pub(crate) mod events;
mod faucet;
pub(crate) mod fees;
pub(crate) mod keys;
mod measured;
pub(crate) mod network;
pub(crate) mod operations;
mod origins;
mod page;
mod payments;
pub(crate) mod prover;
mod queue;
mod rate_limit;
mod references;
mod request;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
pub(crate) mod transactions;
mod waiting_entries;

use std::{sync::Arc, time::Duration};

use assay_api::wire::FAUCET_PATH;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::{from_fn, from_fn_with_state, map_response},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use tokio::{net::TcpListener, time::interval};
use tokio_util::sync::CancellationToken;
use tower_http::timeout::TimeoutLayer;
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::{
    config::{Limits, Pages},
    faucet::Faucet,
    l1::gateway::SharedGateway,
    traces::Traces,
};
use accounts::AccountCalls;
use batches::BatchCalls;
use caching::{Fixed, Keep};
use claims::ClaimCalls;
use client_address::{ClientAddress, TrustedProxies};
use document::Document;
use error::ApiError;
use events::EventCalls;
use fees::FeeCalls;
use keys::KeyCalls;
use network::NetworkCalls;
use operations::OperationCalls;
use payments::PaymentCalls;
use prover::ProverCalls;
use rate_limit::{Charge, RateLimit, Sweep};
use request::Naming;
use transactions::{ListCalls, TransactionCalls};

/// The calls, each group with what it uses. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Calls {
    pub(crate) transactions: TransactionCalls,
    pub(crate) accounts: AccountCalls,
    pub(crate) batches: BatchCalls,
    pub(crate) gateway: SharedGateway,
    pub(crate) network: NetworkCalls,
    pub(crate) fees: FeeCalls,
    pub(crate) events: EventCalls,
    pub(crate) faucet: Option<Faucet>,
    pub(crate) keys: KeyCalls,
    pub(crate) prover: ProverCalls,
    pub(crate) operations: OperationCalls,
    pub(crate) limits: Limits,
    pub(crate) trusted_proxies: TrustedProxies,
    pub(crate) pages: Pages,
    pub(crate) traces: Traces,
}

/// How often the rate limiter forgets clients that it need not remember.
const SWEEP: Duration = Duration::from_secs(60);

/// Where the OpenAPI document is.
const DESCRIPTION: &str = "/openapi.json";

/// All calls.
#[cfg(test)]
pub(crate) fn router(calls: Calls) -> Router {
    routes(calls).0
}

fn routes(calls: Calls) -> (Router, Sweep) {
    let limits = calls.limits;
    let timeout = TimeoutLayer::with_status_code(
        StatusCode::REQUEST_TIMEOUT,
        Duration::from_millis(limits.request_timeout_ms),
    );
    let client = ClientAddress(calls.trusted_proxies.clone());
    let RateLimit {
        layer: limited,
        charge,
        sweep,
    } = RateLimit::new(&limits, client.clone());
    let money = money(&calls, charge.clone());
    let transactions = transactions(calls.transactions, charge);
    let accounts = OpenApiRouter::new()
        .routes(routes!(accounts::show))
        .routes(routes!(accounts::of_owner))
        .routes(routes!(accounts::proof))
        .with_state(calls.accounts);
    let batches = OpenApiRouter::new()
        .routes(routes!(batches::list))
        .routes(routes!(batches::show))
        .routes(routes!(batches::bundle))
        .routes(routes!(queue::show))
        .routes(routes!(waiting_entries::list))
        .with_state(calls.batches);
    let network = OpenApiRouter::new()
        .routes(routes!(network::tokens))
        .routes(routes!(network::status))
        .with_state(calls.network);
    let fees = OpenApiRouter::new()
        .routes(routes!(fees::fees))
        .routes(routes!(fees::costs))
        .with_state(calls.fees);
    let public = transactions
        .merge(accounts)
        .merge(money)
        .merge(batches)
        .merge(network)
        .merge(fees)
        .layer(DefaultBodyLimit::max(body::TRANSACTION_BYTES_MAX))
        .layer(timeout);
    // A stream of events has no end, and a large file may take long, so they have no timeout.
    let events = OpenApiRouter::new()
        .routes(routes!(events::stream))
        .with_state(calls.events);
    let keys = OpenApiRouter::new()
        .routes(routes!(keys::proving_key))
        .with_state(calls.keys);
    let prover = OpenApiRouter::new()
        .routes(routes!(prover::lease))
        .routes(routes!(prover::heartbeat))
        .routes(routes!(prover::proof))
        .routes(routes!(prover::workers))
        .layer(DefaultBodyLimit::max(assay_api::proving::BODY_BYTES_MAX))
        .layer(timeout)
        .with_state(calls.prover);
    let faucet = calls.faucet.map(faucet_routes).unwrap_or_default();
    let operations = operations(calls.operations);
    let limited = limited(public.merge(events).merge(keys).merge(faucet));
    let (router, openapi) = limited.merge(prover).merge(operations).split_for_parts();
    let openapi = document::complete(&openapi);
    let known = body::KnownQueries::new(document::query_parameters(&openapi));
    let router = router
        .layer(from_fn_with_state(known, body::known_query))
        .merge(description(openapi.to_string()))
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method);
    let naming = Naming::new(client, &calls.traces);
    (dressed(router, naming, &calls.pages), sweep)
}

/// The OpenAPI document, and a page that shows it.
fn description(openapi: String) -> Router {
    let document = Arc::new(Fixed::new("application/json", openapi));
    let answer = async move |asked: HeaderMap| document.answer(&asked, Keep::AskAgain);
    Router::new()
        .route(DESCRIPTION, get(answer))
        .merge(SwaggerUi::new("/docs").config(Config::from(DESCRIPTION)))
}

/// What every answer goes through, whatever was asked: from the inside out.
fn dressed(router: Router, naming: Naming, pages: &Pages) -> Router {
    router
        .layer(map_response(finished))
        .layer(compression::layer())
        .layer(from_fn(compression::choose))
        .layer(from_fn_with_state(
            origins::cors(pages),
            origins::open_to_pages,
        ))
        .layer(from_fn(measured::measured))
        .layer(from_fn_with_state(naming, request::named))
}

/// What moves money, by those whose it is.
fn money(calls: &Calls, charge: Charge) -> OpenApiRouter {
    let payments = PaymentCalls {
        accounts: calls.accounts.accounts.clone(),
        transactions: calls.transactions.clone(),
        batches: calls.batches.clone(),
    };
    let claims = ClaimCalls::new(
        calls.accounts.accounts.clone(),
        calls.batches.clone(),
        calls.gateway.clone(),
        charge,
    );
    OpenApiRouter::new()
        .routes(routes!(payments::list))
        .with_state(payments)
        .merge(
            OpenApiRouter::new()
                .routes(routes!(claims::list))
                .with_state(claims),
        )
}

/// Many transactions have a larger body than one.
fn transactions(calls: TransactionCalls, charge: Charge) -> OpenApiRouter {
    let lists = ListCalls {
        calls: calls.clone(),
        charge,
    };
    let lists = OpenApiRouter::new()
        .routes(routes!(transactions::submit_list))
        .layer(DefaultBodyLimit::max(body::LIST_BYTES_MAX))
        .with_state(lists);
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(transactions::submit))
        .routes(routes!(transactions::show))
        .routes(routes!(transactions::receipt))
        .routes(routes!(references::add))
        .with_state(calls)
        .merge(lists)
}

/// A development network's alone, so it is not in the document. It waits for a block of the layer 1.
fn faucet_routes(faucet: Faucet) -> OpenApiRouter {
    OpenApiRouter::new()
        .route(FAUCET_PATH, post(faucet::give))
        .layer(DefaultBodyLimit::max(body::TRANSACTION_BYTES_MAX))
        .with_state(faucet)
}

fn operations(calls: OperationCalls) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(operations::healthz))
        .routes(routes!(operations::readyz))
        .routes(routes!(operations::metrics))
        .routes(routes!(operations::index))
        .route("/assets/{file}", get(page::asset))
        .with_state(calls)
}

/// Gives a reason in JSON where a library gave none, and says that an answer is as old as it is.
async fn finished(response: Response) -> Response {
    let is_json = |value: &HeaderValue| value.as_bytes().starts_with(b"application/json");
    let has_reason = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(is_json);
    let mut response = match response.status() {
        StatusCode::REQUEST_TIMEOUT if !has_reason => ApiError::TimedOut.into_response(),
        StatusCode::NOT_FOUND if !has_reason => ApiError::UnknownPath.into_response(),
        _ => response,
    };
    let kept = response.headers_mut().entry(header::CACHE_CONTROL);
    kept.or_insert(Keep::AskAgain.header());
    response
}

async fn unknown_path() -> ApiError {
    ApiError::UnknownPath
}

/// With `Allow`, whatever is answered: who asks for the options of a call is told them.
async fn wrong_method(method: Method) -> Response {
    if method == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        ApiError::WrongMethod.into_response()
    }
}

/// What is answered while the node has no parts.
#[derive(Clone)]
pub(crate) struct CallsMeanwhile {
    pub(crate) operations: OperationCalls,
    pub(crate) limits: Limits,
    pub(crate) trusted_proxies: TrustedProxies,
    pub(crate) pages: Pages,
    pub(crate) traces: Traces,
}

/// Serves what is answered meanwhile, until `shutdown` is cancelled.
pub(crate) async fn serve_meanwhile(
    calls: CallsMeanwhile,
    listener: TcpListener,
    shutdown: CancellationToken,
) {
    let (router, _) = operations(calls.operations).split_for_parts();
    let client = ClientAddress(calls.trusted_proxies.clone());
    let naming = Naming::new(client, &calls.traces);
    let router = dressed(router.fallback(starting_anew), naming, &calls.pages);
    let limits = (calls.limits, calls.trusted_proxies);
    connections::serve(router, listener, limits, shutdown).await;
}

async fn starting_anew() -> ApiError {
    ApiError::StartingAnew
}

/// Serves until `shutdown` is cancelled and the requests under way are answered.
pub(crate) async fn serve(calls: Calls, listener: TcpListener, shutdown: CancellationToken) {
    let (limits, trusted) = (calls.limits, calls.trusted_proxies.clone());
    let (router, sweep) = routes(calls);
    let sweeping = async {
        let mut tick = interval(SWEEP);
        loop {
            tick.tick().await;
            sweep();
        }
    };
    tokio::select! {
        () = connections::serve(router, listener, (limits, trusted), shutdown) => {}
        () = sweeping => {}
    }
}
