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
pub struct Counter(Description);

/// Something that is measured again and again.
#[derive(Debug, Clone, Copy)]
pub struct Gauge(Description);

/// Something of which each value counts.
#[derive(Debug, Clone, Copy)]
pub struct Histogram(Description);

/// What each has that is recorded.
macro_rules! recorded {
    ($($kind:ident)+) => {$(
        impl $kind {
            /// As it is described here.
            #[must_use]
            pub const fn new(description: Description) -> Self {
                Self(description)
            }

            /// What it is.
            #[must_use]
            pub const fn description(&self) -> Description {
                self.0
            }
        }
    )+};
}

recorded! { Counter Gauge Histogram }

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
    pub(crate) fn begin(&self) {
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
    /// A value of the label is there from now on, at 0 where nothing was counted.
    pub fn begin_as(self, value: impl Into<SharedString>) {
        drop(metrics::counter!(self.0.name, self.0.labels(value)));
    }

    /// So many more.
    pub fn add(self, more: u64) {
        metrics::counter!(self.0.name).increment(more);
    }

    /// One more.
    pub fn count(self) {
        metrics::counter!(self.0.name).increment(1);
    }

    /// One more with this value of the label.
    pub fn count_as(self, value: impl Into<SharedString>) {
        metrics::counter!(self.0.name, self.0.labels(value)).increment(1);
    }
}

impl Gauge {
    /// So much more it is now.
    pub fn add(self, value: f64) {
        metrics::gauge!(self.0.name).increment(value);
    }

    /// So much more it is now with this value of the label.
    pub fn add_as(self, label: impl Into<SharedString>, value: f64) {
        metrics::gauge!(self.0.name, self.0.labels(label)).increment(value);
    }

    /// So much it is now.
    pub fn set(self, value: f64) {
        metrics::gauge!(self.0.name).set(value);
    }

    /// So much it is now with this value of the label.
    pub fn set_as(self, label: impl Into<SharedString>, value: f64) {
        metrics::gauge!(self.0.name, self.0.labels(label)).set(value);
    }
}

impl Histogram {
    /// It was so much this time.
    pub fn record(self, value: f64) {
        metrics::histogram!(self.0.name).record(value);
    }

    /// It was so much this time, with this value of the label.
    pub fn record_as(self, label: impl Into<SharedString>, value: f64) {
        metrics::histogram!(self.0.name, self.0.labels(label)).record(value);
    }
}
