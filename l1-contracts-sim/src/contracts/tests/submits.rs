//! What `submit` accepts, and what it keeps.

use alloy::{
    primitives::{Address, TxKind, U256},
    sol_types::SolCall as _,
};
use sha2::{Digest as _, Sha256};

use super::{
    bed::{Bed, GOVERNOR, LAG_S, LARGE, OPERATOR, SMALL, START_S, account, code, empty_root, root},
    proofs::{proof_words, toy},
    records::{Head, R, Record, number, withdrawal},
    statement,
};
use crate::{
    batch::{
        BatchData, BatchHeader, PostedFeeSlot, ProofWords, Word, decode_submit, submit_calldata,
    },
    contracts::Assay,
};

fn slot(token: u16, account: u32) -> PostedFeeSlot {
    PostedFeeSlot { token, account }
}

/// Every section is used, the last word of each `bytes` only in part.
pub(super) fn full_batch(bed: &Bed) -> BatchData {
    BatchData {
        accounts: 5,
        settler: account(4).into(),
        fee_slots: vec![slot(0, 3), slot(2, 0xff_fffe)],
        full_records: vec![
            withdrawal(1, u128::MAX - 5, Address::repeat_byte(0xab)),
            withdrawal(0, 7, Address::repeat_byte(0xcd)),
        ],
        transfers: (0..12)
            .map(|i| std::array::from_fn(|j| 17 * i + j as u8))
            .collect(),
        ..bed.next_batch()
    }
}

/// The proof is of the oracle's z and y, so the contract has made the same.
#[test]
fn contract_and_naive_oracle_agree_on_statement_and_header() {
    let bed = Bed::new();
    let mut parent = BatchHeader::genesis(empty_root()).hash([0; 32]);
    let hash = |batch: u64| {
        let batch = U256::from(batch);
        bed.read(Assay::batchHashCall { batch }).0
    };
    assert_eq!(hash(0), parent);
    assert_eq!(bed.status().provedRoot.0, empty_root());
    let mut short = full_batch(&bed);
    short.transfers.truncate(5);
    short.full_records.truncate(1);
    let large = BatchData {
        shape: LARGE.id,
        ..full_batch(&bed)
    };
    for change in [full_batch(&bed), bed.next_batch(), short, large] {
        let data = BatchData {
            batch: bed.next_batch().batch,
            accounts: 5,
            new_root: root(100 + bed.next_batch().batch as u8),
            ..change
        };
        bed.set_time(u64::from(bed.now()) + 5);
        let header = bed.submit(&data).unwrap();
        parent = header.hash(parent);
        let status = bed.status();
        assert_eq!(hash(data.batch), parent);
        assert_eq!(status.lastBatchHash.0, parent);
        assert_eq!(status.provedRoot.0, data.new_root);
        assert_eq!(
            (status.lastProved, status.lastTimestamp, status.accounts),
            (data.batch, data.timestamp, 5)
        );
        assert_eq!(u64::from(status.lastProvedAt), bed.chain.timestamp());
        assert!(status.lastProvedAt > status.lastTimestamp);
    }
}

/// The domain by its definition.
#[test]
fn domain_is_the_hash_of_chain_and_contract() {
    let bed = Bed::new();
    let mut chain = [0_u8; 32];
    chain[30..].copy_from_slice(&31337_u16.to_be_bytes());
    let preimage = [&b"assay/2"[..], &chain, bed.rollup.as_slice()].concat();
    let mut domain: Word = Sha256::digest(preimage).into();
    domain[0] = 0;
    assert_eq!(bed.domain, domain);
}

#[test]
fn batches_survive_their_calldata() {
    let bed = Bed::new();
    let data = full_batch(&bed);
    let calldata = bed.calldata(std::slice::from_ref(&data));
    assert_eq!(decode_submit(&calldata).unwrap()[0].0, data);
    assert!(decode_submit(&calldata[..100]).is_err());
    assert!(decode_submit(b"other").is_err());
    assert!(decode_submit(&[&calldata[..], &[0; 32]].concat()).is_err());
}

#[test]
fn several_batches_are_taken_together_or_not_at_all() {
    let bed = Bed::new();
    let mut batches: Vec<BatchData> = (0..4).map(|_| full_batch(&bed)).collect();
    (1..).zip(&mut batches).for_each(|(i, data)| data.batch = i);
    let done = bed.submit_from(OPERATOR, &batches[..3]).unwrap();
    let events: Vec<_> = done
        .events::<Assay::Submitted>()
        .iter()
        .map(|e| (e.batch, e.newRoot.0, e.settler))
        .collect();
    let expected = batches[..3]
        .iter()
        .map(|b| (b.batch, b.new_root, account(4)));
    assert_eq!(events, expected.collect::<Vec<_>>());
    assert_eq!(bed.status().lastProved, 3);
    let genesis = BatchHeader::genesis(empty_root()).hash([0; 32]);
    batches[..3].iter().fold(genesis, |parent, data| {
        let batch = U256::from(data.batch);
        let hash = data.header(0).hash(parent);
        assert_eq!(bed.read(Assay::batchHashCall { batch }).0, hash);
        hash
    });

    // The second proof is not its batch's.
    let mut pairs = decode_submit(&bed.calldata(&[
        batches[3].clone(),
        BatchData {
            batch: 5,
            ..batches[3].clone()
        },
    ]))
    .unwrap();
    pairs[1].1 = pairs[0].1;
    let sent = bed.submit_raw(OPERATOR, submit_calldata(&pairs));
    assert_eq!(sent.unwrap_err(), "ProofRejected");
    assert_eq!(bed.status().lastProved, 3);
}

#[test]
fn there_is_one_proof_for_each_batch() {
    let bed = Bed::new();
    let call = Assay::submitCall::abi_decode(&bed.calldata(&[bed.next_batch()])).unwrap();
    let send = |batches: usize, proofs: usize| {
        let changed = Assay::submitCall {
            batches: vec![call.batches[0].clone(); batches],
            proofs: vec![call.proofs[0].clone(); proofs],
        };
        bed.send(OPERATOR, changed).map(|_| ()).unwrap_err()
    };
    for (batches, proofs) in [(0, 0), (0, 1), (1, 0), (1, 2), (2, 1)] {
        assert_eq!(send(batches, proofs), "WrongBatchCount");
    }
    for length in [0, 32, 224, 255, 288] {
        let mut changed = call.clone();
        let mut proof = call.proofs[0].to_vec();
        proof.resize(length, 0);
        changed.proofs[0] = proof.into();
        let sent = bed.send(OPERATOR, changed).unwrap_err();
        assert_eq!(sent, "WrongProofLength", "{length}");
    }
}

#[test]
fn proofs_prove_their_own_batch_only() {
    let bed = Bed::new();
    let data = full_batch(&bed);
    let inputs = |data: &BatchData, old_root: Word, domain: Word, before: u32| {
        statement::inputs(data, SMALL, old_root, domain, before)
    };
    let right = inputs(&data, empty_root(), bed.domain, 1);
    let send = |proof: ProofWords| {
        bed.submit_raw(OPERATOR, submit_calldata(&[(data.clone(), proof)]))
            .map(|_| ())
    };
    // Of another root, contract, count of accounts, settler, time, or under another key.
    let changed = |change: &dyn Fn(&mut BatchData)| {
        let mut other = data.clone();
        change(&mut other);
        inputs(&other, empty_root(), bed.domain, 1)
    };
    for wrong in [
        inputs(&data, root(8), bed.domain, 1),
        inputs(&data, empty_root(), root(8), 1),
        inputs(&data, empty_root(), bed.domain, 2),
        changed(&|d| d.settler = account(5).into()),
        changed(&|d| d.timestamp -= 1),
        changed(&|d| d.accounts += 1),
        changed(&|d| d.new_root[31] ^= 1),
        changed(&|d| d.batch += 1),
        changed(&|d| d.transfers[11][12] ^= 1),
        changed(&|d| d.full_records[1][1][31] ^= 1),
        changed(&|d| d.fee_slots[1].account -= 1),
    ] {
        assert_eq!(send(toy(0).prove(&wrong)).unwrap_err(), "ProofRejected");
    }
    assert_eq!(send(toy(1).prove(&right)).unwrap_err(), "ProofRejected");
    // Another proof of the same proves the same, once.
    let proof = toy(0).proof(&right);
    let other = proof_words(&toy(0).rerandomize(&proof));
    assert_ne!(other, proof_words(&proof));
    send(other).unwrap();
    assert_eq!(send(other).unwrap_err(), "WrongBatchNumber");
}

#[test]
fn batches_come_one_after_the_other() {
    let bed = Bed::new();
    bed.submit(&bed.next_batch()).unwrap();
    for batch in [0, 1, 3, 1 << 40, (1 << 40) + 2] {
        let data = BatchData {
            batch,
            ..bed.next_batch()
        };
        assert_eq!(bed.submit(&data).unwrap_err(), "WrongBatchNumber");
    }
    let second = bed.next_batch();
    let again = [second.clone(), second];
    let sent = bed.submit_from(OPERATOR, &again);
    assert_eq!(sent.unwrap_err(), "WrongBatchNumber");
}

#[test]
fn timestamps_neither_go_back_nor_into_the_future_nor_lag() {
    let bed = Bed::new();
    let at = |timestamp: u32| {
        bed.submit(&BatchData {
            timestamp,
            ..bed.next_batch()
        })
    };
    let now = START_S as u32;
    at(now - 5).unwrap();
    for timestamp in [0, now - 6, now + 1] {
        assert_eq!(at(timestamp).unwrap_err(), "WrongTimestamp");
    }
    at(now - 5).unwrap();
    at(now).unwrap();
    bed.set_time(u64::from(now) + 2 * u64::from(LAG_S));
    assert_eq!(at(now + LAG_S - 1).unwrap_err(), "WrongTimestamp");
    at(now + LAG_S).unwrap();
    at(now + 2 * LAG_S).unwrap();
}

#[test]
fn words_are_canonical() {
    let bed = Bed::new();
    let r: Word = number(R).to_be_bytes();
    let last: Word = (number(R) - U256::from(1)).to_be_bytes();
    for word in [r, [0xff; 32]] {
        let new_root = BatchData {
            new_root: word,
            ..bed.next_batch()
        };
        assert_eq!(bed.submit(&new_root).unwrap_err(), "WordNotCanonical");
        let commitment = BatchData {
            commitment: word,
            ..bed.next_batch()
        };
        assert_eq!(bed.submit(&commitment).unwrap_err(), "WordNotCanonical");
        for place in 1..6 {
            let mut record = transfer();
            record[place] = word;
            assert_eq!(with_record(&bed, record).unwrap_err(), "InvalidRecord");
        }
    }
    let mut record = transfer();
    (record[1], record[2]) = (last, last);
    bed.submit(&BatchData {
        new_root: last,
        commitment: last,
        full_records: vec![record],
        ..bed.next_batch()
    })
    .unwrap();
}

#[test]
fn accounts_only_become_more_up_to_the_leaves() {
    let bed = Bed::new();
    let with = |accounts: u32| {
        bed.submit(&BatchData {
            accounts,
            ..bed.next_batch()
        })
    };
    for accounts in [0, (1 << 24) + 1, u32::MAX] {
        assert_eq!(with(accounts).unwrap_err(), "WrongAccountCount");
    }
    with(7).unwrap();
    assert_eq!(with(6).unwrap_err(), "WrongAccountCount");
    with(7).unwrap();
    with(1 << 24).unwrap();
    with(1 << 24).unwrap();
}

#[test]
fn fee_slots_ascend_and_have_accounts() {
    let bed = Bed::new();
    let with = |slots: &[PostedFeeSlot]| {
        bed.submit(&BatchData {
            fee_slots: slots.to_vec(),
            ..bed.next_batch()
        })
        .map(|_| ())
    };
    for slots in [
        &[slot(0, 0)][..],
        &[slot(1, 5), slot(2, 0)],
        &[slot(0, 5), slot(0, 6)],
        &[slot(1, 5), slot(1, 5)],
        &[slot(2, 5), slot(1, 5)],
        &[slot(u16::MAX, 5), slot(0, 5)],
    ] {
        assert_eq!(with(slots).unwrap_err(), "InvalidFeeSlot");
    }
    with(&[slot(0, 1), slot(u16::MAX, 0xff_ffff)]).unwrap();
    with(&[slot(1, 1), slot(2, 1)]).unwrap();
}

#[test]
fn sections_fit_the_shape() {
    let bed = Bed::new();
    let base = bed.next_batch();
    let call = Assay::submitCall::abi_decode(&bed.calldata(&[base])).unwrap();
    let send = |change: &dyn Fn(&mut Assay::BatchData)| {
        let mut changed = call.clone();
        change(&mut changed.batches[0]);
        bed.send(OPERATOR, changed).map(|_| ()).unwrap_err()
    };
    let record = transfer().map(U256::from_be_bytes);
    let too_many: [&dyn Fn(&mut Assay::BatchData); 5] = [
        &|data| data.feeSlots = vec![0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 2, 0, 0, 1].into(),
        &|data| data.fullRecords = vec![record; 3],
        &|data| data.transfers = vec![1; 13 * 13].into(),
        &|data| data.transfers = vec![1; 12].into(),
        &|data| data.feeSlots = vec![1; 6].into(),
    ];
    for change in too_many {
        assert_eq!(send(change), "WrongSectionLength");
    }
    assert_eq!(send(&|data| data.shapeId = 2), "UnknownShape");
}

#[test]
fn one_call_has_one_shape() {
    let bed = Bed::new();
    let first = bed.next_batch();
    let second = BatchData {
        batch: 2,
        shape: LARGE.id,
        ..bed.next_batch()
    };
    let sent = bed.submit_from(OPERATOR, &[first.clone(), second.clone()]);
    assert_eq!(sent.unwrap_err(), "MixedShapes");
    bed.submit(&first).unwrap();
    bed.submit(&second).unwrap();
}

#[test]
fn retired_shapes_are_over() {
    let bed = Bed::new();
    let retire = Assay::retireShapeCall { shapeId: SMALL.id };
    bed.send(GOVERNOR, retire).unwrap();
    let sent = bed.submit(&bed.next_batch());
    assert_eq!(sent.unwrap_err(), "UnknownShape");
}

fn transfer() -> Record {
    let head = Head {
        kind: 1,
        from: 4,
        to: 6,
        token: 1,
        nonce: 2,
        amount: 3,
        last: 4,
        ..Head::default()
    };
    [head.word(), [1; 32], [2; 32], [0; 32], [0; 32], [0; 32]]
}

fn with_record(bed: &Bed, record: Record) -> Result<BatchHeader, String> {
    bed.submit(&BatchData {
        full_records: vec![record],
        ..bed.next_batch()
    })
}

#[test]
fn records_of_the_wrong_form_are_refused() {
    let bed = Bed::new();
    for base in [transfer(), withdrawal(0, 5, Address::repeat_byte(1))] {
        let refused = |change: &dyn Fn(&mut Record)| {
            let mut record = base;
            change(&mut record);
            assert_eq!(with_record(&bed, record).unwrap_err(), "InvalidRecord");
        };
        // Unused ones, L1 kinds out of place, unknown kinds, a status, and bits above the kind.
        refused(&|record| *record = [[0; 32]; 6]);
        for kind in [0, 3, 4, 5, 6, 7, 8, 15] {
            refused(&|record| record[0][1] = kind << 4);
        }
        for status in 1..16 {
            refused(&|record| record[0][1] |= status);
        }
        refused(&|record| record[0][0] = 1);
        for place in 3..6 {
            refused(&|record| record[place][31] = 1);
        }
        with_record(&bed, base).unwrap();
    }
    // A withdrawal names no account and no more than 20 bytes.
    let base = withdrawal(0, 5, Address::repeat_byte(1));
    for (word, byte) in [(0, 7), (1, 11), (1, 0), (2, 31)] {
        let mut record = base;
        record[word][byte] = 1;
        assert_eq!(with_record(&bed, record).unwrap_err(), "InvalidRecord");
    }
}

#[test]
fn a_verifier_that_answers_nothing_is_no_verifier() {
    let bed = Bed::bare(31337);
    let yes = bed.create(code("Yes")).unwrap();
    let config = Assay::Config {
        verifierFactory: yes,
        ..super::bed::config()
    };
    let rollup = bed.deploy(config, &[(SMALL, toy(0))]).unwrap();
    let bed = bed.with_rollup(rollup);
    let sent = bed.submit(&bed.next_batch());
    assert_eq!(sent.unwrap_err(), "VerifierAnswer");
    let ether = bed.transact(1, TxKind::Call(rollup), U256::from(1), Default::default());
    assert!(ether.is_err(), "ether cannot be sent without a purpose");
}
