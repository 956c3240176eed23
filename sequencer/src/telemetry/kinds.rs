//! What a metric is: its name, what Prometheus is told of it, and how it is recorded.

use metrics::SharedString;

/// How a metric's values go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows; from 0 again when the process starts.
    Counter,
    /// It is what it is now.
    Gauge,
    /// How often a value was in each bucket.
    Histogram,
}

/// A metric, as the table has it.
#[derive(Debug, Clone, Copy)]
pub struct Description {
    /// Its name in Prometheus.
    pub name: &'static str,
    /// How its values go on.
    pub kind: Kind,
    /// Its label, if it has one.
    pub label: Option<Label>,
    /// A sentence: what it counts, and in which unit.
    pub help: &'static str,
}

/// A metric's label.
#[derive(Debug, Clone, Copy)]
pub struct Label {
    /// Its name.
    pub name: &'static str,
    /// All values that it may have, which are there from the start; empty where others come as they happen.
    pub values: &'static [&'static str],
}

/// Something that is counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counter(pub(super) Description);

/// Something that is measured again and again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gauge(pub(super) Description);

/// Something of which each value counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Histogram(pub(super) Description);

impl Kind {
    /// Its name in Prometheus.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

impl Description {
    /// Tells the recorder of it, with all values of its label.
    pub(super) fn begin(&self) {
        match self.kind {
            Kind::Counter => metrics::describe_counter!(self.name, self.help),
            Kind::Gauge => metrics::describe_gauge!(self.name, self.help),
            Kind::Histogram => metrics::describe_histogram!(self.name, self.help),
        }
        match self.label {
            None => self.register(Vec::new()),
            Some(label) => {
                for value in label.values {
                    self.register(vec![metrics::Label::new(label.name, *value)]);
                }
            }
        }
    }

    fn register(&self, labels: Vec<metrics::Label>) {
        match self.kind {
            Kind::Counter => drop(metrics::counter!(self.name, labels)),
            Kind::Gauge => drop(metrics::gauge!(self.name, labels)),
            Kind::Histogram => drop(metrics::histogram!(self.name, labels)),
        }
    }

    fn labels(&self, value: impl Into<SharedString>) -> Vec<metrics::Label> {
        let label = self
            .label
            .map(|label| metrics::Label::new(label.name, value));
        label.into_iter().collect()
    }
}

impl Counter {
    /// One more.
    pub(crate) fn count(self) {
        metrics::counter!(self.0.name).increment(1);
    }

    /// So many more.
    pub(crate) fn add(self, count: u64) {
        metrics::counter!(self.0.name).increment(count);
    }

    /// One more with this value of the label.
    pub(crate) fn count_as(self, value: impl Into<SharedString>) {
        metrics::counter!(self.0.name, self.0.labels(value)).increment(1);
    }
}

impl Gauge {
    /// So much more it is now.
    pub(crate) fn add(self, value: f64) {
        metrics::gauge!(self.0.name).increment(value);
    }

    /// So much more it is now with this value of the label.
    pub(crate) fn add_as(self, label: impl Into<SharedString>, value: f64) {
        metrics::gauge!(self.0.name, self.0.labels(label)).increment(value);
    }

    /// So much it is now.
    pub(crate) fn set(self, value: f64) {
        metrics::gauge!(self.0.name).set(value);
    }

    /// So much it is now with this value of the label.
    pub(crate) fn set_as(self, label: impl Into<SharedString>, value: f64) {
        metrics::gauge!(self.0.name, self.0.labels(label)).set(value);
    }
}

impl Histogram {
    /// It was so much this time.
    pub(crate) fn record(self, value: f64) {
        metrics::histogram!(self.0.name).record(value);
    }

    /// It was so much this time, with this value of the label.
    pub(crate) fn record_as(self, label: impl Into<SharedString>, value: f64) {
        metrics::histogram!(self.0.name, self.0.labels(label)).record(value);
    }
}
