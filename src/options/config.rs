//! Options of commands that run for long, from a file: `--config FILE`. What is given on the command line comes
//! before the environment, and that before the file. Nothing is listed here: keys and variables are those of the
//! command's options.

mod file;
mod given;
mod known;
mod nearest;
mod shown;

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, builder::BoolishValueParser, value_parser};

pub(crate) use given::Given;
use known::{CHECK, CONFIG, PRINT};
pub(crate) use shown::shown;

/// Adds the options about a file to a command.
pub(crate) fn configurable(command: Command) -> Command {
    let flag = |name: &'static str, variable: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .env(variable)
            .action(ArgAction::SetTrue)
            .value_parser(BoolishValueParser::new())
            .help(help)
    };
    command.args([
        Arg::new(CONFIG)
            .long(CONFIG)
            .env("ASSAY_CONFIG")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help(
                "Take options that are given neither here nor in the environment from this TOML file; its \
                 keys are the names of options",
            ),
        flag(
            PRINT,
            "ASSAY_PRINT_CONFIG",
            "Print every option with its value and where that is from, as TOML, and end; secrets are left out",
        ),
        flag(
            CHECK,
            "ASSAY_CHECK",
            "Check options and files, say what was not checked, and end without starting",
        ),
    ])
}

/// Whether the options are to be printed.
pub(crate) fn is_to_print(matches: &ArgMatches) -> bool {
    has_flag(matches, PRINT)
}

/// Whether options and files are to be checked.
pub(crate) fn is_to_check(matches: &ArgMatches) -> bool {
    has_flag(matches, CHECK)
}

fn has_flag(matches: &ArgMatches, name: &str) -> bool {
    matches!(matches.try_get_one(name), Ok(Some(true)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
