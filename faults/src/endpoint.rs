//! The HTTP server that passes calls on.

use std::{
    io,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::post,
};
use futures::stream;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    behind,
    rules::{Fault, Rules},
    upstream::{Broken, Upstream},
};

/// The endpoint behind, and what goes wrong before it.
#[derive(Clone)]
struct Passage {
    upstream: Upstream,
    rules: Arc<Mutex<Rules>>,
}

pub(crate) async fn serve(url: String, rules: Arc<Mutex<Rules>>) -> (String, JoinHandle<()>) {
    let upstream = Upstream::new(url);
    let passage = Passage { upstream, rules };
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    let router = Router::new().fallback(post(answer)).with_state(passage);
    let server =
        tokio::spawn(async move { axum::serve(listener, router).await.expect("it never ends") });
    (url, server)
}

async fn answer(State(passage): State<Passage>, body: Bytes) -> Response {
    let answered = match serde_json::from_slice(&body) {
        Ok(Value::Array(calls)) => {
            let mut answers = Vec::new();
            for call in calls {
                match passage.pass(call).await {
                    Ok(Ok(answer)) => answers.push(answer),
                    Ok(Err(page)) => return page,
                    Err(Broken) => return broken(),
                }
            }
            Ok(Ok(Value::Array(answers)))
        }
        Ok(call) => passage.pass(call).await,
        Err(_) => return StatusCode::BAD_REQUEST.into_response(),
    };
    match answered {
        Ok(Ok(answer)) => {
            let content = [(header::CONTENT_TYPE, "application/json")];
            (content, answer.to_string()).into_response()
        }
        Ok(Err(page)) => page,
        Err(Broken) => broken(),
    }
}

impl Passage {
    /// Answers one call, or gives a page in place of all answers.
    async fn pass(&self, mut call: Value) -> Result<Result<Value, Response>, Broken> {
        let method = call["method"].as_str().unwrap_or_default().to_owned();
        let fault = self
            .rules
            .lock()
            .expect("no rule panics")
            .judge(&method, &call["params"]);
        let answer = |what: &str, value: Value| {
            let mut answer = json!({"jsonrpc": "2.0", "id": call["id"]});
            answer[what] = value;
            Ok(Ok(answer))
        };
        match fault {
            None => self.upstream.ask(&call).await.map(Ok),
            Some(Fault::Refuse { code, message }) => {
                answer("error", json!({"code": code, "message": message}))
            }
            Some(Fault::Status(status, page)) => {
                let status = StatusCode::from_u16(status).expect("a test knows what is one");
                let content = [(header::CONTENT_TYPE, "text/html")];
                Ok(Err((status, content, page).into_response()))
            }
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::Slow(time)) => {
                tokio::time::sleep(time).await;
                self.upstream.ask(&call).await.map(Ok)
            }
            Some(Fault::Cut) => Err(Broken),
            Some(Fault::LoseAnswer) => {
                self.upstream.ask(&call).await?;
                Err(Broken)
            }
            Some(Fault::Ask(params)) => {
                call["params"] = params;
                self.upstream.ask(&call).await.map(Ok)
            }
            Some(Fault::Lie(result)) => answer("result", result),
            Some(Fault::Behind(blocks)) => behind::ask(&self.upstream, call, blocks).await.map(Ok),
        }
    }
}

/// An answer that ends in its middle: the connection is closed.
fn broken() -> Response {
    let pieces = [
        Ok::<_, io::Error>(Bytes::from_static(b"{")),
        Err(io::ErrorKind::ConnectionReset.into()),
    ];
    Response::new(Body::from_stream(stream::iter(pieces)))
}
