//! The password of a wallet's key file: from a file, or asked for on the terminal without showing it.

use std::{
    io::{IsTerminal as _, stderr, stdin},
    path::{Path, PathBuf},
};

use clap::Args;
use zeroize::Zeroizing;

use crate::{
    files::password::{Password, PasswordError},
    terminal::hidden,
};

/// Where the password is.
#[derive(Debug, Clone, Args)]
pub(crate) struct PasswordArgs {
    /// The file that holds the password of an encrypted key; without it a terminal is asked. A new key
    /// is encrypted with it.
    #[arg(long, global = true, env = "ASSAY_PASSWORD_FILE", value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl PasswordArgs {
    /// The password of an encrypted file.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub(crate) fn of(&self, key: &Path) -> Result<Password, PasswordError> {
        if let Some(file) = &self.password_file {
            return Password::read(file);
        }
        if !is_terminal() {
            return Err(PasswordError::NobodyToAsk(key.to_owned()));
        }
        Password::new(ask(&format!("Password of {}: ", key.display()))?)
    }

    /// The password of a new file: none where nobody asks for one.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub(crate) fn of_new(&self, encrypt: bool) -> Result<Option<Password>, PasswordError> {
        match &self.password_file {
            Some(file) => Password::read(file).map(Some),
            None if encrypt => ask_for_new("--password-file").map(Some),
            None => Ok(None),
        }
    }
}

/// Asks for a new password, twice; `option` gives it where there is no terminal.
///
/// # Errors
/// [`PasswordError`].
pub(crate) fn ask_for_new(option: &'static str) -> Result<Password, PasswordError> {
    if !is_terminal() {
        return Err(PasswordError::NobodyToAskForNew(option));
    }
    let first = Password::new(ask("New password: ")?)?;
    let second = ask("The same again: ")?;
    if first.as_bytes() != second.as_bytes() {
        return Err(PasswordError::Different);
    }
    Ok(first)
}

/// Whether somebody sits there.
#[must_use]
pub(crate) fn is_terminal() -> bool {
    stdin().is_terminal() && stderr().is_terminal()
}

/// What is typed, which the terminal does not show.
fn ask(prompt: &str) -> Result<Zeroizing<String>, PasswordError> {
    hidden::ask(prompt).map_err(PasswordError::Terminal)
}
