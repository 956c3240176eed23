//! `assay status`: how a node is, for whoever runs it, and for everybody.

mod advice;
mod announced;
mod figures;
mod found;
mod text;

use std::{
    io,
    ops::ControlFlow,
    time::{Duration, Instant},
};

use anyhow::Result;
use assay_api::client::ClientError;
use clap::Args;
use serde::Serialize;

use crate::{
    options::{node::DEFAULT_NODE_URL, prover_token::ProverTokenArgs},
    process::{block_on, shutdown_signal},
    terminal::{
        moment::{now_ms, time_of_day},
        outcome::{Outcome, sentence},
        output::{self, OutputArgs},
        screen::Screen,
    },
};
use found::{Asked, Found};

/// Options of `assay status`.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// The node to look at.
    #[arg(
        long,
        alias = "node-url",
        env = "ASSAY_NODE",
        value_name = "URL",
        default_value = DEFAULT_NODE_URL
    )]
    node: String,
    // With it the workers are shown as well.
    #[command(flatten)]
    token: ProverTokenArgs,
    /// Look again every so many seconds until Ctrl-C: in place on a terminal, elsewhere a line for
    /// each change.
    #[arg(
        long,
        env = "ASSAY_WATCH",
        value_name = "SECONDS",
        num_args = 0..=1,
        default_missing_value = "2",
        value_parser = clap::value_parser!(u64).range(1..=3_600)
    )]
    watch: Option<u64>,
    #[command(flatten)]
    output: OutputArgs,
}

/// What is told of a node that does not answer.
#[derive(Serialize)]
struct Silent<'a> {
    at_ms: u64,
    node: &'a str,
    well: bool,
    error: String,
}

impl StatusArgs {
    pub(crate) fn run(self) -> Result<Outcome> {
        let asked = Asked::new(&self.node, self.token.token()?)?;
        block_on(async {
            match self.watch {
                None => {
                    let found = asked.look().await?;
                    self.output.print_styled(&found, text::text)?;
                    Ok(outcome(&found))
                }
                Some(seconds) => self.watch(&asked, Duration::from_secs(seconds)).await,
            }
        })
    }

    /// Looks until Ctrl-C, also while the node does not answer.
    async fn watch(&self, asked: &Asked, pause: Duration) -> Result<Outcome> {
        let shutdown = shutdown_signal()?;
        let mut shown = Shown {
            node: &self.node,
            screen: Screen::new().filter(|_| !self.output.json),
            json: self.output.json,
            last: String::new(),
        };
        // How the node was at the last look.
        let mut last = Outcome::Done;
        loop {
            let begin = Instant::now();
            let looked = tokio::select! {
                looked = asked.look() => looked,
                () = shutdown.cancelled() => break,
            };
            let result = match looked {
                Err(error) if !is_silence(&error) => return Err(error),
                looked => looked,
            };
            if shown.show(result.as_ref())?.is_break() {
                return Ok(Outcome::Done);
            }
            last = result.map_or(Outcome::NotWell, |found| outcome(&found));
            tokio::select! {
                () = tokio::time::sleep(pause.saturating_sub(begin.elapsed())) => {}
                () = shutdown.cancelled() => break,
            }
        }
        if let Some(screen) = shown.screen {
            screen.leave()?;
        }
        Ok(last)
    }
}

/// Where it is shown, and what was last.
struct Shown<'a> {
    node: &'a str,
    screen: Option<Screen>,
    json: bool,
    last: String,
}

impl Shown<'_> {
    /// Shows what was found; breaks where nobody reads any more.
    fn show(&mut self, result: Result<&Found, &anyhow::Error>) -> io::Result<ControlFlow<()>> {
        let shown = match &mut self.screen {
            Some(screen) => screen.draw(&match result {
                Ok(found) => text::text(found),
                Err(error) => format!("{}  {}", self.node, sentence(error)),
            }),
            None => self.line(result),
        };
        match shown {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ControlFlow::Break(())),
            shown => shown.map(ControlFlow::Continue),
        }
    }

    /// A line, where it says something new.
    fn line(&mut self, result: Result<&Found, &anyhow::Error>) -> io::Result<()> {
        let new = match result {
            Ok(found) => found.line(),
            Err(error) => sentence(error),
        };
        if new == self.last {
            return Ok(());
        }
        let text = match (self.json, result) {
            (false, _) => format!("{} UTC  {new}", time_of_day(now_ms())),
            (true, Ok(found)) => serde_json::to_string(found)?,
            (true, Err(error)) => serde_json::to_string(&Silent {
                at_ms: now_ms(),
                node: self.node,
                well: false,
                error: sentence(error),
            })?,
        };
        self.last = new;
        output::line(&text)
    }
}

fn outcome(found: &Found) -> Outcome {
    match found.well {
        true => Outcome::Done,
        false => Outcome::NotWell,
    }
}

/// Whether nobody answered, which may pass.
fn is_silence(error: &anyhow::Error) -> bool {
    let client = error.downcast_ref::<ClientError>();
    client.is_some_and(ClientError::is_unanswered)
}
