//! What is announced at the contract, as the node tells it.

use std::sync::atomic::Ordering;

use assay_l1::{
    address::EthAddress,
    batch::ShapeSize,
    client::{Announced, Proposal},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::rig::{Rig, World, following::FollowingRig};

const NEXT: EthAddress = EthAddress([0xb1; 20]);
const VERIFIER: EthAddress = EthAddress([0xb2; 20]);
/// Of a proposal after its delay, as `Governance.sol` has it, s.
const LIFE_S: u64 = 14 * 24 * 3600;

fn proposal(id: u8, ready_at: u64) -> Proposal {
    Proposal {
        size: ShapeSize {
            id,
            transfers: 56,
            full_records: 6,
            fee_slots: 4,
        },
        verifier: VERIFIER,
        ready_at,
        after_entries: None,
    }
}

/// Looks, reads what is announced some time later, and asks for it.
async fn governance(world: &World, rig: &mut Rig) -> Value {
    world.advance_ms(10_000);
    rig.look().await;
    rig.asking.governance.read().await.unwrap();
    told(rig).await
}

async fn told(rig: &Rig) -> Value {
    rig.get("/v1/status").await.1["governance"].take()
}

/// What time it is, Unix seconds.
fn now_s(world: &World) -> u64 {
    world.now_ms.load(Ordering::Acquire) / 1_000
}

/// State and number of each shape.
fn shapes(governance: &Value) -> Vec<(String, u64)> {
    let shapes = governance["shapes"].as_array().unwrap().iter();
    let shown = shapes.map(|shape| {
        let state = shape["state"].as_str().unwrap().to_owned();
        (state, shape["number"].as_u64().unwrap())
    });
    shown.collect()
}

/// A layer 1 on which a proposal can be used after this time.
fn announce(world: &World, id: u8, ready_at: u64) {
    let add = |announced: &mut Announced| announced.proposals.push(proposal(id, ready_at));
    world.l1.announce(add);
}

#[tokio::test]
async fn a_shape_is_told_of_from_its_announcement_until_it_is_used() {
    let world = World::new();
    let mut rig = world.start().await;
    assert_eq!(told(&rig).await, Value::Null);
    let found = governance(&world, &mut rig).await;
    let nobody = ["governor", "guardian", "next_operator"].map(|name| &found[name]);
    assert_eq!(nobody, [&Value::Null; 3]);
    assert_eq!(
        (shapes(&found), &found["notice_s"]),
        (vec![], &json!(37 * 24 * 3600))
    );

    let ready_at = now_s(&world) + 1_000;
    announce(&world, 9, ready_at);
    let found = governance(&world, &mut rig).await;
    // All verifiers of the test have one key.
    let (_, status) = rig.get("/v1/status").await;
    let digest = &status["shapes"][0]["verifying_key_sha256"];
    let expected = json!({
        "number": 9,
        "transfers": 56,
        "full_records": 6,
        "fee_slots": 4,
        "verifier": VERIFIER.to_string(),
        "verifying_key_sha256": digest,
        "ready_at": ready_at,
        "void_at": ready_at + LIFE_S,
        "after_entries": null,
        "state": "announced",
    });
    assert_eq!(found["shapes"], json!([expected]));
    assert_eq!(found["block"], json!(world.l1.blocks() - 1));

    // Its state moves with the layer 1, also where nothing is read anew.
    world.advance_ms(1_000_000);
    rig.look().await;
    assert_eq!(shapes(&told(&rig).await), [("ready".to_owned(), 9)]);
    world
        .l1
        .announce(|announced| announced.proposals[0].after_entries = Some(1));
    let found = governance(&world, &mut rig).await;
    assert_eq!(shapes(&found), [("waits".to_owned(), 9)]);
    rig.fund(&world.l1, [1]).await;
    rig.finish(&world.l1).await;
    let found = governance(&world, &mut rig).await;
    assert_eq!(shapes(&found), [("usable".to_owned(), 9)]);
    world.l1.announce(|announced| announced.proposals.clear());
    assert_eq!(shapes(&governance(&world, &mut rig).await), []);
    rig.stop().await;
}

#[tokio::test]
async fn a_shape_that_was_not_used_in_time_is_void() {
    let world = World::new();
    let mut rig = world.start().await;
    announce(&world, 9, now_s(&world));
    assert_eq!(
        shapes(&governance(&world, &mut rig).await),
        [("ready".to_owned(), 9)]
    );
    world.advance_ms(LIFE_S * 1_000 + 100_000_000);
    let found = governance(&world, &mut rig).await;
    assert_eq!(shapes(&found), [("void".to_owned(), 9)]);
    rig.stop().await;
}

#[tokio::test]
async fn the_next_operator_is_told_of_until_the_name_is_taken_back() {
    let world = World::new();
    let mut rig = world.start().await;
    world
        .l1
        .announce(|announced| announced.next_operator = Some(NEXT));
    let found = governance(&world, &mut rig).await;
    assert_eq!(found["next_operator"], json!(NEXT.to_string()));
    world
        .l1
        .announce(|announced| announced.next_operator = None);
    let found = governance(&world, &mut rig).await;
    assert_eq!(found["next_operator"], Value::Null);
    rig.stop().await;
}

#[tokio::test]
async fn what_a_reorganisation_takes_back_is_not_announced_any_more() {
    let world = World::new();
    let mut rig = world.start().await;
    announce(&world, 9, now_s(&world) + 1_000_000);
    assert_eq!(shapes(&governance(&world, &mut rig).await).len(), 1);
    world.l1.reorganise(1);
    // The chain is as long as it was.
    assert_eq!(shapes(&governance(&world, &mut rig).await), []);
    rig.stop().await;
}

/// Silence is not "nothing is announced".
#[tokio::test]
async fn what_the_layer_1_does_not_answer_changes_nothing() {
    let world = World::new();
    let mut rig = world.start().await;
    world.l1.leave_unanswered(Some(("announced", 0)));
    rig.look().await;
    assert!(rig.asking.governance.read().await.is_err());
    assert_eq!(told(&rig).await, Value::Null);
    assert_eq!(rig.health.faults(), []);

    world.l1.leave_unanswered(None);
    announce(&world, 9, now_s(&world) + 1_000_000);
    let known = governance(&world, &mut rig).await;
    assert_eq!(shapes(&known).len(), 1);
    world.l1.leave_unanswered(Some(("announced", 0)));
    world.l1.announce(|announced| announced.proposals.clear());
    world.advance_ms(10_000);
    rig.look().await;
    assert!(rig.asking.governance.read().await.is_err());
    // Its block says how old it is.
    assert_eq!(told(&rig).await, known);
    let (_, status) = rig.get("/v1/status").await;
    assert!(status["l1"]["block"].as_u64() > known["block"].as_u64());
    world.l1.leave_unanswered(None);
    assert_eq!(shapes(&governance(&world, &mut rig).await), []);
    rig.stop().await;
}

/// A verifier that does not tell its key is told of without.
#[tokio::test]
async fn a_key_that_is_not_known_hides_no_announcement() {
    let world = World::new();
    let mut rig = world.start().await;
    world.l1.leave_unanswered(Some(("verifier key", 0)));
    announce(&world, 9, now_s(&world) + 1_000_000);
    let found = governance(&world, &mut rig).await;
    assert_eq!(found["shapes"][0]["verifying_key_sha256"], Value::Null);
    world.l1.leave_unanswered(None);
    world.l1.mine(1);
    let found = governance(&world, &mut rig).await;
    assert!(found["shapes"][0]["verifying_key_sha256"].is_string());
    // Once it is known it is not asked for again.
    world.l1.leave_unanswered(Some(("verifier key", 0)));
    world.l1.mine(1);
    let found = governance(&world, &mut rig).await;
    assert!(found["shapes"][0]["verifying_key_sha256"].is_string());
    rig.stop().await;
}

/// However many verifiers are announced, a block has four of them asked at most.
#[tokio::test]
async fn the_keys_of_many_verifiers_are_asked_for_a_few_at_a_time() {
    let world = World::new();
    let mut rig = world.start().await;
    for id in 10..15 {
        let ready_at = now_s(&world) + 1_000_000;
        let verifier = EthAddress([id; 20]);
        let proposal = Proposal {
            verifier,
            ..proposal(id, ready_at)
        };
        world
            .l1
            .announce(|announced| announced.proposals.push(proposal));
    }
    for known in [4, 5] {
        world.l1.mine(1);
        let found = governance(&world, &mut rig).await;
        let shapes = found["shapes"].as_array().unwrap().iter();
        let digests = shapes.filter(|shape| shape["verifying_key_sha256"].is_string());
        assert_eq!(digests.count(), known);
    }
    rig.stop().await;
}

/// The layer 1 is asked once for a block, and not for each of those that follow close on one another.
#[tokio::test]
async fn what_is_announced_is_asked_for_once_a_block_and_not_too_often() {
    let world = World::new();
    let mut rig = world.start().await;
    governance(&world, &mut rig).await;
    // Nothing is asked for from here on, or it fails.
    world.l1.leave_unanswered(Some(("announced", 0)));
    governance(&world, &mut rig).await;
    world.l1.leave_unanswered(Some(("announced", 1)));
    world.l1.mine(1);
    governance(&world, &mut rig).await;
    world.l1.mine(1);
    world.advance_ms(9_999);
    rig.look().await;
    rig.asking.governance.read().await.unwrap();
    world.advance_ms(1);
    rig.look().await;
    assert!(rig.asking.governance.read().await.is_err());
    rig.stop().await;
}

#[tokio::test]
async fn a_node_that_starts_again_knows_it_again() {
    let world = World::new();
    let mut rig = world.start().await;
    announce(&world, 9, now_s(&world) + 1_000_000);
    let before = governance(&world, &mut rig).await;
    rig.stop().await;
    let mut rig = world.start().await;
    assert_eq!(told(&rig).await, Value::Null);
    assert_eq!(governance(&world, &mut rig).await, before);
    rig.stop().await;
}

#[tokio::test]
async fn a_follower_tells_of_it_too() {
    let world = World::new();
    let dir = TempDir::new().unwrap();
    let mut follower: FollowingRig = world.follow(dir.path()).await;
    announce(&world, 9, now_s(&world) + 1_000_000);
    follower.look().await;
    follower.asking.governance.read().await.unwrap();
    let (_, status) = follower.get("/v1/status").await;
    assert_eq!(shapes(&status["governance"]), [("announced".to_owned(), 9)]);
}
