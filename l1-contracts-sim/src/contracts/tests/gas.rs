//! Gas of every path, compared with `snapshots/gas.json`. After a change that is meant, run
//! `ASSAY_UPDATE_SNAPSHOTS=1 cargo test --release -p assay-l1 gas`.

use std::{collections::BTreeMap, fs, path::PathBuf};

use rand::{RngCore as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{
    bed::{Bed, LARGE, OPERATOR, USER, account, deposit_record, owner},
    hostile::deploy_token,
    proofs::toy,
};
use crate::{
    batch::{CommitData, CommittedFeeSlot, Withdrawal, Word},
    client::RollupCall,
    contracts::TestToken,
};

type Snapshot = BTreeMap<String, u64>;

/// Full of bytes that cost the most, but with the words below r.
fn fill(data: &mut CommitData, transfers: usize, rng: &mut ChaCha8Rng) {
    let mut word = || {
        let mut word: Word = [0; 32];
        rng.fill_bytes(&mut word);
        word[0] = 1;
        word
    };
    (data.commitment, data.new_root) = (word(), word());
    data.transfers = vec![[0; 13]; transfers];
    data.transfers.iter_mut().for_each(|t| rng.fill_bytes(t));
}

#[test]
fn gas_is_as_recorded_and_within_the_targets() {
    let mut gas = Snapshot::new();
    let bed = Bed::new();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    deposits(&bed, &mut gas);
    commits_and_proofs(&bed, &mut gas, &mut rng);
    claims(&bed, &mut gas);
    large_commit(&mut gas, &mut rng);
    batched_proofs(&mut gas, &mut rng);

    assert!(gas["fixed: commit empty + prove 1"] <= 330_000, "{gas:#?}");
    assert!(gas["marginal: one transfer (of 12)"] <= 300, "{gas:#?}");
    assert!(gas["marginal: one proof (of 4)"] <= 55_000, "{gas:#?}");
    compare(&gas);
}

fn deposits(bed: &Bed, gas: &mut Snapshot) {
    let mut record = |name: &str, used: u64| gas.insert(name.to_owned(), used);
    record(
        "deposit ether, first",
        bed.deposit_ether(1_234_567).unwrap().gas,
    );
    record(
        "deposit ether, later",
        bed.deposit_ether(1_234_567).unwrap().gas,
    );
    let token = deploy_token(bed, TestToken::BYTECODE.to_vec());
    record(
        "register token",
        bed.send(
            USER,
            &RollupCall::RegisterToken {
                token: token.into(),
            },
        )
        .unwrap()
        .gas,
    );
    let mint = TestToken::mintCall {
        to: account(USER),
        amount: 1_000_000.try_into().unwrap(),
    };
    bed.call_contract(USER, token, mint).unwrap();
    bed.send(
        USER,
        &RollupCall::Approve {
            token: token.into(),
            amount: 1_000_000,
        },
    )
    .unwrap();
    let deposit = RollupCall::DepositToken {
        token: 1,
        amount: 5000,
        owner: owner(),
    };
    record(
        "deposit token, first",
        bed.send(USER, &deposit).unwrap().gas,
    );
    record(
        "deposit token, later",
        bed.send(USER, &deposit).unwrap().gas,
    );
}

fn commits_and_proofs(bed: &Bed, gas: &mut Snapshot, rng: &mut ChaCha8Rng) {
    let mut commit = |name: &str, transfers: usize, change: &dyn Fn(&mut CommitData)| {
        let mut data = bed.next_batch();
        fill(&mut data, transfers, rng);
        change(&mut data);
        let header = bed.header(&data);
        let committed = bed.send(OPERATOR, &RollupCall::Commit(data)).unwrap().gas;
        let proved = bed.prove(&[(header, toy(0).prove(&header))]).unwrap().gas;
        gas.insert(format!("commit {name}"), committed);
        (committed, proved)
    };
    // The first proof writes no slot for the first time: all were set by the constructor.
    let (empty, proved) = commit("empty", 0, &|_| {});
    commit("1 transfer", 1, &|_| {});
    let (full, _) = commit("12 transfers", 12, &|_| {});
    let slots = |data: &mut CommitData| {
        data.fee_slots = vec![
            CommittedFeeSlot {
                token: 1,
                account: 77_777
            };
            2
        ]
    };
    commit("12 transfers, 2 deposits, 2 fee slots", 12, &|data| {
        slots(data);
        data.l1_operations = 2;
        data.full_records = vec![deposit_record(0, 1_234_567, owner()); 2];
    });
    gas.insert("prove 1".to_owned(), proved);
    gas.insert("fixed: commit empty + prove 1".to_owned(), empty + proved);
    gas.insert(
        "marginal: one transfer (of 12)".to_owned(),
        (full - empty).div_ceil(12),
    );
}

fn claims(bed: &Bed, gas: &mut Snapshot) {
    let to = account(5).into();
    let list = [
        Withdrawal {
            token: 0,
            amount: 1000,
            to,
        },
        Withdrawal {
            token: 1,
            amount: 1000,
            to,
        },
    ];
    let (batch, header) = bed.batch_with(&list);
    gas.insert(
        "claim ether".to_owned(),
        bed.claim(batch, header, &list, 0).unwrap().gas,
    );
    gas.insert(
        "claim token".to_owned(),
        bed.claim(batch, header, &list, 1).unwrap().gas,
    );
}

fn large_commit(gas: &mut Snapshot, rng: &mut ChaCha8Rng) {
    let bed = Bed::new();
    bed.commit(&bed.next_batch()).unwrap();
    for transfers in [0, LARGE.transfers.into()] {
        let mut data = bed.next_batch();
        data.shape = LARGE.id;
        fill(&mut data, transfers, rng);
        let used = bed.send(OPERATOR, &RollupCall::Commit(data)).unwrap().gas;
        gas.insert(format!("commit large, {transfers} transfers"), used);
    }
}

fn batched_proofs(gas: &mut Snapshot, rng: &mut ChaCha8Rng) {
    let mut all = Vec::new();
    for count in 1..=4 {
        let bed = Bed::new();
        let mut items = Vec::new();
        for _ in 0..count {
            let mut data = bed.next_batch();
            fill(&mut data, 1, rng);
            let header = bed.commit(&data).unwrap();
            items.push((header, toy(0).prove(&header)));
        }
        let used = bed.prove(&items).unwrap().gas;
        gas.insert(format!("prove {count}, of new batches"), used);
        all.push(used);
    }
    gas.insert(
        "marginal: one proof (of 4)".to_owned(),
        (all[3] - all[1]).div_ceil(2),
    );
}

fn compare(gas: &Snapshot) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("snapshots/gas.json");
    let text = serde_json::to_string_pretty(gas).unwrap() + "\n";
    if std::env::var_os("ASSAY_UPDATE_SNAPSHOTS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &text).unwrap();
    }
    let recorded = fs::read_to_string(&path).expect("snapshots/gas.json is committed");
    assert_eq!(
        text, recorded,
        "run with ASSAY_UPDATE_SNAPSHOTS=1 if this is meant"
    );
}
