//! What each path costs, compared with a snapshot.

use std::{collections::BTreeMap, fs, path::PathBuf};

use alloy::{
    primitives::{Address, U256},
    sol_types::{SolCall as _, SolConstructor as _},
};
use rand::{RngCore as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{
    bed::{
        Bed, DELAY_S, FREEZE_S, GOVERNOR, GUARDIAN, LARGE, MEDIUM, OPERATOR, SMALL, STRANGER,
        UPGRADE_S, USER, account, code, config, root, shape_config,
    },
    hostile::{deploy_token, fund, token},
    proofs::{escape_toy, toy},
    records::{
        Entry, Head, deposit_call, force_call, forced_transfer, forced_withdrawal, order, owner,
        withdrawal,
    },
};
use crate::{
    batch::{BatchData, PostedFeeSlot, ShapeSize, Word, pack_claims},
    contracts::{Assay, Groth16Verifier},
};

const FRESH: Address = Address::repeat_byte(0x77);

/// Gas by path.
struct Record(BTreeMap<String, u64>);

impl Record {
    fn set(&mut self, path: &str, gas: u64) {
        assert!(self.0.insert(path.to_owned(), gas).is_none(), "{path}");
    }
}

/// All shapes in service.
fn bed() -> Bed {
    let bed = Bed::bare(31337);
    let shapes = [(SMALL, toy(0)), (MEDIUM, toy(0)), (LARGE, toy(1))];
    let rollup = bed.deploy(config(), &shapes).unwrap();
    bed.with_rollup(rollup)
}

#[test]
fn gas_is_as_recorded_and_within_the_targets() {
    let mut gas = Record(BTreeMap::new());
    deployment(&mut gas);
    submits(&mut gas);
    together(&mut gas);
    proofs(&mut gas);
    queue(&mut gas);
    claims(&mut gas);
    exits(&mut gas);
    governance(&mut gas);

    let at_most = |path: &str, limit: u64| {
        let used = gas.0[path];
        assert!(used <= limit, "{path}: {used} of {limit}");
    };
    for shape in ["small", "medium", "large"] {
        at_most(&format!("submit {shape}, empty"), 310_000);
    }
    at_most("marginal: one transfer (of 237)", 275);
    at_most("marginal: one proof (of 4)", 55_000);
    at_most("deposit ether", 70_000);
    at_most("force withdrawal", 90_000);
    at_most("force transfer", 90_000);
    at_most("escape ether", 330_000);
    at_most("deploy rollup, three shapes", 1 << 24);
    compare(&gas.0);
}

/// Full of bytes that cost the most, but with the words below r.
fn fill(data: &mut BatchData, transfers: usize) {
    let mut rng = ChaCha8Rng::seed_from_u64(data.batch);
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

fn deployment(gas: &mut Record) {
    let bed = Bed::bare(31337);
    let create = |code: Vec<u8>| {
        let to = alloy::primitives::TxKind::Create;
        bed.transact(8, to, U256::ZERO, code.into()).unwrap()
    };
    let factory = create(code("VerifierFactory"));
    gas.set("deploy factory", factory.gas);
    let call = Assay::constructorCall {
        config_: Assay::Config {
            verifierFactory: factory.created.unwrap(),
            ..config()
        },
        initialShapes: [SMALL, MEDIUM, LARGE].map(shape_config).to_vec(),
        keys: vec![toy(0).words(), toy(0).words(), toy(1).words()],
        escapeKey: escape_toy().words(),
    };
    let rollup = create([code("Assay"), call.abi_encode()].concat());
    gas.set("deploy rollup, three shapes", rollup.gas);
}

fn submits(gas: &mut Record) {
    let bed = bed();
    let mut submit = |path: &str, shape: ShapeSize, transfers: usize, full: bool| {
        let mut data = bed.next_batch();
        data.shape = shape.id;
        fill(&mut data, transfers);
        if full {
            let entry = |i: u16| match i % 3 {
                0 => bed.deposit(0, 1_234_567),
                1 => bed.force(forced_transfer(order())),
                _ => bed.force(forced_withdrawal(order(), FRESH)),
            };
            let entries: Vec<Entry> = (0..shape.full_records).map(|i| entry(i).unwrap()).collect();
            data.l1_operations = shape.full_records;
            data.full_records = entries.iter().map(|entry| entry.words).collect();
            data.tails = entries.iter().map(|entry| entry.tail).collect();
            let slot = |token| PostedFeeSlot {
                token,
                account: 77_777,
            };
            data.fee_slots = (0..shape.fee_slots.into()).map(slot).collect();
        }
        let used = bed.submit_from(OPERATOR, &[data]).unwrap().gas;
        if !path.is_empty() {
            gas.set(&format!("submit {path}"), used);
        }
        used
    };
    // The first one sets bits that the others find set.
    submit("", SMALL, 0, false);
    submit("small, empty", SMALL, 0, false);
    submit("small, 12 transfers", SMALL, 12, false);
    submit("", SMALL, 12, true);
    submit("small, full, 2 entries", SMALL, 12, true);
    submit("medium, empty", MEDIUM, 0, false);
    submit("medium, 56 transfers", MEDIUM, 56, false);
    submit("medium, full, 6 entries", MEDIUM, 56, true);
    let empty = submit("large, empty", LARGE, 0, false);
    let transfers = submit("large, 237 transfers", LARGE, 237, false);
    submit("large, full, 16 entries", LARGE, 237, true);
    let one = (transfers - empty).div_ceil(237);
    gas.set("marginal: one transfer (of 237)", one);
}

fn together(gas: &mut Record) {
    for (shape, name) in [(SMALL, "small"), (LARGE, "large")] {
        for count in [1, 2, 8] {
            let bed = bed();
            bed.submit(&bed.next_batch()).unwrap();
            let mut batches = vec![bed.next_batch(); count];
            (2..).zip(&mut batches).for_each(|(i, data)| {
                data.batch = i;
                data.shape = shape.id;
                fill(data, shape.transfers.into());
            });
            let used = bed.submit_from(OPERATOR, &batches).unwrap().gas;
            gas.set(&format!("submit {name}, {count} together"), used);
        }
    }
}

fn proofs(gas: &mut Record) {
    let bed = bed();
    let verifier = bed.read(Assay::shapesCall { shapeId: SMALL.id }).verifier;
    let item = |seed: u8| -> [U256; 11] {
        let inputs = [root(seed), root(seed + 1), root(seed + 2)];
        let proof = toy(0).prove(&inputs);
        let words: Vec<U256> = inputs
            .iter()
            .chain(&proof.0)
            .map(|word| U256::from_be_bytes(*word))
            .collect();
        words.try_into().unwrap()
    };
    // Without the calldata, which submit pays for once and not in this form.
    let verify = |count: u8| {
        let call = Groth16Verifier::verifyCall {
            items: (0..count).map(item).collect(),
        };
        let data = call.abi_encode();
        let data_gas: u64 = data.iter().map(|b| if *b == 0 { 4 } else { 16 }).sum();
        let done = bed.call_contract(STRANGER, verifier, call).unwrap();
        done.gas - data_gas - 21_000
    };
    let used: Vec<u64> = (1..=4).map(verify).collect();
    gas.set("verify 1", used[0]);
    gas.set("verify 4", used[3]);
    gas.set(
        "marginal: one proof (of 4)",
        (used[3] - used[1]).div_ceil(2),
    );
}

fn queue(gas: &mut Record) {
    let bed = bed();
    let entry_gas = |call: Vec<u8>, value: u128| {
        let value = U256::from(value);
        let sent = bed.transact(USER, bed.rollup.into(), value, call.into());
        sent.unwrap().gas
    };
    let ether = deposit_call(0, 1_234_567, owner()).abi_encode();
    for path in ["deposit ether, first", "deposit ether"] {
        gas.set(path, entry_gas(ether.clone(), bed.fee() + 1_234_567));
    }
    for path in ["deposit ether, first credit", "deposit ether, credit"] {
        gas.set(path, entry_gas(ether.clone(), bed.fee() + 2_234_567));
    }
    let erc20 = deploy_token(&bed, "TestToken");
    fund(&bed, erc20, U256::from(1_000_000));
    let fee = bed.read(Assay::registrationFeeCall {}).to();
    let call = Assay::registerTokenCall { token: erc20 };
    gas.set("register token", bed.pay(USER, fee, call).unwrap().gas);
    let tokens = deposit_call(1, 5000, owner()).abi_encode();
    for path in ["deposit token, first", "deposit token"] {
        gas.set(path, entry_gas(tokens.clone(), bed.fee()));
    }
    let transfer = force_call(forced_transfer(Head { to: 8, ..order() }));
    let used = entry_gas(transfer.abi_encode(), bed.fee());
    gas.set("force transfer", used);
    let withdrawal = force_call(forced_withdrawal(order(), FRESH));
    let used = entry_gas(withdrawal.abi_encode(), bed.fee());
    gas.set("force withdrawal", used);
    let call = Assay::withdrawCreditCall { to: FRESH };
    gas.set("withdraw credit", bed.send(USER, call).unwrap().gas);
}

fn claims(gas: &mut Record) {
    let bed = bed();
    let (number, _) = token(&bed, "TestToken");
    bed.deposit(0, 5000).unwrap();
    bed.deposit(number, 5000).unwrap();
    let refuser = bed.create(code("Refuser")).unwrap();
    let glutton = bed.create(code("Glutton")).unwrap();
    let data = BatchData {
        shape: LARGE.id,
        full_records: vec![
            withdrawal(0, 1000, account(5)),
            withdrawal(number, 1000, account(5)),
            withdrawal(0, 1000, refuser),
            withdrawal(0, 1000, glutton),
        ],
        ..bed.next_batch()
    };
    let header = bed.submit(&data).unwrap();
    let list = data.claims();
    for (which, path) in [(0, "claim ether"), (1, "claim token")] {
        let done = bed.claim(STRANGER, (1, header), &list, which, account(5));
        gas.set(path, done.unwrap().gas);
    }
    for (which, path) in [
        (2_u16, "redirect, refused"),
        (3, "redirect, all the gas burned"),
    ] {
        let packed: U256 = U256::from(7) << 248 | U256::from(5) << 224;
        let destination: U256 = U256::from(1 << 16 | u64::from(which)) << 160
            | U256::from_be_bytes(account(6).into_word().0);
        let inputs = [
            header.new_root,
            bed.domain,
            packed.to_be_bytes(),
            destination.to_be_bytes(),
        ];
        let call = Assay::redirectCall {
            batch: 1,
            header: header.into(),
            claims: pack_claims(&list).into(),
            which,
            to: account(6),
            rootBatch: 1,
            rootHeader: header.into(),
            proof: escape_toy().prove(&inputs).to_bytes().into(),
        };
        gas.set(path, bed.send(STRANGER, call).unwrap().gas);
    }
}

fn exits(gas: &mut Record) {
    let bed = bed();
    let (number, _) = token(&bed, "TestToken");
    let entries = [
        bed.deposit(0, 5000).unwrap(),
        bed.deposit(0, 5000).unwrap(),
        bed.deposit(number, 5000).unwrap(),
        bed.force(forced_transfer(order())).unwrap(),
    ];
    bed.set_time(u64::from(bed.now()) + u64::from(DELAY_S + FREEZE_S) + 1);
    let freeze = bed.send(STRANGER, Assay::freezeCall {});
    gas.set("freeze", freeze.unwrap().gas);
    let mut link = [0; 32];
    let paths = [
        "refund ether, first",
        "refund ether",
        "refund token",
        "refund forced order",
    ];
    for (entry, path) in entries.iter().zip(paths) {
        // What one of the entries held stays, to be escaped with.
        if path == "refund ether" {
            link = entry.link(&link);
            continue;
        }
        let call = Assay::refundCall {
            index: entry.index,
            previousLink: U256::from_be_bytes(link),
            words: entry.words.map(U256::from_be_bytes),
            tail: U256::from_be_bytes(entry.tail),
            to: account(USER),
        };
        gas.set(path, bed.send(STRANGER, call).unwrap().gas);
        link = entry.link(&link);
    }
    for (index, path) in [(1_u32, "escape ether, first"), (2, "escape ether")] {
        let packed: U256 = U256::from(6) << 248 | U256::from(index) << 224 | U256::from(1000) << 48;
        let to = account(5);
        let inputs = [
            bed.status().provedRoot.0,
            bed.domain,
            packed.to_be_bytes(),
            to.into_word().0,
        ];
        let call = Assay::escapeCall {
            account: index,
            token: 0,
            balance: 1000,
            to,
            proof: escape_toy().prove(&inputs).to_bytes().into(),
        };
        gas.set(path, bed.send(STRANGER, call).unwrap().gas);
    }
}

fn governance(gas: &mut Record) {
    let bed = bed();
    let size = ShapeSize { id: 9, ..MEDIUM };
    let propose = Assay::proposeCall {
        shape: shape_config(size),
        key: toy(0).words(),
    };
    gas.set("propose", bed.send(GOVERNOR, propose).unwrap().gas);
    bed.set_time(bed.chain.timestamp() + u64::from(UPGRADE_S));
    let call = Assay::markProposalCall { shapeId: 9 };
    gas.set("mark proposal", bed.send(STRANGER, call).unwrap().gas);
    let call = Assay::activateCall { shapeId: 9 };
    gas.set("activate", bed.send(STRANGER, call).unwrap().gas);
    let call = Assay::retireShapeCall { shapeId: 9 };
    gas.set("retire shape", bed.send(GOVERNOR, call).unwrap().gas);
    let call = Assay::proposeOperatorCall {
        next: account(USER),
    };
    gas.set("propose operator", bed.send(OPERATOR, call).unwrap().gas);
    let call = Assay::acceptOperatorCall {};
    gas.set("accept operator", bed.send(USER, call).unwrap().gas);
    let call = Assay::announceClosingCall {};
    gas.set("announce closing", bed.send(GOVERNOR, call).unwrap().gas);
    let call = Assay::freezeByGuardianCall {};
    gas.set("freeze by guardian", bed.send(GUARDIAN, call).unwrap().gas);
}

fn compare(gas: &BTreeMap<String, u64>) {
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
