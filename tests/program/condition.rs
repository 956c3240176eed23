//! Waiting for what happens, where nothing else is done meanwhile.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use crate::process::TIMEOUT;

/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(50);

/// Waits until `found` gives something.
pub(crate) fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited too long until {what}");
        sleep(POLL);
    }
}
