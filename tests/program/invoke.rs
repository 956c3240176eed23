//! Running the program under test.

use std::process::{Command, Output, Stdio};

pub(crate) use crate::keys_directory::keys_dir;

/// The program, with nothing but `ASSAY_KEYS` set of its environment.
pub(crate) fn assay(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_assay"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ASSAY_") {
            command.env_remove(name);
        }
    }
    command
        .env("ASSAY_KEYS", keys_dir())
        .env("RUST_LOG", "warn")
        .args(arguments)
        .stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    assay(arguments).output().unwrap()
}
