//! `--webhook` of a node: where what moves is posted.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use assay_api::webhook::{Webhook, WebhookSecret};
use clap::Args;

use crate::files::node_data::{WEBHOOK_SECRET_FILE, webhook_secret};

/// Where what moves is posted, and what signs it.
#[derive(Debug, Clone, Args)]
pub(crate) struct WebhookArgs {
    /// Post what moves, as on `/v1/events`, to this URL until it is taken there; several with commas between. What
    /// stands behind a `#` narrows it as the query there does: `https://shop.example/hook#account=12,70&type=transaction`.
    #[arg(
        long,
        env = "ASSAY_WEBHOOK",
        value_name = "URL",
        value_delimiter = ',',
        hide_env_values = true
    )]
    webhook: Vec<String>,
    /// A file with the secret that signs what is posted, `whsec_` and base64 [default: webhook.secret in
    /// the data directory, made where it is missing].
    #[arg(
        long,
        env = "ASSAY_WEBHOOK_SECRET_FILE",
        value_name = "FILE",
        requires = "webhook"
    )]
    webhook_secret_file: Option<PathBuf>,
}

impl WebhookArgs {
    /// Whether the secret is made where it is missing.
    pub(crate) fn makes_secret(&self) -> bool {
        !self.webhook.is_empty() && self.webhook_secret_file.is_none()
    }

    /// The webhooks of a node with this data directory.
    ///
    /// # Errors
    /// A URL that is none, or a secret that cannot be read or made.
    pub(crate) fn webhooks(&self, data_dir: &Path) -> Result<Vec<Webhook>> {
        if self.webhook.is_empty() {
            return Ok(Vec::new());
        }
        let made = data_dir.join(WEBHOOK_SECRET_FILE);
        let (path, text) = match &self.webhook_secret_file {
            Some(path) => {
                let text = std::fs::read_to_string(path);
                let text = text.with_context(|| format!("cannot read {}", path.display()))?;
                (path, zeroize::Zeroizing::new(text))
            }
            None => (&made, webhook_secret(&made)?),
        };
        let secret: WebhookSecret = text
            .trim()
            .parse()
            .with_context(|| path.display().to_string())?;
        let hooks = urls(&self.webhook).into_iter();
        let hooks = hooks.map(|url| Webhook::new(&url, secret.clone()));
        Ok(hooks.collect::<Result<_, _>>()?)
    }
}

/// URLs of what stood between commas: those of a filter are put back.
fn urls(given: &[String]) -> Vec<String> {
    let mut urls: Vec<String> = Vec::new();
    for piece in given {
        match urls.last_mut() {
            Some(last) if last.contains('#') && !piece.contains("://") => {
                last.push(',');
                last.push_str(piece);
            }
            _ => urls.push(piece.clone()),
        }
    }
    urls
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::{Command, FromArgMatches as _};
    use tempfile::TempDir;

    use super::*;

    fn webhooks(directory: &TempDir, given: &[&str]) -> Result<Vec<Webhook>> {
        let command = WebhookArgs::augment_args(Command::new("node"));
        let matches = command.try_get_matches_from([&["node"], given].concat())?;
        WebhookArgs::from_arg_matches(&matches)?.webhooks(directory.path())
    }

    #[test]
    fn a_secret_is_made_once_and_only_where_something_is_posted() {
        let directory = tempfile::tempdir().unwrap();
        let made = directory.path().join(WEBHOOK_SECRET_FILE);
        assert!(webhooks(&directory, &[]).unwrap().is_empty());
        assert!(!made.exists());
        let two = ["--webhook", "http://a.example,https://b.example/hook"];
        assert_eq!(webhooks(&directory, &two).unwrap().len(), 2);
        let text = std::fs::read_to_string(&made).unwrap();
        assert!(text.parse::<WebhookSecret>().is_ok());
        assert_eq!(webhooks(&directory, &two).unwrap().len(), 2);
        assert_eq!(std::fs::read_to_string(&made).unwrap(), text);
        std::fs::write(&made, "whsec_AAAA").unwrap();
        assert!(webhooks(&directory, &two).is_err());
        let file = directory.path().join("other");
        let named = [&two[..], &["--webhook-secret-file", file.to_str().unwrap()]].concat();
        assert!(webhooks(&directory, &named).is_err());
        std::fs::write(&file, format!("{text}\n")).unwrap();
        assert_eq!(webhooks(&directory, &named).unwrap().len(), 2);
        assert!(webhooks(&directory, &named[2..]).is_err());
        assert!(webhooks(&directory, &["--webhook", "b.example"]).is_err());
    }

    #[test]
    fn each_has_its_own_filter() {
        let directory = tempfile::tempdir().unwrap();
        let given = "https://a.example#account=3,4&type=transaction,https://b.example,https://c.example#batch=7";
        let hooks = webhooks(&directory, &["--webhook", given]).unwrap();
        let filters: Vec<_> = hooks.iter().map(|hook| hook.filter().to_string()).collect();
        assert_eq!(filters, ["account=3,4&type=transaction", "", "batch=7"]);
        let many = vec!["1"; 101].join(",");
        for wrong in ["#account=x", "#surprise=1", &format!("#account={many}")] {
            let url = format!("https://a.example{wrong}");
            let error = webhooks(&directory, &["--webhook", &url]).unwrap_err();
            assert!(error.to_string().contains("https://a.example"), "{error}");
        }
        assert!(webhooks(&directory, &["--webhook", "https://a.example,b.example"]).is_err());
    }
}
