//! The file: a TOML table whose keys are long names of options.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use clap::{Arg, ArgAction, Command};
use toml::{Table, Value};

use super::{known::options, nearest::nearest};

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// It cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is no TOML. What is wrong is told by its line alone: the text may hold a secret.
    #[error("{}{}: {what}", path.display(), line.map(|line| format!(":{line}")).unwrap_or_default())]
    Toml {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: Option<usize>,
        /// What is wrong.
        what: String,
    },
    /// A key that is no option, or not written as one.
    #[error("{}: {what}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
}

/// What a file gives.
#[derive(Debug)]
pub(super) struct FileOptions {
    pub(super) path: PathBuf,
    /// Options that nothing before the file gives, with their values; a flag has none.
    given: Vec<(String, Vec<Option<String>>)>,
}

impl FileOptions {
    /// Reads a file of options of a command, without those that are given otherwise.
    pub(super) fn read(
        path: &Path,
        command: &Command,
        is_given: &dyn Fn(&Arg) -> bool,
    ) -> Result<Self, FileError> {
        let text = fs::read_to_string(path).map_err(|source| FileError::Read {
            path: path.to_owned(),
            source,
        })?;
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            let before = error
                .span()
                .map(|span| text.get(..span.start).unwrap_or_default());
            FileError::Toml {
                path: path.to_owned(),
                line: before.map(|before| before.matches('\n').count() + 1),
                what: error.message().to_owned(),
            }
        })?;
        let wrong = |what| FileError::Key {
            path: path.to_owned(),
            what,
        };
        let mut given = Vec::new();
        for (key, value) in &table {
            let option = options(command).find(|(name, _)| name == key);
            let (_, option) = option.ok_or_else(|| {
                let names = options(command).map(|(name, _)| name);
                let meant = nearest(key, names);
                wrong(format!(
                    "`{key}` is no option of `assay {}`{meant}",
                    command.get_name()
                ))
            })?;
            let values = values(option, value).map_err(|what| wrong(format!("`{key}` {what}")))?;
            if !is_given(option) && !values.is_empty() {
                given.push((key.clone(), values));
            }
        }
        Ok(Self {
            path: path.to_owned(),
            given,
        })
    }

    /// Whether an option has its value from the file.
    pub(super) fn gives(&self, name: &str) -> bool {
        self.given.iter().any(|(given, _)| given == name)
    }

    /// What the file gives, as arguments.
    pub(super) fn arguments(&self) -> impl Iterator<Item = OsString> + '_ {
        self.given.iter().flat_map(|(name, values)| {
            values.iter().map(move |value| match value {
                Some(value) => format!("--{name}={value}").into(),
                None => format!("--{name}").into(),
            })
        })
    }

    /// Which options are the file's.
    pub(super) fn note(&self) -> Option<String> {
        let names: Vec<_> = self
            .given
            .iter()
            .map(|(name, _)| format!("--{name}"))
            .collect();
        let path = self.path.display();
        (!names.is_empty()).then(|| format!("from {path}: {}", names.join(" ")))
    }
}

/// The values of an option as its file has them; none where a flag is not set.
fn values(option: &Arg, value: &Value) -> Result<Vec<Option<String>>, &'static str> {
    if !option.get_action().takes_values() {
        return match value {
            Value::Boolean(true) => Ok(vec![None]),
            Value::Boolean(false) => Ok(Vec::new()),
            _ => Err("is true or false"),
        };
    }
    match value {
        Value::Array(values) if matches!(option.get_action(), ArgAction::Append) => {
            values.iter().map(|value| single(value).map(Some)).collect()
        }
        Value::Array(_) => Err("takes one value, no list"),
        value => Ok(vec![Some(single(value)?)]),
    }
}

fn single(value: &Value) -> Result<String, &'static str> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        _ => Err("is a string or a whole number"),
    }
}
