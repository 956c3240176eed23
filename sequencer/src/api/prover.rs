//! The workers' side (`assay_api::proving`).

use assay_api::{
    proving::{
        Heartbeat, HeartbeatAnswer, Lease, LeaseRequest, Submission, SubmissionAnswer,
        WORKER_NAME_BYTES_MAX,
    },
    wire::ErrorBody,
};
use assay_circuits::quantity::BatchNumber;
use assay_prover::groth16::{PhaseSeconds, proof::Proof, verify::verify};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use subtle::ConstantTimeEq;

use super::{
    ApiState,
    body::{JsonBody, parameter, parse},
    error::ApiError,
};
use crate::{jobs::JobError, record::ProofRecord, storage::Commit};

fn authorize(state: &ApiState, headers: &HeaderMap) -> Result<(), ApiError> {
    let expected = state
        .context
        .config
        .prover_token
        .as_ref()
        .ok_or(ApiError::NoJobs)?;
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

impl From<JobError> for ApiError {
    fn from(error: JobError) -> Self {
        match error {
            JobError::Gone => Self::JobGone("the job is no longer wanted"),
            JobError::NotYours => Self::JobTaken("the lease has run out, or the job is another's"),
        }
    }
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
    State(state): State<ApiState>,
    headers: HeaderMap,
    JsonBody(request): JsonBody<LeaseRequest>,
) -> Result<Response, ApiError> {
    authorize(&state, &headers)?;
    let context = &state.context;
    if request.worker.is_empty() || request.worker.len() > WORKER_NAME_BYTES_MAX {
        let reason = format!("a name has 1 to {WORKER_NAME_BYTES_MAX} bytes");
        return Err(ApiError::InvalidParameter {
            what: "worker",
            reason,
        });
    }
    let now_ms = context.clock.now_ms();
    let Some(lent) = context
        .jobs
        .lease(&request.worker, &request.circuits, now_ms)
    else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let key = context.keys.get(lent.circuit).ok_or(ApiError::Internal)?;
    let reader = context.storage.clone();
    let witness = tokio::task::spawn_blocking(move || reader.witness_bytes(lent.batch)).await;
    let witness = match witness.map_err(|_| ApiError::Internal)? {
        Ok(witness) => witness,
        Err(error) => {
            context.jobs.release(lent.batch, lent.lease_id);
            return Err(error.into());
        }
    };
    let lease = Lease {
        job_id: lent.batch.0,
        lease_id: lent.lease_id,
        batch: lent.batch.0,
        circuit: lent.circuit,
        verifying_key_sha256: key.verifying_key.digest(),
        witness,
        lease_ms: lent.lease_ms,
        heartbeat_ms: lent.heartbeat_ms,
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
    State(state): State<ApiState>,
    Path(id): Path<String>,
    headers: HeaderMap,
    JsonBody(beat): JsonBody<Heartbeat>,
) -> Result<Json<HeartbeatAnswer>, ApiError> {
    authorize(&state, &headers)?;
    let batch = job(&state, &id)?;
    let context = &state.context;
    if beat.abandon {
        context.jobs.release(batch, beat.lease_id);
        return Ok(Json(HeartbeatAnswer { go_on: false }));
    }
    context
        .jobs
        .heartbeat(batch, beat.lease_id, context.clock.now_ms())?;
    Ok(Json(HeartbeatAnswer { go_on: true }))
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
    State(state): State<ApiState>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<SubmissionAnswer>, ApiError> {
    authorize(&state, &headers)?;
    let batch = job(&state, &id)?;
    let context = &state.context;
    if !context.jobs.wants(batch) {
        return Ok(Json(SubmissionAnswer { accepted: false }));
    }
    // Who handed it in is known even where the proof itself is no proof.
    let envelope: serde_json::Value = parse(&body)?;
    let lease_id = envelope
        .get("lease_id")
        .and_then(serde_json::Value::as_u64)
        .unwrap_or(0);
    let worker = context
        .jobs
        .worker_of(batch, lease_id)
        .unwrap_or_else(|| "unknown".to_owned());
    let refuse = |reason: String| {
        context.jobs.count_wrong_proof(batch, &worker);
        context.jobs.release(batch, lease_id);
        ApiError::WrongProof(reason)
    };
    let submission: Submission =
        serde_json::from_value(envelope).map_err(|error| refuse(error.to_string()))?;
    let proof = Proof::from_hex(&submission.proof).map_err(|error| refuse(error.to_string()))?;
    check(&state, batch, proof).await?.map_err(refuse)?;
    let record = ProofRecord {
        proof: proof.to_bytes().to_vec(),
        worker: worker.clone(),
        at_ms: context.clock.now_ms(),
    };
    let mut commit = Commit::default();
    commit.proof(batch, &record);
    context.storage.commit(commit).await?;
    let accepted = context.jobs.finish(batch);
    let prove_s = PhaseSeconds::from(submission.phases).prove_s();
    tracing::info!(batch = batch.0, worker, prove_s, "took a proof");
    metrics::counter!("assay_proofs_total").increment(1);
    metrics::histogram!("assay_prove_seconds").record(prove_s);
    context.progress.notify_one();
    Ok(Json(SubmissionAnswer { accepted }))
}

/// The sealed batch that a job is about.
fn job(state: &ApiState, id: &str) -> Result<BatchNumber, ApiError> {
    let number: u64 = parameter("id", id)?;
    let found = state.context.storage.batch(BatchNumber(number))?;
    found
        .map(|batch| batch.number)
        .ok_or(ApiError::UnknownJob(number))
}

/// Verifies a proof against the batch's public inputs; inside, why it is wrong.
async fn check(
    state: &ApiState,
    batch: BatchNumber,
    proof: Proof,
) -> Result<Result<(), String>, ApiError> {
    let record = state
        .context
        .storage
        .batch(batch)?
        .ok_or(ApiError::UnknownJob(batch.0))?;
    let key = state
        .context
        .keys
        .get(record.shape)
        .ok_or(ApiError::Internal)?;
    let key = key.verifying_key.clone();
    let inputs = record.inputs.to_array();
    let verified = tokio::task::spawn_blocking(move || verify(&key, &inputs, &proof)).await;
    Ok(verified
        .map_err(|_| ApiError::Internal)?
        .map_err(|error| error.to_string()))
}
