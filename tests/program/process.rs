//! Processes of the program under test.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use crate::invoke::{assay, run};

/// How long anything may take.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(240);

/// Standard output of a command that must succeed.
pub(crate) fn succeed(arguments: &[&str]) -> String {
    let output = run(arguments);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// A running process; killed when dropped.
pub(crate) struct Process(Child);

impl Process {
    /// Starts a command and waits until it prints a line that begins with `ready`; returns all
    /// lines up to it.
    pub(crate) fn start(arguments: &[&str], ready: &str) -> (Self, Vec<String>) {
        Self::spawn(assay(arguments), ready)
    }

    /// Starts any program and waits likewise.
    pub(crate) fn spawn(mut command: Command, ready: &str) -> (Self, Vec<String>) {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let process = Self(child);
        let mut lines = Vec::new();
        for line in out.lines() {
            lines.push(line.unwrap());
            if lines.last().unwrap().starts_with(ready) {
                return (process, lines);
            }
        }
        panic!("{command:?} ended before it was ready: {lines:?}");
    }

    /// Starts a command that says nothing when it is ready.
    pub(crate) fn start_quiet(arguments: &[&str]) -> Self {
        Self(assay(arguments).stdout(Stdio::null()).spawn().unwrap())
    }

    /// Starts a command that writes what it prints to a file.
    pub(crate) fn start_into(arguments: &[&str], file: &Path) -> Self {
        let file = File::create(file).unwrap();
        Self(assay(arguments).stdout(file).spawn().unwrap())
    }

    /// SIGKILL, and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// SIGTERM, and waits until it has ended in order.
    pub(crate) fn terminate(self) {
        self.ask_to_end();
        self.ended();
    }

    /// Waits until it has ended in order.
    pub(crate) fn ended(self) {
        let status = self.status();
        assert!(status.success(), "{status}");
    }

    /// Waits until it has ended.
    pub(crate) fn status(mut self) -> ExitStatus {
        self.0.wait().unwrap()
    }

    /// SIGTERM.
    pub(crate) fn ask_to_end(&self) {
        let pid = self.0.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be gone already.
        self.0.kill().unwrap_or_default();
        self.0.wait().unwrap();
    }
}
