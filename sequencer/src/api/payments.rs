//! What moves an account's money, page by page.

use assay_api::wire::{
    BatchOperation, ErrorBody, PaymentDirection, PaymentKind, PaymentList, PaymentTimes,
    PaymentView, schema,
};
use assay_circuits::{
    operation::Operation,
    order::{Order, Payee, TxHash},
    quantity::{AccountIndex, Amount, BatchNumber},
};
use axum::{Json, extract::State};

use super::{
    accounts,
    batches::BatchCalls,
    body::{PathText, QueryText},
    error::ApiError,
    transactions::TransactionCalls,
};
use crate::{
    accounts::Accounts,
    record::{BatchRecord, TransactionRecord},
    storage::{Payment, PaymentsBefore, StorageError},
};

/// What these calls use.
#[derive(Clone)]
pub(super) struct PaymentCalls {
    pub(super) accounts: Accounts,
    pub(super) transactions: TransactionCalls,
    pub(super) batches: BatchCalls,
}

/// What moves an account's money, newest first.
///
/// Transfers sent and received, withdrawals, deposits, forced orders and fees earned, and of the account's own
/// transactions those that wait or were rejected. What is in no sealed batch comes first.
#[utoipa::path(get, path = "/v1/accounts/{index}/payments", tag = "accounts",
    operation_id = "listPayments",
    params(
        ("index" = inline(schema::AccountIndex), Path, description = "Index of the account's leaf"),
        ("limit" = inline(Option<schema::PageLimit>), Query, description = "How many at most; 20 by default"),
        ("before" = inline(Option<schema::PaymentsCursor>), Query,
            description = "`next_before` of the page before, of the same account"),
    ),
    responses(
        (status = 200, body = PaymentList),
        (status = 404, description = "`unknown_account`", body = ErrorBody),
    ))]
pub(super) async fn list(
    State(calls): State<PaymentCalls>,
    PathText(text): PathText,
    query: QueryText,
) -> Result<Json<PaymentList>, ApiError> {
    let account = accounts::index("index", &text)?;
    let limit = query.page_limit("payments")?;
    let before = match query.get("before") {
        None => PaymentsBefore::NEWEST,
        Some(text) => read(account, text).ok_or_else(|| {
            let reason = "it is not `next_before` of a page of this account";
            ApiError::invalid("before", reason)
        })?,
    };
    calls
        .accounts
        .get(account)
        .ok_or(ApiError::UnknownAccount(account))?;
    let limit = usize::try_from(limit).unwrap_or(1);
    let storage = &calls.batches.storage;
    let page = storage.payments(account, before, limit)?;
    let views = page.payments.into_iter();
    let payments: Result<_, _> = views.map(|payment| calls.view(account, payment)).collect();
    Ok(Json(PaymentList {
        payments: payments?,
        next_before: page.next.map(|next| text_of(account, &next)),
    }))
}

/// The bytes of a cursor: account, place among what moves, time and place of what was rejected, batch and
/// place of what is sealed; big-endian.
const CURSOR_BYTES: usize = 40;

fn text_of(account: AccountIndex, before: &PaymentsBefore) -> String {
    let PaymentsBefore {
        moving,
        rejected,
        sealed,
    } = before;
    let bytes = [
        &account.get().to_be_bytes()[..],
        &moving.to_be_bytes(),
        &rejected.0.to_be_bytes(),
        &rejected.1.to_be_bytes(),
        &sealed.0.0.to_be_bytes(),
        &sealed.1.to_be_bytes(),
    ];
    hex::encode(bytes.concat())
}

/// What [`text_of`] made for this account.
fn read(account: AccountIndex, text: &str) -> Option<PaymentsBefore> {
    let bytes: [u8; CURSOR_BYTES] = hex::decode(text).ok()?.try_into().ok()?;
    let long = |at: usize| Some(u64::from_be_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
    let short = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let before = PaymentsBefore {
        moving: long(4)?,
        rejected: (long(12)?, long(20)?),
        sealed: (BatchNumber(long(28)?), short(36)?),
    };
    // There is one spelling.
    (text_of(account, &before) == text).then_some(before)
}

/// What stands for the other side: its account, and its address.
type Side = (Option<u32>, Option<String>);

impl PaymentCalls {
    fn view(&self, account: AccountIndex, payment: Payment) -> Result<PaymentView, StorageError> {
        match payment {
            Payment::Transaction(hash, record) => self.transaction(account, hash, *record),
            Payment::Operation {
                batch,
                place,
                operation,
                queue_index,
            } => self.operation(account, &batch, (place, &operation, queue_index)),
            Payment::Fees { batch, amount } => self.fees(account, &batch, amount),
        }
    }

    fn transaction(
        &self,
        account: AccountIndex,
        hash: TxHash,
        record: TransactionRecord,
    ) -> Result<PaymentView, StorageError> {
        let order = record.signed.order;
        let found = self.transactions.view(hash, record)?;
        let kind = match order.to {
            Payee::Owner(_) => PaymentKind::Transfer,
            Payee::L1(_) => PaymentKind::Withdrawal,
        };
        // Whoever pays to the own address pays the own account, which is known before it is executed.
        let sender = self.accounts.get(order.from);
        let to_itself = sender.is_some_and(|sender| order.to == Payee::Owner(sender.account.owner));
        let itself = to_itself.then_some(order.from.get());
        let payee = (found.to_account.or(itself), Some(found.operation.to));
        let from = Some(order.from.get());
        let (direction, (counterparty_account, counterparty)) = self.sides(account, (from, payee));
        let times = found.times_ms;
        Ok(PaymentView {
            hash: Some(found.hash),
            queue_index: None,
            kind,
            direction,
            counterparty,
            counterparty_account,
            token: order.token.0,
            amount: found.operation.amount,
            fee: found.operation.fee,
            batch: found.batch,
            position: found.position,
            stage: found.stage,
            times_ms: PaymentTimes {
                received: Some(times.received),
                executed: times.executed,
                sealed: times.sealed,
                proved: times.proved,
                r#final: times.r#final,
                rejected: times.rejected,
            },
            rejection: found.rejection,
            dropped: found.dropped,
            reference: found.reference,
        })
    }

    fn operation(
        &self,
        account: AccountIndex,
        batch: &BatchRecord,
        (place, operation, queue_index): (u32, &Operation<Order>, Option<u64>),
    ) -> Result<PaymentView, StorageError> {
        // Its place in the queue is known already.
        let BatchOperation {
            kind,
            from,
            to_account,
            to,
            token,
            paid,
            fee,
            ..
        } = self.batches.content(place, operation, 0);
        let sides = self.sides(account, (from, (to_account, Some(to))));
        let (direction, (counterparty_account, counterparty)) = sides;
        Ok(PaymentView {
            hash: None,
            queue_index,
            kind: kind.into(),
            direction,
            counterparty,
            counterparty_account,
            token,
            amount: paid,
            fee,
            position: Some(place),
            ..self.of_batch(batch)?
        })
    }

    /// The fees that a batch credited.
    fn fees(
        &self,
        account: AccountIndex,
        batch: &BatchRecord,
        amount: Amount,
    ) -> Result<PaymentView, StorageError> {
        let found = self.accounts.get(account);
        Ok(PaymentView {
            token: found.map_or(0, |found| found.account.token.0),
            amount: amount.to_string(),
            ..self.of_batch(batch)?
        })
    }

    /// What is the same of all that a batch did; of the rest what is true of fees.
    fn of_batch(&self, batch: &BatchRecord) -> Result<PaymentView, StorageError> {
        let l1 = self.batches.storage.l1_record(batch.number)?;
        Ok(PaymentView {
            hash: None,
            queue_index: None,
            kind: PaymentKind::Fees,
            direction: PaymentDirection::Incoming,
            counterparty: None,
            counterparty_account: None,
            token: 0,
            amount: Amount::ZERO.to_string(),
            fee: Amount::ZERO.to_string(),
            batch: Some(batch.number.0),
            position: None,
            stage: l1.stage(),
            times_ms: PaymentTimes {
                received: None,
                executed: Some(batch.closed_ms),
                sealed: Some(batch.sealed_ms),
                proved: l1.proved_ms,
                r#final: l1.final_ms,
                rejected: None,
            },
            rejection: None,
            dropped: None,
            reference: None,
        })
    }

    /// Which way the money goes, and the other side.
    fn sides(
        &self,
        account: AccountIndex,
        (from, to): (Option<u32>, Side),
    ) -> (PaymentDirection, Side) {
        let own = Some(account.get());
        if from != own {
            let index = from.and_then(|from| AccountIndex::new(from).ok());
            let sender = index.and_then(|index| self.accounts.get(index));
            let address = |found: crate::accounts::PublishedAccount| {
                let rollup = &self.batches.rollup;
                rollup.address(found.account.owner).to_string()
            };
            return (PaymentDirection::Incoming, (from, sender.map(address)));
        }
        match to.0 == own {
            true => (PaymentDirection::Internal, to),
            false => (PaymentDirection::Outgoing, to),
        }
    }
}
