//! What stands in a key file (`docs/spec/wallet-file.md`): version 1 is the seed itself, version 2 the
//! seed under a password.

use std::{error::Error, io};

use assay_api::{
    exact_json,
    hexadecimal::{self, Hex},
};
use assay_circuits::{
    address::{Address, Network},
    eddsa::SecretKey,
};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use super::encryption::{Cipher, Derivation, encrypt};
use crate::files::password::Password;

/// Names the format in the file.
const FORMAT: &str = "assay-wallet-key";
/// The version of a file that is not encrypted.
const PLAIN: u32 = 1;
/// The version of a file that is.
const ENCRYPTED: u32 = 2;

/// What a file is, before anything else of it is read.
#[derive(Deserialize)]
struct Kind {
    format: String,
    version: u32,
}

/// A seed that anybody can read who can read the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plain {
    format: String,
    version: u32,
    network: NetworkName,
    address: Address,
    seed: String,
}

/// A seed for which one needs the password too.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Encrypted {
    format: String,
    version: u32,
    network: NetworkName,
    /// Bound to the seed by the cipher.
    pub(super) address: Address,
    pub(super) kdf: Derivation,
    pub(super) cipher: Cipher,
}

#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum NetworkName {
    Public,
    Development,
}

/// A key file of either version.
pub(super) enum Content {
    Plain(Plain),
    Encrypted(Encrypted),
}

impl Drop for Plain {
    fn drop(&mut self) {
        self.seed.zeroize();
    }
}

impl From<Network> for NetworkName {
    fn from(network: Network) -> Self {
        match network {
            Network::Public => Self::Public,
            Network::Development => Self::Development,
        }
    }
}

/// The address of a seed.
pub(super) fn address(seed: &[u8; 32], network: Network) -> Address {
    Address {
        network,
        owner: SecretKey::from_seed(*seed).public_key().0,
    }
}

/// The text of a new file: encrypted where there is a password.
///
/// # Errors
/// Where the system gives no randomness.
pub(super) fn write(
    seed: &[u8; 32],
    network: Network,
    password: Option<&Password>,
) -> Result<Zeroizing<String>, io::Error> {
    let address = address(seed, network);
    let format = FORMAT.to_owned();
    let text = match password {
        None => serde_json::to_string_pretty(&Plain {
            format,
            version: PLAIN,
            network: network.into(),
            address,
            seed: Hex(seed).to_string(),
        }),
        Some(password) => {
            let (kdf, cipher) = encrypt(seed, &address, password)?;
            serde_json::to_string_pretty(&Encrypted {
                format,
                version: ENCRYPTED,
                network: network.into(),
                address,
                kdf,
                cipher,
            })
        }
    };
    Ok(Zeroizing::new(text.expect("strings and numbers are JSON")))
}

/// Reads the text of a file, as far as it can be without a password.
///
/// # Errors
/// What does not fit.
pub(super) fn read(text: &[u8]) -> Result<Content, Box<dyn Error + Send + Sync>> {
    let kind: Kind = serde_json::from_slice(text)?;
    if kind.format != FORMAT {
        return Err(format!("its format is `{}`, not `{FORMAT}`", kind.format).into());
    }
    let (content, network, address) = match kind.version {
        PLAIN => {
            let plain: Plain = serde_json::from_slice(text)?;
            let (network, address) = (plain.network, plain.address);
            (Content::Plain(plain), network, address)
        }
        ENCRYPTED => {
            let encrypted: Encrypted = exact_json::from_slice(text)?;
            let (network, address) = (encrypted.network, encrypted.address);
            (Content::Encrypted(encrypted), network, address)
        }
        other => {
            let wrong =
                format!("its version is {other}; this program reads {PLAIN} and {ENCRYPTED}");
            return Err(wrong.into());
        }
    };
    if network != address.network.into() {
        return Err("its network is not that of its address: the file is damaged".into());
    }
    Ok(content)
}

impl Content {
    /// The address that the file names.
    pub(super) fn address(&self) -> Address {
        match self {
            Self::Plain(plain) => plain.address,
            Self::Encrypted(encrypted) => encrypted.address,
        }
    }
}

impl Plain {
    /// The seed as it stands there.
    pub(super) fn seed(&self) -> Result<Zeroizing<[u8; 32]>, Box<dyn Error + Send + Sync>> {
        let mut seed = Zeroizing::new([0; 32]);
        hexadecimal::read(&self.seed, &mut *seed)
            .map_err(|_| "its seed is not 0x and 64 hex digits")?;
        Ok(seed)
    }
}
