//! Times of day, and how long ago something was, as people read them.

use std::time::{SystemTime, UNIX_EPOCH};

/// Now, Unix ms.
#[must_use]
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// `12:03:04`, in UTC.
#[must_use]
pub(crate) fn time_of_day(unix_ms: u64) -> String {
    let seconds = unix_ms / 1_000 % 86_400;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}")
}

/// A time in its two largest units: `7 s`, `4 min 05 s`, `3 h 12 min`, `2 d 03 h`.
#[must_use]
pub(crate) fn lasting(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {:02} s", seconds % 60),
        (0, ..) => format!("{hours} h {:02} min", minutes % 60),
        _ => format!("{days} d {:02} h", hours % 24),
    }
}

/// How long before `now_ms` something was; `0 s` where the clocks disagree.
#[must_use]
pub(crate) fn ago(now_ms: u64, then_ms: u64) -> String {
    format!("{} ago", lasting(now_ms.saturating_sub(then_ms) / 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_their_two_largest_units() {
        assert_eq!(time_of_day(1_800_000_000_000 + 86_399_999), "07:59:59");
        assert_eq!(time_of_day(0), "00:00:00");
        for (seconds, expected) in [
            (7, "7 s"),
            (245, "4 min 05 s"),
            (3 * 3_600 + 12 * 60 + 9, "3 h 12 min"),
            (2 * 86_400 + 3 * 3_600, "2 d 03 h"),
        ] {
            assert_eq!(lasting(seconds), expected);
        }
        assert_eq!(ago(5_000, 9_000), "0 s ago");
    }
}
