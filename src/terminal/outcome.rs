//! How a command ends: exit code 0 when it did what was asked, 1 when it failed or found
//! something invalid, 2 when its input cannot be read at all (clap uses 2 for usage as well).

use std::process::ExitCode;

/// How a command ended that did not fail on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// What was asked for is done.
    Done,
    /// What was to be checked is not valid; the command has said why.
    Invalid,
}

/// Input that is not even of the right kind: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unreadable(pub String);

/// The exit code of a command; an error is told in one line on standard error.
pub(crate) fn exit_code(result: anyhow::Result<Outcome>) -> ExitCode {
    match result {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Invalid) => ExitCode::from(1),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", sentence(&error));
            let unreadable = error.chain().any(|cause| cause.is::<Unreadable>());
            ExitCode::from(if unreadable { 2 } else { 1 })
        }
    }
}

/// The reader of standard output went away (`assay ... | head`): no failure of ours.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let kind = error
        .downcast_ref::<std::io::Error>()
        .map(std::io::Error::kind);
    kind == Some(std::io::ErrorKind::BrokenPipe)
}

/// The chain of causes in one line; a cause that the line before it already quotes is left out.
fn sentence(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
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
    }
}
