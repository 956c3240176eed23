//! What senders put beside their transactions.

use assay_api::wire::{ErrorBody, Reference, SignatureView, schema};
use assay_circuits::{eddsa::Signature, order::TxHash};
use axum::{Json, extract::State};

use super::{
    body::{JsonBody, PathText, parameter},
    error::ApiError,
    transactions::TransactionCalls,
};
use crate::{
    record::StoredReference,
    storage::{Commit, StorageError},
};

/// Puts a text beside a transaction that was acknowledged here.
///
/// Its sender has signed it. The first stands; the same may come again.
#[utoipa::path(post, path = "/v1/transactions/{hash}/reference", tag = "transactions",
    operation_id = "addReference",
    params(("hash" = inline(schema::Hash), Path, description = "Of the transaction")),
    request_body = Reference,
    responses(
        (status = 200, description = "It stands beside the transaction", body = Reference),
        (status = 400, description = "`invalid_signature`: it is not the sender's, for this transaction. \
            `invalid_parameter`, `malformed_json`, `invalid_body`, `body_unreadable`", body = ErrorBody),
        (status = 403, description = "`read_only`: the node only follows the layer 1", body = ErrorBody),
        (status = 404, description = "`unknown_transaction`", body = ErrorBody),
        (status = 409, description = "`reference_taken`: another stands there", body = ErrorBody),
        (status = 503, description = "`busy`, `starting_anew`, `storage_unavailable`, `halted`: the node \
            takes nothing now", body = ErrorBody),
    ))]
pub(super) async fn add(
    State(calls): State<TransactionCalls>,
    PathText(hash): PathText,
    JsonBody(reference): JsonBody<Reference>,
) -> Result<Json<Reference>, ApiError> {
    let hash: TxHash = parameter("hash", &hash)?;
    let intake = calls.intake()?;
    let found = calls.storage.transaction(hash)?;
    let found = found.ok_or_else(|| ApiError::UnknownTransaction(hash.to_string()))?;
    let signature = Signature::try_from(&reference.signature)?;
    let given = StoredReference {
        text: reference.text.clone(),
        signature,
    };
    match calls.storage.reference(hash)? {
        Some(there) if there == given => return Ok(Json(reference)),
        Some(_) => return Err(ApiError::ReferenceTaken),
        None => {}
    }
    intake.check_reference(found.signed, given.clone()).await?;
    let mut commit = Commit::default();
    commit.refer(hash, &given);
    calls.storage.commit(commit).await?;
    Ok(Json(reference))
}

impl TransactionCalls {
    /// What the sender put beside a transaction.
    pub(super) fn reference(&self, hash: TxHash) -> Result<Option<Reference>, StorageError> {
        let found = self.storage.reference(hash)?;
        Ok(found.map(|found| Reference {
            text: found.text,
            signature: SignatureView::from(&found.signature),
        }))
    }
}
