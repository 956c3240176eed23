//! Deposits and tokens.

use alloy::primitives::U256;

use super::{
    bed::{Bed, USER, account, owner},
    hostile::{FalseToken, FeeToken, ReentrantToken, SilentToken, deploy_token, fund},
};
use crate::{
    batch::Word,
    client::RollupCall,
    contracts::{Assay, TestToken},
};

fn register(bed: &Bed, token: alloy::primitives::Address) -> Result<super::bed::Done, String> {
    bed.send(
        USER,
        &RollupCall::RegisterToken {
            token: token.into(),
        },
    )
}

fn deposit(bed: &Bed, token: u16, amount: u128) -> Result<super::bed::Done, String> {
    bed.send(
        USER,
        &RollupCall::DepositToken {
            token,
            amount,
            owner: owner(),
        },
    )
}

#[test]
fn ether_is_counted_and_queued() {
    let bed = Bed::new();
    bed.deposit_ether(70).unwrap();
    bed.deposit_ether(7).unwrap();
    assert_eq!(bed.held(0), 77);
    assert_eq!(bed.balance(bed.rollup), U256::from(77));
    assert_eq!(bed.read(Assay::countsCall {}).queueLength, 2);
    assert_eq!(
        u64::from(bed.read(Assay::queuedAtCall { index: 1 })),
        super::bed::START_S
    );
    // The chain of hashes is the library's.
    let link = |hash, amount| crate::batch::queue_link(hash, 0, amount, &owner());
    let expected = link(link(U256::ZERO, 70), 7);
    assert_eq!(bed.read(Assay::queueHashCall { entries: 2 }), expected);
}

#[test]
fn value_and_amount_must_agree() {
    let bed = Bed::new();
    assert_eq!(bed.deposit_ether(0).unwrap_err(), "NothingDeposited");
    let call = |token: u16, amount: u128| {
        let [x, y] = owner().map(U256::from_be_bytes);
        alloy::sol_types::SolCall::abi_encode(&Assay::depositCall {
            token,
            amount,
            ownerX: x,
            ownerY: y,
        })
    };
    let send = |value: u64, input: Vec<u8>| {
        bed.transact(USER, bed.rollup.into(), U256::from(value), input.into())
            .map(|_| ())
    };
    assert_eq!(send(5, call(0, 6)).unwrap_err(), "WrongValue");
    assert_eq!(send(5, call(1, 5)).unwrap_err(), "WrongValue");
    assert_eq!(send(0, call(1, 5)).unwrap_err(), "UnknownToken");
    assert!(
        send(5, Vec::new()).is_err(),
        "ether cannot be sent without an owner"
    );
}

/// Off the curve, and the same point with coordinates of r more.
#[test]
fn owners_are_canonical_points() {
    let bed = Bed::new();
    let r: U256 = "21888242871839275222246405745257275088548364400416034343698204186575808495617"
        .parse()
        .unwrap();
    let [x, y] = owner().map(U256::from_be_bytes::<32>);
    let one = U256::from(1);
    for (x, y) in [
        (x + one, y),
        (x, y + one),
        (x + r, y),
        (x, y + r),
        (U256::ZERO, U256::ZERO),
        (y, x),
    ] {
        let owner: [Word; 2] = [x.to_be_bytes(), y.to_be_bytes()];
        let sent = bed.send(USER, &RollupCall::DepositEther { amount: 5, owner });
        assert_eq!(sent.unwrap_err(), "InvalidOwner");
    }
}

#[test]
fn tokens_get_numbers_once() {
    let bed = Bed::new();
    let [first, second] = [(); 2].map(|()| deploy_token(&bed, TestToken::BYTECODE.to_vec()));
    register(&bed, first).unwrap();
    register(&bed, second).unwrap();
    assert_eq!(bed.read(Assay::tokenNumberCall { token: second }), 2);
    assert_eq!(register(&bed, first).unwrap_err(), "TokenExists");
    assert_eq!(register(&bed, account(3)).unwrap_err(), "NotAToken");
}

#[test]
fn what_arrives_is_credited() {
    let bed = Bed::new();
    for (number, code) in [
        (1, TestToken::BYTECODE.to_vec()),
        (2, SilentToken::BYTECODE.to_vec()),
    ] {
        let token = deploy_token(&bed, code);
        register(&bed, token).unwrap();
        fund(&bed, token, 1000);
        deposit(&bed, number, 400).unwrap();
        assert_eq!(bed.held(number), 400);
        assert_eq!(
            bed.read_from(token, TestToken::balanceOfCall(bed.rollup)),
            U256::from(400)
        );
        assert!(deposit(&bed, number, 601).is_err(), "more than there is");
    }
    let token = deploy_token(&bed, FeeToken::BYTECODE.to_vec());
    register(&bed, token).unwrap();
    fund(&bed, token, 1000);
    deposit(&bed, 3, 400).unwrap();
    assert_eq!(bed.held(3), 396);
}

#[test]
fn tokens_that_fail_credit_nothing() {
    let bed = Bed::new();
    let token = deploy_token(&bed, FalseToken::BYTECODE.to_vec());
    register(&bed, token).unwrap();
    fund(&bed, token, 1000);
    assert_eq!(deposit(&bed, 1, 10).unwrap_err(), "TokenCallFailed");
    assert_eq!(bed.held(1), 0);
}

#[test]
fn a_token_that_deposits_again_is_stopped() {
    let bed = Bed::new();
    let token = deploy_token(&bed, ReentrantToken::BYTECODE.to_vec());
    register(&bed, token).unwrap();
    fund(&bed, token, 1000);
    fund(&bed, token, 1000);
    let [x, y] = owner().map(U256::from_be_bytes);
    let arm = ReentrantToken::armCall {
        target_: bed.rollup,
        number_: 1,
        ownerX_: x,
        ownerY_: y,
    };
    bed.call_contract(USER, token, arm).unwrap();
    assert_eq!(deposit(&bed, 1, 10).unwrap_err(), "TokenCallFailed");
    assert_eq!(bed.held(1), 0);
}

#[test]
fn deposits_of_a_token_stay_below_2_to_the_128() {
    let bed = Bed::new();
    let token = deploy_token(&bed, TestToken::BYTECODE.to_vec());
    register(&bed, token).unwrap();
    let mint = TestToken::mintCall {
        to: account(USER),
        amount: U256::MAX,
    };
    bed.call_contract(USER, token, mint).unwrap();
    let approve = TestToken::approveCall {
        spender: bed.rollup,
        amount: U256::MAX,
    };
    bed.call_contract(USER, token, approve).unwrap();
    deposit(&bed, 1, u128::MAX - 1).unwrap();
    assert_eq!(deposit(&bed, 1, 2).unwrap_err(), "DepositCap");
    deposit(&bed, 1, 1).unwrap();
    assert_eq!(bed.held(1), u128::MAX);
    assert_eq!(deposit(&bed, 1, 1).unwrap_err(), "DepositCap");
}
