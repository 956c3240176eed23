//! What of all that moves somebody listens to, as it stands in a URL: the parameters of `GET /v1/events`.

use std::{
    fmt::{self, Display},
    str::FromStr,
};

use assay_circuits::{order::TxHash, quantity::AccountIndex};

use crate::wire::{EventKind, schema::LISTENED_MAX};

/// What is listened to; an event must pass each part that is given. That a batch was dropped passes all but
/// `batch`. Its text is the query of a URL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// What these accounts send, and receive once it is executed; all where there are none. At most 100.
    pub accounts: Vec<AccountIndex>,
    /// These transactions; all where there are none. At most 100.
    pub transactions: Vec<TxHash>,
    /// This batch, and what it holds.
    pub batch: Option<u64>,
    /// Events of this type.
    pub kind: Option<EventKind>,
}

/// Why parameters name nothing to listen to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{parameter}: {reason}")]
pub struct FilterError {
    /// Which of them.
    pub parameter: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

/// The parameters, each given once at most.
const PARAMETERS: [&str; 4] = ["account", "transaction", "batch", "type"];

impl EventFilter {
    /// Reads what parameters say, of which `get` gives the text where one is there.
    ///
    /// # Errors
    /// [`FilterError`].
    pub fn read<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Result<Self, FilterError> {
        let account = |text: &str| {
            let index = AccountIndex::new(plain(text)?);
            index.map_err(|error| error.to_string())
        };
        let transaction = |text: &str| text.parse::<TxHash>().map_err(|error| error.to_string());
        let kind = |text: &str| {
            let named = EventKind::ALL.into_iter().find(|kind| kind.name() == text);
            named.ok_or_else(|| format!("there is no type `{text}` of events"))
        };
        let [accounts, transactions, batch, kinds] = PARAMETERS.map(|name| (name, get(name)));
        Ok(Self {
            accounts: several(accounts, account)?,
            transactions: several(transactions, transaction)?,
            batch: one(batch, plain)?,
            kind: one(kinds, kind)?,
        })
    }
}

impl FromStr for EventFilter {
    type Err = FilterError;

    /// As it stands in a URL, nothing spelt out in bytes.
    fn from_str(text: &str) -> Result<Self, FilterError> {
        let parts = text.split('&').filter(|part| !part.is_empty());
        let pairs: Vec<_> = parts
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .collect();
        for (place, (name, _)) in pairs.iter().enumerate() {
            let reason = if !PARAMETERS.contains(name) {
                format!("there is no parameter `{name}`")
            } else if pairs.iter().take(place).any(|(other, _)| other == name) {
                format!("`{name}` is given twice")
            } else {
                continue;
            };
            return Err(FilterError {
                parameter: "query",
                reason,
            });
        }
        Self::read(|wanted| {
            let found = pairs.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| *value)
        })
    }
}

impl Display for EventFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let several = |name: &str, values: Vec<String>| {
            let given = !values.is_empty();
            given.then(|| format!("{name}={}", values.join(",")))
        };
        let accounts = self.accounts.iter().map(ToString::to_string);
        let transactions = self.transactions.iter().map(ToString::to_string);
        let parts: Vec<String> = [
            several("account", accounts.collect()),
            several("transaction", transactions.collect()),
            self.batch.map(|batch| format!("batch={batch}")),
            self.kind.map(|kind| format!("type={}", kind.name())),
        ]
        .into_iter()
        .flatten()
        .collect();
        f.write_str(&parts.join("&"))
    }
}

/// A number, of which there is one spelling.
fn plain<T: FromStr + Display>(text: &str) -> Result<T, String> {
    let number = text.parse().ok();
    let number = number.filter(|number: &T| number.to_string() == text);
    number.ok_or_else(|| format!("`{text}` is not a whole number in decimal"))
}

fn one<T>(
    (parameter, text): (&'static str, Option<&str>),
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>, FilterError> {
    let read = text.map(read).transpose();
    read.map_err(|reason| FilterError { parameter, reason })
}

/// What stands between commas.
fn several<T>(
    (parameter, text): (&'static str, Option<&str>),
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, FilterError> {
    let all = |text: &str| {
        if text.split(',').count() > LISTENED_MAX {
            return Err(format!("at most {LISTENED_MAX} may be named"));
        }
        text.split(',').map(&read).collect()
    };
    Ok(one((parameter, text), all)?.unwrap_or_default())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_written_as_it_is_read() {
        assert_eq!(EventFilter::default().to_string(), "");
        assert_eq!("".parse(), Ok(EventFilter::default()));
        let filter = EventFilter {
            accounts: vec![AccountIndex::FIRST; 2],
            transactions: vec![TxHash([0xab; 32])],
            batch: Some(0),
            kind: Some(EventKind::Operation),
        };
        let hash = "ab".repeat(32);
        let text = format!("account=1,1&transaction=0x{hash}&batch=0&type=operation");
        assert_eq!(filter.to_string(), text);
        assert_eq!(text.parse(), Ok(filter));
    }

    #[test]
    fn what_names_nothing_is_refused_with_its_parameter() {
        let many = vec!["1"; LISTENED_MAX + 1].join(",");
        for (text, parameter) in [
            ("account=", "account"),
            ("account", "account"),
            ("account=1,", "account"),
            ("account=0", "account"),
            ("account=01", "account"),
            ("account=%31", "account"),
            (&format!("account={many}"), "account"),
            ("transaction=0x12", "transaction"),
            ("batch=-1", "batch"),
            ("type=account", "type"),
            ("type=batch&type=batch", "query"),
            ("last_event_id=1", "query"),
        ] {
            let error = text.parse::<EventFilter>().unwrap_err();
            assert_eq!(error.parameter, parameter, "{text}");
        }
        let most = format!("account={}", vec!["1"; LISTENED_MAX].join(","));
        assert_eq!(most.parse::<EventFilter>().unwrap().accounts.len(), 100);
    }
}
