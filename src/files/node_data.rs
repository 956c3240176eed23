//! What a node keeps in its data directory besides what its store holds.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use assay_api::webhook::WebhookSecret;
use assay_circuits::address::Network;
use assay_durable::Readers;
use rand::TryRngCore as _;
use zeroize::Zeroizing;

use super::{
    password::PasswordError,
    wallet_key::{KeyFileError, WalletKey},
};

/// File of the operator's key in the data directory; a wallet's key file.
pub(crate) const OPERATOR_FILE: &str = "operator.json";
/// File of the workers' token in the data directory.
pub(crate) const PROVER_TOKEN_FILE: &str = "prover.token";
/// File of what signs webhooks in the data directory.
pub(crate) const WEBHOOK_SECRET_FILE: &str = "webhook.secret";
/// The store in the data directory.
pub(crate) const STORE_DIR: &str = "store";

/// The operator's key. A node starts without anybody to ask, so it must not be encrypted.
pub(crate) fn read_operator_key(path: &Path) -> Result<WalletKey, KeyFileError> {
    WalletKey::open(path, || Err(PasswordError::NotForNodes(path.to_owned())))
}

/// The operator's key: read, or made where there is none.
pub(crate) fn operator_key(path: &Path, network: Network) -> Result<WalletKey> {
    let key = match read_operator_key(path) {
        Err(KeyFileError::Missing(_)) => WalletKey::create(path, network, None)?,
        opened => opened?,
    };
    anyhow::ensure!(
        key.address().network == network,
        "the operator's key {} is for another kind of network than the L1's",
        path.display()
    );
    Ok(key)
}

/// The workers' token: read, or made where there is none.
pub(crate) fn prover_token(path: &Path) -> Result<Zeroizing<String>> {
    read_or_make(path, |bytes| Zeroizing::new(hex::encode(bytes)))
}

/// What signs webhooks: read, or made where there is none.
pub(crate) fn webhook_secret(path: &Path) -> Result<Zeroizing<String>> {
    read_or_make(path, WebhookSecret::text)
}

fn read_or_make(
    path: &Path,
    text: impl FnOnce(&[u8; 32]) -> Zeroizing<String>,
) -> Result<Zeroizing<String>> {
    if path.exists() {
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        return Ok(Zeroizing::new(text.trim().to_owned()));
    }
    let mut bytes = Zeroizing::new([0; 32]);
    rand::rngs::OsRng
        .try_fill_bytes(&mut *bytes)
        .context("the system gives no randomness")?;
    let text = text(&bytes);
    let written = assay_durable::create(path, Readers::Owner, text.as_bytes());
    written.with_context(|| format!("cannot write {}", path.display()))?;
    Ok(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::files::password::Password;

    #[test]
    fn an_encrypted_key_is_refused_where_nobody_can_be_asked() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(OPERATOR_FILE);
        let password = Password::new("secret".to_owned()).unwrap();
        WalletKey::create(&path, Network::Public, Some(&password)).unwrap();
        let refused = operator_key(&path, Network::Public).unwrap_err();
        assert!(
            refused.to_string().contains("password --remove"),
            "{refused}"
        );

        let path = directory.path().join("plain.json");
        let made = operator_key(&path, Network::Public).unwrap();
        let read = operator_key(&path, Network::Public).unwrap();
        assert_eq!(made.address(), read.address());
        let elsewhere = operator_key(&path, Network::Development).unwrap_err();
        assert!(
            elsewhere.to_string().contains("another kind of network"),
            "{elsewhere}"
        );
    }
}
