//! What an event is called.

use std::{fmt, str::FromStr};

/// Names an event for good: the run of the node in which it happened, and its place among all events of
/// that run, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EventId {
    /// Chosen at random when the node starts: another run's events are never taken for this one's.
    pub(crate) run: u64,
    /// Its place.
    pub(crate) number: u64,
}

/// Text that is no event's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is no event's id")]
pub(crate) struct NotAnEventId;

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{}", self.run, self.number)
    }
}

impl FromStr for EventId {
    type Err = NotAnEventId;

    fn from_str(text: &str) -> Result<Self, NotAnEventId> {
        let (run, number) = text.split_once('-').ok_or(NotAnEventId)?;
        let run = u64::from_str_radix(run, 16).map_err(|_| NotAnEventId)?;
        let number = number.parse().map_err(|_| NotAnEventId)?;
        let id = Self { run, number };
        // There is one spelling.
        if id.to_string() == text {
            Ok(id)
        } else {
            Err(NotAnEventId)
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        let id = EventId {
            run: 0xab,
            number: 70,
        };
        let text = "00000000000000ab-70";
        assert_eq!(id.to_string(), text);
        assert_eq!(text.parse(), Ok(id));
        for other in [
            "",
            "-",
            "70",
            "ab-70",
            "00000000000000AB-70",
            "00000000000000ab-070",
            "00000000000000ab-+70",
            "00000000000000ab-70-1",
            " 00000000000000ab-70",
            "00000000000000ab-18446744073709551616",
        ] {
            assert_eq!(other.parse::<EventId>(), Err(NotAnEventId), "{other}");
        }
    }
}
