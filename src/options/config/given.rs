//! What a command was given: on the command line, by the environment, by a file.

use std::{
    ffi::{OsStr, OsString},
    path::PathBuf,
};

use clap::{Arg, Command, parser::ValueSource};

use super::{
    file::{FileError, FileOptions},
    known::{CONFIG, is_configurable},
    nearest::nearest,
};

/// What every variable of this program begins with.
const PREFIX: &str = "ASSAY_";
/// Variables that are no options of a command.
const BESIDE: [&str; 1] = ["ASSAY_ARITHMETIC"];

/// Why the options cannot be put together.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The environment has variables that mean nothing.
    #[error("{0}")]
    Variables(String),
}

/// What a command was given.
#[derive(Debug)]
pub(crate) struct Given {
    /// The arguments of the process, and behind them what only the file has.
    pub(crate) arguments: Vec<OsString>,
    /// The file, and which options it gives.
    pub(super) file: Option<FileOptions>,
}

impl Given {
    /// What the process was given: its arguments, and what only a file has. `root` is the whole program's
    /// command.
    ///
    /// # Errors
    /// Where the file cannot be read, or it or the environment has a name that no option has.
    pub(crate) fn new(
        root: &Command,
        arguments: Vec<OsString>,
        variables: impl IntoIterator<Item = OsString>,
    ) -> Result<Self, ConfigError> {
        let mut given = Self {
            arguments,
            file: None,
        };
        // What is missing may be in the file, and what is wrong is told when all is parsed.
        let first = root.clone().ignore_errors(true);
        let Ok(matches) = first.try_get_matches_from(&given.arguments) else {
            return Ok(given);
        };
        let Some((name, matches)) = matches.subcommand() else {
            return Ok(given);
        };
        let mut root = root.clone();
        root.build();
        let Some(command) = root.find_subcommand(name).filter(|c| is_configurable(c)) else {
            return Ok(given);
        };
        check_variables(&root, variables)?;
        if let Some(path) = matches.get_one::<PathBuf>(CONFIG) {
            let file = FileOptions::read(path, command, &|option| {
                matches!(
                    matches.value_source(option.get_id().as_str()),
                    Some(ValueSource::CommandLine | ValueSource::EnvVariable)
                )
            })?;
            given.arguments.extend(file.arguments());
            given.file = Some(file);
        }
        Ok(given)
    }

    /// A line for whoever reads an error about these options: which of them are the file's.
    pub(crate) fn note(&self) -> Option<String> {
        self.file.as_ref().and_then(FileOptions::note)
    }
}

/// The environment has no variable that looks like an option and is none, of any command.
fn check_variables(
    root: &Command,
    variables: impl IntoIterator<Item = OsString>,
) -> Result<(), ConfigError> {
    let mut known: Vec<String> = BESIDE.map(str::to_owned).to_vec();
    let mut open = vec![root];
    while let Some(command) = open.pop() {
        let variables = command.get_arguments().filter_map(Arg::get_env);
        known.extend(variables.filter_map(OsStr::to_str).map(str::to_owned));
        open.extend(command.get_subcommands());
    }
    let mut unknown: Vec<_> = variables
        .into_iter()
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| name.starts_with(PREFIX) && !known.contains(name))
        .map(|name| {
            let meant = nearest(&name, known.iter().map(String::as_str));
            format!("{name} in the environment is no option of this program{meant}")
        })
        .collect();
    unknown.sort();
    match unknown.is_empty() {
        true => Ok(()),
        false => Err(ConfigError::Variables(unknown.join("; "))),
    }
}
