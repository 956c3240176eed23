//! What the user sees, and the exit code.

pub(crate) mod findings;
pub(crate) mod hidden;
pub(crate) mod lines;
pub(crate) mod logging;
pub(crate) mod moment;
pub(crate) mod note;
pub(crate) mod outcome;
pub(crate) mod output;
pub(crate) mod progress;
pub(crate) mod qr;
pub(crate) mod screen;
pub(crate) mod shell;
pub(crate) mod table;
pub(crate) mod units;
