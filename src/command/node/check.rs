//! `assay node --check`: whether a node could start with these options and files.

use std::path::Path;

use anyhow::{Result, bail};
use assay_sequencer::{config::Pages, keyring::Keyring, token_names::TokenNames};

use super::NodeArgs;
use crate::{
    files::{
        node_data::{OPERATOR_FILE, PROVER_TOKEN_FILE, WEBHOOK_SECRET_FILE, read_operator_key},
        wallet_key::KeyFileError,
    },
    terminal::{findings::Findings, outcome::Outcome},
};

impl NodeArgs {
    /// Looks at all that needs neither a network nor a change on the disk.
    pub(crate) fn check(self) -> Result<Outcome> {
        let mut findings = Findings::default();
        let names = TokenNames::new(self.token_name.iter().cloned());
        let count = self.token_name.len();
        findings.note(
            "names of tokens",
            names.map(|_| count.to_string()).map_err(Into::into),
        );
        let pages = self.pages.pages();
        findings.note(
            "pages that may read",
            pages.map(|pages| match pages {
                Pages::Any => "all".to_owned(),
                Pages::Of(origins) => {
                    format!("those of {} origins, and the node's own", origins.len())
                }
            }),
        );
        findings.note("webhooks", self.check_webhooks());
        findings.note("data directory", directory(&self.data_dir));
        if !self.follow {
            let account = self.l1.signer().map(|signer| signer.address().to_string());
            findings.note("account on the layer 1", account);
            findings.note("operator's key", self.check_operator_key());
            findings.note("workers' token", self.check_prover_token());
            findings.note("verifying keys", self.check_keys());
        }
        findings.finish(
            "the layer 1, whether the contract has the same keys and takes batches of the account, whether \
             keys fit the network, what is in the store, whether the port is free",
            self.output,
        )
    }

    fn check_operator_key(&self) -> Result<String> {
        let path = match &self.operator_key {
            Some(path) => path.clone(),
            None => self.data_dir.join(OPERATOR_FILE),
        };
        match read_operator_key(&path) {
            Ok(key) => Ok(format!("{} in {}", key.address(), path.display())),
            Err(KeyFileError::Missing(_)) => Ok(format!("{} is made at the start", path.display())),
            Err(error) => Err(error.into()),
        }
    }

    fn check_prover_token(&self) -> Result<String> {
        let path = self.data_dir.join(PROVER_TOKEN_FILE);
        let token = match &self.prover_token {
            Some(token) => token.clone(),
            None if !path.exists() => {
                return Ok(format!("{} is made at the start", path.display()));
            }
            None => std::fs::read_to_string(&path)?,
        };
        if token.trim().is_empty() {
            bail!("it is empty, so that anybody could take jobs");
        }
        Ok("there is one".to_owned())
    }

    fn check_webhooks(&self) -> Result<String> {
        let path = self.data_dir.join(WEBHOOK_SECRET_FILE);
        if self.webhooks.makes_secret() && !path.exists() {
            return Ok(format!("{} is made at the start", path.display()));
        }
        let hooks = self.webhooks.webhooks(&self.data_dir)?;
        Ok(hooks.len().to_string())
    }

    fn check_keys(&self) -> Result<String> {
        let directory = self.keys.path()?;
        let circuits = self.shape.iter().copied().map(Into::into);
        let keys = Keyring::open(&directory, circuits)?;
        let names = keys.iter().map(|(circuit, _)| circuit.to_string());
        let names = names.collect::<Vec<_>>().join(", ");
        Ok(format!("{names} in {}", directory.display()))
    }
}

/// A directory that is there, or can be made.
fn directory(path: &Path) -> Result<String> {
    match path.metadata() {
        Ok(found) if found.is_dir() => Ok(path.display().to_string()),
        Ok(_) => bail!("{} is no directory", path.display()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Ok(format!("{} is made at the start", path.display()))
        }
        Err(error) => bail!("cannot look at {}: {error}", path.display()),
    }
}
