//! How a command ends: what a script may do next is in its exit code (docs/exit-codes.md).

use std::{
    error::Error,
    fmt::Display,
    io::{self, ErrorKind},
    path::Path,
    process::ExitCode,
};

use assay_api::{client::ClientError, download::DownloadError, seen::seen};
use assay_l1::client::L1Error;
use assay_restore::restore::RestoreError;
use assay_sequencer::node::NodeError;

use super::note::note;

/// What to do about a full disk.
const MAKE_ROOM: &str = "make room";

/// How a command ended that did not fail on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// What was asked for is done.
    Done,
    /// What was to be checked is not valid, or cannot be done; the command has said why.
    Invalid,
    /// It was handed over, and has not come as far as was asked; the command has said how far.
    NotThereYet,
    /// What was looked at answers, and is not well; the command has said why.
    NotWell,
}

/// Exit codes besides 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    /// It was refused, or found invalid: nothing of it will happen.
    Refused = 1,
    /// Input that is not even of the right kind; clap uses the same for usage.
    Unreadable = 2,
    /// Nobody answered, and nothing was handed over: it can be tried again.
    NotReached = 3,
    /// It was handed over, or may have been, and has not come as far as was asked: who does it again
    /// may do it twice.
    NotThereYet = 4,
    /// It was looked at, and is not well.
    NotWell = 5,
}

/// Input that is not even of the right kind.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unreadable(pub String);

impl Unreadable {
    /// A file that cannot be read as what it is to be, for this reason.
    pub(crate) fn file(what: &str, path: &Path, reason: impl Display) -> Self {
        Self(format!("cannot read {what} {}: {reason}", path.display()))
    }
}

/// Something was handed over, or may have been, and it is not known to have come as far as was
/// asked. What it is makes the message; what came in between is the cause.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub(crate) struct NotThereYet {
    what: String,
    source: Box<dyn Error + Send + Sync>,
}

impl NotThereYet {
    /// What was handed over and how far it is, with what came in between.
    pub(crate) fn because(
        what: impl Into<String>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            what: what.into(),
            source: source.into(),
        }
    }
}

/// The exit code of a command; an error is told in one line on standard error.
pub(crate) fn exit_code(result: anyhow::Result<Outcome>) -> ExitCode {
    let failure = match result {
        Ok(Outcome::Done) => return ExitCode::SUCCESS,
        Ok(Outcome::Invalid) => Failure::Refused,
        Ok(Outcome::NotThereYet) => Failure::NotThereYet,
        Ok(Outcome::NotWell) => Failure::NotWell,
        Err(error) if is_closed_pipe(&error) => return ExitCode::SUCCESS,
        Err(error) => {
            note(format_args!("error: {}", sentence(&error)));
            Failure::of(&error)
        }
    };
    ExitCode::from(failure as u8)
}

impl Failure {
    fn of(error: &anyhow::Error) -> Self {
        let any = |test: fn(&(dyn Error + 'static)) -> bool| error.chain().any(test);
        // First, because what it is not there yet for may be that nobody answers.
        if may_happen_yet(error) {
            Self::NotThereYet
        } else if any(|cause| cause.is::<Unreadable>()) {
            Self::Unreadable
        } else if any(is_unanswered) {
            Self::NotReached
        } else {
            Self::Refused
        }
    }
}

/// Whether what failed was handed over, or may have been.
pub(crate) fn may_happen_yet(error: &anyhow::Error) -> bool {
    error.chain().any(is_not_there_yet)
}

fn is_not_there_yet(cause: &(dyn Error + 'static)) -> bool {
    cause.is::<NotThereYet>()
        || matches!(cause.downcast_ref(), Some(ClientError::Timeout { .. }))
        || matches!(of_l1(cause), Some(L1Error::Timeout { .. }))
}

fn is_unanswered(cause: &(dyn Error + 'static)) -> bool {
    let node = cause.downcast_ref::<ClientError>();
    node.is_some_and(ClientError::is_unanswered)
        || matches!(of_l1(cause), Some(L1Error::Transport { .. }))
        || matches!(cause.downcast_ref(), Some(DownloadError::Transport { .. }))
}

/// What went wrong with the layer 1, also where an error shows it as its own.
fn of_l1<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a L1Error> {
    match (cause.downcast_ref(), cause.downcast_ref()) {
        (Some(NodeError::L1(error)), _) | (_, Some(RestoreError::L1(error))) => Some(error),
        _ => cause.downcast_ref(),
    }
}

/// The reader of standard output went away (`assay ... | head`): no failure of ours.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    kind == Some(ErrorKind::BrokenPipe)
}

/// Whether a disk has no room for what was to be written.
pub(crate) fn lacks_room(error: &anyhow::Error) -> bool {
    let full = [ErrorKind::StorageFull, ErrorKind::QuotaExceeded];
    error.chain().any(|cause| {
        let cause = cause.downcast_ref::<io::Error>();
        cause.is_some_and(|cause| full.contains(&cause.kind()))
    })
}

/// The chain of causes in one line; a cause that the line before it already quotes is left out. What to do
/// about a full disk is said where none of them says it. What others said, a layer 1 say, moves no cursor.
pub(crate) fn sentence(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    if lacks_room(error) && !text.contains(MAKE_ROOM) {
        text = format!("{text} ({MAKE_ROOM} on this disk)");
    }
    seen(&text.replace('\n', " "))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line_without_repetition() {
        let inner = std::io::Error::other("disk on fire");
        let error = anyhow::Error::new(inner).context("cannot write a: disk on fire");
        assert_eq!(sentence(&error), "cannot write a: disk on fire");
        assert_eq!(
            sentence(&error.context("no key was made")),
            "no key was made: cannot write a: disk on fire"
        );
        let inner = std::io::Error::other("disk on fire");
        let error = anyhow::Error::new(inner).context("a: disk on fire (put it out)");
        assert_eq!(sentence(&error), "a: disk on fire (put it out)");
        let error = anyhow::anyhow!("the L1 says \u{1b}[2J\npaid\u{202e}");
        assert_eq!(sentence(&error), "the L1 says \u{fffd}[2J paid\u{fffd}");
    }

    #[test]
    fn a_full_disk_is_told_with_what_to_do_once() {
        let full = || anyhow::Error::new(io::Error::from(ErrorKind::StorageFull));
        assert_eq!(
            sentence(&full().context("cannot write a")),
            "cannot write a: no storage space (make room on this disk)"
        );
        let told = full().context("a: no storage space (make room, or choose another disk)");
        assert_eq!(sentence(&told).matches(MAKE_ROOM).count(), 1);
        let other = anyhow::Error::new(io::Error::from(ErrorKind::PermissionDenied));
        assert!(!lacks_room(&other) && !sentence(&other).contains(MAKE_ROOM));
    }
}
