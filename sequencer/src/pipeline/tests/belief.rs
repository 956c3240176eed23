//! What the node believes when the layer 1 answers badly: a refusal says nothing, and what was seen
//! goes back only with the block that it was seen in.

use assay_api::stage::Stage;
use assay_l1::address::EthAddress;

use super::rig_with_a_transfer;
use crate::{
    health::Fault,
    l1::{
        gateway::SharedGateway,
        memory::{OPERATOR, OldStates},
    },
    node::{NodeError, assembly::check_account},
    record::QueueCursor,
    rig::{World, owner},
    storage::Commit,
    tokens::TokenBook,
};

#[tokio::test]
async fn what_is_final_stays_so_whatever_is_refused() {
    let world = World::new();
    let (rig, order) = rig_with_a_transfer(&world).await;
    let mut rig = world.finish(rig).await;
    assert_eq!(rig.stage(&order), Some(Stage::Final));
    for restarts in [false, true] {
        if restarts {
            rig.stop().await;
            rig = world.start().await;
        }
        for (states, is_fault) in [(OldStates::Refused, true), (OldStates::Empty, false)] {
            world.l1.set_old_states(states);
            world.l1.mine(1);
            rig.look().await;
            assert_eq!(rig.stage(&order), Some(Stage::Final), "{states:?}");
            assert_eq!(rig.health.has(Fault::L1Unreachable), is_fault);
            world.l1.set_old_states(OldStates::Kept);
            rig.look().await;
            assert_eq!(rig.stage(&order), Some(Stage::Final));
            assert_eq!(rig.health.faults(), []);
        }
    }
    rig.stop().await;
}

#[tokio::test]
async fn what_is_final_goes_back_with_its_block() {
    let world = World::new();
    let (rig, order) = rig_with_a_transfer(&world).await;
    let mut rig = world.finish(rig).await;
    rig.look().await;
    assert_eq!(rig.stage(&order), Some(Stage::Final));
    // The deposits' blocks stay.
    let depth = rig.standing.look().block - 2;
    world.l1.reorganise(usize::try_from(depth).unwrap());
    rig.look().await;
    assert_ne!(rig.stage(&order), Some(Stage::Final));
    let rig = world.finish(rig).await;
    assert_eq!(rig.stage(&order), Some(Stage::Final));
    assert_eq!(world.l1.failed(), 0);
    rig.stop().await;
}

#[tokio::test]
async fn a_deposit_whose_depth_nobody_tells_waits_and_the_node_says_why() {
    let world = World::new();
    let mut config = world.config();
    config.l1.confirmations = 1;
    let mut rig = world.start_with(config, Default::default()).await.unwrap();
    world.l1.deposit(&owner(1), 0, 5);
    world.l1.mine(1);
    world.l1.set_old_states(OldStates::Refused);
    rig.look().await;
    assert!(rig.health.has(Fault::L1Unreachable));
    assert_eq!(rig.balance(1), 0);
    world.l1.set_old_states(OldStates::Kept);
    rig.look().await;
    assert_eq!(rig.balance(1), 5);
    assert_eq!(rig.health.faults(), []);
    rig.stop().await;
}

/// Two of three questions fail, and the events come in ten pieces: each look goes on where the last
/// one ended, and so does the node after a restart.
#[tokio::test]
async fn a_search_for_entries_goes_on_where_it_ended() {
    let world = World::new();
    let mut rig = world.start().await;
    world.l1.mine(95);
    world.l1.deposit(&owner(1), 0, 5);
    world.l1.set_logs(10, 3);
    for _ in 0..60 {
        rig.look().await;
    }
    assert_eq!(rig.balance(1), 5);
    let reached: Vec<_> = world.l1.logs_asked();
    assert!(
        reached.iter().all(|(from, _)| from % 10 == 0),
        "{reached:?}"
    );
    rig.stop().await;
    world.l1.set_logs(10, 1);
    world.l1.deposit(&owner(2), 0, 7);
    let mut rig = world.start().await;
    world.l1.logs_asked();
    rig.look().await;
    assert_eq!(rig.balance(2), 7);
    let asked = world.l1.logs_asked();
    assert!(asked.iter().all(|(from, _)| *from >= 96), "{asked:?}");
    rig.stop().await;
}

/// Whatever the cursor says, the contract's chain of hashes has the last word.
#[tokio::test]
async fn a_cursor_that_misleads_costs_a_look() {
    let world = World::new();
    let rig = world.start().await;
    world.l1.deposit(&owner(1), 0, 5);
    world.l1.mine(60);
    let mut commit = Commit::default();
    commit.queue_cursor(&QueueCursor {
        index: 0,
        block: 50,
    });
    rig.storage.commit(commit).await.unwrap();
    rig.stop().await;
    let mut rig = world.start().await;
    rig.look().await;
    assert!(rig.health.has(Fault::L1Unreachable));
    assert_eq!(rig.balance(1), 0);
    rig.look().await;
    assert_eq!(rig.balance(1), 5);
    assert_eq!(rig.health.faults(), []);
    rig.stop().await;
}

/// Whatever the events tell, too.
#[tokio::test]
async fn an_entry_that_is_told_otherwise_than_it_is_queued_is_not_taken() {
    let world = World::new();
    let mut rig = world.start().await;
    world.l1.deposit(&owner(1), 0, 5);
    world.l1.tell_of_deposit(&owner(1), 0, 6);
    rig.look().await;
    assert!(rig.health.has(Fault::L1Unreachable));
    assert_eq!(rig.balance(1), 0);
    world.l1.tell_of_deposit(&owner(1), 0, 5);
    rig.look().await;
    assert_eq!(rig.balance(1), 5);
    assert_eq!(rig.health.faults(), []);
    rig.stop().await;
}

/// However often a layer 1 from behind does not tell of a batch.
#[tokio::test]
async fn what_is_proved_stays_so_while_its_block_stands() {
    let world = World::new();
    let (mut rig, order) = rig_with_a_transfer(&world).await;
    rig.prove_all().await;
    rig.look().await;
    rig.look().await;
    assert_eq!(rig.stage(&order), Some(Stage::Proved));
    let root = rig.proved_root().await;
    world.l1.answer_from_behind(1);
    for _ in 0..100 {
        rig.look().await;
        assert_eq!(rig.stage(&order), Some(Stage::Proved));
    }
    assert_eq!(rig.proved_root().await, root);
    world.l1.answer_from_behind(0);
    let rig = world.finish(rig).await;
    assert_eq!(rig.stage(&order), Some(Stage::Final));
    assert_eq!(world.l1.failed(), 0);
    rig.stop().await;
}

#[tokio::test]
async fn tokens_that_say_nothing_are_asked_again_and_what_they_said_is_kept() {
    let world = World::new();
    let gateway: SharedGateway = world.l1.clone();
    let book = TokenBook::default();
    let known = |book: &TokenBook| -> Vec<_> {
        let tokens = book.tokens();
        let known = tokens
            .iter()
            .map(|token| (token.symbol.clone(), token.decimals));
        known.collect()
    };
    let named = |name: &str| (Some(name.to_owned()), Some(18));
    assert_eq!(known(&book), [named("ETH")]);
    world.l1.set_tokens(2, true);
    assert!(book.ask(&gateway, 2).await);
    assert_eq!(known(&book), [named("ETH"), (None, None), (None, None)]);
    world.l1.set_unreachable(true);
    assert!(book.ask(&gateway, 2).await);
    world.l1.set_unreachable(false);
    world.l1.set_tokens(2, false);
    assert!(!book.ask(&gateway, 2).await);
    world.l1.set_tokens(3, true);
    assert!(book.ask(&gateway, 3).await);
    let all = [named("ETH"), named("TST"), named("TWO"), (None, None)];
    assert_eq!(known(&book), all);
}

#[tokio::test]
async fn an_account_that_may_not_submit_is_named_until_it_may() {
    let world = World::new();
    let gateway: SharedGateway = world.l1.clone();
    let mut rig = world.start().await;
    let other = EthAddress([3; 20]);
    check_account(&rig.config, &gateway).await.unwrap();
    world.l1.set_operator(other);
    rig.look().await;
    assert!(rig.health.has(Fault::NotOperator));
    let refused = check_account(&rig.config, &gateway).await.unwrap_err();
    assert!(
        matches!(refused, NodeError::NotOperator { account: OPERATOR, operator } if operator == other)
    );
    let sentence = refused.to_string();
    assert!(sentence.contains(&other.to_string()), "{sentence}");
    world.l1.set_operator(OPERATOR);
    rig.look().await;
    assert_eq!(rig.health.faults(), []);
    rig.stop().await;
}

#[tokio::test]
async fn an_account_without_ether_is_named_until_it_has_some() {
    let world = World::new();
    world.l1.set_ether(0);
    let mut rig = world.start().await;
    rig.look().await;
    assert!(rig.health.has(Fault::NoFunds));
    world.l1.set_ether(10u128.pow(17));
    rig.look().await;
    assert_eq!(rig.health.faults(), []);
    rig.stop().await;
}
