//! Pages of what moves an account's money, newest first.

use std::collections::HashSet;

use assay_circuits::{
    order::TxHash,
    quantity::{AccountIndex, Amount, BatchNumber},
};

use super::{
    Payment, PaymentsBefore, PaymentsPage, Storage,
    error::StorageError,
    payments::{Paid, PaymentRow, Unsettled},
    table,
};
use crate::record::{BatchRecord, Outcome, TransactionRecord};

/// A page that is being filled: with what is in no sealed batch, and after that with the rest.
pub(super) struct Filling {
    payments: Vec<Payment>,
    limit: usize,
    /// Hashes of those that move: one that is sealed or rejected meanwhile is not said twice.
    moving: HashSet<TxHash>,
    next: PaymentsBefore,
}

impl Filling {
    /// With nothing yet of what stands before a place.
    pub(super) fn new(before: PaymentsBefore, limit: usize) -> Self {
        Self {
            payments: Vec::new(),
            limit,
            moving: HashSet::new(),
            next: before,
        }
    }

    /// The page, where it has no room for another payment.
    fn full(&mut self) -> Option<PaymentsPage> {
        (self.payments.len() >= self.limit).then(|| PaymentsPage {
            payments: std::mem::take(&mut self.payments),
            next: Some(self.next),
        })
    }
}

/// A rejected transaction: when it was rejected and its place in the order of acknowledgement, its hash, and
/// what is kept of it.
type Rejected = ((u64, u64), TxHash, Box<TransactionRecord>);

/// The place of fees, which a batch credits after all that it holds.
const FEES_PLACE: u32 = u32::MAX - 1;

/// What a sealed batch did to an account: its payments in their order, and the fees that it credited.
struct Sealed {
    number: BatchNumber,
    rows: Vec<PaymentRow>,
    fees: Option<Amount>,
}

/// A sealed batch, and what it did to the account, of which the last comes next.
struct Head {
    batch: BatchRecord,
    rows: Vec<PaymentRow>,
    fees: Option<Amount>,
}

impl Storage {
    /// What moves an account's money, newest first, at most `limit` of it, which is not 0. What is in no
    /// sealed batch comes first; then what is sealed, in the order of batches, and what was rejected, by
    /// its time among them. The work is that of a page, however long the history is.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn payments(
        &self,
        account: AccountIndex,
        before: PaymentsBefore,
        limit: usize,
    ) -> Result<PaymentsPage, StorageError> {
        let mut page = Filling::new(before, limit);
        match self.fill_moving(account, &mut page)? {
            Some(full) => Ok(full),
            None => self.fill_settled(account, page),
        }
    }

    /// Puts what is sealed, and what was rejected, on a page that has what moves. Of that something may be sealed
    /// or rejected by now: it is not said twice.
    pub(super) fn fill_settled(
        &self,
        account: AccountIndex,
        mut page: Filling,
    ) -> Result<PaymentsPage, StorageError> {
        page.next.moving = 0;
        let before = page.next;
        let (at_ms, sequence) = before.rejected;
        let first = Unsettled::Rejected {
            at_ms: 0,
            sequence: 0,
        };
        let end = Unsettled::Rejected { at_ms, sequence };
        let mut rejected = self
            .rows
            .latest(&table::UNSETTLED, &(account, first), &(account, end));
        let mut rejected = || self.next_rejected(&mut rejected);
        let (batch, place) = before.sealed;
        let first = (account, BatchNumber(0));
        let end = (account, BatchNumber(batch.0.saturating_add(1)));
        let rows = self.rows.latest(&table::PAYMENTS, &first, &end);
        let fees = self.rows.latest(&table::FEES, &first, &end);
        let mut sealed = by_batch(rows, fees);
        let mut sealed = || self.next_sealed(&mut sealed, (batch, place));
        let (mut next_rejected, mut next_sealed) = (rejected()?, sealed()?);
        loop {
            let is_sealed_next = match (&next_rejected, &next_sealed) {
                (None, None) => break,
                (Some(_), None) => false,
                (None, Some(_)) => true,
                (Some((place, ..)), Some(head)) => place.0 <= head.batch.closed_ms,
            };
            if let Some(full) = page.full() {
                return Ok(full);
            }
            if let (false, Some((place, hash, record))) = (is_sealed_next, &next_rejected) {
                page.next.rejected = *place;
                if !page.moving.contains(hash) {
                    let payment = Payment::Transaction(*hash, record.clone());
                    page.payments.push(payment);
                }
                next_rejected = rejected()?;
            } else if let Some(head) = &mut next_sealed {
                if let Some(amount) = head.fees.take() {
                    page.next.sealed = (head.batch.number, FEES_PLACE);
                    let batch = Box::new(head.batch.clone());
                    page.payments.push(Payment::Fees { batch, amount });
                } else if let Some(row) = head.rows.pop() {
                    page.next.sealed = (head.batch.number, row.place);
                    self.put_sealed(&mut page, &head.batch, row)?;
                }
                if head.rows.is_empty() {
                    next_sealed = sealed()?;
                }
            }
        }
        Ok(PaymentsPage {
            payments: page.payments,
            next: None,
        })
    }

    /// Puts what is in no sealed batch on the page; gives it where there is more than it has room for.
    pub(super) fn fill_moving(
        &self,
        account: AccountIndex,
        page: &mut Filling,
    ) -> Result<Option<PaymentsPage>, StorageError> {
        let first = Unsettled::Moving { sequence: 0 };
        let sequence = page.next.moving;
        let end = Unsettled::Moving { sequence };
        let rows = self
            .rows
            .latest(&table::UNSETTLED, &(account, first), &(account, end));
        for row in rows {
            let (place, hash) = row?;
            // Between the two reads it may have gone on.
            let (Unsettled::Moving { sequence }, Some(record)) = (place, self.transaction(hash)?)
            else {
                continue;
            };
            if let Some(full) = page.full() {
                return Ok(Some(full));
            }
            page.next.moving = sequence;
            page.moving.insert(hash);
            let payment = Payment::Transaction(hash, Box::new(record));
            page.payments.push(payment);
        }
        Ok(None)
    }

    /// The next transaction that is rejected still, and when it was.
    fn next_rejected(
        &self,
        rows: &mut impl Iterator<Item = Result<(Unsettled, TxHash), StorageError>>,
    ) -> Result<Option<Rejected>, StorageError> {
        for row in rows {
            let (place, hash) = row?;
            let (Unsettled::Rejected { at_ms, sequence }, Some(record)) =
                (place, self.transaction(hash)?)
            else {
                continue;
            };
            if let Outcome::Rejected { .. } = record.outcome {
                return Ok(Some(((at_ms, sequence), hash, Box::new(record))));
            }
        }
        Ok(None)
    }

    /// The next batch that did something to the account below this place.
    fn next_sealed(
        &self,
        sealed: &mut impl Iterator<Item = Result<Sealed, StorageError>>,
        below: (BatchNumber, u32),
    ) -> Result<Option<Head>, StorageError> {
        for found in sealed {
            let Sealed {
                number,
                mut rows,
                fees,
            } = found?;
            rows.retain(|row| (number, row.place) < below);
            let fees = fees.filter(|_| (number, FEES_PLACE) < below);
            let is_empty = rows.is_empty() && fees.is_none();
            // Between the two reads it may have been dropped.
            let Some(batch) = self.batch(number)?.filter(|_| !is_empty) else {
                continue;
            };
            return Ok(Some(Head { batch, rows, fees }));
        }
        Ok(None)
    }

    fn put_sealed(
        &self,
        page: &mut Filling,
        batch: &BatchRecord,
        row: PaymentRow,
    ) -> Result<(), StorageError> {
        let place = row.place;
        match row.what {
            Paid::Posted(operation, queue_index) => page.payments.push(Payment::Operation {
                batch: Box::new(batch.clone()),
                place,
                operation,
                queue_index,
            }),
            Paid::Signed(hash) if page.moving.contains(&hash) => {}
            Paid::Signed(hash) => {
                // Between the two reads it may have been dropped, or forgotten.
                let record = self.transaction(hash)?;
                let payment = record.map(|record| Payment::Transaction(hash, Box::new(record)));
                page.payments.extend(payment);
            }
        }
        Ok(())
    }
}

/// Payments and fees of an account by batch, the last first; each as it is read from its table.
fn by_batch(
    rows: impl Iterator<Item = Result<(BatchNumber, Vec<PaymentRow>), StorageError>>,
    fees: impl Iterator<Item = Result<(BatchNumber, Amount), StorageError>>,
) -> impl Iterator<Item = Result<Sealed, StorageError>> {
    let (mut rows, mut fees) = (rows.peekable(), fees.peekable());
    std::iter::from_fn(move || {
        let of_rows = rows.peek().map(number_of);
        let of_fees = fees.peek().map(number_of);
        // What cannot be read is told first.
        let last = of_rows.max(of_fees)?;
        let rows = rows.next_if(|_| of_rows == Some(last)).transpose();
        let fees = fees.next_if(|_| of_fees == Some(last)).transpose();
        Some(rows.and_then(|rows| {
            Ok(Sealed {
                number: last,
                rows: rows.map_or(Vec::new(), |(_, rows)| rows),
                fees: fees?.map(|(_, amount)| amount),
            })
        }))
    })
}

fn number_of<T>(row: &Result<(BatchNumber, T), StorageError>) -> BatchNumber {
    row.as_ref()
        .map_or(BatchNumber(u64::MAX), |(number, _)| *number)
}
