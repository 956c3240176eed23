//! Handing transactions in, and following them.

use assay_api::{
    stage::Stage,
    wire::{
        DroppedView, ErrorBody, ErrorDetail, L1Transactions, OperationError, Receipt,
        SignatureView, SignedOperation, TransactionAnswer, TransactionAnswers, TransactionList,
        TransactionTimes, TransactionView, schema,
    },
};
use assay_circuits::{order::TxHash, quantity::AccountIndex};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, request::Parts},
};

use super::{
    batches::l1_transactions,
    body::{JsonBody, LIST_BYTES_MAX, PathText, parameter},
    error::ApiError,
    rate_limit::Charge,
};
use crate::{
    admission::error::AdmissionError,
    intake::{Acknowledgement, Intake},
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

/// What handing in many together uses.
#[derive(Clone)]
pub(super) struct ListCalls {
    pub(super) calls: TransactionCalls,
    pub(super) charge: Charge,
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
    let intake = calls.intake()?;
    let signed = operation.to_signed(calls.rollup.network)?;
    let taken = intake.submit(signed).await?;
    Ok((StatusCode::ACCEPTED, Json(calls.receipt_of(intake, &taken))))
}

/// Hands in up to 1,000 signed operations.
///
/// Each is answered as if it had come alone, in their order; one that is refused holds no other up.
/// Those of one account may follow on each other: what can be executed is, which makes room for more.
/// Where that does not, the answer is `nonce_too_far`, and the same may be handed in again later. To the
/// limit of requests each counts as one; a list of more than a client's burst takes all of the burst.
#[utoipa::path(post, path = "/v1/transactions/batch", tag = "transactions",
    operation_id = "submitTransactions",
    request_body = TransactionList,
    responses(
        (status = 200, description = "They were looked at; what became of each is in its answer",
            body = TransactionAnswers),
        (status = 403, description = "`read_only`: the node only follows the layer 1", body = ErrorBody),
        (status = 503, description = "`busy`, `starting_anew`, `storage_unavailable`, `halted`: the node \
            takes nothing now, and none of them", body = ErrorBody),
    ))]
pub(super) async fn submit_list(
    State(calls): State<ListCalls>,
    parts: Parts,
    JsonBody(list): JsonBody<TransactionList, LIST_BYTES_MAX>,
) -> Result<Json<TransactionAnswers>, ApiError> {
    let ListCalls { calls, charge } = calls;
    let intake = calls.intake()?;
    charge.further(&parts, list.transactions.len().saturating_sub(1))?;
    let network = calls.rollup.network;
    let mut refused = Vec::with_capacity(list.transactions.len());
    let mut readable = Vec::with_capacity(list.transactions.len());
    for operation in &list.transactions {
        refused.push(match operation.to_signed(network) {
            Ok(signed) => {
                readable.push(signed);
                None
            }
            Err(error) => Some(error),
        });
    }
    let taken = match readable.is_empty() {
        true => Vec::new(),
        false => intake.submit_list(readable).await?,
    };
    let mut taken = taken.into_iter();
    let answer = |refused: Option<OperationError>| {
        if let Some(error) = refused {
            return not_taken(None, error.into());
        }
        match taken.next() {
            Some((hash, Ok(taken))) => TransactionAnswer {
                hash: Some(hash.to_string()),
                status: StatusCode::ACCEPTED.as_u16(),
                receipt: Some(calls.receipt_of(intake, &taken)),
                error: None,
            },
            Some((hash, Err(error))) => not_taken(Some(hash), error.into()),
            None => not_taken(None, ApiError::Internal),
        }
    };
    Ok(Json(TransactionAnswers {
        answers: refused.into_iter().map(answer).collect(),
    }))
}

fn not_taken(hash: Option<TxHash>, error: ApiError) -> TransactionAnswer {
    TransactionAnswer {
        hash: hash.map(|hash| hash.to_string()),
        status: error.status().as_u16(),
        receipt: None,
        error: Some(error.detail()),
    }
}

/// The receipt of a transaction that was acknowledged, again.
///
/// It is the same, byte by byte, as the one that was given when the transaction was handed in, while the
/// operator has the same key. Of one that was rejected and handed in again it is the last.
#[utoipa::path(get, path = "/v1/transactions/{hash}/receipt", tag = "transactions",
    operation_id = "getReceipt",
    params(("hash" = inline(schema::Hash), Path, description = "Of the transaction")),
    responses(
        (status = 200, body = Receipt),
        (status = 403, description = "`read_only`: the node only follows the layer 1, and promises \
            nothing", body = ErrorBody),
        (status = 404, description = "`unknown_transaction`: it was not acknowledged here, or is not \
            kept any more", body = ErrorBody),
        (status = 503, description = "`starting_anew`, `halted`: the node does not know yet what it \
            acknowledged", body = ErrorBody),
    ))]
pub(super) async fn receipt(
    State(calls): State<TransactionCalls>,
    PathText(hash): PathText,
) -> Result<Json<Receipt>, ApiError> {
    let hash: TxHash = parameter("hash", &hash)?;
    let intake = calls.intake()?;
    let found = calls.storage.transaction(hash)?;
    let found = found.ok_or_else(|| ApiError::UnknownTransaction(hash.to_string()))?;
    let promised = intake.receipt(hash, found.received_ms).await?;
    Ok(Json(calls.receipt_of(intake, &promised)))
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
    /// The door, where it is open.
    pub(super) fn intake(&self) -> Result<&Intake, ApiError> {
        match &self.door {
            Door::Open(intake) => Ok(intake),
            Door::NotYet => Err(AdmissionError::Halted.into()),
            Door::Elsewhere { submit_to } => Err(ApiError::ReadOnly(submit_to.clone())),
        }
    }

    fn receipt_of(&self, intake: &Intake, taken: &Acknowledgement) -> Receipt {
        let operator = intake.operator_key.public_key().0;
        Receipt {
            hash: taken.hash.to_string(),
            received_ms: taken.received_ms,
            operator: self.rollup.address(operator).to_string(),
            signature: SignatureView::from(&taken.signature),
        }
    }

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
            reference: self.reference(hash)?,
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
