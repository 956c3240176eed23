//! Entries of the layer 1's queue, once they are in a batch.

use assay_api::{
    stage::Stage,
    wire::{ErrorBody, QueueEntryView},
};
use assay_circuits::{operation::Operation, order::Order, quantity::BatchNumber};
use assay_l1::batch::Tail;
use axum::{Json, extract::State};

use super::{
    batches::BatchCalls,
    body::{PathText, number},
    error::ApiError,
};
use crate::{
    record::{BatchRecord, Tip, Word},
    storage::StorageError,
};

/// What became of an entry of the layer 1's queue: a deposit, or an order that was forced.
#[utoipa::path(get, path = "/v1/queue/{index}", tag = "batches",
    operation_id = "getQueueEntry",
    params(("index" = u64, Path, description = "Its place in the queue, from 0")),
    responses(
        (status = 200, body = QueueEntryView),
        (status = 404, description = "`unknown_entry`: no batch that is kept here holds it", body = ErrorBody),
    ))]
pub(super) async fn show(
    State(calls): State<BatchCalls>,
    PathText(text): PathText,
) -> Result<Json<QueueEntryView>, ApiError> {
    let index: u64 = number("index", &text)?;
    let found = calls.entry(index)?;
    Ok(Json(found.ok_or(ApiError::UnknownEntry(index))?))
}

/// An entry as a batch holds it.
struct Taken {
    batch: BatchNumber,
    stage: Stage,
    /// Its place in the batch.
    place: usize,
    operation: Operation<Order>,
    tail: Word,
}

impl BatchCalls {
    fn entry(&self, index: u64) -> Result<Option<QueueEntryView>, StorageError> {
        let taken = match self.sealed_entry(index, &self.storage.last_tip()?)? {
            Some(taken) => Some(taken),
            // A batch goes from open to closed to sealed: looked for in this order it is not missed.
            None => match self.open_entry(index)? {
                Some(taken) => Some(taken),
                None => match self.closed_entry(index)? {
                    Some(taken) => Some(taken),
                    None => self.sealed_entry(index, &self.storage.last_tip()?)?,
                },
            },
        };
        Ok(taken.map(|taken| self.entry_view(index, &taken)))
    }

    fn entry_view(&self, index: u64, taken: &Taken) -> QueueEntryView {
        let place = u32::try_from(taken.place).unwrap_or(u32::MAX);
        QueueEntryView {
            batch: taken.batch.0,
            stage: taken.stage,
            trust: taken.stage.trust().to_owned(),
            refund_to: Tail::from_word(&taken.tail).refund_to.to_string(),
            operation: self.content(place, &taken.operation, index - u64::from(place)),
        }
    }

    fn sealed_entry(&self, index: u64, last: &Tip) -> Result<Option<Taken>, StorageError> {
        let base = self.storage.base()?;
        if index >= last.queue_end || index < base.queue_end {
            return Ok(None);
        }
        // The first batch after which more entries are taken than are before this one.
        let (mut low, mut high) = (base.number.0 + 1, last.number.0);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.storage.batch(BatchNumber(middle))? {
                Some(batch) if batch.queue_end > index => high = middle,
                Some(_) => low = middle + 1,
                None => return Ok(None),
            }
        }
        let Some(batch) = self.storage.batch(BatchNumber(low))? else {
            return Ok(None);
        };
        let Some(place) = place_in(index, batch.queue_end, batch.tails.len()) else {
            return Ok(None);
        };
        self.taken_in(&batch, place)
    }

    fn taken_in(&self, batch: &BatchRecord, place: usize) -> Result<Option<Taken>, StorageError> {
        let contents = self.storage.contents(batch)?;
        let stage = self.storage.l1_record(batch.number)?.stage();
        let found = contents.full.get(place).zip(batch.tails.get(place));
        Ok(found.map(|(operation, tail)| Taken {
            batch: batch.number,
            stage,
            place,
            operation: *operation,
            tail: *tail,
        }))
    }

    fn closed_entry(&self, index: u64) -> Result<Option<Taken>, StorageError> {
        for closed in self.storage.closed_batches()? {
            let Some(place) = place_in(index, closed.queue_end, closed.tails.len()) else {
                continue;
            };
            let found = closed.input.full.get(place).zip(closed.tails.get(place));
            return Ok(found.map(|(operation, tail)| Taken {
                batch: closed.number(),
                stage: Stage::Executed,
                place,
                operation: operation.posted(),
                tail: *tail,
            }));
        }
        Ok(None)
    }

    fn open_entry(&self, index: u64) -> Result<Option<Taken>, StorageError> {
        let Some((header, rows)) = self.storage.open_batch()? else {
            return Ok(None);
        };
        let Some(begin) = self.queue_end(BatchNumber(header.number.0 - 1))? else {
            return Ok(None);
        };
        let place = index.checked_sub(begin).map(usize::try_from);
        let Some(Ok(place)) = place else {
            return Ok(None);
        };
        // The executor takes entries in the queue's order, whatever comes between them.
        let mut entries = rows.iter().filter_map(|row| Some((row, row.tail?)));
        Ok(entries.nth(place).map(|(row, tail)| Taken {
            batch: header.number,
            stage: Stage::Executed,
            place,
            operation: row.operation.posted(),
            tail,
        }))
    }

    /// Entries of the queue that are taken after a batch.
    fn queue_end(&self, number: BatchNumber) -> Result<Option<u64>, StorageError> {
        let closed = self.storage.closed_batches()?;
        if let Some(closed) = closed.iter().find(|closed| closed.number() == number) {
            return Ok(Some(closed.queue_end));
        }
        Ok(self.storage.tip(number)?.map(|tip| tip.queue_end))
    }
}

/// The place of an entry in a batch that took `count` of them, up to `end`.
fn place_in(index: u64, end: u64, count: usize) -> Option<usize> {
    let from_end = usize::try_from(end.checked_sub(index)?).ok()?;
    count.checked_sub(from_end).filter(|place| *place < count)
}
