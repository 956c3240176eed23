//! The workers' side (`assay_api::proving`).

use std::sync::Arc;

use assay_api::{
    proving::{
        Heartbeat, HeartbeatAnswer, Lease, LeaseRequest, Submission, SubmissionAnswer,
        WORKER_NAME_BYTES_MAX, WorkView, WorkerList, WorkerView,
    },
    wire::ErrorBody,
};
use assay_circuits::quantity::BatchNumber;
use assay_prover::groth16::{PhaseSeconds, proof::Proof};
use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{
    body::{JsonBody, PathText, number},
    error::{ApiError, Cause},
};
use crate::proving::{LentJob, Proving, Work, WorkerStanding};

/// What stands before the token.
const BEARER: &[u8] = b"Bearer ";

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
        let (scheme, given) = given
            .as_bytes()
            .split_at_checked(BEARER.len())
            .ok_or(ApiError::Unauthorized)?;
        // The name of a scheme has no case (RFC 9110, 11.1).
        if !scheme.eq_ignore_ascii_case(BEARER) {
            return Err(ApiError::Unauthorized);
        }
        if bool::from(expected.as_bytes().ct_eq(given)) {
            Ok(())
        } else {
            Err(ApiError::Forbidden)
        }
    }
}

/// Who asks is one of the node's workers. Asked before anything else of a request is looked at.
pub(super) struct Authorized;

impl FromRequestParts<ProverCalls> for Authorized {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, calls: &ProverCalls) -> Result<Self, ApiError> {
        calls.authorize(&parts.headers).map(|()| Self)
    }
}

/// The batch that a job is about.
fn batch(id: &str) -> Result<BatchNumber, ApiError> {
    number("id", id).map(BatchNumber)
}

/// Lends the oldest batch without a proof to a worker.
#[utoipa::path(post, path = "/v1/prover/jobs/lease", tag = "prover",
    operation_id = "leaseJob", security(("bearer" = [])),
    request_body = LeaseRequest,
    responses(
        (status = 200, body = Lease),
        (status = 204, description = "Nothing to prove"),
    ))]
pub(super) async fn lease(
    _: Authorized,
    State(calls): State<ProverCalls>,
    JsonBody(request): JsonBody<LeaseRequest>,
) -> Result<Response, ApiError> {
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
    operation_id = "sendHeartbeat", security(("bearer" = [])),
    params(("id" = u64, Path, description = "The job")),
    request_body = Heartbeat,
    responses(
        (status = 200, body = HeartbeatAnswer),
        (status = 404, description = "`unknown_job`", body = ErrorBody),
        (status = 409, description = "`job_taken`: the lease has run out, or the job is another's", body = ErrorBody),
        (status = 410, description = "`job_gone`: it is no longer wanted", body = ErrorBody),
    ))]
pub(super) async fn heartbeat(
    _: Authorized,
    State(calls): State<ProverCalls>,
    PathText(id): PathText,
    JsonBody(beat): JsonBody<Heartbeat>,
) -> Result<Json<HeartbeatAnswer>, ApiError> {
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
    operation_id = "listWorkers", security(("bearer" = [])),
    responses((status = 200, body = WorkerList)))]
pub(super) async fn workers(
    _: Authorized,
    State(calls): State<ProverCalls>,
) -> Result<Json<WorkerList>, ApiError> {
    let workers = calls.proving.workers().await.into_iter().map(view);
    Ok(Json(WorkerList {
        workers: workers.collect(),
    }))
}

fn view(worker: WorkerStanding) -> WorkerView {
    let work = |work: Work| WorkView {
        batch: work.batch.0,
        circuit: work.circuit,
        phase: work.phase,
        progress: work.progress,
        leased_ms: work.leased_ms,
    };
    let record = worker.record;
    WorkerView {
        name: worker.name,
        leases: worker.proves.len() as u64,
        proves: worker.proves.into_iter().map(work).collect(),
        jobs: record.jobs,
        proofs: record.proofs,
        wrong_proofs: record.wrong_proofs,
        failures: record.failures,
        seen_ms: record.seen_ms,
    }
}

/// A worker hands a proof in. It is verified before it is taken; one that comes late is welcome.
#[utoipa::path(post, path = "/v1/prover/jobs/{id}/proof", tag = "prover",
    operation_id = "submitProof", security(("bearer" = [])),
    params(("id" = u64, Path, description = "The job")),
    request_body = Submission,
    responses(
        (status = 200, body = SubmissionAnswer),
        (status = 404, description = "`unknown_job`", body = ErrorBody),
        (status = 409, description = "`job_taken`: the job is another's", body = ErrorBody),
        (status = 410, description = "`job_gone`: it is no longer wanted", body = ErrorBody),
        (status = 422, description = "`wrong_proof`: the job is free again", body = ErrorBody),
    ))]
pub(super) async fn proof(
    _: Authorized,
    State(calls): State<ProverCalls>,
    PathText(id): PathText,
    JsonBody(envelope): JsonBody<Value>,
) -> Result<Json<SubmissionAnswer>, ApiError> {
    let batch = batch(&id)?;
    let is_wanted = calls.proving.wants(batch).await?;
    // Who handed it in is known even where the proof itself is no proof.
    let lease_id = envelope.get("lease_id").and_then(Value::as_u64);
    let lease_id = lease_id.unwrap_or(0);
    let (proof, phases) = match offer(envelope) {
        Ok(offer) => offer,
        Err(garbage) => {
            if is_wanted {
                calls.proving.refuse(batch, lease_id).await;
            }
            return Err(ApiError::WrongProof(garbage));
        }
    };
    if !is_wanted {
        return Ok(Json(SubmissionAnswer { accepted: false }));
    }
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
