//! The file that keeps a simulated layer 1, and what was deployed on it.

use std::{
    fs, io,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use assay_durable::Readers;
use assay_l1::chain::{Chain, ChainConfig, ChainHandle};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio_util::sync::CancellationToken;

use super::deployment::Deployment;
use crate::{
    process::shutdown_signal,
    terminal::{
        outcome::{lacks_room, sentence},
        progress::say,
    },
};

/// How long it takes at least until the file is written again.
const SAVE_S: u64 = 10;
/// How long after there was no room for it.
const AGAIN: Duration = Duration::from_secs(1);
/// Writing takes no more than one part in so many of the time.
const SAVE_SHARE: u32 = 20;

/// A file with a chain.
#[derive(Debug, Clone)]
pub(crate) struct ChainFile {
    path: PathBuf,
}

/// What is in it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    deployment: Option<Deployment>,
    chain: Box<RawValue>,
}

impl ChainFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// The chain in the file and what was deployed on it; `None` where there is no file yet.
    pub(crate) fn load(
        &self,
        config: ChainConfig,
    ) -> Result<Option<(ChainHandle, Option<Deployment>)>> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| self.what("cannot read")),
        };
        let content: Content =
            serde_json::from_slice(&bytes).with_context(|| self.what("there is no chain in"))?;
        let chain = Chain::load(config, content.chain.get().as_bytes())
            .with_context(|| self.what("cannot load the chain of"))?;
        Ok(Some((chain, content.deployment)))
    }

    /// Writes the chain: whoever opens the file finds all of it, as it was before or as it is now.
    pub(crate) fn save(&self, chain: &ChainHandle, deployment: Option<&Deployment>) -> Result<()> {
        let saved = String::from_utf8(chain.save().context("the chain as JSON")?);
        let content = Content {
            deployment: deployment.cloned(),
            chain: RawValue::from_string(saved.context("JSON is UTF-8")?)?,
        };
        let bytes = serde_json::to_vec(&content).context("the chain as JSON")?;
        assay_durable::write(&self.path, Readers::All, &bytes)
            .with_context(|| self.what("cannot write"))
    }

    /// Writes the chain for the last time. Where there is no room for it, this waits until there is, or until
    /// the next Ctrl-C or SIGTERM: without it all is lost that happened since the time before, deposits of
    /// which a node knows among it.
    pub(crate) async fn save_last(
        &self,
        chain: &ChainHandle,
        deployment: Option<&Deployment>,
    ) -> Result<()> {
        let given_up = shutdown_signal()?;
        let mut is_told = false;
        loop {
            let error = match self.save(chain, deployment) {
                Err(error) if lacks_room(&error) => error,
                done => return done,
            };
            if !is_told {
                let error = sentence(&error);
                say(&format!(
                    "{error}; it is tried every second, and the next Ctrl-C gives up what happened last"
                ));
                is_told = true;
            }
            tokio::select! {
                () = given_up.cancelled() => return Err(error),
                () = tokio::time::sleep(AGAIN) => {}
            }
        }
    }

    /// Writes the chain again and again while something happens on it, until `shutdown` is
    /// cancelled.
    pub(crate) async fn keep(
        &self,
        chain: &ChainHandle,
        deployment: Option<&Deployment>,
        shutdown: &CancellationToken,
    ) -> Result<()> {
        let mut saved = None;
        let mut pause = Duration::from_secs(SAVE_S);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                () = tokio::time::sleep(pause) => {}
            }
            let events = chain.events();
            if saved == Some(events) {
                continue;
            }
            let begin = Instant::now();
            let (file, chain, deployment) = (self.clone(), chain.clone(), deployment.cloned());
            let written =
                tokio::task::spawn_blocking(move || file.save(&chain, deployment.as_ref()));
            match written.await.context("writing the chain broke off")? {
                Ok(()) => saved = Some(events),
                Err(error) => tracing::error!("{error:#}; trying again"),
            }
            pause = Duration::from_secs(SAVE_S).max(begin.elapsed() * SAVE_SHARE);
        }
    }

    fn what(&self, trouble: &str) -> String {
        format!("{trouble} {}", self.path.display())
    }
}
