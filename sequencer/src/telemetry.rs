//! The node's metrics: one table. What is not in it cannot be recorded.

mod table;

pub use assay_telemetry::{Description, Kind, Label};
pub use table::ALL;
pub(crate) use table::*;

pub(crate) use assay_telemetry::{install, render};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use assay_api::stage::Stage;

    use super::*;

    #[test]
    fn no_two_metrics_have_one_name_and_each_says_what_it_is() {
        let names: BTreeSet<_> = ALL.iter().map(|metric| metric.name).collect();
        assert_eq!(names.len(), ALL.len());
        for Description {
            name, kind, help, ..
        } in ALL
        {
            assert!(
                help.ends_with('.') && !help.contains('\n'),
                "{name}: {help}"
            );
            assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
        }
    }

    #[test]
    fn the_stages_in_labels_are_stages() {
        let names = Stage::ALL.map(Stage::name);
        for metric in ALL {
            let label = metric.label.filter(|label| label.name == "stage");
            for value in label.map_or(&[][..], |label| label.values) {
                assert!(names.contains(value), "{}: {value}", metric.name);
            }
        }
    }
}
