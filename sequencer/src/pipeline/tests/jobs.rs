//! What a look reads of the store, and that jobs are those that there must be all the same.

use assay_circuits::quantity::BatchNumber;
use assay_prover::groth16::PhaseSeconds;
use proptest::prelude::*;

use crate::{
    config::NodeConfig,
    rig::{Rig, World, prove},
    storage::Disk,
};

/// A node that may have many batches under way, none of which is final soon.
fn config(world: &World) -> NodeConfig {
    let mut config = world.config();
    config.limits.batches_in_flight = 1_000;
    config.l1.finality_blocks = 6;
    config
}

async fn seal_one(rig: &mut Rig) {
    let order = rig.order(1, rig.nonce(1), Some(2), 1);
    rig.admission.submit(order).await.unwrap();
    rig.seal().await.unwrap();
}

/// Rows that a look reads when those before it saw all that is new.
async fn reads_of_a_look(rig: &mut Rig) -> u64 {
    for _ in 0..4 {
        rig.look().await;
    }
    let before = rig.storage.reads();
    rig.look().await;
    rig.storage.reads() - before
}

#[tokio::test]
async fn a_look_reads_as_much_however_many_batches_are_under_way() {
    let world = World::new();
    let mut config = config(&world);
    config.l1.finality_blocks = 1_000;
    let mut rig = world.start_with(config, Disk::default()).await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    rig.prove_all().await;
    while rig.standing.proved().0 < 1 {
        rig.look().await;
    }
    let mut reads = Vec::new();
    for batches in [5, 25] {
        while rig.standing.sealed().0 < batches {
            seal_one(&mut rig).await;
        }
        let without_proofs = reads_of_a_look(&mut rig).await;
        world.l1.mine_at_once(false);
        rig.prove_all().await;
        let with_proofs = reads_of_a_look(&mut rig).await;
        world.l1.mine_at_once(true);
        while rig.standing.proved().0 < batches {
            world.l1.mine(1);
            rig.look().await;
        }
        let posted = reads_of_a_look(&mut rig).await;
        reads.push([without_proofs, with_proofs, posted]);
    }
    assert_eq!(reads[0], reads[1]);
    assert_eq!(rig.health.faults(), []);
    rig.stop().await;
}

/// Batches that want a proof by what is stored, and the last one that wants none as all before it do not.
fn wanted(rig: &Rig) -> (Vec<u64>, BatchNumber) {
    let heights = rig.standing.heights();
    let (mut wanted, mut with_proof) = (Vec::new(), heights.proved);
    for number in (heights.proved.0 + 1..=heights.sealed.0).map(BatchNumber) {
        let batch = rig.storage.batch(number).unwrap().unwrap();
        if !batch.adopted && rig.storage.proof(number).unwrap().is_none() {
            wanted.push(number.0);
        } else if with_proof.next() == number {
            with_proof = number;
        }
    }
    (wanted, with_proof)
}

/// The jobs are those of the batches that want a proof, and no others.
async fn check(rig: &Rig) {
    let (expected, with_proof) = wanted(rig);
    let base = rig.storage.base().unwrap().number;
    let mut found = Vec::new();
    for number in base.0 + 1..=rig.standing.sealed().0 {
        if rig.proving.wants(BatchNumber(number)).await.unwrap() {
            found.push(number);
        }
    }
    assert_eq!(found, expected, "{:?}", rig.standing.heights());
    assert_eq!(rig.standing.with_proof(), with_proof);
}

#[derive(Debug, Clone)]
enum Act {
    Seal,
    /// A proof of one of the batches that want one.
    Prove(usize),
    ProveAll,
    Mine,
    /// The layer 1's last blocks are others.
    Reorganise(usize),
    Look,
    /// The node begins again, without its database where this is true: then it has no proofs.
    Restart(bool),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => Just(Act::Seal),
        6 => any::<usize>().prop_map(Act::Prove),
        1 => Just(Act::ProveAll),
        3 => Just(Act::Mine),
        3 => (1..=3usize).prop_map(Act::Reorganise),
        6 => Just(Act::Look),
        1 => any::<bool>().prop_map(Act::Restart),
    ]
}

async fn live(acts: Vec<Act>) {
    let world = World::new();
    let start = || world.start_with(config(&world), Disk::default());
    let mut rig = start().await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    // No reorganisation comes to the deposits.
    world.l1.mine(10);
    for act in acts {
        match act {
            Act::Seal => seal_one(&mut rig).await,
            Act::Prove(which) => {
                let (wanted, _) = wanted(&rig);
                let Some(number) = wanted.get(which % wanted.len().max(1)) else {
                    continue;
                };
                let number = BatchNumber(*number);
                let batch = rig.storage.batch(number).unwrap().unwrap();
                let proof = prove(batch.inputs.to_array());
                let phases = PhaseSeconds::default();
                let taken = rig.proving.accept(number, 0, proof, &phases);
                // What the layer 1 has taken back since the last look has no job yet.
                taken.await.unwrap();
            }
            Act::ProveAll => rig.prove_all().await,
            Act::Mine => world.l1.mine(1),
            Act::Reorganise(blocks) => world.l1.reorganise(blocks),
            Act::Look => {
                rig.look().await;
                check(&rig).await;
            }
            Act::Restart(without_store) => {
                rig.stop().await;
                if without_store {
                    std::fs::remove_dir_all(world.data_dir().join("store")).unwrap();
                }
                rig = start().await.unwrap();
                check(&rig).await;
                rig.look().await;
                check(&rig).await;
            }
        }
        if rig.restart.is_cancelled() {
            rig.stop().await;
            rig = start().await.unwrap();
        }
    }
    for _ in 0..3 {
        rig.look().await;
        check(&rig).await;
    }
    rig.finish(&world.l1).await;
    check(&rig).await;
    rig.stop().await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn jobs_are_those_of_the_batches_that_want_a_proof(acts in prop::collection::vec(act(), 10..30)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(live(acts));
    }
}
