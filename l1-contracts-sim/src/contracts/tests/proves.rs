//! What `prove` accepts.

use super::{
    bed::{Bed, LARGE, USER, root},
    proofs::{proof_words, toy},
};
use crate::{
    batch::{BatchHeader, CommitData, ProofWords},
    client::{LoggedEvent, RollupCall},
    contracts::Assay,
};

fn committed(bed: &Bed, count: usize) -> Vec<(BatchHeader, ProofWords)> {
    let header = |_| {
        let header = bed.commit(&bed.next_batch()).unwrap();
        (header, toy(0).prove(&header))
    };
    (0..count).map(header).collect()
}

#[test]
fn proves_one_batch_or_several() {
    let bed = Bed::new();
    let items = committed(&bed, 6);
    bed.prove(&items[..1]).unwrap();
    assert_eq!(bed.read(Assay::provedRootCall {}).0, items[0].0.new_root);
    let done = bed.prove(&items[1..3]).unwrap();
    assert_eq!(done.logs.len(), 1);
    bed.prove(&items[3..]).unwrap();
    assert_eq!(bed.read(Assay::provedRootCall {}).0, items[5].0.new_root);
    assert_eq!(bed.read(Assay::progressCall {}).lastProved.to::<u64>(), 6);
}

/// An accepted batch again, its proof rerandomised, and an empty call.
#[test]
fn nothing_is_proved_twice() {
    let bed = Bed::new();
    let items = committed(&bed, 2);
    bed.prove(&items[..1]).unwrap();
    assert_eq!(bed.prove(&items[..1]).unwrap_err(), "HeaderMismatch");
    let header = items[0].0;
    let proof = toy(0).proof([header.commitment, header.challenge, header.evaluation]);
    let other = proof_words(&toy(0).rerandomize(&proof));
    assert_ne!(other, items[0].1);
    assert_eq!(bed.prove(&[(header, other)]).unwrap_err(), "HeaderMismatch");
    bed.prove(&items[1..]).unwrap();
    assert_eq!(bed.prove(&[(header, other)]).unwrap_err(), "NotCommitted");
    assert_eq!(bed.prove(&[]).unwrap_err(), "NotCommitted");
}

#[test]
fn rerandomised_proofs_prove_once() {
    let bed = Bed::new();
    let header = bed.commit(&bed.next_batch()).unwrap();
    let proof = toy(0).proof([header.commitment, header.challenge, header.evaluation]);
    bed.prove(&[(header, proof_words(&toy(0).rerandomize(&proof)))])
        .unwrap();
}

#[test]
fn order_and_headers_must_fit() {
    let bed = Bed::new();
    let items = committed(&bed, 3);
    assert_eq!(bed.prove(&items[1..2]).unwrap_err(), "HeaderMismatch");
    assert_eq!(
        bed.prove(&[items[1], items[0]]).unwrap_err(),
        "HeaderMismatch"
    );
    assert_eq!(
        bed.prove(&[items[0], items[0]]).unwrap_err(),
        "HeaderMismatch"
    );
    let changes: [fn(&mut BatchHeader); 7] = [
        |h| h.commitment[31] ^= 1,
        |h| h.challenge[31] ^= 1,
        |h| h.evaluation[31] ^= 1,
        |h| h.new_root[31] ^= 1,
        |h| h.withdrawals_hash[31] ^= 1,
        |h| h.queue_end += 1,
        |h| h.timestamp += 1,
    ];
    for change in changes {
        let mut header = items[0].0;
        change(&mut header);
        assert_eq!(
            bed.prove(&[(header, toy(0).prove(&header))]).unwrap_err(),
            "HeaderMismatch"
        );
    }
    let mut more = items.clone();
    more.push(items[0]);
    assert_eq!(bed.prove(&more).unwrap_err(), "NotCommitted");
}

/// A batch after the same root as before is a batch of its own.
#[test]
fn an_empty_batch_needs_its_own_proof() {
    let bed = Bed::new();
    let same = |bed: &Bed| CommitData {
        new_root: super::bed::GENESIS,
        ..bed.next_batch()
    };
    let first = bed.commit(&same(&bed)).unwrap();
    let second = bed.commit(&same(&bed)).unwrap();
    assert_ne!(first.challenge, second.challenge);
    let proof = toy(0).prove(&first);
    assert_eq!(
        bed.prove(&[(first, proof), (second, proof)]).unwrap_err(),
        "ProofRejected"
    );
}

#[test]
fn a_proof_under_another_shapes_key_is_refused() {
    let bed = Bed::new();
    let small = bed.commit(&bed.next_batch()).unwrap();
    let large = bed
        .commit(&CommitData {
            shape: LARGE.id,
            ..bed.next_batch()
        })
        .unwrap();
    assert_eq!(
        bed.prove(&[(small, toy(1).prove(&small))]).unwrap_err(),
        "ProofRejected"
    );
    let both = [(small, toy(0).prove(&small)), (large, toy(1).prove(&large))];
    assert_eq!(bed.prove(&both).unwrap_err(), "MixedShapes");
    bed.prove(&both[..1]).unwrap();
    bed.prove(&both[1..]).unwrap();
    assert_eq!(bed.read(Assay::provedRootCall {}).0, large.new_root);
}

/// What was proved against another contract has another domain, so another z and y.
#[test]
fn proofs_do_not_travel_to_another_contract() {
    let here = Bed::new();
    let data = CommitData {
        new_root: root(9),
        ..here.next_batch()
    };
    let header = here.commit(&data).unwrap();
    let elsewhere = data
        .header(super::bed::SMALL, super::bed::GENESIS, root(8), 0)
        .unwrap();
    assert_ne!(header.challenge, elsewhere.challenge);
    assert_eq!(
        here.prove(&[(header, toy(0).prove(&elsewhere))])
            .unwrap_err(),
        "ProofRejected"
    );
}

#[test]
fn a_verifier_that_answers_nothing_is_no_verifier() {
    let bed = Bed::new();
    let yes = super::hostile::deploy_yes(&bed);
    let shape = crate::client::ShapeInfo {
        size: super::bed::SMALL,
        verifier: yes.into(),
    };
    let rollup = bed.deploy_rollup(super::bed::GENESIS, &[shape]).unwrap();
    let other = bed.with_rollup(rollup);
    let header = other.commit(&other.next_batch()).unwrap();
    let sent = other.send(
        USER,
        &RollupCall::Prove(vec![(header, ProofWords([[0; 32]; 8]))]),
    );
    assert_eq!(sent.unwrap_err(), "VerifierAnswer");
}

#[test]
fn events_decode() {
    let bed = Bed::new();
    let items = committed(&bed, 2);
    bed.prove(&items).unwrap();
    let node = bed.chain.node();
    let filter = alloy::rpc::types::Filter::new().address(bed.rollup);
    let logs: Vec<_> = node.blocks.iter().flat_map(|b| b.logs(&filter)).collect();
    let events: Vec<_> = logs
        .iter()
        .map(|log| LoggedEvent::decode(log).unwrap().event)
        .collect();
    let committed = |batch: usize| crate::client::RollupEvent::Committed {
        batch: batch as u64 + 1,
        new_root: items[batch].0.new_root,
        commitment: items[batch].0.commitment,
    };
    let proved = crate::client::RollupEvent::Proved {
        first_batch: 1,
        last_batch: 2,
        root: items[1].0.new_root,
    };
    assert_eq!(events, [committed(0), committed(1), proved]);
}
