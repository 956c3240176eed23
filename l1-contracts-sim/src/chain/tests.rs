//! The chain's rules, without a network.

use alloy::{
    consensus::{SignableTransaction as _, TxEip1559, TxEnvelope},
    eips::BlockId,
    primitives::{Address, B256, Bytes, TxKind, U256},
    rpc::types::TransactionRequest,
    signers::SignerSync as _,
};

use super::{
    Chain, ChainConfig, ChainError, ChainHandle, Clock, Mining, Node, Removed, SignedTransaction,
    estimate, signers,
};

mod going_back;

const START_S: u64 = 1_800_000_000;
const TO: Address = Address::repeat_byte(0x42);
const GWEI: u128 = 1_000_000_000;

fn chain(mining: Mining) -> ChainHandle {
    Chain::start(ChainConfig {
        mining,
        clock: Clock::Fixed(START_S),
        ..ChainConfig::default()
    })
}

/// A payment of `value` wei by development account `from`.
fn payment(from: usize, nonce: u64, value: u64, max_fee: u128, tip: u128) -> SignedTransaction {
    signed(
        from,
        TxEip1559 {
            chain_id: 31337,
            nonce,
            gas_limit: 21_000,
            max_fee_per_gas: max_fee,
            max_priority_fee_per_gas: tip,
            to: TxKind::Call(TO),
            value: U256::from(value),
            access_list: Default::default(),
            input: Bytes::new(),
        },
    )
}

fn signed(from: usize, transaction: TxEip1559) -> SignedTransaction {
    let signer = &signers()[from];
    let signature = signer
        .sign_hash_sync(&transaction.signature_hash())
        .unwrap();
    let envelope = TxEnvelope::from(transaction.into_signed(signature));
    SignedTransaction::new_unchecked(envelope, signer.address())
}

fn pay(chain: &ChainHandle, nonce: u64, value: u64) -> B256 {
    chain
        .node()
        .submit(payment(0, nonce, value, 3 * GWEI, GWEI))
        .unwrap()
}

fn balance_at(chain: &ChainHandle, block: BlockId) -> Result<u64, ChainError> {
    chain
        .node()
        .at(block)
        .map(|(view, _)| view.account(TO).balance.to())
}

#[test]
fn each_transaction_has_its_block() {
    let chain = chain(Mining::Automatic);
    let hashes = [pay(&chain, 0, 5), pay(&chain, 1, 7)];
    assert_eq!(chain.block_number(), 2);
    for (number, hash) in (1..).zip(hashes) {
        assert_eq!(chain.node().place(hash).unwrap().0.header.number, number);
    }
    assert_eq!(balance_at(&chain, BlockId::latest()).unwrap(), 12);
    assert_eq!(balance_at(&chain, BlockId::number(1)).unwrap(), 5);
    assert_eq!(balance_at(&chain, BlockId::number(0)).unwrap(), 0);
    assert!(matches!(
        balance_at(&chain, BlockId::number(3)),
        Err(ChainError::UnknownBlock)
    ));
}

/// EIP-1559: an eighth up after a full block, an eighth down after an empty one.
#[test]
fn base_fee_follows_the_gas_used() {
    let config = ChainConfig {
        gas_limit: 42_000,
        mining: Mining::Manual,
        clock: Clock::Fixed(START_S),
        base_fee_wei: 800,
        ..ChainConfig::default()
    };
    let chain = Chain::start(config);
    let base_fee = || chain.node().head().base_fee();
    chain.mine(1).unwrap();
    assert_eq!(base_fee(), 700);
    for nonce in 0..3 {
        chain.node().submit(payment(0, nonce, 1, GWEI, 0)).unwrap();
    }
    chain.mine(1).unwrap();
    assert_eq!(base_fee(), 613, "700 - 700 / 8, rounded as the EIP does");
    assert_eq!(chain.node().head().mined.len(), 2, "two fill the block");
    chain.mine(1).unwrap();
    assert_eq!(base_fee(), 689, "613 + 613 / 8");
    assert_eq!(chain.node().head().mined.len(), 1);
    chain.mine(1).unwrap();
    assert_eq!(base_fee(), 689, "half full");
}

#[test]
fn tips_and_base_fees_are_paid() {
    let chain = chain(Mining::Automatic);
    let maker = chain.node().next_env().beneficiary;
    pay(&chain, 0, 5);
    let node = chain.node();
    let base_fee = node.head().base_fee();
    let (view, _) = node.at(BlockId::latest()).unwrap();
    assert_eq!(view.account(maker).balance, U256::from(21_000 * GWEI));
    let spent = U256::from(21_000 * (GWEI + u128::from(base_fee)) + 5);
    let rest = U256::from(node.config.balance_wei) - view.account(signers()[0].address()).balance;
    assert_eq!(rest, spent);
}

#[test]
fn a_nonce_gap_waits_and_an_old_nonce_is_refused() {
    let chain = chain(Mining::Automatic);
    pay(&chain, 1, 5);
    assert_eq!((chain.block_number(), chain.waiting()), (0, 1));
    assert_eq!(chain.node().pending_nonce(signers()[0].address()), 0);
    pay(&chain, 0, 5);
    assert_eq!((chain.block_number(), chain.waiting()), (1, 0));
    assert_eq!(chain.node().pending_nonce(signers()[0].address()), 2);
    let old = chain.node().submit(payment(0, 1, 9, 3 * GWEI, GWEI));
    assert_eq!(old, Err(ChainError::NonceTooLow { next: 2, given: 1 }));
}

#[test]
fn a_replacement_pays_a_tenth_more_of_both_fees() {
    let chain = chain(Mining::Manual);
    let submit = |value, max_fee, tip| chain.node().submit(payment(0, 0, value, max_fee, tip));
    submit(1, 1000 * GWEI, 100 * GWEI).unwrap();
    assert_eq!(
        submit(1, 1000 * GWEI, 100 * GWEI),
        Err(ChainError::AlreadyKnown)
    );
    for (max_fee, tip) in [(1099, 110), (1100, 109), (2000, 100)] {
        assert_eq!(
            submit(2, max_fee * GWEI, tip * GWEI),
            Err(ChainError::ReplacementUnderpriced)
        );
    }
    let hash = submit(2, 1100 * GWEI, 110 * GWEI).unwrap();
    chain.mine(1).unwrap();
    assert_eq!(balance_at(&chain, BlockId::latest()).unwrap(), 2);
    assert!(chain.node().place(hash).is_some());
    assert_eq!(chain.waiting(), 0);
}

#[test]
fn higher_tips_come_first() {
    let chain = chain(Mining::Manual);
    let hashes = [(0, 1), (1, 3), (2, 2), (3, 3)].map(|(from, tip)| {
        chain
            .node()
            .submit(payment(from, 0, 1, 100 * GWEI, tip * GWEI))
            .unwrap()
    });
    chain.mine(1).unwrap();
    let places = hashes.map(|hash| chain.node().place(hash).unwrap().1);
    assert_eq!(places, [3, 0, 2, 1]);
}

#[test]
fn what_cannot_pay_the_base_fee_waits() {
    let chain = chain(Mining::Automatic);
    let base_fee = u128::from(chain.node().next_env().base_fee);
    chain
        .node()
        .submit(payment(0, 0, 1, base_fee - 1, 0))
        .unwrap();
    assert_eq!((chain.block_number(), chain.waiting()), (0, 1));
    chain.mine(1).unwrap();
    assert_eq!(chain.waiting(), 1, "the base fee falls for the block after");
    chain.mine(1).unwrap();
    assert_eq!(chain.waiting(), 0);
}

#[test]
fn transactions_that_cannot_be_are_refused() {
    let chain = chain(Mining::Automatic);
    let base = TxEip1559 {
        chain_id: 31337,
        gas_limit: 21_000,
        max_fee_per_gas: 3 * GWEI,
        to: TxKind::Call(TO),
        ..TxEip1559::default()
    };
    let submit = |change: TxEip1559| chain.node().submit(signed(0, change)).unwrap_err();
    let all = U256::from(chain.node().config.balance_wei);
    assert!(matches!(
        submit(TxEip1559 {
            value: all,
            ..base.clone()
        }),
        ChainError::InsufficientFunds { .. }
    ));
    assert!(matches!(
        submit(TxEip1559 {
            chain_id: 1,
            ..base.clone()
        }),
        ChainError::WrongChain { .. }
    ));
    assert!(matches!(
        submit(TxEip1559 {
            gas_limit: 20_999,
            ..base.clone()
        }),
        ChainError::Invalid(_)
    ));
    let cap = (1 << 24) + 1;
    assert!(matches!(
        submit(TxEip1559 {
            gas_limit: cap,
            ..base.clone()
        }),
        ChainError::Invalid(_)
    ));
    // EIP-7623: a thousand bytes that are not zero cost 61,000 at least.
    let floor = TxEip1559 {
        gas_limit: 60_999,
        input: vec![1; 1000].into(),
        ..base
    };
    assert!(matches!(submit(floor), ChainError::Invalid(_)));
    assert_eq!(chain.block_number(), 0);
}

#[test]
fn a_reorg_undoes_blocks_and_forgets_transactions() {
    let chain = chain(Mining::Automatic);
    let kept = pay(&chain, 0, 5);
    let removed = pay(&chain, 1, 7);
    let before: Vec<B256> = chain.node().history.iter().map(|b| b.hash).collect();
    chain.reorg(1, Removed::Forgotten).unwrap();
    let after: Vec<B256> = chain.node().history.iter().map(|b| b.hash).collect();
    assert_eq!(before[..2], after[..2]);
    assert_ne!(before[2], after[2]);
    assert_eq!(balance_at(&chain, BlockId::latest()).unwrap(), 5);
    let node = chain.node();
    assert!(node.place(kept).is_some());
    assert!(node.place(removed).is_none() && node.pool.get(removed).is_none());
    assert!(node.block(before[2].into()).unwrap().is_none());
    assert_eq!(node.pending_nonce(signers()[0].address()), 1);
}

#[test]
fn a_reorg_can_bring_transactions_back() {
    let chain = chain(Mining::Automatic);
    let hashes = [pay(&chain, 0, 5), pay(&chain, 1, 7)];
    chain.reorg(2, Removed::WaitAgain).unwrap();
    assert_eq!(balance_at(&chain, BlockId::number(2)).unwrap(), 0);
    assert_eq!(balance_at(&chain, BlockId::latest()).unwrap(), 12);
    assert_eq!(
        hashes.map(|hash| chain.node().place(hash).unwrap().0.header.number),
        [3, 3]
    );
}

#[test]
fn only_so_many_blocks_can_be_undone_or_asked_for() {
    let chain = chain(Mining::Automatic);
    pay(&chain, 0, 5);
    assert!(matches!(
        chain.reorg(2, Removed::Forgotten),
        Err(ChainError::TooDeep {
            asked: 2,
            possible: 1
        })
    ));
    chain.mine(300).unwrap();
    assert!(matches!(
        chain.reorg(257, Removed::Forgotten),
        Err(ChainError::TooDeep { .. })
    ));
    assert_eq!(balance_at(&chain, BlockId::number(45)).unwrap(), 5);
    assert!(matches!(
        balance_at(&chain, BlockId::number(44)),
        Err(ChainError::Pruned(44))
    ));
    chain.reorg(256, Removed::Forgotten).unwrap();
    assert_eq!(
        (
            chain.block_number(),
            balance_at(&chain, BlockId::latest()).unwrap()
        ),
        (301, 5)
    );
    assert!(matches!(chain.mine(10_001), Err(ChainError::Limit { .. })));
}

#[test]
fn rolling_back_restores_balances_and_nonces() {
    let chain = chain(Mining::Automatic);
    let start = chain.node().latest().account(signers()[0].address());
    let snapshot = chain.snapshot();
    (0..5).for_each(|nonce| {
        pay(&chain, nonce, 1);
    });
    assert!(chain.revert(snapshot));
    assert_eq!(chain.block_number(), 0);
    let end = chain.node().latest().account(signers()[0].address());
    assert_eq!((start.balance, start.nonce), (end.balance, end.nonce));
    assert_eq!(balance_at(&chain, BlockId::latest()).unwrap(), 0);
}

#[test]
fn time_moves_forward_only() {
    let chain = chain(Mining::Automatic);
    assert_eq!(chain.timestamp(), START_S);
    chain.increase_time(100);
    chain.mine(1).unwrap();
    assert_eq!(chain.timestamp(), START_S + 100);
    assert!(matches!(
        chain.set_next_timestamp(START_S + 99),
        Err(ChainError::Timestamp { .. })
    ));
    chain.set_next_timestamp(START_S + 500).unwrap();
    chain.mine(2).unwrap();
    assert_eq!(chain.timestamp(), START_S + 500);
    chain.increase_time(1);
    chain.mine(1).unwrap();
    assert_eq!(chain.timestamp(), START_S + 501);
}

#[test]
fn estimates_suffice_and_failures_have_their_reason() {
    let chain = chain(Mining::Automatic);
    let node = chain.node();
    let (_, env) = node.at(BlockId::pending()).unwrap();
    let from = signers()[0].address();
    let plain = TransactionRequest::default()
        .from(from)
        .to(TO)
        .value(U256::from(1));
    assert_eq!(estimate(&node.latest(), &env, &plain).unwrap(), 21_000);

    let mut create = TransactionRequest::default().from(from);
    // PUSH1 1 PUSH1 0 SSTORE STOP: writes a fresh slot and deploys nothing.
    create.input = Bytes::from_static(&[0x60, 1, 0x60, 0, 0x55, 0]).into();
    let enough = estimate(&node.latest(), &env, &create).unwrap();
    assert!(
        super::call(
            &node.latest(),
            &env,
            &TransactionRequest {
                gas: Some(enough),
                ..create.clone()
            }
        )
        .is_ok()
    );
    let little = TransactionRequest {
        gas: Some(enough - enough / 50),
        ..create.clone()
    };
    assert_eq!(
        super::call(&node.latest(), &env, &little),
        Err(ChainError::Halted("out of gas".to_owned()))
    );

    // PUSH1 0 PUSH1 0 REVERT, and INVALID.
    create.input = Bytes::from_static(&[0x60, 0, 0x60, 0, 0xfd]).into();
    assert_eq!(
        estimate(&node.latest(), &env, &create),
        Err(ChainError::Reverted(Bytes::new()))
    );
    create.input = Bytes::from_static(&[0xfe]).into();
    assert!(matches!(
        estimate(&node.latest(), &env, &create),
        Err(ChainError::Halted(_))
    ));
}
