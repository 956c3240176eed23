//! What a node and its prover workers say to each other.
//!
//! Three calls, all `POST`, JSON both ways, with `Authorization: Bearer TOKEN`, and a fourth, `GET
//! /v1/prover/workers`, by which the node's operator sees what became of them ([`WorkerList`]):
//!
//! | path | body | answers |
//! |---|---|---|
//! | `/v1/prover/jobs/lease` | [`LeaseRequest`] | 200 [`Lease`]; 204 nothing to do |
//! | `/v1/prover/jobs/{id}/heartbeat` | [`Heartbeat`] | 200 [`HeartbeatAnswer`]; 409 given to another; 410 no longer wanted |
//! | `/v1/prover/jobs/{id}/proof` | [`Submission`] | 200 [`SubmissionAnswer`]; 409, 410 as above; 422 the proof is wrong |
//!
//! 401 and 403 mean the token, 404 a job that the node does not know; each with the node's JSON and
//! its code, without which the answer is somebody else's and none. A worker that hears
//! nothing keeps proving and offers its proof for as long as it runs, late or not: a proof that
//! verifies is welcome from anybody. A witness is public data, so a leak costs nothing; a wrong
//! proof is found out by the node, which verifies each.

pub mod client;

pub use crate::wire::schema::WORKER_NAME_BYTES_MAX;

use std::collections::BTreeMap;

use assay_circuits::circuit::CircuitId;
use serde::{Deserialize, Serialize};
use serde_with::{base64::Base64, serde_as};
use utoipa::ToSchema;

use crate::{
    hexadecimal,
    wire::schema::{Base64Text, CircuitName, Hash, ProofText, WorkerName},
};

/// Path of the call that lists the workers.
pub const WORKERS_PATH: &str = "/v1/prover/workers";
/// Largest list of workers, bytes: of 256 with a few batches each.
pub const WORKERS_BODY_BYTES_MAX: usize = 512 << 10;

/// Path of the lease call.
pub const LEASE_PATH: &str = "/v1/prover/jobs/lease";

/// Largest witness in a [`Lease`], bytes before base64. A transfer takes about 3 kB of it.
pub const WITNESS_BYTES_MAX: usize = 32 << 20;
/// Largest body of a lease's answer: the witness in base64 and 4 kB around it.
pub const LEASE_BODY_BYTES_MAX: usize = WITNESS_BYTES_MAX / 3 * 4 + 4096;
/// Largest body of every other message.
pub const BODY_BYTES_MAX: usize = 16 << 10;

/// Path of a job's heartbeat call.
#[must_use]
pub fn heartbeat_path(job_id: u64) -> String {
    format!("/v1/prover/jobs/{job_id}/heartbeat")
}

/// Path of the call that hands a job's proof in.
#[must_use]
pub fn proof_path(job_id: u64) -> String {
    format!("/v1/prover/jobs/{job_id}/proof")
}

/// A worker asks for a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaseRequest {
    /// Its name in logs and status, at most [`WORKER_NAME_BYTES_MAX`].
    #[schema(value_type = WorkerName)]
    pub worker: String,
    /// Circuits that it has keys for.
    #[serde(rename = "shapes")]
    #[schema(value_type = Vec<CircuitName>)]
    pub circuits: Vec<CircuitId>,
}

/// A job, lent for a time.
#[serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Lease {
    /// The job.
    pub job_id: u64,
    /// This lending of it; a later one has another number.
    pub lease_id: u64,
    /// The batch to prove.
    pub batch: u64,
    /// The circuit to prove it with.
    #[serde(rename = "shape")]
    #[schema(value_type = CircuitName)]
    pub circuit: CircuitId,
    /// SHA-256 of the verifying key that the proof must verify under; 0x hex in JSON.
    #[serde(with = "hexadecimal")]
    #[schema(value_type = Hash)]
    pub verifying_key_sha256: [u8; 32],
    /// The batch's witness in postcard, base64 in JSON, at most [`WITNESS_BYTES_MAX`].
    #[serde_as(as = "Base64")]
    #[schema(value_type = Base64Text)]
    pub witness: Vec<u8>,
    /// How long the lease lives without a heartbeat, ms.
    pub lease_ms: u64,
    /// How often to send a heartbeat, ms.
    pub heartbeat_ms: u64,
}

/// The parts of making a proof, in their order: as JSON names them.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PhaseName {
    /// The circuit's assignment.
    Witness,
    /// The rows of the constraints.
    Matrices,
    /// The quotient.
    Fft,
    /// The sum of A.
    MsmA,
    /// The sum of B in G2.
    MsmB2,
    /// The sum of C.
    MsmC,
    /// The finished proof against the verifying key.
    Verify,
}

/// A worker is alive, or gives its job back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Heartbeat {
    /// Of the [`Lease`].
    pub lease_id: u64,
    /// The phase it is in; none before the first.
    pub phase: Option<PhaseName>,
    /// About how much is done, from 0 to 1.
    pub progress: f32,
    /// The worker will not finish: the job is free at once.
    pub abandon: bool,
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HeartbeatAnswer {
    /// False when the job is no longer wanted.
    #[serde(rename = "continue")]
    pub go_on: bool,
}

/// A finished proof.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// Of the [`Lease`].
    pub lease_id: u64,
    /// The proof: 0x and 512 hexadecimal digits.
    #[schema(value_type = ProofText)]
    pub proof: String,
    /// What each phase took, seconds.
    pub phases: BTreeMap<PhaseName, f64>,
}

/// What the node remembers of its workers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WorkerList {
    /// Each, by name.
    pub workers: Vec<WorkerView>,
}

/// What a worker did since the node's start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WorkerView {
    /// As it calls itself.
    pub name: String,
    /// Jobs that it has now.
    pub leases: u64,
    /// The same, each with how far it is.
    pub proves: Vec<WorkView>,
    /// Jobs that were lent to it.
    pub jobs: u64,
    /// Proofs of it that were taken.
    pub proofs: u64,
    /// Proofs of it that were wrong.
    pub wrong_proofs: u64,
    /// Jobs that it gave back or lost.
    pub failures: u64,
    /// When it was heard of last, Unix ms.
    pub seen_ms: u64,
}

/// A batch that a worker proves now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WorkView {
    /// The batch.
    pub batch: u64,
    /// The circuit that it is proved with.
    #[serde(rename = "shape")]
    #[schema(value_type = CircuitName)]
    pub circuit: CircuitId,
    /// The phase that its last heartbeat named; null before the first.
    pub phase: Option<PhaseName>,
    /// About how much is done, from 0 to 1.
    pub progress: f32,
    /// How long the worker has had it, ms.
    pub leased_ms: u64,
}

/// What became of a submitted proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SubmissionAnswer {
    /// The node took it; false when it had one already.
    pub accepted: bool,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use assay_circuits::shape::Shape;

    /// Workers of other versions rely on these very texts.
    #[test]
    fn messages_look_like_this() {
        let lease = Lease {
            job_id: 1,
            lease_id: 2,
            batch: 3,
            circuit: CircuitId::Batch(Shape::Small),
            verifying_key_sha256: [0xab; 32],
            witness: vec![1, 2, 3],
            lease_ms: 4,
            heartbeat_ms: 5,
        };
        let json = format!(
            r#"{{"job_id":1,"lease_id":2,"batch":3,"shape":"small","verifying_key_sha256":"0x{}","witness":"AQID","lease_ms":4,"heartbeat_ms":5}}"#,
            "ab".repeat(32)
        );
        assert_eq!(serde_json::to_string(&lease).unwrap(), json);
        assert_eq!(serde_json::from_str::<Lease>(&json).unwrap(), lease);
        let beat = Heartbeat {
            lease_id: 2,
            phase: Some(PhaseName::MsmB2),
            progress: 0.5,
            abandon: false,
        };
        let json = r#"{"lease_id":2,"phase":"msm_b2","progress":0.5,"abandon":false}"#;
        assert_eq!(serde_json::to_string(&beat).unwrap(), json);
        assert_eq!(serde_json::from_str::<Heartbeat>(json).unwrap(), beat);
        let answer = HeartbeatAnswer { go_on: true };
        assert_eq!(
            serde_json::to_string(&answer).unwrap(),
            r#"{"continue":true}"#
        );
    }
}
