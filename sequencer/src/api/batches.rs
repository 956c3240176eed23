//! Batches.

use std::sync::Arc;

use assay_api::{
    hexadecimal::Hex,
    wire::{
        BatchDetail, BatchHeaderView, BatchList, BatchOperation, BatchTimes, BatchView, ErrorBody,
        L1Transactions, OperationKind, WithdrawalView,
    },
};
use assay_circuits::{
    babyjubjub::Point,
    batch::BatchWitness,
    operation::Operation,
    order::Payee,
    quantity::{AccountIndex, Amount, BatchNumber, Fee},
    slot::SlotWitness,
};
use assay_prover::{
    bundle::{Bundle, L1Context},
    groth16::proof::Proof,
};
use axum::{
    Json,
    extract::{Path, RawQuery, State},
    http::header,
    response::{IntoResponse, Response},
};

use super::{
    body::{parameter, query},
    error::ApiError,
};
use crate::{
    keyring::Keyring,
    l1::contract,
    record::{BatchRecord, L1Record, Word},
    rollup::Rollup,
    standing::Standing,
    storage::{Storage, StorageError},
};

/// Batches on a page where nothing is said.
const PAGE: u64 = 20;
/// Most batches on a page.
const PAGE_MAX: u64 = 100;

/// What these calls use.
#[derive(Clone)]
pub(crate) struct BatchCalls {
    pub(crate) rollup: Rollup,
    pub(crate) storage: Storage,
    pub(crate) keys: Arc<Keyring>,
    pub(crate) standing: Standing,
}

/// Sealed batches, latest first.
#[utoipa::path(get, path = "/v1/batches", tag = "batches",
    params(
        ("limit" = Option<u32>, Query, description = "How many, at most 100; 20 by default"),
        ("before" = Option<u64>, Query, description = "Only batches below this number"),
    ),
    responses((status = 200, body = BatchList)))]
pub(super) async fn list(
    State(calls): State<BatchCalls>,
    RawQuery(text): RawQuery,
) -> Result<Json<BatchList>, ApiError> {
    let (mut limit, mut before) = (PAGE, u64::MAX);
    for (name, value) in query(text.as_deref(), &["limit", "before"])? {
        match name {
            "limit" => limit = parameter::<u64>("limit", &value)?.clamp(1, PAGE_MAX),
            _ => before = parameter("before", &value)?,
        }
    }
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
    params(("number" = u64, Path, description = "Number of the batch")),
    responses(
        (status = 200, body = BatchDetail),
        (status = 404, description = "`unknown_batch`", body = ErrorBody),
    ))]
pub(super) async fn show(
    State(calls): State<BatchCalls>,
    Path(text): Path<String>,
) -> Result<Json<BatchDetail>, ApiError> {
    let record = calls.find(&text)?;
    Ok(Json(calls.detail(&record)?))
}

/// The file that `assay verify` takes: everything for an offline check of a proved batch.
#[utoipa::path(get, path = "/v1/batches/{number}/bundle", tag = "batches",
    params(("number" = u64, Path, description = "Number of the batch")),
    responses(
        (status = 200, description = "The bundle", content_type = "application/json"),
        (status = 404, description = "`unknown_batch`, `not_proved_yet`", body = ErrorBody),
    ))]
pub(super) async fn bundle(
    State(calls): State<BatchCalls>,
    Path(text): Path<String>,
) -> Result<Response, ApiError> {
    let record = calls.find(&text)?;
    let bundle = calls.bundle(&record)?;
    let bundle = bundle.ok_or(ApiError::NotProvedYet(record.number.0))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], bundle).into_response())
}

impl BatchCalls {
    fn find(&self, text: &str) -> Result<BatchRecord, ApiError> {
        let number: u64 = parameter("number", text)?;
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
            times_ms: BatchTimes {
                closed: record.closed_ms,
                sealed: Some(record.sealed_ms),
                committed: l1.committed_ms,
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
        let witness = self.storage.witness(record.number)?;
        let header = contract::header(record);
        let contents = self.contents(&witness);
        let withdrawals = contents
            .iter()
            .filter(|operation| operation.kind == Some(OperationKind::Withdrawal))
            .zip(0..)
            .map(|(operation, which)| WithdrawalView {
                which,
                token: operation.token,
                amount: operation.amount.clone(),
                to: operation.to.clone(),
                hash: operation.hash.clone().unwrap_or_default(),
            })
            .collect();
        Ok(BatchDetail {
            batch: self.view(record)?,
            header: BatchHeaderView {
                commitment: hex(&header.commitment),
                challenge: hex(&header.challenge),
                evaluation: hex(&header.evaluation),
                new_root: hex(&header.new_root),
                withdrawals_hash: hex(&header.withdrawals_hash),
                queue_end: header.queue_end,
                timestamp: header.timestamp,
                shape: header.shape,
            },
            contents,
            withdrawals,
        })
    }

    fn contents(&self, witness: &BatchWitness) -> Vec<BatchOperation> {
        let slots = witness.full.iter().chain(&witness.transfers);
        let operations = slots.filter_map(|slot: &SlotWitness| slot.operation.as_ref());
        operations
            .zip(0..)
            .map(|(operation, place)| self.content(place, operation))
            .collect()
    }

    fn content(&self, position: u32, operation: &Operation) -> BatchOperation {
        let address = |owner: Point| self.rollup.address(owner).to_string();
        let to_account = operation.recipient().map(AccountIndex::get);
        match operation {
            Operation::Deposit { deposit, .. } => BatchOperation {
                position,
                kind: None,
                hash: None,
                from: None,
                to_account,
                to: address(deposit.owner),
                token: deposit.token.0,
                amount: deposit.amount.to_string(),
                fee: Fee::ZERO.to_string(),
            },
            Operation::Forced { order, paid } => {
                let (kind, to) = match order.signed_payee() {
                    Payee::Owner(owner) => (OperationKind::Transfer, address(owner)),
                    Payee::L1(to) => (OperationKind::Withdrawal, to.to_string()),
                };
                BatchOperation {
                    position,
                    kind: Some(kind),
                    hash: None,
                    from: operation.sender().map(AccountIndex::get),
                    to_account,
                    to,
                    token: order.token.0,
                    amount: paid.unwrap_or(Amount::ZERO).to_string(),
                    fee: Fee::ZERO.to_string(),
                }
            }
            Operation::Transfer { order: signed, .. } | Operation::Withdrawal { order: signed } => {
                let order = &signed.order;
                let (kind, to) = match order.to {
                    Payee::Owner(owner) => (OperationKind::Transfer, address(owner)),
                    Payee::L1(to) => (OperationKind::Withdrawal, to.to_string()),
                };
                BatchOperation {
                    position,
                    kind: Some(kind),
                    hash: Some(signed.hash(self.rollup.domain).to_string()),
                    from: Some(order.from.get()),
                    to_account,
                    to,
                    token: order.token.0,
                    amount: order.amount.to_string(),
                    fee: order.fee.to_string(),
                }
            }
        }
    }

    /// The file that `assay verify` takes; `None` while the batch is not proved.
    fn bundle(&self, record: &BatchRecord) -> Result<Option<String>, StorageError> {
        let l1 = self.storage.l1_record(record.number)?;
        let (Some(_), Some(proof)) = (l1.proved_ms, self.storage.proof(record.number)?) else {
            return Ok(None);
        };
        let Some(key) = self.keys.get(record.shape) else {
            return Ok(None);
        };
        let proof = Proof::from_bytes(&proof.proof);
        let proof = proof.map_err(StorageError::corrupt("proof"))?;
        let statement = self.storage.witness(record.number)?.statement();
        let place = L1Context::new(
            self.rollup.chain_id,
            self.rollup.contract,
            l1.commit_transaction,
            l1.prove_transaction,
        );
        Ok(Some(
            Bundle::new(&key.verifying_key, &statement, &proof, place).to_json(),
        ))
    }
}

fn hex(bytes: &[u8]) -> String {
    Hex(bytes).to_string()
}

/// Where a batch is on the layer 1.
pub(super) fn l1_transactions(record: &L1Record) -> L1Transactions {
    let hex = |hash: Option<Word>| hash.map(|hash| hex(&hash));
    L1Transactions {
        commit: hex(record.commit_transaction),
        prove: hex(record.prove_transaction),
    }
}
