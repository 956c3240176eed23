//! The state after a batch, in a file of its own: where a rebuild begins whose log does not begin with
//! batch 0.

use std::{fs, io};

use assay_circuits::{
    account::Account,
    batch::State,
    quantity::{AccountIndex, BatchNumber},
};

use super::{
    checked_file,
    directory::DataDirectory,
    disk::Disk,
    error::StorageError,
    rows::Rows,
    table::{self, decode, encode},
};
use crate::record::Tip;

/// What is kept when another is written.
const KEPT: usize = 2;

/// Writes the state that the rows have, which is that after the batch with this tip.
pub(super) fn write(
    directory: &DataDirectory,
    disk: &Disk,
    rows: &Rows,
    tip: &Tip,
) -> Result<(), StorageError> {
    let place = directory.snapshots();
    fs::create_dir_all(&place).map_err(StorageError::io(&place))?;
    directory.sync(disk)?;
    let accounts: Vec<(AccountIndex, Account)> =
        rows.all(&table::ACCOUNTS).collect::<Result<_, _>>()?;
    let path = directory.snapshot(tip.number);
    let written = disk.write(&path, &checked_file::seal(&encode(&(tip, accounts))));
    written.map_err(StorageError::io(&path))?;
    let numbers = numbers(directory)?;
    let old = numbers.iter().rev().skip(KEPT);
    old.into_iter()
        .try_for_each(|number| remove(directory, *number))
}

/// The batches of which there is one, in order.
pub(super) fn numbers(directory: &DataDirectory) -> Result<Vec<BatchNumber>, StorageError> {
    let place = directory.snapshots();
    let entries = match fs::read_dir(&place) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StorageError::io(&place)(error)),
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let name = entry.map_err(StorageError::io(&place))?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".state"));
        numbers.extend(
            number
                .and_then(|number| number.parse().ok())
                .map(BatchNumber),
        );
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The first that is whole, of a batch from `from` to `to`.
pub(super) fn first(
    directory: &DataDirectory,
    (from, to): (u64, u64),
) -> Result<Option<(State, Tip)>, StorageError> {
    for number in numbers(directory)? {
        if !(from..=to).contains(&number.0) {
            continue;
        }
        let Some(content) = checked_file::read(&directory.snapshot(number))? else {
            continue;
        };
        let (tip, accounts): (Tip, Vec<(AccountIndex, Account)>) = decode("snapshot", &content)?;
        let state = State::from_accounts(accounts);
        if tip.number == number && state.root() == tip.root {
            return Ok(Some((state, tip)));
        }
    }
    Ok(None)
}

/// Removes those of batches after one: they are dropped.
pub(super) fn remove_after(
    directory: &DataDirectory,
    disk: &Disk,
    to: BatchNumber,
) -> Result<(), StorageError> {
    let dropped: Vec<_> = numbers(directory)?
        .into_iter()
        .filter(|number| *number > to)
        .collect();
    if dropped.is_empty() {
        return Ok(());
    }
    for number in dropped {
        remove(directory, number)?;
    }
    let place = directory.snapshots();
    let synced = fs::File::open(&place).and_then(|names| disk.sync(&names, &place));
    synced.map_err(StorageError::io(&place))
}

fn remove(directory: &DataDirectory, number: BatchNumber) -> Result<(), StorageError> {
    let path = directory.snapshot(number);
    fs::remove_file(&path).map_err(StorageError::io(&path))
}
