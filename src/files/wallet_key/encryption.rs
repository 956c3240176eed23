//! A seed under a password (`docs/spec/wallet-file.md`): scrypt makes a key of the password, and
//! ChaCha20-Poly1305 encrypts the seed with it.

use std::io;

use assay_api::hexadecimal::{self, Hex};
use assay_circuits::address::Address;
use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit as _,
    aead::{Aead as _, Payload},
};
use rand::TryRngCore as _;
use scrypt::{Params, scrypt};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::files::password::Password;

/// Binds the ciphertext to this format; the text of the address follows it.
const ASSOCIATED: &str = "assay/wallet key/2";
/// log2 of scrypt's cost: with `R` it takes 128 MiB and about half a second.
const LOG_N: u8 = 17;
/// The costs that are read: from 16 MiB to 1 GiB.
const LOG_N_READ: std::ops::RangeInclusive<u8> = 14..=20;
/// scrypt's block size.
const R: u32 = 8;
/// scrypt's parallelism.
const P: u32 = 1;

/// How the password becomes a key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Derivation {
    name: DerivationName,
    log_n: u8,
    r: u32,
    p: u32,
    salt: String,
}

#[derive(Debug, Serialize, Deserialize)]
enum DerivationName {
    #[serde(rename = "scrypt")]
    Scrypt,
}

/// What is encrypted, and how.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cipher {
    name: CipherName,
    nonce: String,
    ciphertext: String,
}

#[derive(Debug, Serialize, Deserialize)]
enum CipherName {
    #[serde(rename = "chacha20-poly1305")]
    ChaCha20Poly1305,
}

/// A seed for which only the password is wanted any more.
pub(super) struct Sealed {
    /// Within [`LOG_N_READ`].
    log_n: u8,
    salt: [u8; 32],
    nonce: [u8; 12],
    ciphertext: [u8; 48],
    associated: String,
}

/// Why a seed cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum DecryptionError {
    /// A field is not what the format says.
    #[error("its {0}")]
    Field(&'static str),
    /// Another password, or other bytes than were written.
    #[error("the password does not fit")]
    Password,
}

/// Encrypts a seed, with a salt and a nonce that no other file has.
///
/// # Errors
/// Where the system gives no randomness.
pub(super) fn encrypt(
    seed: &[u8; 32],
    address: &Address,
    password: &Password,
) -> Result<(Derivation, Cipher), io::Error> {
    let (mut salt, mut nonce) = ([0; 32], [0; 12]);
    let mut random = rand::rngs::OsRng;
    random.try_fill_bytes(&mut salt).map_err(io::Error::other)?;
    random
        .try_fill_bytes(&mut nonce)
        .map_err(io::Error::other)?;
    let key = derive(password, &salt, LOG_N);
    let associated = associated(address);
    let message = Payload {
        msg: seed,
        aad: associated.as_bytes(),
    };
    let ciphertext = ChaCha20Poly1305::new(&(*key).into())
        .encrypt(&nonce.into(), message)
        .expect("32 bytes are within the length of ChaCha20-Poly1305");
    let derivation = Derivation {
        name: DerivationName::Scrypt,
        log_n: LOG_N,
        r: R,
        p: P,
        salt: Hex(&salt).to_string(),
    };
    let cipher = Cipher {
        name: CipherName::ChaCha20Poly1305,
        nonce: Hex(&nonce).to_string(),
        ciphertext: Hex(&ciphertext).to_string(),
    };
    Ok((derivation, cipher))
}

impl Cipher {
    /// What is needed to open it with a password, where the fields are what the format says: so nobody is
    /// asked for the password of a file that is not opened.
    ///
    /// # Errors
    /// [`DecryptionError::Field`].
    pub(super) fn checked(
        &self,
        derivation: &Derivation,
        address: &Address,
    ) -> Result<Sealed, DecryptionError> {
        let field = |what| move |_| DecryptionError::Field(what);
        if !LOG_N_READ.contains(&derivation.log_n) || derivation.r != R || derivation.p != P {
            let what = "costs of scrypt are not within log_n 14 to 20, r 8, p 1";
            return Err(DecryptionError::Field(what));
        }
        let (mut salt, mut nonce, mut ciphertext) = ([0; 32], [0; 12], [0; 48]);
        hexadecimal::read(&derivation.salt, &mut salt)
            .map_err(field("salt is not 0x and 64 hex digits"))?;
        hexadecimal::read(&self.nonce, &mut nonce)
            .map_err(field("nonce is not 0x and 24 hex digits"))?;
        hexadecimal::read(&self.ciphertext, &mut ciphertext)
            .map_err(field("ciphertext is not 0x and 96 hex digits"))?;
        Ok(Sealed {
            log_n: derivation.log_n,
            salt,
            nonce,
            ciphertext,
            associated: associated(address),
        })
    }
}

impl Sealed {
    /// The seed.
    ///
    /// # Errors
    /// [`DecryptionError::Password`].
    pub(super) fn open(&self, password: &Password) -> Result<Zeroizing<[u8; 32]>, DecryptionError> {
        let key = derive(password, &self.salt, self.log_n);
        let message = Payload {
            msg: &self.ciphertext,
            aad: self.associated.as_bytes(),
        };
        let opened = ChaCha20Poly1305::new(&(*key).into()).decrypt(&self.nonce.into(), message);
        let opened = Zeroizing::new(opened.map_err(|_| DecryptionError::Password)?);
        let mut seed = Zeroizing::new([0; 32]);
        // 48 bytes less the 16 of the tag.
        seed.copy_from_slice(&opened);
        Ok(seed)
    }
}

fn associated(address: &Address) -> String {
    format!("{ASSOCIATED}{address}")
}

fn derive(password: &Password, salt: &[u8; 32], log_n: u8) -> Zeroizing<[u8; 32]> {
    let params = Params::new(log_n, R, P).expect("the costs are within scrypt's range");
    let mut key = Zeroizing::new([0; 32]);
    scrypt(password.as_bytes(), salt, &params, &mut *key)
        .expect("32 bytes are within the length of scrypt");
    key
}
