//! Rows and logs beside each other: what one has and the other has not is made again.

use std::collections::BTreeMap;

use assay_circuits::{
    batch::{BatchInput, BatchWitness},
    operation::Operation,
    order::{Domain, TxHash},
    quantity::BatchNumber,
    slot::SlotWitness,
};
use tracing::warn;

use super::{
    acknowledged::Acknowledgements,
    checked_file,
    commit::Commit,
    directory::DataDirectory,
    disk::Disk,
    error::StorageError,
    files::{Files, GROUP},
    log::Log,
    rows::Rows,
    snapshot,
    table::{self, encode},
    tip,
};
use crate::{
    record::{
        AdoptedBatch, BatchRecord, ClosedBatch, LogRecord, SealedBatch, Tip, TransactionLogRecord,
        TransactionRecord,
    },
    telemetry,
};

/// Something was damaged or missing, and was made again.
pub(super) fn tell_repair(what: &'static str) {
    telemetry::STORE_REPAIRS.count_as(what);
}

/// Brings the log of batches level with rows whose last sealed batch has this tip, and the last final
/// one this number.
pub(super) fn batches(
    log: &mut Log,
    (directory, disk): (&DataDirectory, &Disk),
    rows: &Rows,
    (last_tip, r#final): (&Tip, BatchNumber),
) -> Result<(), StorageError> {
    let (base, sealed) = (tip::base(rows)?.number.0, last_tip.number.0);
    let cut_off = rows.setting(&table::LOG_CUT)? == Some(last_tip.number);
    if cut_off || log.last() == sealed + 1 {
        // Batches were dropped, and the power went before the log was cut; or it went between log and
        // rows. What comes next on the rows' state need not be what the log has.
        let cut = log.cut(disk, sealed);
        cut.map_err(StorageError::io(log.path()))?;
    }
    let last = BatchNumber(log.last());
    if last.0 > sealed {
        let sealed = last_tip.number;
        return Err(StorageError::RowsBehind { last, sealed });
    }
    if log.is_whole() && last.0 == sealed {
        let is_known = log.is_empty() || {
            let record: LogRecord = log.records().decoded(sealed)?;
            record.new_root() == last_tip.root
        };
        return match is_known {
            true => Ok(()),
            false => Err(StorageError::RowsDiffer {
                batch: last_tip.number,
            }),
        };
    }
    let mut begin = if log.is_empty() { base } else { log.base() };
    let (mut payloads, mut gone) = (Vec::new(), 0);
    for number in begin + 1..=base {
        if log.records().payload(number)?.is_none() {
            // The rows know nothing of batches that are not kept.
            (begin, gone) = (base, 1);
        }
    }
    for number in (begin + 1..=sealed).map(BatchNumber) {
        let payload = match log.records().payload(number.0)? {
            Some(payload) => payload,
            None => {
                let record = made_again(directory, rows, number)?;
                if let LogRecord::Gone { .. } = record {
                    // Nothing is wrong with a log that ends earlier: the rows have batches that were
                    // dropped.
                    if log.is_whole() && !log.is_new() && number > r#final {
                        return Err(StorageError::RowsDiffer { batch: number });
                    }
                    gone += 1;
                }
                encode(&record)
            }
        };
        payloads.push(payload);
    }
    if gone > 0 {
        snapshot::write(directory, disk, rows, last_tip)?;
    }
    warn!(
        batches = payloads.len(),
        gone, "the log of batches was damaged, or was behind the database: writing it anew"
    );
    tell_repair("batches");
    Ok(log.rewrite(disk, begin, &payloads)?)
}

/// The log's record of a batch, from its row and its file.
fn made_again(
    directory: &DataDirectory,
    rows: &Rows,
    number: BatchNumber,
) -> Result<LogRecord, StorageError> {
    let missing = StorageError::BatchMissing { batch: number };
    let batch = rows.get(&table::BATCHES, &number)?.ok_or(missing)?;
    let gone = LogRecord::Gone {
        number,
        new_root: batch.new_root,
    };
    if batch.adopted {
        let adopted = checked_file::read(&directory.adopted(number))?;
        let adopted = adopted.and_then(|bytes| table::decode("adopted batch", &bytes).ok());
        let is_it =
            |adopted: &AdoptedBatch| adopted.number == number && adopted.new_root == batch.new_root;
        let adopted = adopted.filter(is_it);
        return Ok(adopted.map_or(gone, LogRecord::Adopted));
    }
    let witness = checked_file::read(&directory.witness(number))?;
    let witness = witness.and_then(|bytes| table::decode("witness", &bytes).ok());
    let is_it = |witness: &BatchWitness| witness.statement().public_inputs() == batch.inputs;
    let witness = witness.filter(is_it);
    Ok(witness.map_or(gone, |witness| sealed(&witness, batch)))
}

fn sealed(witness: &BatchWitness, batch: BatchRecord) -> LogRecord {
    let operations = |slots: &[SlotWitness]| -> Vec<Operation> {
        slots.iter().filter_map(|slot| slot.operation).collect()
    };
    let input = BatchInput {
        shape: witness.shape,
        domain: witness.domain,
        number: witness.number,
        timestamp: witness.timestamp,
        settler: witness.settler,
        fee_slots: witness.fee_slots.clone(),
        full: operations(&witness.full),
        transfers: operations(&witness.transfers),
    };
    LogRecord::Sealed(SealedBatch {
        closed: ClosedBatch {
            input,
            tails: batch.tails,
            closed_ms: batch.closed_ms,
            queue_end: batch.queue_end,
        },
        old_root: batch.old_root,
        new_root: batch.new_root,
        sealed_ms: batch.sealed_ms,
    })
}

/// Brings the log of acknowledged transactions and the rows level: what only the log has waits, and
/// what of `unsettled` the log lacks is written into it.
pub(super) fn transactions(
    files: &mut Files,
    domain: Domain,
    unsettled: &[(TxHash, TransactionRecord)],
) -> Result<(), StorageError> {
    let found = Acknowledgements::read(&files.transactions, domain)?;
    let rows = files.rows.rows();
    let mut waiting = BTreeMap::new();
    for (hash, acknowledged) in &found.waiting {
        let row = rows.get(&table::TRANSACTIONS, hash)?;
        // An earlier one with this hash was rejected.
        if row.is_none_or(|row| row.sequence < acknowledged.sequence) {
            waiting.insert(acknowledged.sequence, (*hash, *acknowledged));
        }
    }
    let next = rows.setting(&table::NEXT_SEQUENCE)?.unwrap_or(0);
    let mut commits = Vec::new();
    for (hash, acknowledged) in waiting.values() {
        let mut commit = Commit::default();
        commit.wait_again(*hash, (*acknowledged).into());
        commits.push(commit);
    }
    if found.next_sequence > next {
        let mut commit = Commit::default();
        commit.next_sequence(found.next_sequence);
        commits.push(commit);
    }
    if !waiting.is_empty() {
        warn!(
            transactions = waiting.len(),
            "the database lacked transactions that were acknowledged: they wait again"
        );
        tell_repair("waiting");
    }
    while !commits.is_empty() {
        let rest = commits.split_off(commits.len().min(GROUP));
        files.write(std::mem::replace(&mut commits, rest))?;
    }
    let mut all: BTreeMap<_, _> = found
        .waiting
        .values()
        .map(|one| (one.sequence, *one))
        .collect();
    let known = all.len();
    for (_, record) in unsettled {
        all.entry(record.sequence).or_insert(record.acknowledged());
    }
    if files.transactions.is_whole() && all.len() == known {
        return Ok(());
    }
    warn!(
        transactions = all.len(),
        "the log of acknowledged transactions was damaged, or was behind the database: writing it anew"
    );
    tell_repair("transactions");
    let all = all.into_values().map(TransactionLogRecord::Acknowledged);
    let withdrawn = found.withdrawn.into_iter();
    let withdrawn = withdrawn.map(|sequence| TransactionLogRecord::Withdrawn { sequence });
    let payloads: Vec<_> = all.chain(withdrawn).map(|record| encode(&record)).collect();
    let (log, disk) = (&mut files.transactions, &files.disk);
    Ok(log.rewrite(disk, log.last(), &payloads)?)
}
