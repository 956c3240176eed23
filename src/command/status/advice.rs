//! What to do about a fault: a sentence, and the section of the runbook that has more.

/// Sentence and section of `docs/operations.md`, by the fault's code. A node that is newer than this
/// program may have others.
pub(super) fn advice(code: &str) -> Option<(&'static str, &'static str)> {
    let (_, sentence, section) = ADVICE.iter().find(|(known, ..)| *known == code)?;
    Some((sentence, section))
}

const ADVICE: [(&str, &str, &str); 16] = [
    (
        "l1_unreachable",
        "ask the L1's endpoint yourself; if it stays away, set ASSAY_L1_URL to another and restart",
        "the-layer-1-is-away",
    ),
    (
        "storage_unavailable",
        "make room on the node's disk; it goes on by itself, and nothing in the data directory is to be \
         deleted",
        "the-disk-is-full",
    ),
    (
        "inconsistent_state",
        "delete nothing, keep logs and data directory, restart once, and report it",
        "assaynodehalted",
    ),
    (
        "catching_up",
        "wait: the node takes up what the L1 has, and goes on",
        "to-restore-from-a-backup",
    ),
    (
        "foreign_batch",
        "ask another endpoint with `assay restore`, and use that one if it passes",
        "a-foreign-batch",
    ),
    (
        "frozen",
        "leave the node up: its users leave on the L1 with what it serves",
        "the-rollup-is-frozen",
    ),
    (
        "l1_refuses",
        "read the contract's reason; look with `assay keys inspect` whether the keys are the contract's",
        "assaybatchesrefused",
    ),
    (
        "clock_apart",
        "synchronise this machine's time; until then the L1's is taken",
        "assayfault",
    ),
    (
        "l1_slow",
        "ask the L1's endpoint yourself; another one may be faster",
        "the-layer-1-is-away",
    ),
    (
        "l1_stuck",
        "raise --l1-max-fee-gwei and restart, or wait for the base fee to fall",
        "a-stuck-transaction",
    ),
    (
        "not_operator",
        "find out with `assay operator status` who has the role, and start with that key",
        "the-wrong-key",
    ),
    (
        "l1_funds",
        "send ether to the account that the fault names",
        "assaybatchesrefused",
    ),
    (
        "no_fee_account",
        "deposit one base unit of the token for the operator's address",
        "assayfault",
    ),
    (
        "proving_fails",
        "find out below, or with --prover-token-file, whose attempts fail; check its keys with `assay keys \
         inspect`",
        "assaywrongproofs",
    ),
    (
        "sealing_stalled",
        "see whether batches have proofs and come to the L1: one of the two is behind",
        "assaysealingstalled",
    ),
    (
        "proving_stalled",
        "see whether workers run and name this node; start more where they are behind",
        "assaynoworker",
    ),
];

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use assay_sequencer::health::Fault;

    use super::*;

    #[test]
    fn every_fault_has_advice_and_its_section_is_there() {
        let page = include_str!("../../../docs/operations.md");
        let headings = page.lines().filter(|line| line.starts_with('#'));
        let anchors: Vec<String> = headings
            .map(|line| {
                let title = line.trim_start_matches('#').trim().to_lowercase();
                title.replace(' ', "-").replace('\'', "")
            })
            .collect();
        for code in Fault::CODES {
            let (sentence, section) = advice(code).unwrap_or_else(|| panic!("{code}"));
            assert!(!sentence.ends_with('.'), "{code}");
            assert!(anchors.iter().any(|anchor| anchor == section), "{section}");
        }
        assert_eq!(ADVICE.len(), Fault::CODES.len());
    }
}
