//! What those who run a node are given, compared with what the node tells: `ops/`, `docs/metrics.md` and
//! `docs/operations.md`.
#![allow(clippy::unwrap_used)]

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use assay_sequencer::health::Fault;
use assay_telemetry::{Description, Kind, process};

const ALERTS: &str = "ops/prometheus/alerts.yaml";
const ALERT_TESTS: &str = "ops/prometheus/alerts.test.yaml";
const DASHBOARDS: [&str; 2] = [
    "ops/grafana/dashboards/assay.json",
    "ops/grafana/dashboards/workers.json",
];

/// Every table that operators look at, in the order of `docs/metrics.md`.
const TABLES: [&[Description]; 3] = [
    process::ALL,
    assay_sequencer::telemetry::ALL,
    assay_prover::worker::telemetry::ALL,
];

fn all() -> impl Iterator<Item = &'static Description> {
    TABLES.into_iter().flatten()
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The series of every metric, as Prometheus names them.
fn series() -> BTreeSet<String> {
    let of = |name: &str, kind| match kind {
        Kind::Histogram => ["_bucket", "_sum", "_count"]
            .map(|end| format!("{name}{end}"))
            .to_vec(),
        Kind::Counter | Kind::Gauge => vec![name.to_owned()],
    };
    all()
        .flat_map(|metric| of(metric.name, metric.kind))
        .collect()
}

/// The metrics that a text names.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(|c| !is_part(c))
        .filter(|word| word.starts_with("assay_") || word.starts_with("process_"))
        .map(str::to_owned)
        .collect()
}

/// The names of the alerts, in their order.
fn alerts() -> Vec<String> {
    let rules = read(ALERTS);
    let names = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "));
    names.map(str::to_owned).collect()
}

#[test]
fn dashboards_and_alerts_name_metrics_that_there_are() {
    let known = series();
    let mut expressions = Vec::new();
    for path in DASHBOARDS {
        let dashboard: serde_json::Value = serde_json::from_str(&read(path)).unwrap();
        let panels = dashboard["panels"].as_array().unwrap();
        let targets = panels
            .iter()
            .filter_map(|panel| panel["targets"].as_array());
        let found = targets.flatten().map(|target| target["expr"].as_str());
        expressions.extend(found.map(|expression| expression.unwrap().to_owned()));
    }
    assert!(expressions.len() > 40, "{expressions:?}");
    let shown = metrics_in(&expressions.join("\n"));
    let rules = read(ALERTS);
    let expressions = rules.lines().filter(|line| !line.trim().starts_with('#'));
    let asked = metrics_in(&expressions.collect::<Vec<_>>().join("\n"));
    assert!(asked.len() > 10, "{asked:?}");
    for (file, named) in [("a dashboard", &shown), (ALERTS, &asked)] {
        let unknown: Vec<_> = named.difference(&known).collect();
        assert!(
            unknown.is_empty(),
            "{file} names what nobody tells: {unknown:?}"
        );
    }
    let hidden: Vec<_> = all()
        .filter(|metric| !shown.iter().any(|name| name.starts_with(metric.name)))
        .map(|metric| metric.name)
        .collect();
    assert!(hidden.is_empty(), "no dashboard shows {hidden:?}");
}

/// Codes that an alert names are faults, and the alert for all others leaves out those alone.
#[test]
fn every_fault_has_exactly_one_alert() {
    let rules = read(ALERTS);
    let codes = |start: &str| -> Vec<BTreeSet<String>> {
        let found = rules.split(start).skip(1);
        let list = found.map(|rest| rest.split('"').next().unwrap());
        list.map(|list| list.split('|').map(str::to_owned).collect())
            .collect()
    };
    let own = codes("assay_fault{code=~\"");
    let all: BTreeSet<String> = own.iter().flatten().cloned().collect();
    assert_eq!(
        all.len(),
        own.iter().map(BTreeSet::len).sum::<usize>(),
        "a code has two alerts"
    );
    for code in &all {
        assert!(Fault::CODES.contains(&code.as_str()), "{code} is no fault");
    }
    assert_eq!(
        codes("assay_fault{code!~\""),
        [all],
        "the alert for other faults"
    );
}

#[test]
fn every_alert_is_explained_and_tested() {
    let (rules, page, tests) = (read(ALERTS), read("docs/operations.md"), read(ALERT_TESTS));
    let alerts = alerts();
    assert!(alerts.len() > 10, "{alerts:?}");
    for alert in &alerts {
        let anchor = format!("runbook: docs/operations.md#{}\n", alert.to_lowercase());
        assert!(rules.contains(&anchor), "{alert} does not name its section");
        assert!(
            tests.contains(&format!("- name: {alert}\n")),
            "{alert} has no test"
        );
    }
    let (_, section) = page.split_once("\n## Alerts\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let explained = section.lines().filter_map(|line| line.strip_prefix("### "));
    assert_eq!(explained.collect::<Vec<_>>(), alerts);
}

#[test]
fn the_page_of_metrics_is_the_tables() {
    let row = |metric: &Description| {
        let label = metric.label.map(|label| format!("`{}`", label.name));
        let (name, kind) = (metric.name, metric.kind.name());
        format!(
            "| `{name}` | {kind} | {} | {} |",
            label.unwrap_or_default(),
            metric.help
        )
    };
    // A development chain has no operator, and no dashboard.
    let metrics = all().chain(assay_l1::telemetry::ALL);
    let expected = metrics.map(row).collect::<Vec<_>>().join("\n");
    let page = read("docs/metrics.md");
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let rows = rows.collect::<Vec<_>>().join("\n");
    assert_eq!(
        rows, expected,
        "docs/metrics.md should have these rows:\n{expected}\n"
    );
}

#[test]
fn promtool_takes_the_alerts_and_their_tests() {
    let promtool = |arguments: &[&str]| {
        let mut command = Command::new("promtool");
        command
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(arguments)
            .output()
    };
    if promtool(&["--version"]).is_err() {
        eprintln!("skipped: promtool is not installed");
        return;
    }
    for arguments in [["check", "rules", ALERTS], ["test", "rules", ALERT_TESTS]] {
        let output = promtool(&arguments).unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "promtool {arguments:?}: {told}{error}"
        );
    }
}
