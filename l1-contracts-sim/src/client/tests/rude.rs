//! An endpoint that answers as a test wants, and what the client makes of that.

use std::{
    error::Error,
    fmt::Write as _,
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::{
    address::EthAddress,
    client::{BlockInfo, L1Endpoint, L1Error, RollupClient},
};

pub(super) const CONTRACT: EthAddress = EthAddress([7; 20]);

/// What the endpoint does with a call. `PATH` in a text stands for the path that was asked for.
#[derive(Clone)]
pub(super) enum Reply {
    Result(Value),
    Error(i64, &'static str),
    /// A status of HTTP, a header line, and a body.
    Http(u16, &'static str, &'static str),
    Hang,
}

/// What the endpoint does with a call, by its method and parameters.
type Manners = dyn Fn(&str, &Value) -> Reply + Send + Sync;

/// Ends with the test.
pub(super) struct Rude {
    pub(super) url: String,
    _serving: JoinSet<()>,
}

impl Rude {
    pub(super) async fn start(
        manners: impl Fn(&str, &Value) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let manners: Arc<Manners> = Arc::new(manners);
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(answer(stream, manners.clone()));
            }
        });
        Self {
            url,
            _serving: serving,
        }
    }
}

/// One request, one answer, and the connection is closed.
async fn answer(mut stream: TcpStream, manners: Arc<Manners>) {
    let mut bytes = Vec::new();
    let (path, body) = loop {
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).await.unwrap_or(0);
        if read == 0 {
            return;
        }
        bytes.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        if let Ok(body) = serde_json::from_str::<Value>(body) {
            break (path, body);
        }
    };
    let method = body["method"].as_str().unwrap_or_default();
    let id = &body["id"];
    let (status, header, body) = match manners(method, &body["params"]) {
        Reply::Result(result) => {
            let body = json!({ "jsonrpc": "2.0", "id": id, "result": result });
            (200, "", body.to_string())
        }
        Reply::Error(code, message) => {
            let error = json!({ "code": code, "message": message });
            let body = json!({ "jsonrpc": "2.0", "id": id, "error": error });
            (200, "", body.to_string())
        }
        Reply::Http(status, header, body) => (status, header, body.to_owned()),
        Reply::Hang => pending().await,
    };
    let (header, body) = (header.replace("PATH", &path), body.replace("PATH", &path));
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{header}\r\n{body}"
    );
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// An address where every `eth_call` ends so.
async fn connect(reply: Reply) -> Result<RollupClient, L1Error> {
    let rude = Rude::start(move |method, _| match method {
        "eth_chainId" => Reply::Result(json!("0x7a69")),
        _ => reply.clone(),
    })
    .await;
    RollupClient::connect(&rude.url, CONTRACT, None).await
}

/// Ways to say that there is no answer now.
const REFUSALS: [Reply; 10] = [
    Reply::Error(
        -32000,
        "missing trie node 0123 (path ) state 0x45 is not available",
    ),
    Reply::Error(-32000, "header not found"),
    Reply::Error(-32005, "limit exceeded"),
    Reply::Error(429, "exceeded its compute units per second capacity"),
    Reply::Error(-32603, "Internal error"),
    Reply::Error(-32000, "required historical state unavailable"),
    Reply::Http(429, "", "too many requests"),
    Reply::Http(503, "", "<html>overloaded</html>"),
    Reply::Http(404, "", "PATH"),
    Reply::Hang,
];

/// Nobody goes away because a provider counts calls.
#[tokio::test]
async fn only_an_empty_answer_is_absence() {
    for refusal in &REFUSALS[..9] {
        let error = connect(refusal.clone()).await.unwrap_err();
        assert!(matches!(error, L1Error::Transport { .. }), "{error:?}");
    }
    let page = connect(Reply::Http(200, "", "<html>log in</html>")).await;
    assert!(matches!(page, Err(L1Error::Answer { .. })), "{page:?}");
    let absent = connect(Reply::Result(json!("0x"))).await;
    assert!(matches!(absent, Err(L1Error::NoContract(CONTRACT))));
}

/// A client of a contract that is there, whose status nobody tells.
async fn status_of(reply: Reply) -> L1Error {
    let domain = json!(format!("0x{}", "11".repeat(32)));
    let calls = AtomicUsize::new(0);
    let rude = Rude::start(move |method, _| match method {
        "eth_chainId" => Reply::Result(json!("0x7a69")),
        _ if calls.fetch_add(1, Ordering::AcqRel) == 0 => Reply::Result(domain.clone()),
        _ => reply.clone(),
    })
    .await;
    let endpoint = L1Endpoint {
        timeout_ms: 1_000,
        ..L1Endpoint::from(&rude.url)
    };
    let client = RollupClient::connect(endpoint, CONTRACT, None).await;
    let block = BlockInfo {
        number: 1,
        hash: [1; 32],
        parent_hash: [0; 32],
        timestamp: 0,
        base_fee_wei: 0,
    };
    client.unwrap().status_at(&block).await.unwrap_err()
}

#[tokio::test]
async fn a_refused_status_is_not_one_from_before_the_contract() {
    for refusal in REFUSALS {
        let error = status_of(refusal).await;
        assert!(matches!(error, L1Error::Transport { .. }), "{error:?}");
    }
    let error = status_of(Reply::Result(json!("0x"))).await;
    assert!(matches!(error, L1Error::NoCode { address, .. } if address == CONTRACT));
}

/// All that an error tells anybody.
fn told(error: &L1Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(text, " {error} {error:?}").unwrap();
        cause = error.source();
    }
    text
}

/// What a provider puts into the URL is shown to nobody, whatever goes wrong, and even where the
/// server repeats it.
#[tokio::test]
async fn no_error_tells_what_is_secret_in_the_url() {
    const SECRETS: [&str; 4] = ["u53r-secret", "p4ss-secret", "p4th-secret", "qu3ry-secret"];
    let refusal = r#"{"jsonrpc":"2.0","id":0,"error":{"code":1,"message":"PATH"}}"#;
    let replies = [
        Reply::Http(404, "", "Cannot POST PATH"),
        Reply::Http(200, "", "no project at PATH"),
        Reply::Http(301, "location: http://127.0.0.1:1PATH\r\n", ""),
        Reply::Http(403, "", refusal),
        Reply::Error(-32000, "no rights for PATH"),
        Reply::Error(-32005, "PATH has had enough"),
        Reply::Result(json!("http://PATH")),
        Reply::Hang,
    ];
    let mut urls = vec!["127.0.0.1:1".to_owned(), "no host at all".to_owned()];
    let mut servers = Vec::new();
    for reply in replies {
        let server = Rude::start(move |_, _| reply.clone()).await;
        urls.push(server.url.replace("http://", ""));
        servers.push(server);
    }
    for host in urls {
        let [user, password, path, query] = SECRETS;
        let url = format!("http://{user}:{password}@{host}/v2/{path}?key={query}");
        let endpoint = L1Endpoint {
            timeout_ms: 500,
            ..L1Endpoint::from(url)
        };
        assert!(!format!("{endpoint:?}").contains("secret"));
        let error = RollupClient::connect(endpoint, CONTRACT, None).await;
        let told = told(&error.unwrap_err());
        for secret in SECRETS {
            assert!(!told.contains(secret), "{told}");
        }
    }
}

#[tokio::test]
async fn a_call_that_hangs_ends_at_its_deadline() {
    let rude = Rude::start(|_, _| Reply::Hang).await;
    let endpoint = L1Endpoint {
        timeout_ms: 50,
        ..L1Endpoint::from(&rude.url)
    };
    let connected = RollupClient::connect(endpoint, CONTRACT, None);
    let connected = tokio::time::timeout(Duration::from_secs(20), connected);
    let error = connected.await.unwrap().unwrap_err();
    assert!(matches!(error, L1Error::Transport { .. }), "{error:?}");
    let said = error.to_string();
    assert!(said.contains("no answer within 50 ms"), "{said}");
}

/// The provider gives the events of so many blocks, and refuses more in words of its own.
#[tokio::test]
async fn what_a_provider_gives_in_one_answer_is_found_out_once() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = asked.clone();
    let rude = Rude::start(move |method, params| match method {
        "eth_chainId" => Reply::Result(json!("0x7a69")),
        "eth_call" => Reply::Result(json!(format!("0x{}", "11".repeat(32)))),
        _ => {
            let block = |name: &str| {
                let text = params[0][name].as_str().unwrap();
                u64::from_str_radix(text.trim_start_matches("0x"), 16).unwrap()
            };
            let blocks = block("toBlock") - block("fromBlock") + 1;
            log.lock().unwrap().push(blocks);
            match blocks <= 800 {
                true => Reply::Result(json!([])),
                false => Reply::Error(-32005, "query returned more than 10000 results"),
            }
        }
    })
    .await;
    let endpoint = L1Endpoint {
        log_blocks: 3_000,
        ..L1Endpoint::from(&rude.url)
    };
    let client = RollupClient::connect(endpoint, CONTRACT, None).await;
    let client = client.unwrap();
    client.events(0, 4_999).await.unwrap();
    let first = std::mem::take(&mut *asked.lock().unwrap());
    assert_eq!(first[..3], [3_000, 1_500, 750]);
    client.clone().events(0, 4_999).await.unwrap();
    let second = asked.lock().unwrap().clone();
    assert!(second[0] <= 800 && second.len() < first.len(), "{second:?}");
}

/// A provider that counts calls is not asked for less, but later.
#[tokio::test]
async fn too_many_calls_are_not_too_many_blocks() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let rude = Rude::start(move |method, _| match method {
        "eth_chainId" => Reply::Result(json!("0x7a69")),
        "eth_call" => Reply::Result(json!(format!("0x{}", "11".repeat(32)))),
        _ => {
            count.fetch_add(1, Ordering::AcqRel);
            Reply::Error(-32005, "request rate limited")
        }
    })
    .await;
    let client = RollupClient::connect(&rude.url, CONTRACT, None).await;
    let error = client.unwrap().events(0, 4_999).await.unwrap_err();
    assert!(matches!(error, L1Error::Transport { .. }), "{error:?}");
    assert_eq!(asked.load(Ordering::Acquire), 1);
}

/// A token is anybody's: it may use up little gas, and what it does not say, or says as nobody can mean
/// it, is not known.
#[tokio::test]
async fn a_token_is_asked_with_little_gas_and_not_believed_everything() {
    for (said, decimals) in [(6u8, Some(6)), (77, Some(77)), (78, None), (255, None)] {
        let gas = Arc::new(Mutex::new(Vec::new()));
        let log = gas.clone();
        let word = |byte: u8| json!(format!("0x{}{byte:02x}", "00".repeat(31)));
        let rude = Rude::start(move |method, params| {
            let call = &params[0];
            let data = call["input"].as_str().or(call["data"].as_str());
            let is = |selector: &str| data.is_some_and(|data| data.starts_with(selector));
            let asked = || log.lock().unwrap().push(call["gas"].clone());
            match method {
                "eth_chainId" => Reply::Result(json!("0x7a69")),
                // symbol()
                _ if is("0x95d89b41") => {
                    asked();
                    Reply::Error(-32000, "out of gas")
                }
                // decimals()
                _ if is("0x313ce567") => {
                    asked();
                    Reply::Result(word(said))
                }
                _ => Reply::Result(word(9)),
            }
        })
        .await;
        let client = RollupClient::connect(&rude.url, CONTRACT, None).await;
        let token = client.unwrap().token(1).await.unwrap();
        assert_eq!((token.symbol, token.decimals), (None, decimals));
        assert_eq!(*gas.lock().unwrap(), [json!("0x30d40"), json!("0x30d40")]);
    }
}
