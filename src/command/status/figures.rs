//! What of a node's metrics is of interest on the screen.

use serde::Serialize;

/// Figures that are told to Prometheus alone; each where the node has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(super) struct Figures {
    /// When the node started, Unix seconds.
    pub(super) started_s: Option<f64>,
    /// Age of the oldest transaction in no sealed batch, s.
    pub(super) oldest_unsealed_s: Option<f64>,
    /// Age of the oldest batch without a proof, s.
    pub(super) oldest_unproved_s: Option<f64>,
    /// Age of the oldest batch that is not on the layer 1, s.
    pub(super) oldest_unposted_s: Option<f64>,
    /// Of the layer 1's latest block, wei per gas.
    pub(super) base_fee_wei: Option<f64>,
    /// Ether of the account that sends batches, wei.
    pub(super) balance_wei: Option<f64>,
    /// What is free on the disk of the data directory, bytes.
    pub(super) disk_free_bytes: Option<f64>,
    /// How large that disk is, bytes.
    pub(super) disk_size_bytes: Option<f64>,
}

impl Figures {
    /// Reads them from Prometheus text.
    pub(super) fn read(text: &str) -> Self {
        let value = |name: &str| {
            let mut lines = text.lines();
            let found = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            found.and_then(|value| value.trim().parse().ok())
        };
        Self {
            started_s: value("process_start_time_seconds"),
            oldest_unsealed_s: value("assay_oldest_unsealed_seconds"),
            oldest_unproved_s: value("assay_oldest_unproved_seconds"),
            oldest_unposted_s: value("assay_oldest_unposted_seconds"),
            base_fee_wei: value("assay_l1_base_fee_wei"),
            balance_wei: value("assay_l1_balance_wei"),
            disk_free_bytes: value("assay_disk_free_bytes"),
            disk_size_bytes: value("assay_disk_size_bytes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_where_they_are_there() {
        let text = "# HELP assay_l1_base_fee_wei Base fee.\n# TYPE assay_l1_base_fee_wei gauge\n\
            assay_l1_base_fee_wei 1000000007\nassay_l1_base_fee_wei_more 5\n\
            assay_oldest_unproved_seconds 1.5\nassay_l1_balance_wei nonsense\n";
        let expected = Figures {
            base_fee_wei: Some(1_000_000_007.0),
            oldest_unproved_s: Some(1.5),
            ..Figures::default()
        };
        assert_eq!(Figures::read(text), expected);
    }

    /// The names are those of the node's table.
    #[test]
    fn the_figures_are_metrics_of_a_node() {
        let page = include_str!("../../../docs/metrics.md");
        let source = include_str!("figures.rs");
        let names = source.split("value(\"").skip(1);
        for name in names.filter_map(|rest| rest.split('"').next()) {
            let row = format!("| `{name}` | gauge |");
            assert!(page.contains(&row), "{name}");
        }
    }
}
