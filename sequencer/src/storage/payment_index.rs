//! What a write changes in the index of payments: found where rows are written, so that whoever makes a
//! commit need not know what was there before.

use std::collections::{BTreeSet, HashMap};

use assay_circuits::{order::TxHash, quantity::BatchNumber};

use super::{
    error::StorageError,
    payments::places,
    rows::Rows,
    table::{self, RowChanges},
    tip,
};

/// Adds what these transactions change in the index to changes of rows that are about to be written;
/// after them batches are sealed up to `sealed`, where that changes.
pub(super) fn update(
    rows: &Rows,
    changes: &mut RowChanges,
    (touched, sealed): (&BTreeSet<TxHash>, Option<BatchNumber>),
) -> Result<(), StorageError> {
    if touched.is_empty() {
        return Ok(());
    }
    let sealed_before = tip::last_tip(rows)?.number;
    let sealed_after = sealed.unwrap_or(sealed_before);
    let mut written = HashMap::new();
    for hash in touched {
        written.insert(table::TRANSACTIONS.key(hash), None);
    }
    changes.read_last(&mut written);
    let mut index = RowChanges::default();
    for hash in touched {
        let before = rows.get(&table::TRANSACTIONS, hash)?;
        let after = match written.get(&table::TRANSACTIONS.key(hash)) {
            Some(Some(Some(row))) => Some(table::TRANSACTIONS.decode(row)?),
            Some(Some(None)) => None,
            Some(None) | None => before.clone(),
        };
        let before = places(before.as_ref(), sealed_before);
        let after = places(after.as_ref(), sealed_after);
        for gone in before.difference(&after) {
            index.delete(&table::UNSETTLED, gone);
        }
        for new in after.difference(&before) {
            index.put(&table::UNSETTLED, new, &(new.1, *hash));
        }
    }
    changes.append(index);
    Ok(())
}
