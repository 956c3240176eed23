//! What `assay worker` says of what it does: a line that moves on a terminal, and with `--json` one object a
//! line for programs. Elsewhere the log says it.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::Result;
use assay_prover::worker::{Activity, Watcher, WorkerReport};
use serde::Serialize;

use crate::terminal::{
    lines::Lines,
    outcome::sentence,
    output::{self, OutputArgs},
    progress::{Progress, Step},
};

/// A line for programs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event {
    /// It waits for the node, or for a job.
    Waiting {
        waits_for: &'static str,
        /// Why the node does not answer.
        reason: Option<String>,
    },
    /// It has its keys, and the node wants proofs under them.
    Started {
        node_url: String,
        shapes: Vec<&'static str>,
    },
    /// It proves a batch.
    Job { batch: u64, shape: &'static str },
    /// A job has ended; `outcome` is as in the metrics.
    JobEnded {
        batch: u64,
        outcome: &'static str,
        seconds: f64,
    },
    /// It has ended; with `error` where it was not told to.
    Ended {
        accepted: u64,
        unwanted: u64,
        failed: u64,
        given_up: u64,
        error: Option<String>,
    },
}

/// Who is told.
pub(super) struct Told {
    output: OutputArgs,
    shown: Arc<Mutex<Shown>>,
}

/// Where it is shown.
struct Shown {
    node_url: String,
    lines: Option<Lines>,
    /// Where standard error is a terminal.
    terminal: Option<Progress>,
    step: Option<Step>,
    /// What was told last that goes on: it is told once.
    last: Option<Event>,
}

impl Told {
    pub(super) fn new(node_url: &str, output: OutputArgs) -> Self {
        let progress = Progress::new();
        let shown = Shown {
            node_url: node_url.to_owned(),
            lines: output.json.then(Lines::new),
            terminal: (!output.json && progress.moves()).then_some(progress),
            step: None,
            last: None,
        };
        Self {
            output,
            shown: Arc::new(Mutex::new(shown)),
        }
    }

    /// What the worker tells.
    pub(super) fn watcher(&self) -> Watcher {
        let shown = self.shown.clone();
        Watcher::new(move |activity| lock(&shown).tell(activity))
    }

    /// The worker has ended, with what it did.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub(super) fn ended(&self, ended: &Result<WorkerReport>) -> io::Result<()> {
        let lines = {
            let mut shown = lock(&self.shown);
            shown.step = None;
            shown.lines.take()
        };
        // What was told before comes before.
        if let Some(lines) = lines {
            lines.finish();
        }
        if self.output.json {
            return output::json_line(&end(ended));
        }
        let Ok(report) = ended else {
            return Ok(());
        };
        output::line(&format!(
            "proofs accepted {}, unwanted {}, failed {}; jobs given up {}",
            report.accepted, report.unwanted, report.failed, report.given_up
        ))
    }
}

fn end(ended: &Result<WorkerReport>) -> Event {
    let report = ended.as_ref().ok().copied().unwrap_or_default();
    Event::Ended {
        accepted: report.accepted,
        unwanted: report.unwanted,
        failed: report.failed,
        given_up: report.given_up,
        error: ended.as_ref().err().map(sentence),
    }
}

impl Shown {
    fn tell(&mut self, activity: Activity) {
        if let Some(lines) = &self.lines
            && let Some(event) = event(&self.node_url, &activity)
            && self.last.as_ref() != Some(&event)
        {
            // An event is made of numbers and words: it can always be written.
            lines.tell(serde_json::to_string(&event).unwrap_or_default());
            self.last = Some(event);
        }
        if let Some(progress) = self.terminal.clone() {
            self.show(&progress, activity);
        }
    }

    /// Moves the line. A step that goes on goes on counting its time.
    fn show(&mut self, progress: &Progress, activity: Activity) {
        let (title, is_counted) = match activity {
            Activity::NodeIsAway { .. } => ("waiting until the node answers".to_owned(), false),
            Activity::Idle => ("waiting for a job".to_owned(), false),
            Activity::Leased { batch, circuit } => {
                (format!("proving batch {batch} of {circuit}"), true)
            }
            Activity::Proving { phase, done } => {
                if let Some(step) = &self.step {
                    step.note(phase.name());
                    step.set_share(done);
                }
                return;
            }
            Activity::Ended { outcome, .. } => {
                if let Some(step) = self.step.take() {
                    step.finish(outcome);
                }
                return;
            }
            Activity::Ready { .. } => return,
        };
        if self.step.as_ref().is_some_and(|step| step.title() == title) {
            return;
        }
        // What was waited for is over, and its line with it.
        self.step = None;
        self.step = Some(match is_counted {
            true => progress.step_of_one(title),
            false => progress.step(title, None),
        });
    }
}

fn event(node_url: &str, activity: &Activity) -> Option<Event> {
    Some(match activity {
        Activity::Ready { circuits } => Event::Started {
            node_url: node_url.to_owned(),
            shapes: circuits.iter().map(|circuit| circuit.name()).collect(),
        },
        Activity::NodeIsAway { reason } => Event::Waiting {
            waits_for: "node",
            reason: Some(reason.clone()),
        },
        Activity::Idle => Event::Waiting {
            waits_for: "job",
            reason: None,
        },
        Activity::Leased { batch, circuit } => Event::Job {
            batch: *batch,
            shape: circuit.name(),
        },
        Activity::Proving { .. } => return None,
        Activity::Ended {
            batch,
            outcome,
            seconds,
        } => Event::JobEnded {
            batch: *batch,
            outcome,
            seconds: *seconds,
        },
    })
}

fn lock(shown: &Mutex<Shown>) -> MutexGuard<'_, Shown> {
    shown.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use assay_circuits::shape::Shape;
    use serde_json::json;

    use super::*;

    #[test]
    fn programs_are_told_one_object_for_each_thing() {
        let circuit = Shape::Tiny.into();
        let shown = |activity: Activity| {
            let event = event("http://node", &activity)?;
            Some(serde_json::to_value(event).unwrap())
        };
        for (activity, expected) in [
            (
                Activity::NodeIsAway {
                    reason: "refused".to_owned(),
                },
                json!({"event": "waiting", "waits_for": "node", "reason": "refused"}),
            ),
            (
                Activity::Ready {
                    circuits: vec![circuit],
                },
                json!({"event": "started", "node_url": "http://node", "shapes": ["tiny"]}),
            ),
            (
                Activity::Idle,
                json!({"event": "waiting", "waits_for": "job", "reason": null}),
            ),
            (
                Activity::Leased { batch: 7, circuit },
                json!({"event": "job", "batch": 7, "shape": "tiny"}),
            ),
            (
                Activity::Ended {
                    batch: 7,
                    outcome: "accepted",
                    seconds: 1.5,
                },
                json!({"event": "job_ended", "batch": 7, "outcome": "accepted", "seconds": 1.5}),
            ),
        ] {
            assert_eq!(shown(activity), Some(expected));
        }
        let failed = serde_json::to_value(end(&Err(anyhow::anyhow!("no keys")))).unwrap();
        assert_eq!(failed["event"], "ended");
        assert_eq!(
            (&failed["error"], &failed["failed"]),
            (&json!("no keys"), &json!(0))
        );
    }
}
