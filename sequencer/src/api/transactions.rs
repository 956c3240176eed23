//! Handing transactions in, and following them.

use assay_api::{
    stage::Stage,
    wire::{
        DroppedView, ErrorBody, ErrorDetail, L1Transactions, Receipt, SignatureView,
        SignedOperation, TransactionTimes, TransactionView, schema,
    },
};
use assay_circuits::{order::TxHash, quantity::AccountIndex};
use axum::{Json, extract::State, http::StatusCode};

use super::{
    batches::l1_transactions,
    body::{JsonBody, PathText, parameter},
    error::ApiError,
};
use crate::{
    admission::error::AdmissionError,
    intake::Intake,
    record::{Dropped, Outcome, StoredError, TransactionRecord},
    rollup::Rollup,
    storage::{Storage, StorageError},
};

/// What these calls use.
#[derive(Clone)]
pub(crate) struct TransactionCalls {
    pub(crate) rollup: Rollup,
    pub(crate) door: Door,
    pub(crate) storage: Storage,
}

/// Where transactions come in.
#[derive(Clone)]
pub(crate) enum Door {
    /// Here.
    Open(Box<Intake>),
    /// Here, when the node has taken up what the layer 1 has.
    NotYet,
    /// At another node, if one was named.
    Elsewhere { submit_to: Option<String> },
}

/// Hands a signed operation in.
///
/// The answer is the operator's signed receipt: the transaction is on its disk and will be
/// executed if it can be.
#[utoipa::path(post, path = "/v1/transactions", tag = "transactions",
    operation_id = "submitTransaction",
    request_body = SignedOperation,
    responses(
        (status = 202, description = "Taken", body = Receipt),
        (status = 400, description = "It breaks a rule; the code says which", body = ErrorBody),
        (status = 403, description = "`read_only`: the node only follows the layer 1", body = ErrorBody),
        (status = 409, description = "`duplicate`, `nonce_taken`", body = ErrorBody),
        (status = 503, description = "`busy`, `starting_anew`, `storage_unavailable`, `halted`: the node \
            takes nothing now", body = ErrorBody),
    ))]
pub(super) async fn submit(
    State(calls): State<TransactionCalls>,
    JsonBody(operation): JsonBody<SignedOperation>,
) -> Result<(StatusCode, Json<Receipt>), ApiError> {
    let intake = match &calls.door {
        Door::Open(intake) => intake,
        Door::NotYet => return Err(AdmissionError::Halted.into()),
        Door::Elsewhere { submit_to } => return Err(ApiError::ReadOnly(submit_to.clone())),
    };
    let signed = operation.to_signed(calls.rollup.network)?;
    let taken = intake.submit(signed).await?;
    let operator = intake.operator_key.public_key().0;
    let receipt = Receipt {
        hash: taken.hash.to_string(),
        received_ms: taken.received_ms,
        operator: calls.rollup.address(operator).to_string(),
        signature: SignatureView::from(&taken.signature),
    };
    Ok((StatusCode::ACCEPTED, Json(receipt)))
}

/// A transaction and how far it has come.
#[utoipa::path(get, path = "/v1/transactions/{hash}", tag = "transactions",
    operation_id = "getTransaction",
    params(("hash" = inline(schema::Hash), Path, description = "Of the transaction")),
    responses(
        (status = 200, body = TransactionView),
        (status = 404, description = "`unknown_transaction`", body = ErrorBody),
    ))]
pub(super) async fn show(
    State(calls): State<TransactionCalls>,
    PathText(hash): PathText,
) -> Result<Json<TransactionView>, ApiError> {
    let hash: TxHash = parameter("hash", &hash)?;
    let found = calls.storage.transaction(hash)?;
    let found = found.ok_or_else(|| ApiError::UnknownTransaction(hash.to_string()))?;
    Ok(Json(calls.view(hash, found)?))
}

impl TransactionCalls {
    /// A transaction and how far it has come.
    pub(crate) fn view(
        &self,
        hash: TxHash,
        record: TransactionRecord,
    ) -> Result<TransactionView, StorageError> {
        let mut view = TransactionView {
            hash: hash.to_string(),
            stage: Stage::Received,
            trust: String::new(),
            operation: SignedOperation::new(&record.signed, self.rollup.network),
            batch: None,
            position: None,
            to_account: None,
            times_ms: TransactionTimes {
                received: record.received_ms,
                ..TransactionTimes::default()
            },
            l1: L1Transactions::default(),
            rejection: None,
            dropped: record.dropped.as_ref().map(dropped),
        };
        match record.outcome {
            Outcome::Waiting => {}
            Outcome::Rejected { at_ms, reason } => {
                view.stage = Stage::Rejected;
                view.times_ms.rejected = Some(at_ms);
                view.rejection = Some(rejection(reason));
            }
            Outcome::Executed {
                batch,
                at_ms,
                to,
                position,
            } => {
                view.stage = Stage::Executed;
                view.batch = Some(batch.0);
                view.position = position;
                view.to_account = to.map(AccountIndex::get);
                view.times_ms.executed = Some(at_ms);
                if let Some(sealed) = self.storage.batch(batch)? {
                    let l1 = self.storage.l1_record(batch)?;
                    view.stage = l1.stage();
                    view.times_ms.sealed = Some(sealed.sealed_ms);
                    view.times_ms.proved = l1.proved_ms;
                    view.times_ms.r#final = l1.final_ms;
                    view.l1 = l1_transactions(&l1);
                }
            }
        }
        view.trust = view.stage.trust().to_owned();
        Ok(view)
    }
}

pub(super) fn dropped(dropped: &Dropped) -> DroppedView {
    DroppedView {
        batch: dropped.batch.0,
        at_ms: dropped.at_ms,
        code: dropped.cause.code().name().to_owned(),
        message: dropped.cause.sentence().to_owned(),
    }
}

/// Why a transaction was rejected.
fn rejection(stored: StoredError) -> ErrorDetail {
    let StoredError {
        code,
        message,
        details,
    } = stored;
    ErrorDetail {
        code,
        message,
        details: serde_json::from_str(&details).unwrap_or_default(),
    }
}
