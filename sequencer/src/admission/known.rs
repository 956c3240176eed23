//! Whether a transaction was taken before.

use assay_api::stage::Stage;
use assay_circuits::order::TxHash;

use super::error::AdmissionError;
use crate::{record::Outcome, storage::Storage};

/// How far a transaction has come that was taken before. `None` of one that was rejected, too: it
/// may come again, since the reason may be gone.
pub(crate) fn stage(storage: &Storage, hash: TxHash) -> Result<Option<Stage>, AdmissionError> {
    let known = storage.transaction(hash);
    let known = known.map_err(|_| AdmissionError::StorageUnavailable)?;
    Ok(match known.map(|record| record.outcome) {
        None | Some(Outcome::Rejected { .. }) => None,
        Some(Outcome::Waiting) => Some(Stage::Received),
        Some(Outcome::Executed { batch, .. }) => {
            let sealed = storage.batch(batch).ok().flatten();
            let record = sealed.and_then(|_| storage.l1_record(batch).ok());
            Some(record.map_or(Stage::Executed, |record| record.stage()))
        }
    })
}
