//! Progress of long work on standard error: bars on a terminal, plain lines elsewhere.

use std::{
    borrow::Cow,
    io::{IsTerminal as _, stderr},
    time::{Duration, Instant},
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often a bar that waits moves.
const TICK: Duration = Duration::from_millis(100);

/// Parts that a bar has whose work is a share of 1.
const PARTS: u64 = 1000;

/// Shows the steps of a longer piece of work.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    bars: Option<MultiProgress>,
}

/// A step under way. Dropped without [`Step::finish`] it vanishes from the terminal.
#[derive(Debug)]
pub(crate) struct Step {
    title: String,
    bar: Option<ProgressBar>,
    started: Instant,
}

impl Progress {
    /// Bars where standard error is a terminal.
    #[must_use]
    pub(crate) fn new() -> Self {
        let on_terminal = stderr().is_terminal();
        let bars = on_terminal
            .then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10)));
        Self { bars }
    }

    /// Begins a step; with `total` it shows how much of it is done.
    #[must_use]
    pub(crate) fn step(&self, title: impl Into<String>, total: Option<u64>) -> Step {
        let title = title.into();
        let bar = self.bars.as_ref().map(|bars| {
            let bar = match total {
                Some(total) => ProgressBar::new(total).with_style(counted()),
                None => ProgressBar::new_spinner().with_style(waiting()),
            };
            let bar = bars.add(bar.with_message(title.clone()));
            bar.enable_steady_tick(TICK);
            bar
        });
        if bar.is_none() {
            eprintln!("{title} ...");
        }
        Step {
            title,
            bar,
            started: Instant::now(),
        }
    }

    /// Begins a step whose work is measured as a share of 1.
    #[must_use]
    pub(crate) fn step_of_one(&self, title: impl Into<String>) -> Step {
        self.step(title, Some(PARTS))
    }

    /// Says something between two steps.
    pub(crate) fn say(&self, text: &str) {
        match &self.bars {
            // The terminal may be gone; then nobody misses the line.
            Some(bars) => bars.println(text).unwrap_or_default(),
            None => eprintln!("{text}"),
        }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl Step {
    /// How much is done, in the units of the step's total.
    pub(crate) fn set(&self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        }
    }

    /// Which share is done of a step that [`Progress::step_of_one`] began.
    pub(crate) fn set_share(&self, done: f32) {
        self.set((f64::from(done) * PARTS as f64) as u64);
    }

    /// What is being done right now.
    pub(crate) fn note(&self, text: impl Into<Cow<'static, str>>) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{}: {}", self.title, text.into()));
        }
    }

    /// Ends the step with what came of it, and returns how long it took.
    pub(crate) fn finish(self, result: &str) -> Duration {
        let took = self.started.elapsed();
        let line = format!("{}: {result} ({:.1} s)", self.title, took.as_secs_f64());
        match self.bar {
            Some(bar) => {
                bar.set_style(finished());
                bar.finish_with_message(line);
            }
            None => eprintln!("{line}"),
        }
        took
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is a constant that parses")
}

fn counted() -> ProgressStyle {
    style("{spinner} {msg} [{bar:30}] {pos}/{len} {elapsed}").progress_chars("=> ")
}

fn waiting() -> ProgressStyle {
    style("{spinner} {msg} {elapsed}")
}

fn finished() -> ProgressStyle {
    style("  {msg}")
}
