#![allow(clippy::unwrap_used)]

mod measured;
mod watched;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use assay_api::proving::{Heartbeat, Lease, LeaseRequest, Submission, client::Token};
use assay_circuits::{circuit::CircuitId, shape::Shape};
use axum::{
    Json, Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    Backoff, JobError, JobProver, Watcher, WorkerConfig, WorkerError, WorkerReport, run, run_with,
};
use crate::{
    groth16::{
        proof::Proof,
        prove::{ProveError, Prover},
        setup::{SetupRandomness, setup},
        toy::Toy,
        verify::verify,
    },
    known_circuits::BatchProofError,
};

/// What a node heard.
#[derive(Debug, PartialEq)]
enum Call {
    Lease(LeaseRequest),
    Heartbeat(u64, Heartbeat),
    Proof(u64, Box<Submission>),
}

/// A node that answers from scripts, and when they are used up from habit.
#[derive(Clone)]
struct Node {
    script: Arc<Mutex<Script>>,
    calls: mpsc::UnboundedSender<Call>,
}

#[derive(Default)]
struct Script {
    leases: VecDeque<Response>,
    heartbeats: VecDeque<Response>,
    proofs: VecDeque<Response>,
}

fn status(status: u16) -> Response {
    StatusCode::from_u16(status).unwrap().into_response()
}

/// A refusal in the node's own words.
fn refused(status: u16, code: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    let body = format!(r#"{{"error":{{"code":"{code}","message":"no","details":{{}}}}}}"#);
    (status, Body::from(body)).into_response()
}

fn json(text: &str) -> Response {
    (StatusCode::OK, Body::from(text.to_owned())).into_response()
}

const GO_ON: &str = r#"{"continue":true}"#;
const STOP: &str = r#"{"continue":false}"#;
const ACCEPTED: &str = r#"{"accepted":true}"#;

fn lease(job_id: u64) -> Lease {
    Lease {
        job_id,
        lease_id: 100 + job_id,
        batch: 10 + job_id,
        circuit: CircuitId::Batch(Shape::Tiny),
        verifying_key_sha256: [0; 32],
        witness: vec![1, 2, 3],
        lease_ms: 1000,
        heartbeat_ms: 1,
    }
}

impl Node {
    async fn start(script: Script) -> (Self, String, mpsc::UnboundedReceiver<Call>) {
        let (calls, heard) = mpsc::unbounded_channel();
        let node = Self {
            script: Arc::new(Mutex::new(script)),
            calls,
        };
        let app = Router::new()
            .route("/v1/prover/jobs/lease", post(Self::lease))
            .route("/v1/prover/jobs/{id}/heartbeat", post(Self::heartbeat))
            .route("/v1/prover/jobs/{id}/proof", post(Self::proof))
            .with_state(node.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        (node, url, heard)
    }

    async fn lease(
        State(node): State<Self>,
        headers: HeaderMap,
        Json(request): Json<LeaseRequest>,
    ) -> Response {
        if headers["authorization"] != "Bearer secret" {
            return refused(401, "unauthorized");
        }
        let _ = node.calls.send(Call::Lease(request));
        node.script
            .lock()
            .unwrap()
            .leases
            .pop_front()
            .unwrap_or(status(204))
    }

    async fn heartbeat(
        State(node): State<Self>,
        Path(job): Path<u64>,
        Json(heartbeat): Json<Heartbeat>,
    ) -> Response {
        let _ = node.calls.send(Call::Heartbeat(job, heartbeat));
        node.script
            .lock()
            .unwrap()
            .heartbeats
            .pop_front()
            .unwrap_or(json(GO_ON))
    }

    async fn proof(
        State(node): State<Self>,
        Path(job): Path<u64>,
        Json(submission): Json<Submission>,
    ) -> Response {
        let _ = node.calls.send(Call::Proof(job, Box::new(submission)));
        node.script
            .lock()
            .unwrap()
            .proofs
            .pop_front()
            .unwrap_or(json(ACCEPTED))
    }
}

fn config(url: &str) -> WorkerConfig {
    WorkerConfig {
        node_url: url.to_owned(),
        token: Token("secret".to_owned()),
        name: "w1".to_owned(),
        threads: None,
        keys_dir: "nowhere".into(),
        circuits: vec![],
        once: true,
        poll_ms: 1,
        backoff: Backoff {
            first_ms: 1,
            most_ms: 4,
        },
        watcher: Watcher::default(),
    }
}

fn prover() -> Prover {
    let key = setup(Toy::new(3, 7), SetupRandomness::Development, &|_, _| ()).unwrap();
    Prover::new(Arc::new(key), None).unwrap()
}

/// Proves a toy statement whatever the lease says.
fn toy() -> JobProver {
    let prover = prover();
    Arc::new(move |_, observer| {
        let proved = prover.prove(Toy::new(3, 7), observer);
        Ok(proved.map_err(BatchProofError::from)?)
    })
}

/// Stays in the first phase until it is broken off.
fn endless() -> JobProver {
    Arc::new(|_, observer| {
        let phase = crate::groth16::Phase::Witness;
        while observer(phase, 0.0).is_continue() {
            std::thread::yield_now();
        }
        Err(JobError::Batch(ProveError::Cancelled { phase }.into()))
    })
}

async fn work(url: &str, prove: JobProver) -> Result<WorkerReport, WorkerError> {
    let work = run_with(
        config(url),
        vec![CircuitId::Batch(Shape::Tiny)],
        prove,
        CancellationToken::new(),
    );
    tokio::time::timeout(Duration::from_secs(30), work)
        .await
        .unwrap()
}

fn script(leases: impl IntoIterator<Item = Response>) -> Script {
    Script {
        leases: leases.into_iter().collect(),
        ..Script::default()
    }
}

fn lent(job_id: u64) -> Response {
    Json(lease(job_id)).into_response()
}

fn proofs(heard: &mut mpsc::UnboundedReceiver<Call>) -> Vec<(u64, Submission)> {
    let mut proofs = Vec::new();
    while let Ok(call) = heard.try_recv() {
        if let Call::Proof(job, submission) = call {
            proofs.push((job, *submission));
        }
    }
    proofs
}

#[tokio::test]
async fn a_job_is_leased_proven_and_handed_in() {
    let (_node, url, mut heard) = Node::start(script([status(204), lent(1)])).await;
    let report = work(&url, toy()).await.unwrap();
    assert_eq!(
        report,
        WorkerReport {
            accepted: 1,
            ..WorkerReport::default()
        }
    );
    let request = LeaseRequest {
        worker: "w1".to_owned(),
        circuits: vec![CircuitId::Batch(Shape::Tiny)],
    };
    assert_eq!(heard.recv().await, Some(Call::Lease(request)));
    let [(1, submission)] = &proofs(&mut heard)[..] else {
        panic!("one proof of job 1")
    };
    assert_eq!(submission.lease_id, 101);
    let key = prover().key().verifying_key().clone();
    let toy = Toy::new(3, 7);
    let proof = Proof::from_hex(&submission.proof).unwrap();
    assert_eq!(verify(&key, &[toy.start, toy.end()], &proof), Ok(()));
    assert_eq!(submission.phases.len(), crate::groth16::Phase::ALL.len());
}

#[tokio::test]
async fn a_node_that_is_away_makes_sense_again_and_gets_its_proof() {
    let script = Script {
        // Without the node's code an answer is a gateway's, whatever its status.
        leases: [
            status(503),
            json("<html>"),
            status(429),
            refused(429, "too_many_requests"),
            status(404),
            status(403),
            refused(503, "halted"),
            lent(1),
        ]
        .into(),
        heartbeats: [status(500), status(404), status(410), status(401)].into(),
        proofs: [
            status(503),
            json("{"),
            status(502),
            status(404),
            status(409),
            refused(503, "storage_unavailable"),
            json(ACCEPTED),
        ]
        .into(),
    };
    let (_node, url, mut heard) = Node::start(script).await;
    let report = work(&url, toy()).await.unwrap();
    assert_eq!(
        report,
        WorkerReport {
            accepted: 1,
            ..WorkerReport::default()
        }
    );
    let offered = proofs(&mut heard);
    assert_eq!(offered.len(), 7);
    assert!(offered.iter().all(|offer| *offer == offered[0]));
}

#[tokio::test]
async fn a_node_that_is_not_there_yet_is_waited_for() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let shutdown = CancellationToken::new();
    let waiting = run_with(
        config(&url),
        vec![CircuitId::Batch(Shape::Tiny)],
        toy(),
        shutdown.clone(),
    );
    let waiting = tokio::spawn(waiting);
    assert!(!waiting.is_finished());
    shutdown.cancel();
    assert_eq!(waiting.await.unwrap().unwrap(), WorkerReport::default());
}

#[tokio::test]
async fn a_job_is_given_up_when_the_node_says_so() {
    for refusal in [
        json(STOP),
        refused(409, "job_taken"),
        refused(410, "job_gone"),
        refused(404, "unknown_job"),
    ] {
        let script = Script {
            leases: [lent(1)].into(),
            heartbeats: [json(GO_ON), refusal].into(),
            proofs: VecDeque::new(),
        };
        let (_node, url, mut heard) = Node::start(script).await;
        let report = work(&url, endless()).await.unwrap();
        assert_eq!(
            report,
            WorkerReport {
                given_up: 1,
                ..WorkerReport::default()
            }
        );
        assert!(proofs(&mut heard).is_empty());
    }
}

#[tokio::test]
async fn a_late_proof_is_offered_and_not_insisted_on() {
    for answer in [
        json(r#"{"accepted":false}"#),
        refused(409, "job_taken"),
        refused(410, "job_gone"),
        refused(404, "unknown_job"),
    ] {
        let script = Script {
            leases: [lent(1)].into(),
            heartbeats: VecDeque::new(),
            proofs: [answer].into(),
        };
        let (_node, url, mut heard) = Node::start(script).await;
        let report = work(&url, toy()).await.unwrap();
        assert_eq!(
            report,
            WorkerReport {
                unwanted: 1,
                ..WorkerReport::default()
            }
        );
        assert_eq!(proofs(&mut heard).len(), 1);
    }
}

#[tokio::test]
async fn a_shut_down_worker_gives_its_job_back() {
    let (_node, url, mut heard) = Node::start(script([lent(1)])).await;
    let shutdown = CancellationToken::new();
    let running = run_with(
        config(&url),
        vec![CircuitId::Batch(Shape::Tiny)],
        endless(),
        shutdown.clone(),
    );
    let running = tokio::spawn(running);
    while !matches!(heard.recv().await.unwrap(), Call::Heartbeat(1, _)) {}
    shutdown.cancel();
    let report = running.await.unwrap().unwrap();
    assert_eq!(
        report,
        WorkerReport {
            given_up: 1,
            ..WorkerReport::default()
        }
    );
    let farewell = Heartbeat {
        lease_id: 101,
        phase: None,
        progress: 0.0,
        abandon: true,
    };
    let farewell = Call::Heartbeat(1, farewell);
    let calls: Vec<_> = std::iter::from_fn(|| heard.try_recv().ok()).collect();
    assert!(calls.contains(&farewell), "{calls:?}");
}

#[tokio::test]
async fn jobs_that_do_not_prove_are_given_back_and_counted() {
    let panics: JobProver = Arc::new(|_, _| panic!("a bug in the circuit"));
    let fails: JobProver = Arc::new(|lease, _| Err(JobError::NoKey(lease.circuit)));
    for prove in [panics, fails] {
        let (_node, url, mut heard) = Node::start(script([lent(1)])).await;
        let report = work(&url, prove).await.unwrap();
        assert_eq!(
            report,
            WorkerReport {
                failed: 1,
                ..WorkerReport::default()
            }
        );
        let mut abandoned = false;
        while let Ok(call) = heard.try_recv() {
            abandoned |= matches!(call, Call::Heartbeat(1, Heartbeat { abandon: true, .. }));
        }
        assert!(abandoned);
    }
}

#[tokio::test]
async fn a_refused_proof_is_not_offered_again() {
    let script = Script {
        leases: [lent(1)].into(),
        heartbeats: VecDeque::new(),
        proofs: [refused(422, "wrong_proof")].into(),
    };
    let (_node, url, mut heard) = Node::start(script).await;
    let report = work(&url, toy()).await.unwrap();
    assert_eq!(
        report,
        WorkerReport {
            failed: 1,
            ..WorkerReport::default()
        }
    );
    assert_eq!(proofs(&mut heard).len(), 1);
}

#[tokio::test]
async fn a_wrong_token_or_another_version_ends_the_worker() {
    let (_node, url, _heard) = Node::start(Script::default()).await;
    let stranger = WorkerConfig {
        token: Token("other".to_owned()),
        ..config(&url)
    };
    let ended = run_with(stranger, vec![], toy(), CancellationToken::new()).await;
    assert!(matches!(
        ended,
        Err(WorkerError::Unauthorized { status: 401 })
    ));
    let (_node, url, _heard) = Node::start(script([refused(400, "invalid_body")])).await;
    let ended = work(&url, toy()).await;
    assert!(matches!(
        ended,
        Err(WorkerError::Refused { code, .. }) if code == "invalid_body"
    ));
    for url in ["", "nowhere", "ftp://127.0.0.1"] {
        assert!(matches!(
            work(url, toy()).await,
            Err(WorkerError::Client { .. })
        ));
    }
    let nothing = run(config(&url), CancellationToken::new()).await;
    assert!(matches!(nothing, Err(WorkerError::NoKeys { .. })));
}

#[test]
fn the_backoff_doubles_up_to_its_bound() {
    let backoff = Backoff {
        first_ms: 100,
        most_ms: 1000,
    };
    for (failures, most_ms) in [(1, 100), (2, 200), (4, 800), (5, 1000), (500, 1000)] {
        let delay = backoff.delay(failures);
        let range = Duration::from_millis(most_ms / 2)..=Duration::from_millis(most_ms);
        assert!(range.contains(&delay), "{failures}: {delay:?}");
    }
}

#[test]
fn tokens_do_not_reach_logs() {
    assert!(!format!("{:?}", config("http://127.0.0.1")).contains("secret"));
}
