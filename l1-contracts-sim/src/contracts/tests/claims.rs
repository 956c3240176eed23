//! Paying claims of proved batches, and redirecting what cannot be delivered.

use alloy::{
    primitives::{Address, U256},
    sol_types::SolCall as _,
};

use super::{
    bed::{Bed, STRANGER, USER, account, code, root},
    hostile::{Forwarder, arm, outcome, token},
    proofs::escape_toy,
    records::{owner, withdrawal},
};
use crate::{
    batch::{BatchData, BatchHeader, Claim, ProofWords, Word, pack_claims},
    contracts::{Assay, TestToken},
};

const FRESH: Address = Address::repeat_byte(0x77);
const OTHER: Address = Address::repeat_byte(0x78);

fn ether(amount: u128, receiver: Address) -> Claim {
    claim_of(0, amount, receiver)
}

fn claim_of(token: u16, amount: u128, receiver: Address) -> Claim {
    Claim {
        token,
        amount,
        receiver: receiver.into(),
        from: 5,
    }
}

/// Submits a batch with these withdrawals.
fn batch_with(bed: &Bed, claims: &[Claim]) -> (u64, BatchHeader) {
    let record = |c: &Claim| withdrawal(c.token, c.amount, c.receiver.into());
    let data = BatchData {
        full_records: claims.iter().map(record).collect(),
        ..bed.next_batch()
    };
    assert_eq!(data.claims(), claims);
    (data.batch, bed.submit(&data).unwrap())
}

/// A batch with these withdrawals of a hundred wei that were deposited.
fn setting(claims: &[Claim]) -> (Bed, (u64, BatchHeader)) {
    let bed = Bed::new();
    let entry = bed.deposit(0, 100).unwrap();
    let deposit = BatchData {
        l1_operations: 1,
        full_records: vec![entry.words],
        tails: vec![entry.tail],
        ..bed.next_batch()
    };
    bed.submit(&deposit).unwrap();
    let batch = batch_with(&bed, claims);
    (bed, batch)
}

fn is_claimed(bed: &Bed, batch: u64, which: u16) -> bool {
    bed.read(Assay::isClaimedCall { batch, which })
}

#[test]
fn pays_each_claim_once() {
    let list = [ether(30, FRESH), ether(12, FRESH)];
    let (bed, batch) = setting(&list);
    let claim = |which| bed.claim(STRANGER, batch, &list, which, FRESH);
    let done = claim(1).unwrap();
    let events: Vec<_> = done.events::<Assay::Claimed>();
    assert_eq!((events[0].batch, events[0].which), (batch.0, 1));
    assert_eq!(
        (events[0].token, events[0].amount, events[0].to),
        (0, 12, FRESH)
    );
    assert_eq!(bed.balance(FRESH), U256::from(12));
    assert_eq!(claim(1).unwrap_err(), "AlreadyPaid");
    assert!(!is_claimed(&bed, batch.0, 0));
    claim(0).unwrap();
    assert!(is_claimed(&bed, batch.0, 0) && is_claimed(&bed, batch.0, 1));
    assert!(!is_claimed(&bed, batch.0, 256) && !is_claimed(&bed, batch.0 + 1, 0));
    assert_eq!(bed.balance(FRESH), U256::from(42));
    assert_eq!(bed.held(0), 58);
    assert_eq!(claim(0).unwrap_err(), "AlreadyPaid");
    // Of another batch it is another claim.
    let next = batch_with(&bed, &list);
    bed.claim(STRANGER, next, &list, 1, FRESH).unwrap();
}

#[test]
fn only_the_receiver_sends_it_elsewhere() {
    let list = [ether(30, account(USER)), ether(12, FRESH)];
    let (bed, batch) = setting(&list);
    let claim = |from, which, to| bed.claim(from, batch, &list, which, to).map(|_| ());
    assert_eq!(claim(STRANGER, 0, OTHER).unwrap_err(), "NotReceiver");
    assert_eq!(claim(USER, 1, OTHER).unwrap_err(), "NotReceiver");
    claim(USER, 0, OTHER).unwrap();
    assert_eq!(bed.balance(OTHER), U256::from(30));
}

#[test]
fn pays_tokens() {
    let bed = Bed::new();
    let (number, token) = token(&bed, "TestToken");
    bed.deposit(number, 600).unwrap();
    let list = [claim_of(number, 600, FRESH)];
    let batch = batch_with(&bed, &list);
    bed.claim(STRANGER, batch, &list, 0, FRESH).unwrap();
    let balance = bed.read_from(token, TestToken::balanceOfCall(FRESH));
    assert_eq!(balance, U256::from(600));
    assert_eq!(bed.held(number), 0);
}

/// What it held is gone with it; silence is no payment.
#[test]
fn a_token_that_is_no_more_pays_nothing() {
    let bed = Bed::new();
    let [x, y] = owner().map(U256::from_be_bytes::<32>);
    let arguments = alloy::sol_types::SolValue::abi_encode_params(&(bed.rollup, x, y));
    let mayfly = [code("Mayfly"), arguments].concat();
    let value = U256::from(10_u128.pow(18));
    let nowhere = alloy::primitives::TxKind::Create;
    bed.transact(8, nowhere, value, mayfly.into()).unwrap();
    let token = bed.read(Assay::tokenAddressCall { token: 1 });
    assert!(bed.chain.node().latest().code(token).is_empty());
    assert_eq!(bed.held(1), 1000);
    let list = [claim_of(1, 1000, FRESH)];
    let batch = batch_with(&bed, &list);
    let sent = bed.claim(STRANGER, batch, &list, 0, FRESH);
    assert_eq!(sent.unwrap_err(), "TokenCallFailed");
}

#[test]
fn lists_and_headers_must_be_the_batchs() {
    let list = [ether(30, FRESH)];
    let (bed, batch) = setting(&list);
    let (number, header) = batch;
    let claim = |batch, list: &[Claim], which| {
        bed.claim(STRANGER, batch, list, which, FRESH)
            .map(|_| ())
            .unwrap_err()
    };
    let changes: [fn(&mut BatchHeader); 7] = [
        |h| h.commitment[31] ^= 1,
        |h| h.new_root[31] ^= 1,
        |h| h.claims_hash[31] ^= 1,
        |h| h.queue_end += 1,
        |h| h.timestamp += 1,
        |h| h.accounts += 1,
        |h| h.shape += 1,
    ];
    for change in changes {
        let mut other = header;
        change(&mut other);
        assert_eq!(claim((number, other), &list, 0), "HeaderMismatch");
    }
    assert_eq!(claim(batch, &[ether(31, FRESH)], 0), "WrongClaims");
    assert_eq!(claim(batch, &[list[0]; 2], 0), "WrongClaims");
    assert_eq!(claim(batch, &[], 0), "WrongClaims");
    for which in [1, 255, 256, u16::MAX] {
        assert_eq!(claim(batch, &list, which), "WrongClaims");
    }
    assert_eq!(claim((number + 1, header), &list, 0), "NotProved");
    assert_eq!(claim((0, header), &list, 0), "NotProved");
    // A batch without claims pays nothing, whatever list is given.
    let empty = batch_with(&bed, &[]);
    assert_eq!(claim(empty, &[], 0), "WrongClaims");
    assert_eq!(claim((empty.0, header), &list, 0), "HeaderMismatch");
}

/// A batch that pays more than was ever deposited cannot take what is another's: ether that
/// arrived otherwise, or fees.
#[test]
fn never_pays_more_than_was_deposited() {
    let list = [ether(101, FRESH), ether(u128::MAX, FRESH)];
    let (bed, batch) = setting(&list);
    assert!(bed.balance(bed.rollup) > U256::from(101));
    for which in 0..2 {
        let sent = bed.claim(STRANGER, batch, &list, which, FRESH);
        assert_eq!(sent.unwrap_err(), "Panic");
    }
}

#[test]
fn what_cannot_be_delivered_stays_and_harms_nobody_else() {
    let bed = Bed::new();
    let refuser = bed.create(code("Refuser")).unwrap();
    let (number, _) = token(&bed, "TestToken");
    bed.deposit(0, 100).unwrap();
    bed.deposit(number, 100).unwrap();
    let list = [ether(10, refuser), ether(20, FRESH)];
    let batch = batch_with(&bed, &list);
    let claim = |which, to| bed.claim(STRANGER, batch, &list, which, to).map(|_| ());
    assert_eq!(claim(0, refuser).unwrap_err(), "EtherRefused");
    claim(1, FRESH).unwrap();
    assert_eq!(claim(0, refuser).unwrap_err(), "EtherRefused");
    assert!(!is_claimed(&bed, batch.0, 0));
    // To the rollup itself nothing is paid: it could not be paid out again.
    let own = [ether(10, bed.rollup), claim_of(number, 10, bed.rollup)];
    let batch = batch_with(&bed, &own);
    let claim = |which| bed.claim(STRANGER, batch, &own, which, bed.rollup);
    assert_eq!(claim(0).unwrap_err(), "EtherRefused");
    assert_eq!(claim(1).unwrap_err(), "TokenCallFailed");
    assert_eq!(bed.held(number), 100);
}

/// A receiver that needs much gas, which a caller would rather not leave it.
#[test]
fn whoever_pushes_leaves_the_receiver_its_gas() {
    let bed = Bed::new();
    bed.deposit(0, 100).unwrap();
    let hungry = bed.create(code("Hungry")).unwrap();
    let list = [ether(10, hungry)];
    let (batch, header) = batch_with(&bed, &list);
    let call = Assay::claimCall {
        batch,
        header: header.into(),
        claims: pack_claims(&list).into(),
        which: 0,
        to: hungry,
    };
    let with_gas = |gas| {
        let data = call.abi_encode().into();
        bed.transact_with_gas(STRANGER, bed.rollup.into(), U256::ZERO, data, gas)
    };
    assert_eq!(with_gas(590_000).unwrap_err(), "GasTooLow");
    let used = with_gas(650_000).unwrap().gas;
    assert!((400_000..500_000).contains(&used), "{used}");
}

#[test]
fn a_receiver_that_calls_again_is_stopped() {
    let bed = Bed::new();
    bed.deposit(0, 1000).unwrap();
    let receiver = bed.create(code("ReentrantReceiver")).unwrap();
    let list = [ether(10, receiver), ether(20, receiver)];
    let (batch, header) = batch_with(&bed, &list);
    let claim = |which| Assay::claimCall {
        batch,
        header: header.into(),
        claims: pack_claims(&list).into(),
        which,
        to: receiver,
    };
    // The other claim, which is good, from within; and a credit of its own.
    arm(&bed, receiver, 0, claim(1).abi_encode());
    bed.send(STRANGER, claim(0)).unwrap();
    assert_eq!(outcome(&bed, receiver), "Reentered");
    let again = Assay::withdrawCreditCall { to: receiver }.abi_encode();
    arm(&bed, receiver, 0, again);
    bed.send(STRANGER, claim(1)).unwrap();
    assert_eq!(outcome(&bed, receiver), "Reentered");
    assert_eq!(bed.balance(receiver), U256::from(30));
}

struct Redirect {
    batch: (u64, BatchHeader),
    list: Vec<Claim>,
    which: u16,
    to: Address,
    root_batch: (u64, BatchHeader),
}

impl Redirect {
    /// What the owner of account 5 signs, with what is given elsewhere.
    fn inputs(&self, bed: &Bed, from: u32) -> [Word; 4] {
        let packed: U256 = U256::from(7) << 248 | U256::from(from) << 224;
        let reference: U256 = U256::from(self.batch.0) << 16 | U256::from(self.which);
        let destination: U256 = reference << 160 | U256::from_be_bytes(self.to.into_word().0);
        let root = self.root_batch.1.new_root;
        [
            root,
            bed.domain,
            packed.to_be_bytes(),
            destination.to_be_bytes(),
        ]
    }

    fn call(&self, proof: ProofWords) -> Assay::redirectCall {
        Assay::redirectCall {
            batch: self.batch.0,
            header: self.batch.1.into(),
            claims: pack_claims(&self.list).into(),
            which: self.which,
            to: self.to,
            rootBatch: self.root_batch.0,
            rootHeader: self.root_batch.1.into(),
            proof: proof.to_bytes().into(),
        }
    }

    fn proved(&self, bed: &Bed) -> Assay::redirectCall {
        self.call(escape_toy().prove(&self.inputs(bed, 5)))
    }
}

/// Ether for a contract that burns all the gas it gets.
fn stuck() -> (Bed, Redirect) {
    let bed = Bed::new();
    bed.deposit(0, 100).unwrap();
    let glutton = bed.create(code("Glutton")).unwrap();
    let list = vec![ether(20, FRESH), ether(10, glutton)];
    let batch = batch_with(&bed, &list);
    let root_batch = batch_with(&bed, &[]);
    let redirect = Redirect {
        batch,
        list,
        which: 1,
        to: OTHER,
        root_batch,
    };
    (bed, redirect)
}

#[test]
fn the_owner_redirects_what_cannot_be_delivered() {
    let (bed, redirect) = stuck();
    let done = bed.send(STRANGER, redirect.proved(&bed)).unwrap();
    let events = done.events::<Assay::Claimed>();
    assert_eq!(
        (events[0].which, events[0].amount, events[0].to),
        (1, 10, OTHER)
    );
    assert_eq!(bed.balance(OTHER), U256::from(10));
    assert_eq!(bed.held(0), 90);
    assert!(is_claimed(&bed, redirect.batch.0, 1));
    let again = bed.send(STRANGER, redirect.proved(&bed));
    assert_eq!(again.unwrap_err(), "AlreadyPaid");
}

/// A receiver that takes it gets it: redirecting takes nothing from anybody.
#[test]
fn the_receiver_is_tried_first() {
    let (bed, mut redirect) = stuck();
    redirect.which = 0;
    let done = bed.send(STRANGER, redirect.proved(&bed)).unwrap();
    assert_eq!(done.events::<Assay::Claimed>()[0].to, FRESH);
    assert_eq!(bed.balance(FRESH), U256::from(20));
    assert_eq!(bed.balance(OTHER), U256::ZERO);
    // Nor does it get less gas than it would by a claim.
    let bed = Bed::new();
    bed.deposit(0, 100).unwrap();
    let hungry = bed.create(code("Hungry")).unwrap();
    let list = vec![ether(10, hungry)];
    let batch = batch_with(&bed, &list);
    let redirect = Redirect {
        batch,
        list,
        which: 0,
        to: OTHER,
        root_batch: batch,
    };
    let with_gas = |gas| {
        let data = redirect.proved(&bed).abi_encode().into();
        bed.transact_with_gas(STRANGER, bed.rollup.into(), U256::ZERO, data, gas)
    };
    let refused = with_gas(800_000).unwrap_err();
    assert_eq!(refused, "GasTooLow");
    with_gas(1_000_000).unwrap();
    assert_eq!(bed.balance(hungry), U256::from(10));
}

#[test]
fn a_redirect_is_of_one_claim_account_and_receiver() {
    let (bed, redirect) = stuck();
    let right = redirect.inputs(&bed, 5);
    let rejected = |inputs: [Word; 4]| {
        let call = redirect.call(escape_toy().prove(&inputs));
        assert_eq!(bed.send(STRANGER, call).unwrap_err(), "ProofRejected");
    };
    rejected(redirect.inputs(&bed, 6));
    for input in 0..4 {
        let mut other = right;
        other[input] = root(9);
        rejected(other);
    }
    let destination: U256 = U256::from_be_bytes::<32>(right[3]);
    for bit in [0, 159, 160, 175, 176, 200] {
        let mut other = right;
        let flipped: U256 = destination ^ U256::from(1) << bit;
        other[3] = flipped.to_be_bytes();
        rejected(other);
    }
    // An escape's message does not redirect.
    let mut other = right;
    let packed: U256 = U256::from(6) << 248 | U256::from(5) << 224;
    other[2] = packed.to_be_bytes();
    rejected(other);

    let send = |change: &dyn Fn(&mut Assay::redirectCall)| {
        let mut call = redirect.proved(&bed);
        change(&mut call);
        bed.send(STRANGER, call).map(|_| ()).unwrap_err()
    };
    assert_eq!(send(&|call| call.rootBatch -= 1), "HeaderMismatch");
    assert_eq!(send(&|call| call.rootBatch += 1), "NotProved");
    assert_eq!(send(&|call| call.rootBatch = 0), "NotProved");
    assert_eq!(send(&|call| call.batch += 1), "HeaderMismatch");
    assert_eq!(send(&|call| call.which = 0), "ProofRejected");
    let short = |call: &mut Assay::redirectCall| call.proof = vec![0; 255].into();
    assert_eq!(send(&short), "WrongProofLength");
}

/// Where neither takes it, it stays.
#[test]
fn a_redirect_that_cannot_be_delivered_changes_nothing() {
    let (bed, mut redirect) = stuck();
    redirect.to = bed.create(code("Refuser")).unwrap();
    let sent = bed.send(STRANGER, redirect.proved(&bed));
    assert_eq!(sent.unwrap_err(), "EtherRefused");
    redirect.to = bed.rollup;
    let sent = bed.send(STRANGER, redirect.proved(&bed));
    assert_eq!(sent.unwrap_err(), "EtherRefused");
    assert!(!is_claimed(&bed, redirect.batch.0, 1));
    assert_eq!(bed.held(0), 100);
}

#[test]
fn a_redirect_from_within_a_payment_is_stopped() {
    let (bed, mut redirect) = stuck();
    let receiver = bed.create(code("ReentrantReceiver")).unwrap();
    redirect.to = receiver;
    redirect.which = 0;
    arm(&bed, receiver, 0, redirect.proved(&bed).abi_encode());
    redirect.which = 1;
    bed.send(STRANGER, redirect.proved(&bed)).unwrap();
    assert_eq!(outcome(&bed, receiver), "Reentered");
}

/// A contract receives by claiming itself, to wherever.
#[test]
fn a_contract_that_refuses_claims_elsewhere_itself() {
    let bed = Bed::new();
    bed.deposit(0, 100).unwrap();
    let forwarder = bed.create(code("Forwarder")).unwrap();
    let list = [ether(10, forwarder)];
    let (batch, header) = batch_with(&bed, &list);
    let claim = Assay::claimCall {
        batch,
        header: header.into(),
        claims: pack_claims(&list).into(),
        which: 0,
        to: OTHER,
    };
    let forward = Forwarder::forwardCall {
        target: bed.rollup,
        call_: claim.abi_encode().into(),
    };
    bed.call_contract(STRANGER, forwarder, forward).unwrap();
    assert_eq!(bed.balance(OTHER), U256::from(10));
}
