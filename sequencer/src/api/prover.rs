//! The workers' side (`assay_api::proving`).

use std::sync::Arc;

use assay_api::{
    proving::{
        Heartbeat, HeartbeatAnswer, Lease, LeaseRequest, Submission, SubmissionAnswer,
        WORKER_NAME_BYTES_MAX, WorkerList, WorkerView,
    },
    wire::ErrorBody,
};
use assay_circuits::quantity::BatchNumber;
use assay_prover::groth16::{PhaseSeconds, proof::Proof};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{
    body::{JsonBody, parameter, parse},
    error::{ApiError, Cause},
};
use crate::proving::{LentJob, Proving, WorkerRecord};

/// What these calls use.
#[derive(Clone)]
pub(crate) struct ProverCalls {
    pub(crate) proving: Arc<Proving>,
    /// What workers must present; without it no jobs are lent.
    pub(crate) token: Option<Zeroizing<String>>,
}

impl ProverCalls {
    fn authorize(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        let expected = self.token.as_ref().ok_or(ApiError::NoJobs)?;
        let given = headers
            .get(header::AUTHORIZATION)
            .ok_or(ApiError::Unauthorized)?;
        let given = given
            .as_bytes()
            .strip_prefix(b"Bearer ")
            .ok_or(ApiError::Unauthorized)?;
        if bool::from(expected.as_bytes().ct_eq(given)) {
            Ok(())
        } else {
            Err(ApiError::Forbidden)
        }
    }
}

/// The batch that a job is about.
fn batch(id: &str) -> Result<BatchNumber, ApiError> {
    parameter("id", id).map(BatchNumber)
}

/// Lends the oldest batch without a proof to a worker.
#[utoipa::path(post, path = "/v1/prover/jobs/lease", tag = "prover",
    request_body(content = Object, description = "`worker`, `shapes`"),
    responses(
        (status = 200, description = "A job with its witness", body = Object),
        (status = 204, description = "Nothing to prove"),
        (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    ))]
pub(super) async fn lease(
    State(calls): State<ProverCalls>,
    headers: HeaderMap,
    JsonBody(request): JsonBody<LeaseRequest>,
) -> Result<Response, ApiError> {
    calls.authorize(&headers)?;
    let LeaseRequest { worker, circuits } = request;
    if worker.is_empty() || worker.len() > WORKER_NAME_BYTES_MAX {
        let reason = format!("a name has 1 to {WORKER_NAME_BYTES_MAX} bytes");
        return Err(ApiError::invalid("worker", reason));
    }
    let Some(lent) = calls.proving.lend(&worker, &circuits).await? else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let LentJob {
        loan,
        verifying_key_sha256,
        witness,
    } = lent;
    let lease = Lease {
        job_id: loan.batch.0,
        lease_id: loan.lease_id,
        batch: loan.batch.0,
        circuit: loan.circuit,
        verifying_key_sha256,
        witness,
        lease_ms: loan.lease_ms,
        heartbeat_ms: loan.heartbeat_ms,
    };
    Ok(Json(lease).into_response())
}

/// A worker is alive, or gives its job back.
#[utoipa::path(post, path = "/v1/prover/jobs/{id}/heartbeat", tag = "prover",
    params(("id" = u64, Path, description = "The job")),
    request_body(content = Object, description = "`lease_id`, `phase`, `progress`, `abandon`"),
    responses(
        (status = 200, description = "`continue`", body = Object),
        (status = 409, description = "`job_taken`", body = ErrorBody),
        (status = 410, description = "`job_gone`", body = ErrorBody),
    ))]
pub(super) async fn heartbeat(
    State(calls): State<ProverCalls>,
    Path(id): Path<String>,
    headers: HeaderMap,
    JsonBody(beat): JsonBody<Heartbeat>,
) -> Result<Json<HeartbeatAnswer>, ApiError> {
    calls.authorize(&headers)?;
    let batch = batch(&id)?;
    if beat.abandon {
        calls.proving.give_back(batch, beat.lease_id).await?;
    } else {
        let progress = (beat.phase, beat.progress);
        let proving = &calls.proving;
        proving.heartbeat(batch, beat.lease_id, progress).await?;
    }
    let go_on = !beat.abandon;
    Ok(Json(HeartbeatAnswer { go_on }))
}

/// What the node remembers of its workers since it started, by the names that they give themselves.
#[utoipa::path(get, path = "/v1/prover/workers", tag = "prover",
    responses(
        (status = 200, description = "`workers`, each with `name`, `leases`, `jobs`, `proofs`, \
            `wrong_proofs`, `failures`, `seen_ms`", body = Object),
        (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    ))]
pub(super) async fn workers(
    State(calls): State<ProverCalls>,
    headers: HeaderMap,
) -> Result<Json<WorkerList>, ApiError> {
    calls.authorize(&headers)?;
    let view = |(name, record, leases): (String, WorkerRecord, usize)| WorkerView {
        name,
        leases: leases as u64,
        jobs: record.jobs,
        proofs: record.proofs,
        wrong_proofs: record.wrong_proofs,
        failures: record.failures,
        seen_ms: record.seen_ms,
    };
    let workers = calls.proving.workers().await.into_iter().map(view);
    Ok(Json(WorkerList {
        workers: workers.collect(),
    }))
}

/// A worker hands a proof in. It is verified before it is taken; one that comes late is welcome.
#[utoipa::path(post, path = "/v1/prover/jobs/{id}/proof", tag = "prover",
    params(("id" = u64, Path, description = "The job")),
    request_body(content = Object, description = "`lease_id`, `proof`, `phases`"),
    responses(
        (status = 200, description = "`accepted`; false when there was a proof already", body = Object),
        (status = 422, description = "`wrong_proof`: the job is free again", body = ErrorBody),
    ))]
pub(super) async fn proof(
    State(calls): State<ProverCalls>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<SubmissionAnswer>, ApiError> {
    calls.authorize(&headers)?;
    let batch = batch(&id)?;
    if !calls.proving.wants(batch).await? {
        return Ok(Json(SubmissionAnswer { accepted: false }));
    }
    // Who handed it in is known even where the proof itself is no proof.
    let envelope: Value = parse(&body)?;
    let lease_id = envelope.get("lease_id").and_then(Value::as_u64);
    let lease_id = lease_id.unwrap_or(0);
    let (proof, phases) = match offer(envelope) {
        Ok(offer) => offer,
        Err(garbage) => {
            calls.proving.refuse(batch, lease_id).await;
            return Err(ApiError::WrongProof(garbage));
        }
    };
    let accepted = calls.proving.accept(batch, lease_id, proof, &phases);
    let accepted = accepted.await?;
    Ok(Json(SubmissionAnswer { accepted }))
}

/// What a submission holds, or why it is none.
fn offer(envelope: Value) -> Result<(Proof, PhaseSeconds), Cause> {
    let submission: Submission = serde_json::from_value(envelope)?;
    let proof = Proof::from_hex(&submission.proof)?;
    Ok((proof, submission.phases.into()))
}
