//! Real batches of the shape `tiny`, from keys to bundle and through the worker.

#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::Path,
    sync::{Arc, LazyLock, Mutex},
};

use assay_api::proving::{Lease, Submission, client::Token};
use assay_circuits::{
    address::L1Address, batch::BatchWitness, circuit::CircuitId, quantity::StateRoot, shape::Shape,
};
use assay_prover::{
    bench::{self, sample_witness},
    bundle::{Bundle, L1Context, Outcome},
    export,
    groth16::{
        proof::Proof,
        prove::{ProveError, Prover},
        setup::SetupRandomness,
        unobserved,
        verify::verify,
    },
    keys::{KeyError, Keys, VerifyingKeyFile, verifying_key_path},
    known_circuits::{
        BatchProofError, decode_witness, encode_witness, open_keys, open_or_create_keys,
        prove_batch,
    },
    worker::{Backoff, Watcher, WorkerConfig, WorkerReport, run},
};
use axum::{
    Json, Router,
    extract::{Path as UrlPath, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const CHAIN_ID: u64 = 31337;

struct Fixture {
    dir: TempDir,
    keys: Keys,
    prover: Prover,
    witness: BatchWitness,
}

static TINY: LazyLock<Fixture> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    let development = SetupRandomness::Development;
    let keys =
        open_or_create_keys(dir.path(), Shape::Tiny.into(), development, &|_, _| ()).unwrap();
    let prover = Prover::new(keys.proving_key.clone(), None).unwrap();
    let witness = sample_witness(Shape::Tiny).unwrap();
    Fixture {
        dir,
        keys,
        prover,
        witness,
    }
});

fn bundle(fixture: &Fixture) -> Bundle {
    let witness = &fixture.witness;
    let proved = prove_batch(&fixture.prover, Arc::new(witness.clone()), &unobserved).unwrap();
    let l1 = L1Context::new(CHAIN_ID, L1Address([7; 20]), None);
    let key = fixture.keys.proving_key.verifying_key();
    Bundle::new(key, &witness.statement(), &proved.proof, l1)
}

#[test]
fn a_batch_proves_its_own_statement_and_its_bundle_is_valid() {
    let fixture = &*TINY;
    let bundle = bundle(fixture);
    let path = verifying_key_path(fixture.dir.path(), Shape::Tiny.into());
    let trusted = VerifyingKeyFile::open(&path).unwrap().verifying_key;
    let checks = Bundle::parse(bundle.to_json().as_bytes())
        .unwrap()
        .check(Some(&trusted));
    assert!(
        checks.iter().all(|check| check.outcome == Outcome::Passed),
        "{checks:#?}"
    );
}

#[test]
fn a_changed_witness_does_not_prove() {
    let fixture = &*TINY;
    let changes: [fn(&mut BatchWitness); 4] = [
        |w| w.new_root = StateRoot(w.new_root.0 + ark_bn254::Fr::from(1u8)),
        |w| w.old_root = w.new_root,
        |w| w.timestamp += 1_000_000,
        |w| w.transfers.swap(0, 1),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut witness = fixture.witness.clone();
        change(&mut witness);
        let refused = prove_batch(&fixture.prover, Arc::new(witness), &unobserved).unwrap_err();
        assert!(
            matches!(
                refused,
                BatchProofError::Prove(ProveError::Unsatisfied { .. })
            ),
            "change {index}: {refused}"
        );
    }
}

#[test]
fn witnesses_travel_as_bytes() {
    let witness = &TINY.witness;
    let bytes = encode_witness(witness).unwrap();
    assert_eq!(decode_witness(&bytes).unwrap(), *witness);
    assert!(decode_witness(&bytes[..bytes.len() - 1]).is_err());
    assert!(decode_witness(&[&bytes[..], &[0]].concat()).is_err());
}

#[test]
fn keys_are_bound_to_shape_and_circuit() {
    let fixture = &*TINY;
    let opened = open_keys(fixture.dir.path(), Shape::Tiny.into()).unwrap();
    assert_eq!(opened.proving_key, fixture.keys.proving_key);
    let missing = open_keys(fixture.dir.path(), Shape::Small.into()).unwrap_err();
    assert!(matches!(
        missing,
        KeyError::Missing {
            circuit: CircuitId::Batch(Shape::Small),
            ..
        }
    ));
    let other = tempfile::tempdir().unwrap();
    let renamed = |name: &str| other.path().join(name);
    let original = fixture.dir.path().join("tiny.proving.key");
    fs::copy(original, renamed("small.proving.key")).unwrap();
    let foreign = open_keys(other.path(), Shape::Small.into()).unwrap_err();
    assert!(matches!(
        foreign,
        KeyError::WrongCircuit {
            found: CircuitId::Batch(Shape::Tiny),
            ..
        }
    ));
}

#[test]
fn the_bench_reports_the_shape() {
    let report = bench::run(&TINY.prover, Shape::Tiny, 1, true, &|_| ()).unwrap();
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["shape"], "tiny");
    assert_eq!(json["transfers"], 2);
    for field in [
        "constraints",
        "wires",
        "domain",
        "threads",
        "runs",
        "witness_s",
        "prove_s",
        "verify_ms",
        "constraints_per_s",
        "transfers_per_s",
        "peak_rss_bytes",
        "stock_ratio",
    ] {
        assert!(json[field].as_f64().unwrap() > 0.0, "{field}");
    }
}

/// `npx snarkjs` where it is installed; it is another implementation of the verifier.
#[test]
fn snarkjs_verifies_the_export() {
    let fixture = &*TINY;
    let dir = tempfile::tempdir().unwrap();
    let proved = prove_batch(
        &fixture.prover,
        Arc::new(fixture.witness.clone()),
        &unobserved,
    )
    .unwrap();
    let key = fixture.keys.proving_key.verifying_key();
    export::write(dir.path(), key, &proved.inputs, &proved.proof).unwrap();
    let Some(verified) = snarkjs_verify(dir.path()) else {
        eprintln!("skipped: there is no `snarkjs` on the PATH (npm install -g snarkjs@0.7.6)");
        return;
    };
    assert!(verified);
    let mut other = proved.inputs.clone();
    other[0] += ark_bn254::Fr::from(1u8);
    export::write(dir.path(), key, &other, &proved.proof).unwrap();
    assert_eq!(snarkjs_verify(dir.path()), Some(false));
}

fn snarkjs_verify(dir: &Path) -> Option<bool> {
    let mut command = std::process::Command::new("snarkjs");
    command.args([
        "groth16",
        "verify",
        "verification_key.json",
        "public.json",
        "proof.json",
    ]);
    let output = command.current_dir(dir).output().ok()?;
    Some(output.status.success())
}

/// A node with one job.
#[derive(Clone)]
struct Node {
    lease: Arc<Mutex<Option<Lease>>>,
    proof: Arc<Mutex<Option<Submission>>>,
}

impl Node {
    async fn lease(State(node): State<Self>) -> Response {
        match node.lease.lock().unwrap().take() {
            Some(lease) => Json(lease).into_response(),
            None => StatusCode::NO_CONTENT.into_response(),
        }
    }

    async fn heartbeat() -> &'static str {
        r#"{"continue":true}"#
    }

    async fn proof(
        State(node): State<Self>,
        UrlPath(_): UrlPath<u64>,
        Json(submission): Json<Submission>,
    ) -> &'static str {
        *node.proof.lock().unwrap() = Some(submission);
        r#"{"accepted":true}"#
    }

    async fn serve(self) -> String {
        let app = Router::new()
            .route("/v1/prover/jobs/lease", post(Self::lease))
            .route("/v1/prover/jobs/{id}/heartbeat", post(Self::heartbeat))
            .route("/v1/prover/jobs/{id}/proof", post(Self::proof))
            .with_state(self);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        url
    }
}

async fn work_off(verifying_key_sha256: [u8; 32]) -> (WorkerReport, Option<Submission>) {
    let fixture = tokio::task::spawn_blocking(|| &*TINY).await.unwrap();
    let lease = Lease {
        job_id: 1,
        lease_id: 2,
        batch: 7,
        circuit: Shape::Tiny.into(),
        verifying_key_sha256,
        witness: encode_witness(&fixture.witness).unwrap(),
        lease_ms: 60_000,
        heartbeat_ms: 100,
    };
    let node = Node {
        lease: Arc::new(Mutex::new(Some(lease))),
        proof: Arc::default(),
    };
    let config = WorkerConfig {
        node_url: node.clone().serve().await,
        token: Token("secret".to_owned()),
        name: "w1".to_owned(),
        threads: None,
        keys_dir: fixture.dir.path().to_owned(),
        circuits: vec![],
        once: true,
        poll_ms: 1,
        backoff: Backoff {
            first_ms: 1,
            most_ms: 4,
        },
        watcher: Watcher::default(),
    };
    let report = run(config, CancellationToken::new()).await.unwrap();
    let proof = node.proof.lock().unwrap().take();
    (report, proof)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_proves_a_leased_batch() {
    let digest = tokio::task::spawn_blocking(|| TINY.keys.proving_key.verifying_key().digest());
    let (report, submission) = work_off(digest.await.unwrap()).await;
    assert_eq!(
        report,
        WorkerReport {
            accepted: 1,
            ..WorkerReport::default()
        }
    );
    let inputs = TINY.witness.statement().public_inputs().to_array();
    let key = TINY.keys.proving_key.verifying_key();
    let proof = Proof::from_hex(&submission.unwrap().proof).unwrap();
    assert_eq!(verify(key, &inputs, &proof), Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_with_another_key_than_the_node_does_not_prove() {
    let (report, submission) = work_off([1; 32]).await;
    assert_eq!(
        report,
        WorkerReport {
            failed: 1,
            ..WorkerReport::default()
        }
    );
    assert!(submission.is_none());
}
