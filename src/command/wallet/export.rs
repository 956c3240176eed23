//! `assay wallet export`: the key in another file, for another program or another place.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, builder::BoolishValueParser};
use serde::Serialize;

use crate::{
    files::{password::Password, wallet_key::WalletKey},
    options::password::{PasswordArgs, ask_for_new},
    terminal::{outcome::Outcome, output::OutputArgs},
};

/// Options of `assay wallet export`.
#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// The new file, which only you can read. `assay wallet --key FILE` and the wallet in a node's page
    /// take it.
    file: PathBuf,
    /// The file that holds the password of the new file; without it the terminal is asked.
    #[arg(
        long,
        env = "ASSAY_NEW_PASSWORD_FILE",
        value_name = "FILE",
        conflicts_with = "plain"
    )]
    new_password_file: Option<PathBuf>,
    /// Write the key without a password.
    #[arg(long, env = "ASSAY_PLAIN", value_parser = BoolishValueParser::new())]
    plain: bool,
}

#[derive(Serialize)]
struct ExportAnswer {
    address: String,
    file: String,
    encrypted: bool,
}

/// Writes the key to a new file, under a password of its own.
pub(super) fn export(
    args: &ExportArgs,
    path: &Path,
    password: &PasswordArgs,
    output: OutputArgs,
) -> Result<Outcome> {
    // Before anybody is asked for anything.
    WalletKey::check_is_free(&args.file)?;
    let new = || match (&args.new_password_file, args.plain) {
        (_, true) => Ok(None),
        (Some(file), false) => Password::read(file).map(Some),
        (None, false) => ask_for_new("--new-password-file FILE, or none with --plain").map(Some),
    };
    let key = WalletKey::copy(path, &args.file, || password.of(path), new)?;
    let answer = ExportAnswer {
        address: key.address().to_string(),
        file: args.file.display().to_string(),
        encrypted: !args.plain,
    };
    output.print(&answer, |answer| {
        let file = &answer.file;
        if answer.encrypted {
            format!("The key is in {file} too, encrypted with the password that you gave for it.")
        } else {
            format!(
                "The key is in {file} too, not encrypted: whoever has this file has the money. Take care \
                 of it."
            )
        }
    })?;
    Ok(Outcome::Done)
}
