//! `assay wallet new`, `import`, `address` and `password`: the key file itself.

use std::{
    io::{IsTerminal as _, Read as _, Write as _, stderr, stdin},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail, ensure};
use assay_api::mnemonic::Mnemonic;
use assay_circuits::address::Network;
use assay_durable::Readers;
use clap::{Args, ValueEnum, builder::BoolishValueParser};
use rand::TryRngCore as _;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::{
    files::{
        password::Password,
        wallet_key::{KeyFileError, WalletKey},
    },
    options::password::{PasswordArgs, ask_for_new, is_terminal},
    terminal::{
        hidden,
        note::note,
        outcome::{Outcome, Unreadable},
        output::OutputArgs,
        qr,
    },
};

/// Words or a passphrase are far shorter.
const SECRET_BYTES_MAX: u64 = 4096;
/// Words in a row of those that are shown.
const COLUMNS: usize = 4;

/// What a new file is for, and whether it is encrypted.
#[derive(Debug, Args)]
struct NewFileArgs {
    /// The kind of network that the key is for; its address names it.
    #[arg(long, env = "ASSAY_NETWORK", default_value = "development")]
    network: NetworkKind,
    /// Encrypt the key with a password, for which the terminal is asked unless there is
    /// --password-file.
    #[arg(long, env = "ASSAY_ENCRYPT", value_parser = BoolishValueParser::new())]
    encrypt: bool,
}

/// Options of `assay wallet new`.
#[derive(Debug, Args)]
pub(super) struct NewArgs {
    #[command(flatten)]
    file: NewFileArgs,
    /// Make the key of 12 or 24 new words, which the terminal shows once: write them down. `assay
    /// wallet import` makes the same key of them.
    #[arg(
        long,
        env = "ASSAY_MNEMONIC",
        value_name = "12|24",
        num_args = 0..=1,
        default_missing_value = "12",
        hide_env_values = true
    )]
    mnemonic: Option<String>,
    /// Write the words to this new file, which only you can read, and show them nowhere.
    #[arg(long, env = "ASSAY_MNEMONIC_FILE", value_name = "FILE")]
    mnemonic_file: Option<PathBuf>,
}

/// Options of `assay wallet import`.
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    #[command(flatten)]
    file: NewFileArgs,
    /// Which of the keys of these words; the first has number 0.
    #[arg(long, env = "ASSAY_INDEX", value_name = "NUMBER", default_value_t = 0)]
    index: u32,
    /// The file that holds the passphrase of the words (BIP-39), where they have one.
    #[arg(long, env = "ASSAY_PASSPHRASE_FILE", value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Not to be used: there to say so without repeating a word.
    #[arg(hide = true)]
    words: Vec<String>,
}

/// Options of `assay wallet password`.
#[derive(Debug, Args)]
pub(super) struct ChangeArgs {
    /// The file that holds the new password; without it the terminal is asked.
    #[arg(
        long,
        env = "ASSAY_NEW_PASSWORD_FILE",
        value_name = "FILE",
        conflicts_with = "remove"
    )]
    new_password_file: Option<PathBuf>,
    /// Keep the key without a password from now on.
    #[arg(long, env = "ASSAY_REMOVE", value_parser = BoolishValueParser::new())]
    remove: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum NetworkKind {
    /// Local development chains; addresses start with assaydev1.
    Development,
    /// Public chains; addresses start with assay1.
    Public,
}

#[derive(Serialize)]
struct AddressAnswer {
    address: String,
}

#[derive(Serialize)]
struct ChangeAnswer {
    address: String,
    encrypted: bool,
}

/// Makes a key of the system's randomness, with words where they are asked for.
pub(super) fn create(
    args: &NewArgs,
    path: &Path,
    password: &PasswordArgs,
    output: OutputArgs,
) -> Result<Outcome> {
    let words = args.word_count()?;
    // Before anybody is asked for anything.
    WalletKey::check_is_free(path)?;
    let shown = args.mnemonic_file.is_none();
    ensure!(
        words.is_none() || !shown || stderr().is_terminal(),
        "the words are shown on a terminal only, and standard error is none: where should they be \
         written? Say --mnemonic-file FILE. No key was made"
    );
    let password = password.of_new(args.file.encrypt)?;
    let network = args.file.network.into();
    let key = match words {
        None => WalletKey::create(path, network, password.as_ref())?,
        Some(count) => {
            let words = new_words(count)?;
            let key = match &args.mnemonic_file {
                None => write_key(&words, path, network, password.as_ref())?,
                Some(file) => {
                    write_words(&words, file)?;
                    let made = write_key(&words, path, network, password.as_ref());
                    if made.is_err() {
                        // Words of no key; where this fails too, they are of no use to anybody.
                        let _ = std::fs::remove_file(file);
                    }
                    made?
                }
            };
            if shown {
                let shown = stderr().write_all(page(&words).as_bytes());
                shown.context("the terminal")?;
            }
            key
        }
    };
    tell(path, password.is_some());
    show(&key, output)
}

/// Makes a key of words that somebody has, from standard input or the terminal.
pub(super) fn import(
    args: &ImportArgs,
    path: &Path,
    password: &PasswordArgs,
    output: OutputArgs,
) -> Result<Outcome> {
    if !args.words.is_empty() {
        let text = "words are never given as arguments, where other users and the shell's history see \
                    them: run `assay wallet import` and type them, or give them on standard input. \
                    Nothing was written";
        bail!(Unreadable(text.to_owned()));
    }
    WalletKey::check_is_free(path)?;
    let words = Mnemonic::parse(&read_words()?);
    let words = words.map_err(|error| Unreadable(error.to_string()))?;
    let passphrase = match &args.passphrase_file {
        None => None,
        Some(file) => Some(Password::read(file).context("the passphrase of the words")?),
    };
    let passphrase = passphrase.as_ref().map_or("", Password::as_str);
    let seed = words.seed(passphrase, args.index);
    let password = password.of_new(args.file.encrypt)?;
    let network = args.file.network.into();
    let key = WalletKey::write(path, &seed, network, password.as_ref())?;
    tell(path, password.is_some());
    show(&key, output)
}

/// Sets, changes or removes the password of the key file.
pub(super) fn change_password(
    args: &ChangeArgs,
    path: &Path,
    password: &PasswordArgs,
    output: OutputArgs,
) -> Result<Outcome> {
    let is_encrypted = WalletKey::is_encrypted(path)?;
    ensure!(
        is_encrypted || !args.remove,
        "{} is not encrypted: there is no password to remove",
        path.display()
    );
    let new = || match (&args.new_password_file, args.remove) {
        (_, true) => Ok(None),
        (Some(file), false) => Password::read(file).map(Some),
        (None, false) => ask_for_new("--new-password-file").map(Some),
    };
    let key = WalletKey::encrypt_again(path, || password.of(path), new)?;
    let answer = ChangeAnswer {
        address: key.address().to_string(),
        encrypted: !args.remove,
    };
    output.print(&answer, |answer| {
        let place = path.display();
        if answer.encrypted {
            format!(
                "{place} is encrypted. Without the password nobody opens it, you neither. Copies that \
                 were made before are as they were."
            )
        } else {
            format!("{place} is not encrypted any more: whoever has this file has the money.")
        }
    })?;
    Ok(Outcome::Done)
}

/// Shows the address in a key file, for which nobody needs its password.
pub(super) fn show_address(path: &Path, qr: bool, output: OutputArgs) -> Result<Outcome> {
    let address = WalletKey::address_in(path)?.to_string();
    if !qr {
        return print_address(address, output);
    }
    let code = qr::shown(&address)?;
    output.print(&AddressAnswer { address }, |answer| {
        format!("{}\n\n{code}", answer.address)
    })?;
    Ok(Outcome::Done)
}

fn show(key: &WalletKey, output: OutputArgs) -> Result<Outcome> {
    print_address(key.address().to_string(), output)
}

fn print_address(address: String, output: OutputArgs) -> Result<Outcome> {
    output.print(&AddressAnswer { address }, |answer| answer.address.clone())?;
    Ok(Outcome::Done)
}

/// Says where the key is, and what that means.
pub(super) fn tell(path: &Path, is_encrypted: bool) {
    let place = path.display();
    if is_encrypted {
        note(format_args!(
            "The key is in {place}, encrypted. Who has this file and the password has the money, and \
             without either nobody has: keep copies of both."
        ));
    } else {
        note(format_args!(
            "The key is in {place}. Whoever has this file has the money: keep a copy. `assay wallet \
             password` encrypts it."
        ));
    }
}

impl NewArgs {
    /// How many words the key is made of, if any. What was given is not repeated: it may be words.
    fn word_count(&self) -> Result<Option<usize>> {
        match (self.mnemonic.as_deref(), &self.mnemonic_file) {
            (Some("12"), _) | (None, Some(_)) => Ok(Some(12)),
            (Some("24"), _) => Ok(Some(24)),
            (None, None) => Ok(None),
            (Some(_), _) => {
                let text = "--mnemonic (ASSAY_MNEMONIC) is how many new words there are to be, 12 or \
                            24; for words that you have there is `assay wallet import`, which asks for \
                            them";
                bail!(Unreadable(text.to_owned()))
            }
        }
    }
}

impl From<NetworkKind> for Network {
    fn from(kind: NetworkKind) -> Self {
        match kind {
            NetworkKind::Development => Self::Development,
            NetworkKind::Public => Self::Public,
        }
    }
}

fn new_words(count: usize) -> Result<Mnemonic> {
    // 12 words are of 16 bytes, 24 of 32.
    let mut entropy = Zeroizing::new(vec![0; count / 3 * 4]);
    let filled = rand::rngs::OsRng.try_fill_bytes(&mut entropy);
    filled.context("the system gives no randomness")?;
    Ok(Mnemonic::from_entropy(&entropy)?)
}

/// The first key of words.
fn write_key(
    words: &Mnemonic,
    path: &Path,
    network: Network,
    password: Option<&Password>,
) -> Result<WalletKey, KeyFileError> {
    WalletKey::write(path, &words.seed("", 0), network, password)
}

fn write_words(words: &Mnemonic, file: &Path) -> Result<()> {
    let mut text = Zeroizing::new(joined(words));
    text.push('\n');
    let written = assay_durable::create(file, Readers::Owner, text.as_bytes());
    let place = file.display();
    written.with_context(|| format!("cannot write the words to a new file {place}"))?;
    note(format_args!(
        "The words of the key are in {place}: move them to where nobody else reads them."
    ));
    Ok(())
}

fn joined(words: &Mnemonic) -> String {
    let mut text = String::with_capacity(24 * 9);
    for word in words.words() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// The words, numbered, for a terminal.
fn page(words: &Mnemonic) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(1024));
    text.push_str(
        "Write these words down, in their order, and keep them where nobody else sees them. They are \
         shown this once.\nWhoever has them has the money: `assay wallet import` makes the key of \
         them.\n\n",
    );
    for (index, word) in words.words().enumerate() {
        let end = if (index + 1) % COLUMNS == 0 { "\n" } else { "" };
        text.push_str(&format!("{:>4} {word:<10}{end}", index + 1));
    }
    text.push('\n');
    text
}

/// The words that somebody has.
fn read_words() -> Result<Zeroizing<String>> {
    if is_terminal() {
        let typed = hidden::ask("The 12 or 24 words (they are not shown): ");
        return typed.context("the terminal");
    }
    let mut text = Zeroizing::new(String::with_capacity(SECRET_BYTES_MAX as usize));
    let mut limited = stdin().lock().take(SECRET_BYTES_MAX);
    limited
        .read_to_string(&mut text)
        .context("cannot read the words on standard input")?;
    Ok(text)
}
