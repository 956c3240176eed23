//! What is announced at the contract, in words.

use assay_api::wire::{GovernanceView, ProposalState, ProposalView, StatusView};

use crate::terminal::moment::lasting;

/// What may still come into effect, a sentence each; nothing where that is not known. Once the rollup is frozen
/// nothing does.
pub(super) fn announced(status: &StatusView, now_s: u64) -> Option<Vec<String>> {
    let GovernanceView {
        shapes,
        next_operator,
        ..
    } = status.governance.as_ref()?;
    if status.l1.frozen {
        return Some(Vec::new());
    }
    let coming = shapes
        .iter()
        .filter(|shape| shape.state != ProposalState::Void);
    let mut sentences: Vec<String> = coming
        .map(|shape| proposal(shape, status.l1.queue_consumed, now_s))
        .collect();
    sentences.extend(
        next_operator
            .as_ref()
            .map(|next| format!("{next} may become the operator at any time, by accepting")),
    );
    Some(sentences)
}

fn proposal(shape: &ProposalView, consumed: u64, now_s: u64) -> String {
    let when = match shape.state {
        ProposalState::Announced => {
            let left_s = shape.ready_at.saturating_sub(now_s);
            format!("users have {} to leave before", lasting(left_s))
        }
        ProposalState::Waits => {
            let entries = shape.after_entries.unwrap_or(0).saturating_sub(consumed);
            format!("it comes once {entries} entries of the queue are proved")
        }
        ProposalState::Ready | ProposalState::Usable | ProposalState::Void => {
            "it may come into service now".to_owned()
        }
    };
    let number = shape.number;
    format!("shape {number}, proved under a key of its own: {when}")
}

/// The lines of the screen.
pub(super) fn lines(status: &StatusView, now_s: u64) -> Vec<String> {
    let Some(governance) = &status.governance else {
        return vec!["announced not known: the node has not read the contract yet".to_owned()];
    };
    let sentences = announced(status, now_s).unwrap_or_default();
    if sentences.is_empty() {
        return vec![format!(
            "announced nothing, as of block {}",
            governance.block
        )];
    }
    let lines = sentences.into_iter();
    lines
        .map(|sentence| format!("announced {sentence}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use assay_api::wire::L1View;

    use super::*;

    fn status(shapes: Vec<ProposalView>, next_operator: Option<&str>) -> StatusView {
        StatusView {
            governance: Some(GovernanceView {
                block: 7,
                block_hash: String::new(),
                governor: None,
                guardian: None,
                notice_s: 0,
                next_operator: next_operator.map(str::to_owned),
                shapes,
            }),
            l1: L1View {
                queue_consumed: 3,
                ..L1View::default()
            },
            ..StatusView::default()
        }
    }

    fn shape(number: u8, state: ProposalState) -> ProposalView {
        ProposalView {
            number,
            transfers: 1,
            full_records: 1,
            fee_slots: 1,
            verifier: String::new(),
            verifying_key_sha256: None,
            ready_at: 100_000,
            void_at: 200_000,
            after_entries: Some(5),
            state,
        }
    }

    #[test]
    fn what_is_announced_is_said_and_what_is_not_known_is_not_nothing() {
        let unknown = lines(&StatusView::default(), 0);
        assert!(unknown[0].starts_with("announced not known"), "{unknown:?}");
        let nothing = vec!["announced nothing, as of block 7"];
        assert_eq!(lines(&status(vec![], None), 0), nothing);
        let is_void = status(vec![shape(8, ProposalState::Void)], None);
        assert_eq!(lines(&is_void, 0), nothing);
        let shapes = vec![
            shape(9, ProposalState::Announced),
            shape(10, ProposalState::Waits),
            shape(11, ProposalState::Usable),
        ];
        let mut found = status(shapes, Some("0xb1"));
        let left = lasting(40_000);
        let expected = [
            format!(
                "announced shape 9, proved under a key of its own: users have {left} to leave before"
            ),
            "announced shape 10, proved under a key of its own: it comes once 2 entries of the queue are proved"
                .to_owned(),
            "announced shape 11, proved under a key of its own: it may come into service now".to_owned(),
            "announced 0xb1 may become the operator at any time, by accepting".to_owned(),
        ];
        assert_eq!(lines(&found, 60_000), expected);
        found.l1.frozen = true;
        assert_eq!(lines(&found, 60_000), nothing);
    }
}
