//! Paying withdrawals.

use alloy::primitives::{Address, U256};

use super::{
    bed::{Bed, USER, withdrawal_record},
    hostile::{ReentrantReceiver, Refuser, deploy_forwarder, deploy_token, fund},
    proofs::toy,
};
use crate::{
    batch::{CommitData, Withdrawal},
    client::RollupCall,
    contracts::{Assay, TestToken},
};

const FRESH: Address = Address::repeat_byte(0x77);

fn ether(amount: u128, to: Address) -> Withdrawal {
    Withdrawal {
        token: 0,
        amount,
        to: to.into(),
    }
}

#[test]
fn pays_each_withdrawal_once() {
    let bed = Bed::new();
    bed.deposit_ether(100).unwrap();
    let list = [ether(30, FRESH), ether(12, FRESH)];
    let (batch, header) = bed.batch_with(&list);
    bed.claim(batch, header, &list, 1).unwrap();
    assert_eq!(bed.balance(FRESH), U256::from(12));
    assert_eq!(
        bed.claim(batch, header, &list, 1).unwrap_err(),
        "AlreadyClaimed"
    );
    assert!(!bed.read(Assay::isClaimedCall { batch, which: 0 }));
    bed.claim(batch, header, &list, 0).unwrap();
    assert!(bed.read(Assay::isClaimedCall { batch, which: 0 }));
    assert_eq!(bed.balance(FRESH), U256::from(42));
    assert_eq!(bed.held(0), 58);
    assert_eq!(
        bed.claim(batch, header, &list, 0).unwrap_err(),
        "AlreadyClaimed"
    );
}

#[test]
fn pays_tokens() {
    let bed = Bed::new();
    let token = deploy_token(&bed, TestToken::BYTECODE.to_vec());
    bed.send(
        USER,
        &RollupCall::RegisterToken {
            token: token.into(),
        },
    )
    .unwrap();
    fund(&bed, token, 1000);
    let owner = super::bed::owner();
    bed.send(
        USER,
        &RollupCall::DepositToken {
            token: 1,
            amount: 600,
            owner,
        },
    )
    .unwrap();
    let list = [Withdrawal {
        token: 1,
        amount: 600,
        to: FRESH.into(),
    }];
    let (batch, header) = bed.batch_with(&list);
    bed.claim(batch, header, &list, 0).unwrap();
    assert_eq!(
        bed.read_from(token, TestToken::balanceOfCall(FRESH)),
        U256::from(600)
    );
    assert_eq!(bed.held(1), 0);
}

#[test]
fn lists_and_headers_must_be_the_batchs() {
    let bed = Bed::new();
    bed.deposit_ether(100).unwrap();
    let list = [ether(30, FRESH)];
    let (batch, header) = bed.batch_with(&list);
    let mut other = header;
    other.withdrawals_hash[3] ^= 1;
    assert_eq!(
        bed.claim(batch, other, &list, 0).unwrap_err(),
        "HeaderMismatch"
    );
    assert_eq!(
        bed.claim(batch, header, &[ether(31, FRESH)], 0)
            .unwrap_err(),
        "WrongWithdrawals"
    );
    assert_eq!(
        bed.claim(batch, header, &[list[0]; 2], 0).unwrap_err(),
        "WrongWithdrawals"
    );
    for which in [1, 255, 256, u16::MAX] {
        assert_eq!(
            bed.claim(batch, header, &list, which).unwrap_err(),
            "WrongWithdrawals"
        );
    }
    assert_eq!(
        bed.claim(batch + 1, header, &list, 0).unwrap_err(),
        "NotProved"
    );
    assert_eq!(bed.claim(0, header, &list, 0).unwrap_err(), "NotProved");
    // A batch without withdrawals pays nothing, whatever list is given.
    let (empty, without) = bed.batch_with(&[]);
    assert_eq!(
        bed.claim(empty, without, &[], 0).unwrap_err(),
        "WrongWithdrawals"
    );
    assert_eq!(
        bed.claim(empty, header, &list, 0).unwrap_err(),
        "HeaderMismatch"
    );
}

#[test]
fn only_proved_batches_pay_even_after_a_revert() {
    let bed = Bed::new();
    bed.deposit_ether(100).unwrap();
    let list = [ether(30, FRESH)];
    let data = CommitData {
        full_records: vec![withdrawal_record(&list[0])],
        ..bed.next_batch()
    };
    let header = bed.commit(&data).unwrap();
    assert_eq!(bed.claim(1, header, &list, 0).unwrap_err(), "NotProved");
    let genesis = crate::batch::BatchHeader::genesis(super::bed::GENESIS);
    bed.send(
        0,
        &RollupCall::Revert {
            to_batch: 0,
            header: genesis,
        },
    )
    .unwrap();
    bed.batch_with(&[]);
    assert_eq!(
        bed.claim(1, header, &list, 0).unwrap_err(),
        "HeaderMismatch"
    );
}

/// A batch that pays more than was ever deposited cannot take what is another's: ether that
/// arrived otherwise, or the rest of the token.
#[test]
fn never_pays_more_than_was_deposited() {
    let bed = Bed::new();
    bed.deposit_ether(100).unwrap();
    let list = [ether(101, FRESH), ether(u128::MAX, FRESH)];
    let (batch, header) = bed.batch_with(&list);
    assert_eq!(bed.claim(batch, header, &list, 0).unwrap_err(), "Panic");
    assert_eq!(bed.claim(batch, header, &list, 1).unwrap_err(), "Panic");
}

#[test]
fn a_receiver_that_refuses_harms_nobody_else() {
    let bed = Bed::new();
    bed.deposit_ether(100).unwrap();
    let refuser = bed.create(Refuser::BYTECODE.to_vec()).unwrap();
    let list = [ether(10, refuser), ether(20, FRESH)];
    let (batch, header) = bed.batch_with(&list);
    assert_eq!(
        bed.claim(batch, header, &list, 0).unwrap_err(),
        "EtherRefused"
    );
    bed.claim(batch, header, &list, 1).unwrap();
    assert_eq!(bed.balance(FRESH), U256::from(20));
    assert_eq!(
        bed.claim(batch, header, &list, 0).unwrap_err(),
        "EtherRefused"
    );
}

#[test]
fn a_receiver_that_claims_again_gets_nothing() {
    let bed = Bed::new();
    bed.deposit_ether(100).unwrap();
    let receiver = deploy_forwarder(&bed);
    let list = [ether(10, receiver), ether(20, receiver)];
    let (batch, header) = bed.batch_with(&list);
    for which in 0..2 {
        let again = RollupCall::Claim {
            batch,
            header,
            withdrawals: list.to_vec(),
            which,
        };
        let (_, _, again) = again.encode(bed.contract_address());
        let arm = ReentrantReceiver::armCall {
            target_: bed.rollup,
            again,
        };
        bed.call_contract(USER, receiver, arm).unwrap();
        assert_eq!(
            bed.claim(batch, header, &list, 0).unwrap_err(),
            "EtherRefused"
        );
    }
    assert_eq!(bed.balance(receiver), U256::ZERO);
    assert_eq!(bed.held(0), 100);
}

/// The list that the contract hashes is in the order of the records, without the deposits.
#[test]
fn deposits_do_not_shift_the_list() {
    let bed = Bed::new();
    bed.deposit_ether(100).unwrap();
    let list = [ether(9, FRESH)];
    let mut data = bed.next_batch();
    data.l1_operations = 1;
    data.full_records = vec![
        super::bed::deposit_record(0, 100, super::bed::owner()),
        withdrawal_record(&list[0]),
    ];
    assert_eq!(data.withdrawals(), list);
    let header = bed.commit(&data).unwrap();
    bed.prove(&[(header, toy(0).prove(&header))]).unwrap();
    bed.claim(1, header, &list, 0).unwrap();
}
