//! Logs: to standard error, filtered by `RUST_LOG`, as text or as JSON lines.

use std::io::{IsTerminal as _, stderr};

use clap::{Args, ValueEnum};
use tracing_subscriber::{EnvFilter, fmt};

/// Options of every command.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct LogArgs {
    /// Form of the log lines on standard error; RUST_LOG chooses which are written.
    #[arg(
        long,
        global = true,
        env = "ASSAY_LOG_FORMAT",
        value_name = "FORMAT",
        default_value = "text"
    )]
    pub log_format: LogFormat,
}

/// Form of the log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl LogArgs {
    /// Starts logging; `default_filter` is what is logged where `RUST_LOG` says nothing.
    pub(crate) fn start(self, default_filter: &str) {
        let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| default_filter.into());
        let builder = fmt().with_env_filter(filter).with_writer(stderr);
        let started = match self.log_format {
            LogFormat::Text => builder.with_ansi(stderr().is_terminal()).try_init(),
            LogFormat::Json => builder.json().try_init(),
        };
        if started.is_err() {
            tracing::debug!("logging was started already");
        }
    }
}
