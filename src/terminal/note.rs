//! What is said beside the results.

use std::{
    fmt::Display,
    io::{Write as _, stderr},
};

/// Says something on standard error; unlike `eprintln!` it does not panic where that cannot be written, as
/// on a full disk: what is done goes on, and nobody misses the line.
pub(crate) fn note(text: impl Display) {
    let _ = stderr().lock().write_all(format!("{text}\n").as_bytes());
}
