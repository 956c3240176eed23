//! Logs: to standard error, filtered by `RUST_LOG`, as text or as JSON lines.

use std::io::{self, IsTerminal as _, Write, stderr};

use clap::{Args, ValueEnum};
use tracing_subscriber::{EnvFilter, filter::LevelFilter, fmt};

use super::progress;

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

/// Standard error, above what moves there. The subscriber writes a line in one piece.
struct AboveBars;

impl Write for AboveBars {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if progress::are_bars() {
            progress::say(String::from_utf8_lossy(line).trim_end());
            return Ok(line.len());
        }
        // Where the disk of a log is full, as the node's own may be, the line is lost and all goes on: the
        // subscriber would panic.
        let _ = stderr().write_all(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl LogArgs {
    /// Starts logging; `default_filter` is what is logged where `RUST_LOG` says nothing.
    pub(crate) fn start(self, default_filter: &str) {
        let asked = std::env::var(EnvFilter::DEFAULT_ENV).ok();
        let filter = asked.and_then(|asked| EnvFilter::try_new(ours(&asked)).ok());
        let filter = filter.unwrap_or_else(|| default_filter.into());
        let builder = fmt().with_env_filter(filter).with_writer(|| AboveBars);
        let started = match self.log_format {
            LogFormat::Text => builder.with_ansi(stderr().is_terminal()).try_init(),
            LogFormat::Json => builder.json().try_init(),
        };
        if started.is_err() {
            tracing::debug!("logging was started already");
        }
    }
}

/// A filter in which a level alone that is finer than `info` is meant for this program. What it is made of, as the
/// libraries of HTTP and of the store, goes on telling what `info` has, unless it is named.
fn ours(filter: &str) -> String {
    let directives =
        filter
            .split(',')
            .map(|directive| match directive.trim().parse::<LevelFilter>() {
                Ok(level) if level > LevelFilter::INFO => format!("info,assay={level}"),
                _ => directive.to_owned(),
            });
    directives.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::{
        io::Write,
        sync::{Arc, Mutex},
    };

    use tracing::{Level, event, subscriber::with_default};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What is written of one line by this program and two by libraries at a level.
    fn written(filter: &str) -> Vec<&'static str> {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = fmt()
            .with_env_filter(EnvFilter::try_new(ours(filter)).unwrap())
            .with_writer(move || writer.clone())
            .finish();
        with_default(subscriber, || {
            event!(target: "assay_sequencer::api", Level::DEBUG, "our debug");
            event!(target: "assay", Level::TRACE, "our trace");
            event!(target: "hyper::proto", Level::DEBUG, "their debug");
            event!(target: "sled", Level::INFO, "their info");
        });
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let all = ["our debug", "our trace", "their debug", "their info"];
        all.into_iter().filter(|line| text.contains(line)).collect()
    }

    #[test]
    fn debugging_is_about_this_program_unless_another_is_named() {
        assert_eq!(written("debug"), ["our debug", "their info"]);
        assert_eq!(written("trace"), ["our debug", "our trace", "their info"]);
        assert_eq!(written("DEBUG"), ["our debug", "their info"]);
        let named = ["our debug", "their debug", "their info"];
        assert_eq!(written("debug,hyper=debug"), named);
        assert_eq!(written("info"), ["their info"]);
        assert_eq!(written("warn,assay=debug"), ["our debug"]);
        assert_eq!(written("off,hyper=debug"), ["their debug"]);
    }
}
