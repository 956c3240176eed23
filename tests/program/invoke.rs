//! Running the program under test.

use std::process::{Command, Output, Stdio};

pub(crate) use crate::keys_directory::keys_dir;

/// The program, with nothing but `ASSAY_KEYS` set of its environment.
pub(crate) fn assay(arguments: &[&str]) -> Command {
    let mut command = in_environment(env!("CARGO_BIN_EXE_assay"));
    command.args(arguments);
    command
}

/// Any program in the environment in which the program under test runs.
pub(crate) fn in_environment(program: &str) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ASSAY_") {
            command.env_remove(name);
        }
    }
    command
        .env("ASSAY_KEYS", keys_dir())
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    assay(arguments).output().unwrap()
}
