//! Where a directory begins and where it ends, by its rows.

use assay_circuits::{batch::State, order::Domain, quantity::BatchNumber};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    error::StorageError,
    rows::Rows,
    table::{self, Setting},
};
use crate::{l1::contract, record::Tip};

/// Where every rollup begins.
pub(super) fn genesis() -> Tip {
    let root = State::default().root();
    Tip {
        number: BatchNumber::GENESIS,
        timestamp: 0,
        root,
        hash: contract::genesis_hash(root),
        queue_end: 0,
    }
}

/// Where a directory begins.
pub(super) fn base(rows: &Rows) -> Result<Tip, StorageError> {
    required(rows, &table::BASE)
}

/// What the rows are of.
pub(super) fn domain(rows: &Rows) -> Result<Domain, StorageError> {
    required(rows, &table::DOMAIN)
}

/// Where the last sealed batch left the rollup.
pub(super) fn last_tip(rows: &Rows) -> Result<Tip, StorageError> {
    match rows.last(&table::BATCHES)? {
        Some(last) => Ok(last.tip()),
        None => base(rows),
    }
}

/// A setting that every database has.
pub(super) fn required<V: Serialize + DeserializeOwned>(
    rows: &Rows,
    setting: &Setting<V>,
) -> Result<V, StorageError> {
    let setting_missing = StorageError::SettingMissing {
        setting: setting.name,
    };
    rows.setting(setting)?.ok_or(setting_missing)
}
