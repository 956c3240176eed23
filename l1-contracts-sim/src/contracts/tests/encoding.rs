//! The one encoding of `submit`, and who may send it.

use alloy::{
    consensus::{SignableTransaction as _, TxEip7702, TxEnvelope},
    eips::eip7702::Authorization,
    primitives::{Bytes, U256},
    signers::SignerSync as _,
    sol_types::{SolCall as _, SolValue as _},
};

use super::{
    bed::{Bed, GOVERNOR, LARGE, OPERATOR, account, code},
    hostile::Forwarder,
    submits::full_batch,
};
use crate::{
    batch::BatchData,
    chain::{SignedTransaction, signers},
    contracts::Assay,
};

/// Every reader of the chain must decode what the contract saw.
#[test]
fn calldata_has_one_encoding() {
    let bed = Bed::new();
    let second = BatchData {
        batch: 2,
        ..full_batch(&bed)
    };
    let data = bed.calldata(&[full_batch(&bed), second]);
    let send = |bytes: Vec<u8>| bed.submit_raw(OPERATOR, bytes).map(|_| ());
    let refused = |bytes: Vec<u8>, what: &str| {
        assert_eq!(send(bytes).unwrap_err(), "NotCanonicalEncoding", "{what}");
    };
    refused([&data[..], &[0; 32]].concat(), "a word behind");
    refused([&data[..], &[0]].concat(), "a byte behind");

    // An offset moves on by a word, which is put in between: of batches, of proofs, of each batch
    // and each section, of each proof.
    let read = |place: usize| U256::from_be_slice(&data[place..place + 32]).to::<usize>();
    let body = 4;
    let batches = body + read(body) + 32;
    let proofs = body + read(body + 32) + 32;
    let mut offsets = vec![(body, body), (body + 32, body)];
    for i in 0..2 {
        offsets.push((batches + 32 * i, batches));
        offsets.push((proofs + 32 * i, proofs));
        let batch = batches + read(batches + 32 * i);
        offsets.extend((8..12).map(|word| (batch + 32 * word, batch)));
    }
    for (place, base) in offsets {
        let mut gap = data.clone();
        let target = base + read(place);
        // All offsets of the same level behind it move as well.
        let moved = U256::from(read(place) + 32);
        gap[place..place + 32].copy_from_slice(&moved.to_be_bytes::<32>());
        gap.splice(target..target, [0; 32]);
        let sent = send(gap);
        assert!(sent.is_err(), "a gap before what {place} points at");
        // With nothing put in between the section is read one word further on.
        let mut skewed = data.clone();
        skewed[place..place + 32].copy_from_slice(&moved.to_be_bytes::<32>());
        assert!(send(skewed).is_err(), "the offset at {place} is skewed");
    }

    // What fills up the last word of `bytes` is zero: fee slots (10 bytes), transfers (156).
    for i in 0..2 {
        let batch = batches + read(batches + 32 * i);
        for (word, length) in [(8, 10), (11, 156)] {
            let begin = batch + read(batch + 32 * word) + 32;
            for padding in length..usize::next_multiple_of(length, 32) {
                let mut dirty = data.clone();
                dirty[begin + padding] = 1;
                refused(dirty, "padding");
            }
        }
    }
    send(data).unwrap();
}

/// Exactly one gap at the end of a chain of offsets, the rest consistent with it.
#[test]
fn gaps_are_refused_wherever_they_are() {
    let bed = Bed::new();
    let data = bed.calldata(&[full_batch(&bed)]);
    let read = |place: usize| U256::from_be_slice(&data[place..place + 32]).to::<usize>();
    let (batches, proofs) = (4 + read(4) + 32, 4 + read(36) + 32);
    let batch = batches + read(batches);
    // Where the gap is, and which offsets point behind it.
    let section = |word: usize| batch + read(batch + 32 * word);
    let cases = [
        (4 + read(4), vec![4, 36]),
        (batch, vec![batches, 36]),
        (
            section(8),
            (8..12).map(|w| batch + 32 * w).chain([36]).collect(),
        ),
        (
            section(9),
            (9..12).map(|w| batch + 32 * w).chain([36]).collect(),
        ),
        (
            section(10),
            (10..12).map(|w| batch + 32 * w).chain([36]).collect(),
        ),
        (section(11), vec![batch + 32 * 11, 36]),
        (4 + read(36), vec![36]),
        (proofs + read(proofs), vec![proofs]),
    ];
    for (gap, offsets) in cases {
        let mut moved = data.clone();
        for place in offsets {
            let offset = U256::from(read(place) + 32);
            moved[place..place + 32].copy_from_slice(&offset.to_be_bytes::<32>());
        }
        moved.splice(gap..gap, [0; 32]);
        let same = Assay::submitCall::abi_decode(&moved).unwrap();
        assert_eq!(same.abi_encode(), data, "it decodes to the same");
        let sent = bed.submit_raw(OPERATOR, moved);
        assert_eq!(sent.unwrap_err(), "NotCanonicalEncoding", "gap at {gap}");
    }
}

/// Each part may only be where the one before it ends. Here one part lies in the middle of the
/// transfers, whose bytes may be anything, and all the others where they belong.
#[test]
fn every_part_is_in_its_own_place() {
    let bed = Bed::new();
    let data = BatchData {
        shape: LARGE.id,
        transfers: vec![[0; 13]; 237],
        ..full_batch(&bed)
    };
    let second = BatchData {
        batch: 2,
        ..full_batch(&bed)
    };
    let data = bed.calldata(&[
        data,
        BatchData {
            shape: LARGE.id,
            ..second
        },
    ]);
    let read = |place: usize| U256::from_be_slice(&data[place..place + 32]).to::<usize>();
    let (batches, proofs) = (4 + read(4) + 32, 4 + read(36) + 32);
    let batch = batches + read(batches);
    let section = |word: usize| batch + read(batch + 32 * word);
    let free = section(11) + 64;
    // Where a part is pointed at, from where on that counts, where it is and how long, and which of
    // its words are offsets from where on.
    let cases = [
        ("batches", 4, 4, batches - 32, 96, 32..96),
        ("proofs", 36, 4, proofs - 32, 96, 32..96),
        ("a batch", batches, batches, batch, 384, 256..384),
        ("fee slots", batch + 256, batch, section(8), 64, 0..0),
        ("records", batch + 288, batch, section(9), 32 + 384, 0..0),
        ("tails", batch + 320, batch, section(10), 32, 0..0),
        ("a proof", proofs, proofs, proofs + read(proofs), 288, 0..0),
    ];
    for (what, pointer, base, part, bytes, offsets) in cases {
        let mut moved = data.clone();
        let there = moved[part..part + bytes].to_vec();
        moved[free..free + bytes].copy_from_slice(&there);
        // What it points at stays where it is.
        for place in offsets.step_by(32) {
            let from_here = U256::from(read(part + place) + part);
            let offset = from_here.wrapping_sub(U256::from(free));
            moved[free + place..free + place + 32].copy_from_slice(&offset.to_be_bytes::<32>());
        }
        moved[part..part + bytes].fill(0xff);
        let offset = U256::from(free).wrapping_sub(U256::from(base));
        moved[pointer..pointer + 32].copy_from_slice(&offset.to_be_bytes::<32>());
        let sent = bed.submit_raw(OPERATOR, moved);
        assert_eq!(sent.unwrap_err(), "NotCanonicalEncoding", "{what}");
    }
    // Nothing else is wrong with it.
    bed.submit_raw(OPERATOR, data).unwrap();
}

/// Bits beyond a type's would be cut off by some readers.
#[test]
fn words_beyond_their_type_are_refused() {
    let bed = Bed::new();
    let data = bed.calldata(&[full_batch(&bed)]);
    let read = |place: usize| U256::from_be_slice(&data[place..place + 32]).to::<usize>();
    let batches = 4 + read(4) + 32;
    let batch = batches + read(batches);
    for word in 0..6 {
        let mut dirty = data.clone();
        dirty[batch + 32 * word] = 1;
        assert!(bed.submit_raw(OPERATOR, dirty).is_err(), "word {word}");
    }
}

#[test]
fn only_the_origin_of_a_transaction_submits() {
    let bed = Bed::new();
    let calldata = bed.calldata(&[bed.next_batch()]);
    // The operator's own contract in between, as the operator.
    let forwarder = bed.create(code("Forwarder")).unwrap();
    let become_operator = Assay::acceptOperatorCall {};
    let propose = Assay::proposeOperatorCall { next: forwarder };
    bed.send(OPERATOR, propose).unwrap();
    let forward = |call: Vec<u8>| Forwarder::forwardCall {
        target: bed.rollup,
        call_: call.into(),
    };
    bed.call_contract(5, forwarder, forward(become_operator.abi_encode()))
        .unwrap();
    assert_eq!(bed.status().operator, forwarder);
    let sent = bed.call_contract(5, forwarder, forward(calldata));
    assert_eq!(sent.unwrap_err(), "NotDirect");
}

/// During its construction a contract has no code.
#[test]
fn no_constructor_submits() {
    let bed = Bed::new();
    let maker = account(8);
    let nonce = bed.chain.node().latest().account(maker).nonce;
    let next = maker.create(nonce);
    bed.send(OPERATOR, Assay::proposeOperatorCall { next })
        .unwrap();
    let calls = [
        Assay::acceptOperatorCall {}.abi_encode(),
        bed.calldata(&[bed.next_batch()]),
    ];
    let arguments = (bed.rollup, calls.map(Bytes::from).to_vec());
    let newborn = [code("Newborn"), arguments.abi_encode_params()].concat();
    assert_eq!(bed.create(newborn).unwrap_err(), "NotDirect");
}

/// EIP-7702: the account is the origin, but its code could make other calls of this one.
#[test]
fn no_account_with_code_submits() {
    let bed = Bed::new();
    let signer = &signers()[OPERATOR];
    let delegate = bed.create(code("Forwarder")).unwrap();
    let (chain_id, nonce, max_fee) = {
        let node = bed.chain.node();
        let fee = 2 * u128::from(node.next_env().base_fee);
        (31337, node.pending_nonce(signer.address()), fee)
    };
    let authorization = Authorization {
        chain_id: U256::from(chain_id),
        address: delegate,
        nonce: nonce + 1,
    };
    let signature = signer.sign_hash_sync(&authorization.signature_hash());
    let transaction = TxEip7702 {
        chain_id,
        nonce,
        gas_limit: 200_000,
        max_fee_per_gas: max_fee,
        max_priority_fee_per_gas: 1,
        to: account(5),
        value: U256::ZERO,
        access_list: Default::default(),
        authorization_list: vec![authorization.into_signed(signature.unwrap())],
        input: Default::default(),
    };
    let signature = signer.sign_hash_sync(&transaction.signature_hash());
    let envelope = TxEnvelope::from(transaction.into_signed(signature.unwrap()));
    bed.chain
        .node()
        .submit(SignedTransaction::new_unchecked(envelope, signer.address()))
        .unwrap();
    let sent = bed.submit_from(OPERATOR, &[bed.next_batch()]);
    assert_eq!(sent.unwrap_err(), "NotDirect");
}

#[test]
fn others_do_not_submit() {
    let bed = Bed::new();
    for from in [1, GOVERNOR] {
        let sent = bed.submit_from(from, &[bed.next_batch()]);
        assert_eq!(sent.unwrap_err(), "NotOperator");
    }
}
