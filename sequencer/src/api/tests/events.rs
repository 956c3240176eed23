//! The stream of events, as a client reads it.

mod told;

use std::time::Duration;

use assay_circuits::order::{Order, Signed};
use axum::{
    body::{Body, BodyDataStream},
    http::{Request, StatusCode, header},
    response::Response,
};
use futures::StreamExt;
use serde_json::{Value, json};

use super::funded;
use crate::rig::{Rig, World, owner};

/// Whoever waits longer has missed what it waits for.
const PATIENCE: Duration = Duration::from_secs(60);

/// An open stream.
struct Stream {
    body: BodyDataStream,
    text: String,
}

/// An event, as it stands in the text.
#[derive(Debug)]
struct Message {
    id: String,
    event: String,
    data: String,
}

impl Message {
    fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap()
    }

    /// The values of these fields.
    fn shown<const N: usize>(&self, fields: [&str; N]) -> [Value; N] {
        let json = self.json();
        fields.map(|field| json[field].clone())
    }
}

async fn ask(rig: &Rig, query: &str, after: Option<&str>) -> Response {
    let mut request = Request::get(format!("/v1/events{query}"));
    if let Some(after) = after {
        request = request.header("Last-Event-ID", after);
    }
    let request = request.body(Body::empty()).unwrap();
    let router = crate::api::router(rig.calls.clone());
    tower::ServiceExt::oneshot(router, request).await.unwrap()
}

impl Stream {
    async fn open(rig: &Rig, query: &str, after: Option<&str>) -> Self {
        let response = ask(rig, query, after).await;
        assert_eq!(response.status(), StatusCode::OK, "{query}");
        Self {
            body: response.into_body().into_data_stream(),
            text: String::new(),
        }
    }

    /// The next block of the text, whatever it says.
    async fn block(&mut self) -> String {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return block;
            }
            let piece = tokio::time::timeout(PATIENCE, self.body.next()).await;
            let piece = piece.unwrap().unwrap().unwrap();
            self.text.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }

    /// The next event.
    async fn next(&mut self) -> Message {
        loop {
            let block = self.block().await;
            let field = |name: &str| {
                let value = block.lines().find_map(|line| line.strip_prefix(name));
                value.unwrap_or_default().to_owned()
            };
            if !field("data: ").is_empty() {
                return Message {
                    id: field("id: "),
                    event: field("event: "),
                    data: field("data: "),
                };
            }
        }
    }

    /// The stages of the next events, each with its batch.
    async fn stages<const N: usize>(&mut self) -> [[Value; 2]; N] {
        let mut found = std::array::from_fn(|_| [Value::Null, Value::Null]);
        for stage in &mut found {
            *stage = self.next().await.shown(["stage", "batch"]);
        }
        found
    }
}

async fn send(rig: &Rig, order: &Signed<Order>) {
    assert_eq!(rig.submit(order).await.0, StatusCode::ACCEPTED);
}

fn hash(rig: &Rig, order: &Signed<Order>) -> String {
    order.hash(rig.rollup.domain).to_string()
}

#[tokio::test]
async fn a_stream_goes_on_after_the_event_that_came_last() {
    let world = World::new();
    let mut rig = funded(&world).await;
    let one = format!("?account={}&type=transaction", rig.account(1).unwrap());
    let mut stream = Stream::open(&rig, &one, None).await;
    send(&rig, &rig.order(1, 0, Some(2), 10)).await;
    let received = stream.next().await;
    assert_eq!(received.json()["stage"], "received");
    drop(stream);
    // Meanwhile more happens, not all of it for this listener.
    world.l1.deposit(&owner(2), 0, 70);
    rig.look().await;
    let number = json!(rig.seal().await.unwrap().0);
    let mut again = Stream::open(&rig, &one, Some(&received.id)).await;
    assert_eq!(
        again.stages().await,
        [
            [json!("executed"), number.clone()],
            [json!("sealed"), number],
        ]
    );
    // What is left of the queue is in a batch of its own, and what is sent now is live.
    send(&rig, &rig.order(1, 1, Some(2), 10)).await;
    let live = again.next().await;
    assert_eq!(live.json()["stage"], "received");
    let run = live.id.split_once('-').unwrap().0;
    assert_eq!(received.id.split_once('-').unwrap().0, run);
    rig.stop().await;
}

#[tokio::test]
async fn an_id_of_another_run_resets_the_listener() {
    let world = World::new();
    let rig = funded(&world).await;
    for id in ["0123456789abcdef-1", "7", ""] {
        let mut stream = Stream::open(&rig, "", Some(id)).await;
        // Nothing before it has an id: whoever leaves without hearing it is told again.
        let block = stream.block().await;
        assert!(block.contains("event: reset"), "{block}");
        assert!(block.contains("id: "), "{block}");
    }
    let mut stream = Stream::open(&rig, "", Some("7")).await;
    assert_eq!(stream.next().await.event, "reset");
    send(&rig, &rig.order(1, 0, Some(2), 10)).await;
    assert_eq!(stream.next().await.json()["stage"], "received");
    rig.stop().await;
}

/// A page names the id in the URL, which its browser keeps when it connects again with a header of its own.
#[tokio::test]
async fn an_id_in_the_url_is_as_good_as_in_the_header_and_gives_way_to_it() {
    let world = World::new();
    let rig = funded(&world).await;
    let mut stream = Stream::open(&rig, "?type=transaction", None).await;
    for nonce in 0..2 {
        send(&rig, &rig.order(1, nonce, Some(2), 10)).await;
    }
    let [first, _, third] = [
        stream.next().await,
        stream.next().await,
        stream.next().await,
    ];
    let query = format!("?type=transaction&last_event_id={}", first.id);
    let executed = Stream::open(&rig, &query, None).await.next().await;
    assert_eq!(executed.json()["hash"], first.json()["hash"]);
    assert_eq!(executed.json()["stage"], "executed");
    let mut again = Stream::open(&rig, &query, Some(&third.id)).await;
    let fourth = again.next().await;
    assert_eq!(fourth.json()["hash"], third.json()["hash"]);
    assert_eq!(fourth.json()["stage"], "executed");
    let mut other = Stream::open(&rig, "?last_event_id=7", None).await;
    assert_eq!(other.next().await.event, "reset");
    rig.stop().await;
}

#[tokio::test]
async fn a_listener_that_hears_nothing_is_told_where_it_is() {
    let world = World::new();
    let mut rig = funded(&world).await;
    let mut stream = Stream::open(&rig, "?batch=77", None).await;
    let place = |block: String| {
        let (comment, id) = block.split_once('\n').unwrap();
        assert!(comment.starts_with(':'), "{block}");
        id.strip_prefix("id: ").unwrap().to_owned()
    };
    let begin = place(stream.block().await);
    let mut begun = Stream::open(&rig, "", Some(&begin)).await;
    send(&rig, &rig.order(1, 0, Some(2), 10)).await;
    rig.seal().await.unwrap();
    tokio::time::pause();
    let later = place(stream.block().await);
    tokio::time::resume();
    assert_ne!(begin, later);
    // From there on nothing has happened, where four things had from the beginning on.
    let mut stream = Stream::open(&rig, "", Some(&later)).await;
    send(&rig, &rig.order(1, 1, Some(2), 10)).await;
    assert_eq!(stream.next().await.json()["stage"], "received");
    for expected in ["received", "executed", "sealed", "sealed"] {
        assert_eq!(begun.next().await.json()["stage"], expected);
    }
    rig.stop().await;
}

#[tokio::test]
async fn what_cannot_be_listened_to_is_refused() {
    let world = World::new();
    let rig = funded(&world).await;
    let many = |one: &str| vec![one; 101].join(",");
    let some_hash = format!("0x{}", "ab".repeat(32));
    for (query, status, code, parameter) in [
        ("?account=99".to_owned(), 404, "unknown_account", None),
        ("?account=1,99".to_owned(), 404, "unknown_account", None),
        (
            "?account=0".to_owned(),
            400,
            "invalid_parameter",
            Some("account"),
        ),
        (
            "?account=".to_owned(),
            400,
            "invalid_parameter",
            Some("account"),
        ),
        (
            "?account=1,".to_owned(),
            400,
            "invalid_parameter",
            Some("account"),
        ),
        (
            "?account=01".to_owned(),
            400,
            "invalid_parameter",
            Some("account"),
        ),
        (
            format!("?account={}", many("1")),
            400,
            "invalid_parameter",
            Some("account"),
        ),
        (
            "?account=1&account=2".to_owned(),
            400,
            "invalid_parameter",
            Some("query"),
        ),
        (
            "?transaction=0x12".to_owned(),
            400,
            "invalid_parameter",
            Some("transaction"),
        ),
        (
            format!("?transaction={}", many(&some_hash)),
            400,
            "invalid_parameter",
            Some("transaction"),
        ),
        (
            "?batch=-1".to_owned(),
            400,
            "invalid_parameter",
            Some("batch"),
        ),
        (
            "?type=account".to_owned(),
            400,
            "invalid_parameter",
            Some("type"),
        ),
        (
            "?last_event=1".to_owned(),
            400,
            "invalid_parameter",
            Some("query"),
        ),
    ] {
        let (found, answer) = rig.get(&format!("/v1/events{query}")).await;
        let error = &answer["error"];
        assert_eq!(
            (found.as_u16(), &error["code"]),
            (status, &json!(code)),
            "{query}"
        );
        assert_eq!(
            error["details"].get("parameter"),
            parameter.map(Value::from).as_ref(),
            "{query}"
        );
    }
    let most = vec!["1"; 100].join(",");
    drop(Stream::open(&rig, &format!("?account={most}"), None).await);
    rig.stop().await;
}

#[tokio::test]
async fn there_are_only_so_many_streams() {
    let world = World::new();
    let mut config = world.config();
    config.limits.connections = 4;
    let rig = world.start_with(config, Default::default()).await.unwrap();
    let streams = [
        Stream::open(&rig, "", None).await,
        Stream::open(&rig, "", None).await,
    ];
    let refused = ask(&rig, "", None).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "10");
    assert_eq!(rig.get("/v1/events").await.1["error"]["code"], "busy");
    assert_eq!(rig.calls.events.seats.taken(), 2);
    drop(streams);
    drop(Stream::open(&rig, "", None).await);
    assert_eq!(rig.calls.events.seats.taken(), 0);
    rig.stop().await;
    let rig = world.start().await;
    let mut streams = Vec::new();
    for _ in 0..32 {
        streams.push(Stream::open(&rig, "", None).await);
    }
    let refused = ask(&rig, "", None).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "10");
    let (_, answer) = rig.get("/v1/events").await;
    assert_eq!(answer["error"]["code"], "too_many_requests");
    assert_eq!(answer["error"]["details"], json!({ "wait_s": 10 }));
    rig.stop().await;
}

#[tokio::test]
async fn a_stream_ends_when_the_node_stops() {
    let world = World::new();
    let rig = funded(&world).await;
    let mut stream = Stream::open(&rig, "?batch=77", None).await;
    stream.block().await;
    rig.stop().await;
    let ended = tokio::time::timeout(PATIENCE, stream.body.next()).await;
    assert!(ended.unwrap().is_none());
}
