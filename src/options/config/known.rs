//! The options about a file, and those that a file may have.

use clap::{Arg, Command};

pub(super) const CONFIG: &str = "config";
pub(super) const PRINT: &str = "print-config";
pub(super) const CHECK: &str = "check";

/// The options of a command that a file may have, by their long names.
pub(super) fn options(command: &Command) -> impl Iterator<Item = (&str, &Arg)> {
    let own = [CONFIG, PRINT, CHECK, "help", "version"];
    command
        .get_arguments()
        .filter_map(|option| Some((option.get_long()?, option)))
        .filter(move |(name, _)| !own.contains(name))
}

/// Whether a command takes a file.
pub(super) fn is_configurable(command: &Command) -> bool {
    command
        .get_arguments()
        .any(|option| option.get_id() == CONFIG)
}
