//! `GET /metrics` for processes that serve nothing else.

use std::{convert::Infallible, pin::Pin, sync::Arc, time::Duration};

use hyper::{Method, Request, Response, StatusCode, body::Incoming, header, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use crate::recorder::render;

/// Path of the call.
pub const PATH: &str = "/metrics";
/// The form of its answer.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Connections at a time; others wait.
const CONNECTIONS_MAX: usize = 16;
/// A request's head that takes longer is given up, and so is a whole exchange.
const EXCHANGE_MAX: Duration = Duration::from_secs(10);
/// After the system refused a connection, until the next is taken.
const PAUSE: Duration = Duration::from_millis(100);

/// A listener at work. Boxed, so that what it is made of is compiled here alone.
pub type Serving = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Answers `GET /metrics`, and nothing else, until `shutdown` is cancelled.
#[must_use]
pub fn serve(listener: TcpListener, shutdown: CancellationToken) -> Serving {
    Box::pin(async move {
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let mut tasks = JoinSet::new();
        loop {
            let place = places.clone().acquire_owned();
            let place = place.await.expect("the semaphore is never closed");
            let accepted = tokio::select! {
                () = shutdown.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    tasks.spawn(async move {
                        exchange(stream).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::debug!(%error, "a connection was not taken");
                    tokio::time::sleep(PAUSE).await;
                }
            }
            while tasks.try_join_next().is_some() {}
        }
    })
}

/// Answers one request of a connection.
async fn exchange(stream: TcpStream) {
    let service = hyper::service::service_fn(async |request| Ok::<_, Infallible>(answer(&request)));
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(EXCHANGE_MAX)
        .keep_alive(false);
    let served = server.serve_connection(TokioIo::new(stream), service);
    // Who goes away before the answer misses it.
    let _ = tokio::time::timeout(EXCHANGE_MAX, served).await;
}

fn answer(request: &Request<Incoming>) -> Response<String> {
    let is_asked_for = request.uri().path() == PATH;
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let (status, body) = match (is_asked_for, is_read) {
        (true, true) => (StatusCode::OK, render()),
        (true, false) => (StatusCode::METHOD_NOT_ALLOWED, "GET alone\n".to_owned()),
        (false, _) => (StatusCode::NOT_FOUND, format!("{PATH} alone\n")),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let media_type = header::HeaderValue::from_static(MEDIA_TYPE);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, media_type);
    response
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{kinds::Kind, process, recorder::install};

    #[allow(unreachable_pub)]
    mod rows {
        crate::table! {
            Counter CALLS = "assay_test_calls_total" ["way" in &["in", "out"]], "Calls.";
            Histogram SECONDS = "assay_test_seconds", "Seconds.";
        }
    }

    #[tokio::test]
    async fn metrics_are_there_at_0_and_nothing_else_is() {
        install(rows::ALL);
        rows::SECONDS.record(0.5);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = CancellationToken::new();
        let serving = tokio::spawn(serve(listener, shutdown.clone()));
        // Refused where a choice of TLS's cryptography was made before: then that one is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client.get(format!("{url}{PATH}")).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], MEDIA_TYPE);
        let text = answer.text().await.unwrap();
        rows::CALLS.count_as("in");
        assert!(
            text.contains("assay_test_calls_total{way=\"in\"} 0\n"),
            "{text}"
        );
        assert!(text.contains("assay_test_seconds_count 1\n"), "{text}");
        for metric in process::ALL.iter().chain(rows::ALL) {
            let (name, kind) = (metric.name, metric.kind.name());
            assert!(
                text.contains(&format!("# TYPE {name} {kind}\n")),
                "{name}: {text}"
            );
            let help = format!("# HELP {name} {}\n", metric.help);
            assert!(text.contains(&help), "{name}: {text}");
        }
        assert_eq!(rows::ALL[0].kind, Kind::Counter);
        let resident = text.lines().find_map(|line| {
            let value = line.strip_prefix("process_resident_memory_bytes ")?;
            value.parse::<f64>().ok()
        });
        assert!(resident.unwrap() > 1e5, "{text}");
        let refused = client.get(&url).send().await.unwrap();
        assert_eq!(refused.status(), 404);
        let refused = client.post(format!("{url}{PATH}")).send().await.unwrap();
        assert_eq!(refused.status(), 405);
        shutdown.cancel();
        serving.await.unwrap();
    }
}
