//! Making the indexes of payments and claims for a store that has none.

use assay_circuits::{order::Domain, quantity::BatchNumber};
use tracing::info;

use super::{
    commit::Commit,
    error::StorageError,
    files::{Files, GROUP},
    payments::places,
    table, tip,
};
use crate::record::{BatchContents, LogRecord, TransactionRecord};

/// Rows that are written together.
const AT_ONCE: usize = 4_096;

/// Makes the indexes of a store that has none, or some that an earlier version did not keep.
pub(super) fn make(files: &mut Files, domain: Domain) -> Result<(), StorageError> {
    let rows = files.rows.rows().clone();
    let (base, sealed) = (tip::base(&rows)?.number, tip::last_tip(&rows)?.number);
    info!("making the indexes of payments and of claims, once");
    for prefix in [
        table::PAYMENTS.prefix(),
        table::UNSETTLED.prefix(),
        table::FEES.prefix(),
        table::CLAIMS.prefix(),
        table::CLAIMANTS.prefix(),
    ] {
        // What one left that was cut off.
        loop {
            let keys = rows.first_keys(prefix, AT_ONCE)?;
            if keys.is_empty() {
                break;
            }
            let mut commit = Commit::default();
            for key in keys {
                commit.rows.delete_key(key);
            }
            files.write(vec![commit])?;
        }
    }
    let mut commit = Commit::default();
    for number in (base.0 + 1..=sealed.0).map(BatchNumber) {
        let Some(batch) = rows.get(&table::BATCHES, &number)? else {
            return Err(StorageError::BatchMissing { batch: number });
        };
        // The accounts that there were before it are of no account here.
        let contents = match files.batches.records().decoded(number.0)? {
            LogRecord::Sealed(sealed) => BatchContents::of(&sealed.closed.input, 0),
            LogRecord::Adopted(adopted) => adopted.contents,
            // What it held is not known here any more.
            LogRecord::Gone { .. } => continue,
        };
        commit.index(&batch, &contents, domain);
        if number.0 % GROUP as u64 == 0 {
            files.write(vec![std::mem::take(&mut commit)])?;
        }
    }
    for (count, record) in (1..).zip(rows.all(&table::TRANSACTIONS)) {
        let record: TransactionRecord = record?;
        let hash = record.signed.hash(domain);
        for place in places(Some(&record), sealed) {
            commit.rows.put(&table::UNSETTLED, &place, &(place.1, hash));
        }
        if count % AT_ONCE == 0 {
            files.write(vec![std::mem::take(&mut commit)])?;
        }
    }
    files.write(vec![commit])
}
