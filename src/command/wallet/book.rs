//! `assay wallet book`: names for addresses, and `send` to a name.

use std::path::PathBuf;

use anyhow::Result;
use assay_circuits::address::Address;
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::{
    files::{
        address_book::{AddressBook, Name},
        directories,
    },
    options::address::{WrongAddress, on_rollup},
    terminal::{note::note, outcome::Outcome, output::OutputArgs, table::Table},
};

/// Options of `assay wallet book`.
#[derive(Debug, Args)]
pub(super) struct BookArgs {
    #[command(flatten)]
    place: BookPlace,
    #[command(subcommand)]
    command: BookCommand,
}

/// Where the book is.
#[derive(Debug, Args)]
pub(super) struct BookPlace {
    /// The address book [default: ~/.config/assay/book.json].
    #[arg(long, global = true, env = "ASSAY_BOOK", value_name = "FILE")]
    book: Option<PathBuf>,
}

/// What is done with the book.
#[derive(Debug, Subcommand)]
enum BookCommand {
    /// Give an address of the rollup a name.
    Add {
        /// The name: small letters, digits, - and _.
        name: Name,
        /// Whose name it is.
        #[arg(value_parser = on_rollup)]
        address: Address,
    },
    /// Show all names.
    List,
    /// Forget a name.
    Remove {
        /// The name.
        name: Name,
    },
}

/// Who is paid: an address, or a name for one.
#[derive(Debug, Clone)]
pub(super) enum Recipient {
    /// As it was given.
    Address(Address),
    /// To be looked up in the book.
    Name(Name),
}

#[derive(Serialize)]
struct Entry {
    name: String,
    address: String,
}

/// Reads an address of the rollup or a name.
///
/// # Errors
/// [`WrongAddress`] for what is neither.
pub(super) fn recipient(text: &str) -> Result<Recipient, WrongAddress> {
    match text.trim().parse() {
        Ok(name) => Ok(Recipient::Name(name)),
        Err(_) => on_rollup(text).map(Recipient::Address),
    }
}

impl Recipient {
    /// The address, which is told where it comes from the book.
    pub(super) fn address(&self, place: &BookPlace) -> Result<Address> {
        match self {
            Self::Address(address) => Ok(*address),
            Self::Name(name) => {
                let address = AddressBook::open(&place.path()?)?.address(name)?;
                note(format_args!("{name} is {address}"));
                Ok(address)
            }
        }
    }
}

impl BookPlace {
    fn path(&self) -> Result<PathBuf> {
        match &self.book {
            Some(path) => Ok(path.clone()),
            None => directories::address_book(),
        }
    }
}

impl BookArgs {
    /// Does it, without key or node.
    pub(super) fn run(&self, output: OutputArgs) -> Result<Outcome> {
        let path = self.place.path()?;
        let entry = |name: &Name, address: &Address| Entry {
            name: name.to_string(),
            address: address.to_string(),
        };
        match &self.command {
            BookCommand::Add { name, address } => {
                AddressBook::add(&path, name.clone(), *address)?;
                output.print(&entry(name, address), |entry| {
                    format!("{} is {}", entry.name, entry.address)
                })?;
            }
            BookCommand::Remove { name } => {
                let address = AddressBook::remove(&path, name)?;
                output.print(&entry(name, &address), |entry| {
                    format!("{} was {}", entry.name, entry.address)
                })?;
            }
            BookCommand::List => {
                let book = AddressBook::open(&path)?;
                let entries: Vec<Entry> = book
                    .names()
                    .map(|(name, address)| entry(name, address))
                    .collect();
                output.print(&entries, |entries| table(entries))?;
            }
        }
        Ok(Outcome::Done)
    }
}

fn table(entries: &[Entry]) -> String {
    if entries.is_empty() {
        return "The address book is empty; `assay wallet book add NAME ADDRESS` fills it."
            .to_owned();
    }
    let mut table = Table::new(["name", "address"]);
    for entry in entries {
        table.row([entry.name.clone(), entry.address.clone()]);
    }
    table.render()
}
