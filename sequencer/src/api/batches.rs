//! Batches.

use std::sync::Arc;

use assay_api::{
    hexadecimal::Hex,
    stage::Stage,
    wire::{
        BatchDetail, BatchHeaderView, BatchList, BatchOperation, BatchTimes, BatchView, ClaimView,
        ErrorBody, L1Transactions, schema,
    },
};
use assay_circuits::{
    address::Network,
    operation::Operation,
    order::{Order, Payee},
    quantity::{AccountIndex, Amount, BatchNumber, Fee},
};
use assay_prover::{
    bundle::{Bundle, L1Context},
    groth16::proof::Proof,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};

use super::{
    body::{PathText, QueryText, number},
    caching::{Keep, lasting_json},
    error::ApiError,
};
use crate::{
    keyring::Keyring,
    l1::contract,
    record::{BatchContents, BatchRecord, L1Record, LogRecord, StoredClaim, Word, member},
    rollup::Rollup,
    standing::Standing,
    storage::{Storage, StorageError},
    waiting_queue::WaitingQueue,
};

/// What these calls use.
#[derive(Clone)]
pub(crate) struct BatchCalls {
    pub(crate) rollup: Rollup,
    pub(crate) storage: Storage,
    pub(crate) keys: Arc<Keyring>,
    pub(crate) standing: Standing,
    /// Entries of the queue that are in no batch.
    pub(crate) waiting: WaitingQueue,
}

/// Sealed batches, latest first.
#[utoipa::path(get, path = "/v1/batches", tag = "batches",
    operation_id = "listBatches",
    params(
        ("limit" = inline(Option<schema::PageLimit>), Query, description = "How many at most; 20 by default"),
        ("before" = Option<u64>, Query, description = "Only batches below this number"),
    ),
    responses((status = 200, body = BatchList)))]
pub(super) async fn list(
    State(calls): State<BatchCalls>,
    query: QueryText,
) -> Result<Json<BatchList>, ApiError> {
    let limit = query.page_limit("batches")?;
    let before = query.number("before")?.unwrap_or(u64::MAX);
    let last = calls.standing.sealed().0.min(before.saturating_sub(1));
    let first = last.saturating_sub(limit).saturating_add(1).max(1);
    let mut batches = Vec::new();
    for number in (first..=last).rev() {
        if let Some(record) = calls.storage.batch(BatchNumber(number))? {
            batches.push(calls.view(&record)?);
        }
    }
    let next_before = (first > 1 && !batches.is_empty()).then_some(first);
    Ok(Json(BatchList {
        batches,
        next_before,
    }))
}

/// A sealed batch with what it holds.
#[utoipa::path(get, path = "/v1/batches/{number}", tag = "batches",
    operation_id = "getBatch",
    params(("number" = u64, Path, description = "Number of the batch")),
    responses(
        (status = 200, body = BatchDetail, headers(("ETag" = String, description = "Of a final batch"))),
        (status = 304, description = "It is final, and as it was with the `ETag` in `If-None-Match`"),
        (status = 404, description = "`unknown_batch`", body = ErrorBody),
    ))]
pub(super) async fn show(
    State(calls): State<BatchCalls>,
    PathText(text): PathText,
    asked: HeaderMap,
) -> Result<Response, ApiError> {
    let record = calls.find(&text)?;
    let detail = calls.detail(&record)?;
    if detail.batch.stage != Stage::Final {
        return Ok(Json(detail).into_response());
    }
    let json = serde_json::to_vec(&detail).map_err(|_| ApiError::Internal)?;
    // A newer program may say more of it.
    Ok(lasting_json(&asked, json, Keep::AskAgain))
}

/// The file that `assay verify` takes: everything for an offline check of a proved batch.
#[utoipa::path(get, path = "/v1/batches/{number}/bundle", tag = "batches",
    operation_id = "getBundle",
    params(("number" = u64, Path, description = "Number of the batch")),
    responses(
        (status = 200, body = Bundle, headers(("ETag" = String, description = "Of the bundle of a final batch"))),
        (status = 304, description = "Its batch is final, and it is as it was with the `ETag` in `If-None-Match`"),
        (status = 404, description = "`unknown_batch`, `not_proved_yet`", body = ErrorBody),
    ))]
pub(super) async fn bundle(
    State(calls): State<BatchCalls>,
    PathText(text): PathText,
    asked: HeaderMap,
) -> Result<Response, ApiError> {
    let record = calls.find(&text)?;
    let bundle = calls.bundle(&record)?;
    let bundle = bundle.ok_or(ApiError::NotProvedYet(record.number.0))?;
    if calls.storage.l1_record(record.number)?.stage() != Stage::Final {
        return Ok(([(header::CONTENT_TYPE, "application/json")], bundle).into_response());
    }
    let keep = match calls.rollup.network {
        Network::Public => Keep::ForEver,
        // The next one at the same place begins again with batch 1.
        Network::Development => Keep::AskAgain,
    };
    Ok(lasting_json(&asked, bundle.into_bytes(), keep))
}

impl BatchCalls {
    fn find(&self, text: &str) -> Result<BatchRecord, ApiError> {
        let number: u64 = number("number", text)?;
        let found = self.storage.batch(BatchNumber(number))?;
        found.ok_or(ApiError::UnknownBatch(number))
    }

    /// A sealed batch.
    fn view(&self, record: &BatchRecord) -> Result<BatchView, StorageError> {
        let l1 = self.storage.l1_record(record.number)?;
        let proof = self.storage.proof(record.number)?;
        Ok(BatchView {
            number: record.number.0,
            stage: l1.stage(),
            trust: l1.stage().trust().to_owned(),
            shape: record.shape.name().to_owned(),
            timestamp: record.timestamp,
            old_root: record.old_root.to_string(),
            new_root: record.new_root.to_string(),
            operations: record.operations,
            accounts: record.accounts,
            settler: record.settler.to_string(),
            times_ms: BatchTimes {
                closed: record.closed_ms,
                sealed: Some(record.sealed_ms),
                proof: proof.as_ref().map(|proof| proof.at_ms),
                proved: l1.proved_ms,
                r#final: l1.final_ms,
            },
            l1: l1_transactions(&l1),
            prover: proof.map(|proof| proof.worker),
        })
    }

    /// A sealed batch with what it holds.
    fn detail(&self, record: &BatchRecord) -> Result<BatchDetail, StorageError> {
        let held = self.storage.contents(record)?;
        let before = self.storage.tip(BatchNumber(record.number.0 - 1))?;
        let queue_begin = before.map_or(record.queue_end, |before| before.queue_end);
        let contents = self.contents(&held, queue_begin);
        Ok(BatchDetail {
            batch: self.view(record)?,
            header: header_view(record),
            claims: claim_views(&self.storage.claims(record.number)?),
            economics: self.economics(record, &held)?,
            contents,
        })
    }

    fn contents(&self, held: &BatchContents, queue_begin: u64) -> Vec<BatchOperation> {
        let operations = (0..).zip(held.operations());
        let content = |(place, operation)| BatchOperation {
            hash: held
                .signed
                .get(&place)
                .map(|signed| signed.hash(self.rollup.domain).to_string()),
            ..self.content(place, operation, queue_begin)
        };
        operations.map(content).collect()
    }

    pub(super) fn payee(&self, payee: Payee) -> String {
        match payee {
            Payee::Owner(owner) => self.rollup.address(owner).to_string(),
            Payee::L1(to) => to.to_string(),
        }
    }

    pub(super) fn content(
        &self,
        position: u32,
        operation: &Operation<Order>,
        queue_begin: u64,
    ) -> BatchOperation {
        let (token, amount, paid, to) = match operation {
            Operation::Deposit { deposit, .. } => {
                let to = Payee::Owner(deposit.owner);
                (
                    deposit.token,
                    deposit.amount,
                    deposit.amount,
                    self.payee(to),
                )
            }
            Operation::Forced { order, paid } => {
                let paid = paid.unwrap_or(Amount::ZERO);
                (
                    order.token,
                    order.amount,
                    paid,
                    self.payee(order.signed_payee()),
                )
            }
            Operation::Transfer { order, .. } | Operation::Withdrawal { order } => (
                order.token,
                order.amount,
                order.amount,
                self.payee(order.to),
            ),
        };
        let fee = operation.order().map_or(Fee::ZERO, |order| order.fee);
        BatchOperation {
            position,
            kind: member::kind(operation),
            executed: member::has_effect(operation),
            hash: None,
            // Entries of the queue come first, in its order.
            queue_index: operation
                .is_from_l1()
                .then_some(queue_begin + u64::from(position)),
            from: member::payer(operation).map(AccountIndex::get),
            to_account: operation.recipient().map(AccountIndex::get),
            to,
            token: token.0,
            amount: amount.to_string(),
            paid: paid.to_string(),
            fee: fee.to_string(),
        }
    }

    /// The file that `assay verify` takes; `None` while the batch is not proved.
    fn bundle(&self, record: &BatchRecord) -> Result<Option<String>, StorageError> {
        let l1 = self.storage.l1_record(record.number)?;
        if l1.proved_ms.is_none() {
            return Ok(None);
        }
        let (proof, contents) = match self.storage.log_record(record.number)? {
            LogRecord::Adopted(adopted) => (Some(adopted.proof), adopted.contents),
            LogRecord::Gone { .. } => return Ok(None),
            LogRecord::Sealed(_) => {
                let proof = self.storage.proof(record.number)?;
                (
                    proof.map(|proof| proof.proof),
                    self.storage.contents(record)?,
                )
            }
        };
        let Some(proof) = proof else {
            return Ok(None);
        };
        let posted = record.posted(&contents);
        let before = contents.accounts_before;
        let statement = posted.statement(self.rollup.domain, record.old_root, before);
        let Some(key) = self.keys.get(record.shape) else {
            return Ok(None);
        };
        let proof = Proof::from_bytes(&proof);
        let proof = proof.map_err(StorageError::corrupt("proof"))?;
        let place = L1Context::new(self.rollup.chain_id, self.rollup.contract, l1.transaction);
        Ok(Some(
            Bundle::new(&key.verifying_key, &statement, &proof, place).to_json(),
        ))
    }
}

/// What can be claimed of a batch.
pub(super) fn claim_views(claims: &[StoredClaim]) -> Vec<ClaimView> {
    let views = (0..).zip(claims).map(|(which, claim)| ClaimView {
        which,
        token: claim.token.0,
        amount: claim.amount.to_string(),
        to: claim.to.to_string(),
        from: claim.from,
        hash: claim.hash.map(|hash| hash.to_string()),
        queue_index: claim.queue_index,
    });
    views.collect()
}

/// What the contract is told of a batch.
pub(super) fn header_view(record: &BatchRecord) -> BatchHeaderView {
    let header = contract::header(record);
    BatchHeaderView {
        commitment: hex(&header.commitment),
        new_root: hex(&header.new_root),
        claims_hash: hex(&header.claims_hash),
        queue_end: header.queue_end,
        timestamp: header.timestamp,
        accounts: header.accounts,
        shape: header.shape,
    }
}

fn hex(bytes: &[u8]) -> String {
    Hex(bytes).to_string()
}

/// Where a batch is on the layer 1.
pub(super) fn l1_transactions(record: &L1Record) -> L1Transactions {
    let hex = |hash: Option<Word>| hash.map(|hash| hex(&hash));
    L1Transactions {
        submit: hex(record.transaction),
    }
}
