//! Names that the user gives to addresses: a JSON file that nobody else can change, since it says where
//! money goes.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    str::FromStr,
};

use assay_circuits::address::Address;
use assay_durable::Readers;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;

/// Names the format in the file.
const FORMAT: &str = "assay-address-book";
/// The version that is written and read.
const VERSION: u32 = 1;
/// Thousands of names are far smaller; anything larger is something else.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// Letters of a name.
const NAME_MAX: usize = 32;

/// What the user calls somebody: small letters, digits, `-` and `_`, a letter first; nothing that
/// could be the beginning of an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Name(String);

/// A text that is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no name for the address book: it takes at most 32 small letters, digits, - and _, a letter \
     first, and not `assay` in front"
)]
pub(crate) struct NotAName(String);

/// Why the address book cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BookError {
    /// There is no such name.
    #[error("there is no `{name}` in the address book {}: `assay wallet book add {name} ADDRESS` puts it there", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The name.
        name: Name,
    },
    /// The name has another address.
    #[error(
        "`{name}` is {address} already: `assay wallet book remove {name}` first, if that is meant"
    )]
    Taken {
        /// The name.
        name: Name,
        /// Whose it is.
        address: Address,
    },
    /// Others could change where money goes.
    #[error("the address book {} can be changed by other users (mode {mode:03o}): look at what is in it, and run `chmod 600 {}`", path.display(), path.display())]
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not an address book.
    #[error("{} is no address book: {reason}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// The disk.
    #[error("cannot {action} the address book {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

/// An address book, and where it is kept.
#[derive(Debug)]
pub(crate) struct AddressBook {
    path: PathBuf,
    names: BTreeMap<Name, Address>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    format: String,
    version: u32,
    names: BTreeMap<Name, Address>,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let is_inner = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
        };
        let fits = text.len() <= NAME_MAX
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(is_inner)
            && !text.starts_with("assay");
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAName(text.to_owned()))
        }
    }
}

impl TryFrom<String> for Name {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        text.parse()
    }
}

impl AddressBook {
    /// Reads a book; where there is no file it is empty.
    ///
    /// # Errors
    /// [`BookError::Permissions`], [`BookError::Content`] and [`BookError::Io`].
    pub(crate) fn open(path: &Path) -> Result<Self, BookError> {
        let path = path.to_owned();
        let failed = |source| BookError::Io {
            action: "read",
            path: path.clone(),
            source,
        };
        let metadata = match fs::metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let names = BTreeMap::new();
                return Ok(Self { path, names });
            }
            Err(error) => return Err(failed(error)),
        };
        let content = |reason: String| BookError::Content {
            path: path.clone(),
            reason,
        };
        if !metadata.is_file() || metadata.len() > FILE_BYTES_MAX {
            return Err(content("it is no small file".to_owned()));
        }
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o022 != 0 {
            return Err(BookError::Permissions { path, mode });
        }
        let text = fs::read(&path).map_err(failed)?;
        let read: Content = serde_json::from_slice(&text).map_err(|error| {
            content(match error.classify() {
                Category::Eof | Category::Syntax => format!("it is no JSON: {error}"),
                _ => error.to_string(),
            })
        })?;
        if read.format != FORMAT || read.version != VERSION {
            let wrong = format!(
                "it is `{}` of version {}; this program reads `{FORMAT}` of version {VERSION}",
                read.format, read.version
            );
            return Err(content(wrong));
        }
        let names = read.names;
        Ok(Self { path, names })
    }

    /// The names, in their order, with their addresses.
    pub(crate) fn names(&self) -> impl Iterator<Item = (&Name, &Address)> {
        self.names.iter()
    }

    /// The address of a name.
    ///
    /// # Errors
    /// [`BookError::Unknown`].
    pub(crate) fn address(&self, name: &Name) -> Result<Address, BookError> {
        let found = self.names.get(name).copied();
        found.ok_or_else(|| BookError::Unknown {
            path: self.path.clone(),
            name: name.clone(),
        })
    }

    /// Gives an address a name in the book of a path, and keeps it.
    ///
    /// # Errors
    /// As [`AddressBook::open`], and [`BookError::Taken`].
    pub(crate) fn add(path: &Path, name: Name, address: Address) -> Result<(), BookError> {
        let _turn = turn(path)?;
        let mut book = Self::open(path)?;
        match book.names.get(&name) {
            Some(taken) if *taken == address => return Ok(()),
            Some(taken) => {
                let address = *taken;
                return Err(BookError::Taken { name, address });
            }
            None => {}
        }
        book.names.insert(name, address);
        book.keep()
    }

    /// Forgets a name in the book of a path; whose it was.
    ///
    /// # Errors
    /// As [`AddressBook::open`], and [`BookError::Unknown`].
    pub(crate) fn remove(path: &Path, name: &Name) -> Result<Address, BookError> {
        let _turn = turn(path)?;
        let mut book = Self::open(path)?;
        let address = book.address(name)?;
        book.names.remove(name);
        book.keep()?;
        Ok(address)
    }

    fn keep(&self) -> Result<(), BookError> {
        let content = Content {
            format: FORMAT.to_owned(),
            version: VERSION,
            names: self.names.clone(),
        };
        let mut text =
            serde_json::to_string_pretty(&content).expect("strings and numbers are JSON");
        text.push('\n');
        let written = assay_durable::write(&self.path, Readers::Owner, text.as_bytes());
        written.map_err(|source| BookError::Io {
            action: "write",
            path: self.path.clone(),
            source,
        })
    }
}

/// The turn to change the book of a path, which waits for those of other processes: until it is
/// dropped, nobody else changes the book.
fn turn(path: &Path) -> Result<fs::File, BookError> {
    let failed = |action| {
        move |source| BookError::Io {
            action,
            path: path.to_owned(),
            source,
        }
    };
    let directory = path.parent();
    let directory = directory.filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    let made = assay_durable::make_directory(directory);
    made.map_err(failed("make the directory of"))?;
    // Not the book itself, which each change replaces.
    let file = fs::File::open(directory).map_err(failed("take a turn to change"))?;
    match file.lock() {
        // A file system without locks: then the last of two changes at once stands.
        Err(error) if error.kind() != io::ErrorKind::Unsupported => {
            Err(failed("take a turn to change")(error))
        }
        _ => Ok(file),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Those of the first two keys in `docs/spec/vectors.json`.
    fn addresses() -> [Address; 2] {
        use assay_circuits::{address::Network, eddsa::SecretKey};
        [0, 1].map(|byte| Address {
            network: Network::Development,
            owner: SecretKey::from_seed([byte; 32]).public_key().0,
        })
    }

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn a_name_cannot_be_taken_for_an_address() {
        for good in ["bob", "b", "shop-1", "a_b"] {
            assert_eq!(name(good).to_string(), good);
        }
        let long = "a".repeat(33);
        for bad in [
            "",
            "Bob",
            "1bob",
            "0x10",
            "-bob",
            "bob.eth",
            "b ob",
            "assaydev1x",
            "assay",
            "böb",
            &long,
        ] {
            assert!(bad.parse::<Name>().is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_kept_found_and_forgotten() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/book.json");
        let [first, second] = addresses();
        assert_eq!(AddressBook::open(&path).unwrap().names().count(), 0);
        let add = |text: &str, address| AddressBook::add(&path, name(text), address);
        add("bob", first).unwrap();
        add("alice", second).unwrap();
        // Again is no harm, another address would be.
        add("bob", first).unwrap();
        let taken = add("bob", second);
        assert!(matches!(taken, Err(BookError::Taken { address, .. }) if address == first));

        let read = AddressBook::open(&path).unwrap();
        let listed: Vec<_> = read.names().map(|(name, _)| name.to_string()).collect();
        assert_eq!(listed, ["alice", "bob"]);
        assert_eq!(read.address(&name("bob")).unwrap(), first);
        assert_eq!(AddressBook::remove(&path, &name("bob")).unwrap(), first);
        let read = AddressBook::open(&path).unwrap();
        let gone = read.address(&name("bob"));
        assert!(matches!(gone, Err(BookError::Unknown { .. })));
        assert_eq!(read.address(&name("alice")).unwrap(), second);
    }

    #[test]
    fn who_changes_the_book_at_the_same_time_loses_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("book.json");
        let [first, _] = addresses();
        std::thread::scope(|scope| {
            for who in 0..4 {
                let path = &path;
                scope.spawn(move || {
                    for number in 0..10 {
                        let name = name(&format!("n{who}-{number}"));
                        AddressBook::add(path, name.clone(), first).unwrap();
                        if number % 2 == 1 {
                            AddressBook::remove(path, &name).unwrap();
                        }
                    }
                });
            }
        });
        assert_eq!(AddressBook::open(&path).unwrap().names().count(), 20);
    }

    #[test]
    fn a_book_that_others_can_change_or_that_is_none_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("book.json");
        let [first, _] = addresses();
        AddressBook::add(&path, name("bob"), first).unwrap();
        let good = fs::read_to_string(&path).unwrap();
        for bad in [
            String::new(),
            good.replace("assay-address-book", "another"),
            good.replace("\"version\": 1", "\"version\": 2"),
            good.replace("\"bob\"", "\"Bob\""),
            good.replace("assaydev1", "assaydev1q"),
            good.replacen('{', "{\"extra\": 1,", 1),
            format!("{good}{}", " ".repeat(1 << 20)),
        ] {
            fs::write(&path, &bad).unwrap();
            let opened = AddressBook::open(&path);
            assert!(matches!(opened, Err(BookError::Content { .. })), "{bad}");
        }
        fs::write(&path, &good).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o620)).unwrap();
        let opened = AddressBook::open(&path);
        let mode = matches!(opened, Err(BookError::Permissions { mode: 0o620, .. }));
        assert!(mode, "{opened:?}");
    }
}
