//! Snapshots, reorganisations as filters see them, and what is kept for going back.

use alloy::rpc::types::{Filter, FilterChanges, Log};

use super::*;
use crate::chain::{Kind, LoadError};

fn mined_at(chain: &ChainHandle, hash: B256) -> Option<u64> {
    chain.node().place(hash).map(|(b, _)| b.header.number)
}

fn balance(chain: &ChainHandle) -> u64 {
    balance_at(chain, BlockId::latest()).unwrap()
}

/// A contract that says something while it is created and has no code: `LOG0` of nothing.
fn speech(nonce: u64) -> SignedTransaction {
    signed(
        0,
        TxEip1559 {
            chain_id: 31337,
            nonce,
            gas_limit: 100_000,
            max_fee_per_gas: 3 * GWEI,
            to: TxKind::Create,
            input: Bytes::from_static(&[0x60, 0, 0x60, 0, 0xa0, 0]),
            ..TxEip1559::default()
        },
    )
}

#[test]
fn a_snapshot_is_used_once_and_takes_later_ones_with_it() {
    let chain = chain(Mining::Automatic);
    let first = chain.snapshot();
    pay(&chain, 0, 1);
    let second = chain.snapshot();
    pay(&chain, 1, 2);
    let third = chain.snapshot();
    assert!(chain.revert(second));
    assert_eq!((chain.block_number(), balance(&chain)), (1, 1));
    for used in [second, third, 0, 99] {
        assert!(!chain.revert(used), "{used}");
        assert_eq!(chain.block_number(), 1);
    }
    assert!(chain.revert(first));
    assert_eq!((chain.block_number(), balance(&chain)), (0, 0));
    assert!(!chain.revert(first));
}

#[test]
fn a_snapshot_holds_pool_and_clock() {
    let chain = chain(Mining::Manual);
    chain.increase_time(100);
    let waiting = pay(&chain, 0, 5);
    chain.set_next_timestamp(START_S + 1000).unwrap();
    let snapshot = chain.snapshot();
    chain.mine(1).unwrap();
    chain.increase_time(5000);
    pay(&chain, 1, 6);
    assert!(chain.revert(snapshot));
    assert_eq!(chain.waiting(), 1);
    assert!(chain.node().pool.get(waiting).is_some());
    chain.mine(1).unwrap();
    assert_eq!(chain.timestamp(), START_S + 1000);
    assert_eq!(mined_at(&chain, waiting), Some(1));
    let other = chain.snapshot();
    chain.increase_time(77);
    assert!(chain.revert(other));
    chain.mine(1).unwrap();
    assert_eq!(chain.timestamp(), START_S + 1000);
}

#[test]
fn a_snapshot_reaches_back_further_than_a_reorganisation() {
    let chain = chain(Mining::Automatic);
    pay(&chain, 0, 5);
    let hashes = || -> Vec<B256> { chain.node().history.iter().map(|b| b.hash).collect() };
    let before = hashes();
    let snapshot = chain.snapshot();
    pay(&chain, 1, 6);
    chain.mine(400).unwrap();
    assert!(chain.revert(snapshot));
    assert_eq!((hashes(), balance(&chain)), (before, 5));
    // PUSH1 0 BLOCKHASH PUSH1 0 MSTORE PUSH1 32 PUSH1 0 RETURN
    let code = Bytes::from_static(&[0x60, 0, 0x40, 0x60, 0, 0x52, 0x60, 32, 0x60, 0, 0xf3]);
    let asks = TransactionRequest {
        input: code.into(),
        ..TransactionRequest::default()
    };
    let node = chain.node();
    let (view, env) = node.at(BlockId::pending()).unwrap();
    let answer = crate::chain::call(&view, &env, &asks).unwrap();
    assert_eq!(answer[..], node.history.genesis().unwrap().hash[..]);
}

#[test]
fn what_was_set_between_blocks_is_part_of_a_snapshot() {
    let chain = chain(Mining::Automatic);
    pay(&chain, 0, 5);
    let set = |value: u64| chain.node().set_balance(TO, U256::from(value));
    set(10);
    let snapshot = chain.snapshot();
    set(20);
    assert_eq!(balance(&chain), 20);
    pay(&chain, 1, 1);
    assert!(chain.revert(snapshot));
    assert_eq!(balance(&chain), 10);
    chain.mine(1).unwrap();
    assert_eq!(balance_at(&chain, BlockId::number(1)).unwrap(), 5);
}

#[test]
fn a_reorganisation_takes_snapshots_of_removed_blocks_away() {
    let chain = chain(Mining::Automatic);
    let kept = chain.snapshot();
    pay(&chain, 0, 5);
    let removed = chain.snapshot();
    chain.reorg(1, Removed::Forgotten).unwrap();
    assert!(!chain.revert(removed));
    assert!(chain.revert(kept));
    assert_eq!(chain.block_number(), 0);
}

#[test]
fn filters_tell_of_reorganisations() {
    let chain = chain(Mining::Automatic);
    let open = |kind| {
        let mut node = chain.node();
        let Node {
            filters, journal, ..
        } = &mut *node;
        filters.open(kind, journal)
    };
    let changes = |id| -> FilterChanges<B256, Log> {
        let mut node = chain.node();
        let Node {
            filters, journal, ..
        } = &mut *node;
        filters.changes(id, journal).unwrap()
    };
    let logs = |id| match changes(id) {
        FilterChanges::Logs(logs) => logs,
        other => panic!("{other:?}"),
    };
    let hashes = |id| match changes(id) {
        FilterChanges::Hashes(hashes) => hashes,
        other => panic!("{other:?}"),
    };
    let said = open(Kind::Logs(Box::default()));
    let late = open(Kind::Logs(Box::new(Filter::new().from_block(50))));
    let (blocks, waiting) = (open(Kind::Blocks), open(Kind::Waiting));
    let hash = chain.node().submit(speech(0)).unwrap();
    let old = chain.node().head().hash;
    let first = logs(said);
    assert_eq!((first.len(), first[0].removed), (1, false));
    assert_eq!((hashes(blocks), hashes(waiting)), (vec![old], vec![hash]));

    chain.reorg(1, Removed::WaitAgain).unwrap();
    let told = logs(said);
    let told: Vec<_> = told
        .iter()
        .map(|l| (l.block_hash.unwrap(), l.removed))
        .collect();
    let again = chain.node().head().hash;
    assert_eq!(told, [(old, true), (again, false)]);
    let new: Vec<B256> = {
        let node = chain.node();
        node.history.iter().skip(1).map(|b| b.hash).collect()
    };
    assert_eq!(hashes(blocks), new);
    assert_eq!(hashes(waiting), [hash]);
    assert!(logs(said).is_empty() && hashes(blocks).is_empty());

    let snapshot = chain.snapshot();
    chain.node().submit(speech(1)).unwrap();
    assert!(chain.revert(snapshot));
    let told: Vec<bool> = logs(said).iter().map(|log| log.removed).collect();
    assert_eq!(told, [false, true]);
    assert!(logs(late).is_empty(), "all of it was before block 50");
}

#[test]
fn a_filter_that_missed_events_is_closed() {
    let chain = chain(Mining::Manual);
    let id = {
        let mut node = chain.node();
        let Node {
            filters, journal, ..
        } = &mut *node;
        filters.open(Kind::Blocks, journal)
    };
    (0..2).for_each(|_| chain.mine(10_000).unwrap());
    let mut node = chain.node();
    let Node {
        filters, journal, ..
    } = &mut *node;
    for _ in 0..2 {
        assert!(matches!(
            filters.changes(id, journal),
            Err(ChainError::UnknownFilter)
        ));
    }
}

fn small(history_bytes: usize) -> ChainHandle {
    Chain::start(ChainConfig {
        clock: Clock::Fixed(START_S),
        history_blocks: 300,
        history_bytes,
        ..ChainConfig::default()
    })
}

#[test]
fn old_blocks_are_forgotten_unless_they_have_transactions() {
    let chain = small(usize::MAX);
    let hash = pay(&chain, 0, 5);
    chain.mine(2000).unwrap();
    let node = chain.node();
    assert!(node.history.iter().count() <= 303);
    assert!(node.world.layers.len() <= 257);
    assert_eq!(node.place(hash).unwrap().0.header.number, 1);
    assert!(node.block(0.into()).unwrap().is_some());
    assert!(node.block(1701.into()).unwrap().is_some());
    let pruned = node.block(1700.into()).unwrap_err();
    assert_eq!(
        (pruned.code(), &pruned),
        (4444, &ChainError::PrunedBlock(1700))
    );
    assert!(
        node.history.with_logs(0, 2001).is_ok(),
        "all logs are there"
    );
    assert!(node.block(2002.into()).unwrap().is_none());
}

#[test]
fn the_oldest_transactions_go_where_there_is_no_room() {
    let chain = small(1000 * 1024);
    (0..5).for_each(|nonce| {
        pay(&chain, nonce, 5);
    });
    chain.mine(2000).unwrap();
    assert!(chain.node().history.with_logs(0, 2005).is_ok());
    (5..700).for_each(|nonce| {
        pay(&chain, nonce, 5);
    });
    let node = chain.node();
    let first = node.history.transactions_from;
    assert!(first > 5 && first < 2500, "{first}");
    let lost = node.history.with_logs(first - 1, 2700).map(|_| ());
    assert_eq!(lost, Err(ChainError::PrunedBlock(first - 1)));
    assert!(node.history.with_logs(first, 2700).is_ok());
    assert!(node.history.genesis().is_some());
}

#[test]
fn a_chain_goes_on_from_what_was_saved() {
    let config = || ChainConfig {
        mining: Mining::Manual,
        clock: Clock::Fixed(START_S),
        ..ChainConfig::default()
    };
    let chain = Chain::start(config());
    chain.increase_time(50);
    pay(&chain, 0, 5);
    chain.mine(1).unwrap();
    let spoken = chain.node().submit(speech(1)).unwrap();
    chain.mine(3).unwrap();
    chain.node().set_balance(TO, U256::from(11));
    let waiting = pay(&chain, 2, 6);
    let saved = chain.save().unwrap();
    let again = Chain::load(config(), &saved).unwrap();
    assert_eq!(again.save().unwrap().len(), saved.len());
    for chain in [&chain, &again] {
        assert_eq!(chain.block_number(), 4);
        assert_eq!(balance(chain), 11);
        assert_eq!(balance_at(chain, BlockId::number(1)).unwrap(), 5);
        assert_eq!(balance_at(chain, BlockId::number(0)).unwrap(), 0);
        chain.mine(1).unwrap();
        assert_eq!(mined_at(chain, waiting), Some(5));
        let node = chain.node();
        let (block, place) = node.place(spoken).unwrap();
        assert_eq!(block.receipt(place).inner.logs().len(), 1);
    }
    let head = |chain: &ChainHandle| chain.node().head().hash;
    assert_eq!(head(&chain), head(&again));
    again.reorg(5, Removed::Forgotten).unwrap();
    assert_eq!(balance(&again), 0);

    let other = ChainConfig {
        chain_id: 5,
        ..config()
    };
    assert!(matches!(
        Chain::load(other, &saved),
        Err(LoadError::ChainId { found: 31337, .. })
    ));
    assert!(matches!(
        Chain::load(config(), b"{"),
        Err(LoadError::Form(_))
    ));
    let mut damaged: serde_json::Value = serde_json::from_slice(&saved).unwrap();
    damaged["blocks"][2]["header"]["gasUsed"] = "0x7".into();
    assert!(matches!(
        Chain::load(config(), damaged.to_string().as_bytes()),
        Err(LoadError::Damaged(_))
    ));
}
