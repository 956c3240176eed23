//! What `commit` and `revertBatches` accept, and the header they keep.

use alloy::{primitives::U256, sol_types::SolCall as _};
use ark_bn254::Fr;
use ark_ff::{BigInteger as _, PrimeField as _};
use sha2::{Digest as _, Sha256};

use super::{
    bed::{
        Bed, DEADLINE_S, GENESIS, IDLE_S, OPERATOR, SMALL, START_S, USER, deposit_record, owner,
        withdrawal_record,
    },
    proofs::toy,
};
use crate::{
    address::EthAddress,
    batch::{BatchHeader, CommitData, CommittedFeeSlot, Withdrawal, Word, decode_commit},
    client::RollupCall,
    contracts::Assay,
};

/// r, and the word after the last one that is allowed.
const R: &str = "21888242871839275222246405745257275088548364400416034343698204186575808495617";

fn r() -> Word {
    R.parse::<U256>().unwrap().to_be_bytes()
}

fn full_batch(bed: &Bed) -> CommitData {
    let mut data = bed.next_batch();
    data.fee_slots = vec![
        CommittedFeeSlot {
            token: 0,
            account: 3,
        },
        CommittedFeeSlot {
            token: 2,
            account: 0xff_fffe,
        },
    ];
    let withdrawal = Withdrawal {
        token: 1,
        amount: u128::MAX - 5,
        to: EthAddress([0xab; 20]),
    };
    data.l1_operations = 1;
    data.full_records = vec![
        deposit_record(0, 1000, owner()),
        withdrawal_record(&withdrawal),
    ];
    data.transfers = (0..12)
        .map(|i| std::array::from_fn(|j| 17 * i + j as u8))
        .collect();
    data
}

/// z and y by ark-ff and sha2, the vector laid out bit by bit from the text of statement.md.
fn naive_header(bed: &Bed, data: &CommitData, old_root: Word) -> (Word, Word) {
    let number = |n: u128| -> Word { U256::from(n).to_be_bytes() };
    let mut words = vec![
        old_root,
        data.new_root,
        bed.domain,
        number(1),
        number(data.batch.into()),
    ];
    words.extend([
        number(data.timestamp.into()),
        number(data.l1_operations.into()),
    ]);
    for slot in 0..2 {
        let slot = data.fee_slots.get(slot).copied().unwrap_or_default();
        words.extend([number(slot.token.into()), number(slot.account.into())]);
    }
    for record in 0..2 {
        words.extend(data.full_records.get(record).copied().unwrap_or_default());
    }
    // ceil(13 * 12 / 31) = 6
    let mut stream: std::collections::VecDeque<u8> = data.transfers.concat().into();
    for _ in 0..6 {
        let mut word = [0; 32];
        word[1..].fill_with(|| stream.pop_front().unwrap_or(0));
        words.push(word);
    }
    let mut hash = Sha256::new();
    hash.update(b"assay/z");
    hash.update(data.commitment);
    words.iter().for_each(|word| hash.update(word));
    let z = Fr::from_be_bytes_mod_order(&hash.finalize());
    let mut power = Fr::from(1);
    let mut y = Fr::from(0);
    for word in words {
        y += power * Fr::from_be_bytes_mod_order(&word);
        power *= z;
    }
    let bytes = |f: Fr| f.into_bigint().to_bytes_be().try_into().unwrap();
    (bytes(z), bytes(y))
}

#[test]
fn contract_library_and_naive_oracle_agree_on_the_header() {
    let bed = Bed::new();
    bed.deposit_ether(1000).unwrap();
    let mut parent = BatchHeader::genesis(GENESIS).hash([0; 32]);
    assert_eq!(
        bed.read(Assay::batchHashCall { batch: U256::ZERO }).0,
        parent
    );
    let mut old_root = GENESIS;
    let mut short = full_batch(&bed);
    short.transfers.truncate(5);
    short.full_records.truncate(1);
    for change in [full_batch(&bed), bed.next_batch(), short] {
        let mut data = change;
        data.batch = bed.next_batch().batch;
        if data.batch > 1 && data.l1_operations == 1 {
            bed.deposit_ether(1000).unwrap();
        }
        let header = bed.commit(&data).unwrap();
        assert_eq!(
            (header.challenge, header.evaluation),
            naive_header(&bed, &data, old_root)
        );
        parent = header.hash(parent);
        assert_eq!(
            bed.read(Assay::batchHashCall {
                batch: U256::from(data.batch)
            })
            .0,
            parent
        );
        old_root = data.new_root;
    }
}

/// The domain by its definition.
#[test]
fn domain_is_the_hash_of_chain_and_contract() {
    let bed = Bed::new();
    let mut chain = [0_u8; 32];
    chain[30..].copy_from_slice(&31337_u16.to_be_bytes());
    let preimage = [&b"assay/1"[..], &chain, &bed.contract_address().0].concat();
    let mut domain: Word = Sha256::digest(preimage).into();
    domain[0] = 0;
    assert_eq!(bed.domain, domain);
}

#[test]
fn commit_data_survives_its_calldata() {
    let bed = Bed::new();
    let data = full_batch(&bed);
    assert_eq!(decode_commit(&data.to_calldata()).unwrap(), data);
    assert!(decode_commit(&data.to_calldata()[..100]).is_err());
    assert!(decode_commit(b"other").is_err());
}

#[test]
fn batches_come_one_after_the_other() {
    let bed = Bed::new();
    for batch in [0, 2, 1 << 48] {
        let data = CommitData {
            batch,
            ..bed.next_batch()
        };
        assert_eq!(bed.commit(&data).unwrap_err(), "WrongBatchNumber");
    }
    let first = bed.next_batch();
    bed.commit(&first).unwrap();
    assert_eq!(bed.commit(&first).unwrap_err(), "WrongBatchNumber");
}

#[test]
fn timestamps_do_not_go_back_nor_into_the_future() {
    let bed = Bed::new();
    let now = START_S as u32;
    bed.commit(&CommitData {
        timestamp: now,
        ..bed.next_batch()
    })
    .unwrap();
    for timestamp in [0, now - 1, now + 1] {
        let data = CommitData {
            timestamp,
            ..bed.next_batch()
        };
        assert_eq!(bed.commit(&data).unwrap_err(), "WrongTimestamp");
    }
    bed.commit(&CommitData {
        timestamp: now,
        ..bed.next_batch()
    })
    .unwrap();
}

#[test]
fn words_are_canonical() {
    let bed = Bed::new();
    let last: Word = (R.parse::<U256>().unwrap() - U256::from(1)).to_be_bytes();
    for word in [r(), [0xff; 32]] {
        let root = CommitData {
            new_root: word,
            ..bed.next_batch()
        };
        assert_eq!(bed.commit(&root).unwrap_err(), "WordNotCanonical");
        let commitment = CommitData {
            commitment: word,
            ..bed.next_batch()
        };
        assert_eq!(bed.commit(&commitment).unwrap_err(), "WordNotCanonical");
        assert_eq!(
            bed.deploy_rollup(word, &[]).unwrap_err(),
            "WordNotCanonical"
        );
        for place in 1..6 {
            let mut data = bed.next_batch();
            let mut record = [[0; 32]; 6];
            record[0][1] = 0x10;
            record[place] = word;
            data.full_records = vec![record];
            assert_eq!(bed.commit(&data).unwrap_err(), "InvalidRecord");
        }
    }
    bed.commit(&CommitData {
        new_root: last,
        commitment: last,
        ..bed.next_batch()
    })
    .unwrap();
}

#[test]
fn sections_fit_the_shape() {
    let bed = Bed::new();
    let base = bed.next_batch();
    let cases = [
        CommitData {
            fee_slots: vec![CommittedFeeSlot::default(); 3],
            ..base.clone()
        },
        CommitData {
            full_records: vec![[[0; 32]; 6]; 3],
            ..base.clone()
        },
        CommitData {
            transfers: vec![[1; 13]; 13],
            ..base.clone()
        },
    ];
    for data in cases {
        assert!(data.header(SMALL, GENESIS, bed.domain, 0).is_err());
        assert_eq!(
            bed.send(OPERATOR, &RollupCall::Commit(data)).unwrap_err(),
            "WrongSectionLength"
        );
    }
    let mut call = Assay::commitCall::abi_decode(&base.to_calldata()).unwrap();
    call.data.transfers = vec![1; 12].into();
    assert_eq!(
        bed.call_contract(OPERATOR, bed.rollup, call.clone())
            .unwrap_err(),
        "WrongSectionLength"
    );
    call.data.transfers = Default::default();
    call.data.feeSlots = vec![1; 6].into();
    assert_eq!(
        bed.call_contract(OPERATOR, bed.rollup, call).unwrap_err(),
        "WrongSectionLength"
    );
    let unknown = CommitData { shape: 2, ..base };
    assert_eq!(
        bed.send(OPERATOR, &RollupCall::Commit(unknown))
            .unwrap_err(),
        "UnknownShape"
    );
}

/// Every reader of the chain must decode what the contract saw.
#[test]
fn calldata_has_one_encoding() {
    let bed = Bed::new();
    let data = full_batch(&bed).to_calldata();
    let send = |bytes: Vec<u8>| {
        bed.transact(OPERATOR, bed.rollup.into(), U256::ZERO, bytes.into())
            .unwrap_err()
    };
    let trailing = [&data[..], &[0; 32]].concat();
    assert_eq!(send(trailing), "NotCanonicalEncoding");
    // The offset of the transfers moves on by a word, and a word is put in between.
    let mut gap = data.clone();
    let offset = 4 + 32 + 8 * 32;
    let to = U256::from_be_slice(&gap[offset..offset + 32]);
    gap[offset..offset + 32].copy_from_slice(&(to + U256::from(32)).to_be_bytes::<32>());
    let at = 36 + to.to::<usize>();
    gap.splice(at..at, [0; 32]);
    assert_eq!(send(gap), "NotCanonicalEncoding");
}

#[test]
fn records_of_the_wrong_kind_are_refused() {
    let bed = Bed::new();
    let base = withdrawal_record(&Withdrawal {
        token: 0,
        amount: 5,
        to: EthAddress([1; 20]),
    });
    let refused = |change: &dyn Fn(&mut [Word; 6])| {
        let mut data = bed.next_batch();
        let mut record = base;
        change(&mut record);
        data.full_records = vec![record];
        assert_eq!(bed.commit(&data).unwrap_err(), "InvalidRecord");
    };
    // Deposits and reserved kinds outside the L1 operations, and bits above the kind.
    for kind in 3..16 {
        refused(&|record| record[0][1] = kind << 4);
    }
    refused(&|record| record[0][0] = 1);
    // A withdrawal with a status, an address of more than 20 bytes, or stray words.
    refused(&|record| record[0][1] = 0x21);
    refused(&|record| record[1][11] = 1);
    for place in 2..6 {
        refused(&|record| record[place][31] = 1);
    }
    let mut accepted = bed.next_batch();
    accepted.full_records = vec![base];
    bed.commit(&accepted).unwrap();
}

#[test]
fn l1_operations_are_the_next_of_the_queue() {
    let bed = Bed::new();
    let amounts = [11, 22, 33];
    for amount in amounts {
        bed.deposit_ether(amount).unwrap();
    }
    let [first, second, third] = amounts.map(|amount| deposit_record(0, amount, owner()));
    let attempt = |count: u16, records: &[[Word; 6]]| {
        let data = CommitData {
            l1_operations: count,
            full_records: records.to_vec(),
            ..bed.next_batch()
        };
        bed.commit(&data)
    };
    // Swapped, skipped, twice, too many, or more than there are records.
    assert_eq!(attempt(2, &[second, first]).unwrap_err(), "QueueMismatch");
    assert_eq!(attempt(1, &[second]).unwrap_err(), "QueueMismatch");
    assert_eq!(attempt(2, &[first, first]).unwrap_err(), "QueueMismatch");
    assert_eq!(attempt(2, &[first]).unwrap_err(), "WrongOperationCount");
    // Fields that are not the queue's: kind, status, from, nonce, fee, token, amount, owner.
    for (byte, bit) in [
        (0, 1),
        (1, 0x10),
        (1, 1),
        (2, 1),
        (8, 1),
        (10, 1),
        (14, 1),
        (29, 1),
        (30, 1),
        (31, 1),
    ] {
        let mut record = first;
        record[0][byte] ^= bit;
        assert_eq!(
            attempt(1, &[record]).unwrap_err(),
            "QueueMismatch",
            "byte {byte}"
        );
    }
    for word in [1, 2] {
        let mut record = first;
        record[word][31] ^= 1;
        assert_eq!(attempt(1, &[record]).unwrap_err(), "QueueMismatch");
    }
    let mut stray = first;
    stray[5][31] = 1;
    assert_eq!(attempt(1, &[stray]).unwrap_err(), "InvalidRecord");

    // The account is the operator's choice.
    let mut elsewhere = first;
    elsewhere[0][5] ^= 0x55;
    assert_eq!(attempt(2, &[elsewhere, second]).unwrap().queue_end, 2);
    assert_eq!(attempt(2, &[third, third]).unwrap_err(), "QueueMismatch");
    assert_eq!(attempt(1, &[third]).unwrap().queue_end, 3);
    // A record that was never queued, beyond the end.
    assert_eq!(attempt(1, &[third]).unwrap_err(), "QueueMismatch");
}

#[test]
fn others_commit_only_when_the_operator_is_idle() {
    let bed = Bed::new();
    let commit = |from: usize| bed.send(from, &RollupCall::Commit(bed.next_batch()));
    bed.chain.set_next_timestamp(START_S + IDLE_S).unwrap();
    assert_eq!(commit(USER).unwrap_err(), "NotOperator");
    bed.chain.set_next_timestamp(START_S + IDLE_S + 1).unwrap();
    commit(USER).unwrap();
    // A proof, not a commit, shows that the operator is there.
    let progress = bed.read(Assay::progressCall {});
    assert_eq!(u64::from(progress.lastProvedAt), START_S);
}

#[test]
fn no_contract_may_commit() {
    let bed = Bed::new();
    let data = bed.next_batch().to_calldata();
    // An account that has delegated to code would do the same; here it is a contract in between.
    let forwarder = super::hostile::deploy_forwarder(&bed);
    let arm = super::hostile::ReentrantReceiver::armCall {
        target_: bed.rollup,
        again: data.into(),
    };
    bed.call_contract(OPERATOR, forwarder, arm).unwrap();
    bed.chain.increase_time(IDLE_S + 1);
    let sent = bed.transact(OPERATOR, forwarder.into(), U256::ZERO, Default::default());
    assert_eq!(sent.unwrap_err(), "NotDirect");
}

#[test]
fn reverting_puts_deposits_back_and_keeps_what_is_proved() {
    let bed = Bed::new();
    bed.deposit_ether(5).unwrap();
    let genesis = BatchHeader::genesis(GENESIS);
    let revert = |from: usize, to_batch: u64, header: BatchHeader| {
        bed.send(from, &RollupCall::Revert { to_batch, header })
    };
    assert_eq!(revert(OPERATOR, 0, genesis).unwrap_err(), "CannotRevert");

    let proved = bed.commit(&bed.next_batch()).unwrap();
    bed.prove(&[(proved, toy(0).prove(&proved))]).unwrap();
    let with_deposit = CommitData {
        l1_operations: 1,
        full_records: vec![deposit_record(0, 5, owner())],
        ..bed.next_batch()
    };
    let second = bed.commit(&with_deposit).unwrap();
    let third = bed.commit(&bed.next_batch()).unwrap();
    assert_eq!(revert(OPERATOR, 0, genesis).unwrap_err(), "CannotRevert");
    assert_eq!(revert(OPERATOR, 3, third).unwrap_err(), "CannotRevert");
    assert_eq!(revert(OPERATOR, 1, second).unwrap_err(), "HeaderMismatch");

    revert(OPERATOR, 2, second).unwrap();
    assert_eq!(bed.read(Assay::committedRootCall {}).0, second.new_root);
    assert_eq!(bed.read(Assay::progressCall {}).queueCommitted, 1);
    revert(OPERATOR, 1, proved).unwrap();
    assert_eq!(bed.read(Assay::committedRootCall {}).0, proved.new_root);
    assert_eq!(bed.read(Assay::progressCall {}).queueCommitted, 0);
    // A dropped batch cannot be proved, and its deposit can be taken again.
    assert_eq!(
        bed.prove(&[(second, toy(0).prove(&second))]).unwrap_err(),
        "NotCommitted"
    );
    let again = bed
        .commit(&CommitData {
            batch: 2,
            ..with_deposit
        })
        .unwrap();
    bed.prove(&[(again, toy(0).prove(&again))]).unwrap();
}

#[test]
fn others_revert_after_the_deadline_for_proving() {
    let bed = Bed::new();
    let genesis = BatchHeader::genesis(GENESIS);
    let revert = || {
        bed.send(
            USER,
            &RollupCall::Revert {
                to_batch: 0,
                header: genesis,
            },
        )
    };
    // Waiting begins with the first commit, not with the deployment.
    bed.chain.set_next_timestamp(START_S + 500).unwrap();
    bed.commit(&bed.next_batch()).unwrap();
    bed.chain.set_next_timestamp(START_S + 600).unwrap();
    bed.commit(&bed.next_batch()).unwrap();
    bed.chain
        .set_next_timestamp(START_S + 500 + DEADLINE_S)
        .unwrap();
    assert_eq!(revert().unwrap_err(), "DeadlineNotPassed");
    bed.chain
        .set_next_timestamp(START_S + 500 + DEADLINE_S + 1)
        .unwrap();
    revert().unwrap();
    assert_eq!(bed.read(Assay::committedRootCall {}).0, GENESIS);
}
