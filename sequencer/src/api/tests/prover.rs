//! The workers' calls.

use assay_circuits::quantity::BatchNumber;
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};

use super::funded;
use crate::rig::{Rig, World, prove};

async fn lease(rig: &Rig, worker: &str) -> Value {
    let request = json!({ "worker": worker, "shapes": ["tiny"] });
    let (status, lease) = rig.post("/v1/prover/jobs/lease", &request).await;
    assert_eq!(status, StatusCode::OK);
    lease
}

fn submission(lease: &Value, proof: &str) -> Value {
    json!({ "lease_id": lease["lease_id"], "proof": proof, "phases": {} })
}

#[tokio::test]
async fn workers_need_the_token() {
    let world = World::new();
    let rig = funded(&world).await;
    let request = |token: Option<&str>| {
        let mut request = Request::post("/v1/prover/jobs/lease");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, token);
        }
        request
            .body(Body::from(r#"{"worker":"w","shapes":[]}"#))
            .unwrap()
    };
    assert_eq!(rig.call(request(None)).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(
        rig.call(request(Some("Basic x"))).await.0,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        rig.call(request(Some("Bearer other token"))).await.0,
        StatusCode::FORBIDDEN
    );
    for token in ["Bearer test token", "bearer test token"] {
        assert_eq!(
            rig.call(request(Some(token))).await.0,
            StatusCode::NO_CONTENT
        );
    }
    rig.stop().await;
}

#[tokio::test]
async fn garbage_is_refused_counted_and_the_job_is_free_again() {
    let world = World::new();
    let rig = funded(&world).await;
    let other_batch = prove([1u8, 2, 3].map(Into::into)).to_string();
    let no_point = format!("0x{}", "11".repeat(256));
    for garbage in [other_batch.as_str(), no_point.as_str(), "0x00", "nonsense"] {
        let lease = lease(&rig, "w").await;
        let path = format!("/v1/prover/jobs/{}/proof", lease["job_id"]);
        let (status, answer) = rig.post(&path, &submission(&lease, garbage)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{garbage}");
        assert_eq!(answer["error"]["code"], "wrong_proof");
        assert_eq!(rig.proving.counts().await.leased, 0);
        // Whoever failed waits a while.
        world.advance_ms(16 * rig.config.limits.lease_ms);
    }
    assert_eq!(rig.health.faults()[0].0, "proving_fails");
    let (_, found) = rig.get_as_worker("/v1/prover/workers").await;
    let expected = json!({ "name": "w", "leases": 0, "proves": [], "jobs": 4, "proofs": 0, "wrong_proofs": 4,
        "failures": 4, "seen_ms": found["workers"][0]["seen_ms"] });
    assert_eq!(found["workers"], json!([expected]));
    rig.stop().await;
}

#[tokio::test]
async fn a_late_proof_is_welcome_and_a_second_one_is_not_needed() {
    let world = World::new();
    let rig = funded(&world).await;
    let late = lease(&rig, "w").await;
    world.advance_ms(rig.config.limits.lease_ms);
    let second = lease(&rig, "v").await;
    assert_eq!(second["job_id"], late["job_id"]);
    let beat = |lease: &Value| json!({ "lease_id": lease["lease_id"], "phase": null, "progress": 0.5, "abandon": false });
    let heartbeat = format!("/v1/prover/jobs/{}/heartbeat", late["job_id"]);
    assert_eq!(
        rig.post(&heartbeat, &beat(&late)).await.0,
        StatusCode::CONFLICT
    );
    assert_eq!(rig.post(&heartbeat, &beat(&second)).await.0, StatusCode::OK);
    let batch = BatchNumber(late["batch"].as_u64().unwrap());
    let inputs = rig.storage.batch(batch).unwrap().unwrap().inputs;
    let proof = prove(inputs.to_array()).to_string();
    let path = format!("/v1/prover/jobs/{}/proof", late["job_id"]);
    let (status, answer) = rig.post(&path, &submission(&late, &proof)).await;
    assert_eq!(
        (status, &answer["accepted"]),
        (StatusCode::OK, &json!(true))
    );
    assert_eq!(
        rig.post(&heartbeat, &beat(&second)).await.0,
        StatusCode::GONE
    );
    let (status, answer) = rig.post(&path, &submission(&second, &proof)).await;
    assert_eq!(
        (status, &answer["accepted"]),
        (StatusCode::OK, &json!(false))
    );
    let (status, _) = rig.get("/v1/prover/workers").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    rig.stop().await;
}

#[tokio::test]
async fn what_a_worker_proves_is_told_with_how_far_it_is() {
    let world = World::new();
    let rig = funded(&world).await;
    let lease = lease(&rig, "w").await;
    world.advance_ms(250);
    let path = format!("/v1/prover/jobs/{}/heartbeat", lease["job_id"]);
    let beat = json!({ "lease_id": lease["lease_id"], "phase": "fft", "progress": 0.25, "abandon": false });
    assert_eq!(rig.post(&path, &beat).await.0, StatusCode::OK);
    let (_, found) = rig.get_as_worker("/v1/prover/workers").await;
    let work = json!({ "batch": lease["batch"], "shape": "tiny", "phase": "fft",
        "progress": 0.25, "leased_ms": 250 });
    assert_eq!(found["workers"][0]["proves"], json!([work]));
    assert_eq!(found["workers"][0]["leases"], 1);
    rig.stop().await;
}

#[tokio::test]
async fn a_lease_carries_the_witness_that_was_sealed() {
    let world = World::new();
    let rig = funded(&world).await;
    let answer = lease(&rig, "w").await;
    let lease: assay_api::proving::Lease = serde_json::from_value(answer).unwrap();
    let witness = rig.storage.witness(BatchNumber(lease.batch)).await.unwrap();
    assert_eq!(lease.witness, witness);
    rig.stop().await;
}
