//! The log of batches as earlier programs wrote it: one file.

use std::{fs, io, path::Path};

use super::{
    error::{LogError, io_error},
    format::{FORMAT, Kind, file_path, sync_names},
    survey,
};

use crate::storage::disk::Disk;

/// Takes in a log of one file, as earlier programs wrote it.
pub(crate) fn take_in(
    kind: &Kind,
    old: &Path,
    directory: &Path,
    disk: &Disk,
) -> Result<(), LogError> {
    let bytes = match fs::read(old) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io_error(old)(error)),
    };
    let format = bytes
        .strip_prefix(&kind.magic)
        .and_then(<[u8]>::first_chunk);
    match format.map(|format| u32::from_be_bytes(*format)) {
        Some(found) if found < FORMAT => {
            let path = old.to_owned();
            return Err(LogError::Format { path, found });
        }
        _ => {}
    }
    let Some(base) = survey::base_of(&bytes) else {
        let path = old.to_owned();
        let what = kind.name;
        return Err(LogError::NotALog { path, what });
    };
    fs::create_dir_all(directory).map_err(io_error(directory))?;
    fs::rename(old, file_path(directory, base)).map_err(io_error(old))?;
    sync_names(directory, disk).map_err(io_error(directory))
}
