//! What was reached, and how often.

use std::collections::{BTreeMap, BTreeSet};

use crate::contracts::{
    Assay::{AssayCalls, AssayErrors},
    Groth16Verifier::Groth16VerifierErrors,
    VerifierFactory::VerifierFactoryErrors,
};
use alloy::sol_types::SolInterface as _;

/// Entry points that change something.
const ENTRY_POINTS: [&str; 18] = [
    "acceptOperator",
    "activate",
    "announceClosing",
    "claim",
    "deposit",
    "escape",
    "force",
    "freeze",
    "freezeByGuardian",
    "markProposal",
    "propose",
    "proposeOperator",
    "redirect",
    "refund",
    "registerToken",
    "retireShape",
    "submit",
    "withdrawCredit",
];

#[derive(Debug, Default)]
pub(super) struct Coverage {
    /// By entry point and outcome; an outcome of "ok" is success.
    pub(super) counts: BTreeMap<(String, String), u64>,
}

impl Coverage {
    pub(super) fn count(&mut self, entry: &str, outcome: &str) {
        let key = (entry.to_owned(), outcome.to_owned());
        *self.counts.entry(key).or_default() += 1;
    }

    pub(super) fn steps(&self) -> u64 {
        self.counts.values().sum()
    }

    pub(super) fn print(&self) {
        for ((entry, outcome), count) in &self.counts {
            println!("{count:9}  {entry}: {outcome}");
        }
    }

    /// What should have been reached and was not.
    pub(super) fn missing(&self) -> Vec<String> {
        let constant = [
            "constructor",
            "verify",
            "verify escapes",
            "make",
            "makeEscape",
        ];
        let views = AssayCalls::selectors().filter_map(AssayCalls::name_by_selector);
        let known: BTreeSet<&str> = views.collect();
        assert!(ENTRY_POINTS.iter().all(|name| known.contains(name)));
        let mut missing: Vec<String> = Vec::new();
        for entry in ENTRY_POINTS.into_iter().chain(constant) {
            let key = (entry.to_owned(), "ok".to_owned());
            if !self.counts.contains_key(&key) {
                missing.push(format!("{entry} never succeeded"));
            }
        }
        let assay = AssayErrors::selectors().filter_map(AssayErrors::name_by_selector);
        let verifier =
            Groth16VerifierErrors::selectors().filter_map(Groth16VerifierErrors::name_by_selector);
        let factory =
            VerifierFactoryErrors::selectors().filter_map(VerifierFactoryErrors::name_by_selector);
        let errors: BTreeSet<&str> = assay.chain(verifier).chain(factory).collect();
        for error in errors {
            let seen = self
                .counts
                .keys()
                .any(|(_, outcome)| outcome.split(' ').next() == Some(error));
            if !seen {
                missing.push(format!("{error} never occurred"));
            }
        }
        missing
    }
}
