//! Progress of long work on standard error: bars on a terminal, plain lines elsewhere.

use std::{
    borrow::Cow,
    io::{IsTerminal as _, stderr},
    sync::{Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::note::note;

/// How often a bar that waits moves.
const TICK: Duration = Duration::from_millis(100);

/// How often a line says how far a long step is.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Parts that a bar has whose work is a share of 1.
const PARTS: u64 = 1000;

/// The bars of this process: one set, so that none is drawn over another.
static BARS: OnceLock<MultiProgress> = OnceLock::new();

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
    /// Where there is no terminal, of a step that takes long.
    lines: Option<Lines>,
}

/// Lines that say how far a step is.
#[derive(Debug)]
struct Lines {
    total: u64,
    /// When the last was written.
    last: Mutex<Instant>,
}

impl Progress {
    /// Bars where standard error is a terminal.
    #[must_use]
    pub(crate) fn new() -> Self {
        let on_terminal = stderr().is_terminal();
        let made = || MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        let bars = on_terminal.then(|| BARS.get_or_init(made).clone());
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
            note(format_args!("{title} ..."));
        }
        Step {
            title,
            bar,
            started: Instant::now(),
            lines: None,
        }
    }

    /// Begins a step of so many parts that takes long: it shows how long the rest will take, and
    /// without a terminal says now and then how far it is.
    #[must_use]
    pub(crate) fn step_with_estimate(&self, title: impl Into<String>, total: u64) -> Step {
        let mut step = self.step(title, Some(total));
        match &step.bar {
            Some(bar) => bar.set_style(estimated()),
            None => {
                step.lines = Some(Lines {
                    total,
                    last: Mutex::new(Instant::now()),
                })
            }
        }
        step
    }

    /// Begins a step whose work is measured as a share of 1.
    #[must_use]
    pub(crate) fn step_of_one(&self, title: impl Into<String>) -> Step {
        let step = self.step(title, Some(PARTS));
        if let Some(bar) = &step.bar {
            bar.set_style(shared());
        }
        step
    }

    /// Whether there are bars, and no lines.
    #[must_use]
    pub(crate) fn moves(&self) -> bool {
        self.bars.is_some()
    }

    /// Says something between two steps.
    pub(crate) fn say(&self, text: &str) {
        say(text);
    }
}

/// Whether something moves on the terminal.
pub(crate) fn are_bars() -> bool {
    BARS.get().is_some()
}

/// Says something on standard error, above the bars where there are some.
pub(crate) fn say(text: &str) {
    match BARS.get() {
        // The terminal may be gone; then nobody misses the line.
        Some(bars) => bars.println(text).unwrap_or_default(),
        None => note(text),
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl Step {
    /// What it was begun as.
    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    /// How much is done, in the units of the step's total.
    pub(crate) fn set(&self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        }
        if let Some(lines) = &self.lines {
            self.say_how_far(lines, done);
        }
    }

    fn say_how_far(&self, lines: &Lines, done: u64) {
        let mut last = lines.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() < LINE_EVERY || done == 0 {
            return;
        }
        *last = Instant::now();
        let left = lines.total.saturating_sub(done);
        let rest_s = self.started.elapsed().as_secs_f64() * left as f64 / done as f64;
        let (title, total) = (&self.title, lines.total);
        note(format_args!(
            "{title}: {done} of {total}, about {rest_s:.0} s left"
        ));
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
            None => note(line),
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

fn shared() -> ProgressStyle {
    style("{spinner} {msg} [{bar:30}] {percent} % {elapsed}").progress_chars("=> ")
}

fn estimated() -> ProgressStyle {
    style("{spinner} {msg} [{bar:30}] {pos}/{len} {elapsed}, {eta} left").progress_chars("=> ")
}

fn waiting() -> ProgressStyle {
    style("{spinner} {msg} {elapsed}")
}

fn finished() -> ProgressStyle {
    style("  {msg}")
}
