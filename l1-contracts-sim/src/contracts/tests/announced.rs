//! What the contract says is announced, asked for at once.

use alloy::{
    eips::BlockId,
    primitives::{Address, Bytes, U256},
    rpc::types::TransactionRequest,
    sol_types::{SolConstructor as _, SolValue as _},
};

use super::{
    bed::{
        Bed, GOVERNOR, GUARDIAN, LARGE, MEDIUM, OPERATOR, SMALL, STRANGER, UPGRADE_S, USER,
        account, code, shape_config,
    },
    proofs::toy,
};
use crate::{
    batch::ShapeSize,
    chain::call,
    contracts::{Announced, Assay},
};

/// Governor, guardian, next operator, the first id that was not looked at, and proposals before it.
type Answer = (Address, Address, Address, U256, Vec<Assay::Proposal>);

fn ask(bed: &Bed, from: u64) -> Answer {
    let arguments = Announced::constructorCall {
        rollup: bed.rollup,
        shapeId: U256::from(from),
    };
    let code = [code("Announced"), arguments.abi_encode()].concat();
    let node = bed.chain.node();
    let (view, env) = node.at(BlockId::latest()).unwrap();
    let request = TransactionRequest {
        input: Bytes::from(code).into(),
        ..TransactionRequest::default()
    };
    Answer::abi_decode_params(&call(&view, &env, &request).unwrap()).unwrap()
}

/// What a question from this id on should answer with, by one call for each id.
fn expected(bed: &Bed, from: u64) -> (U256, Vec<Assay::Proposal>) {
    let mut found = Vec::new();
    for id in from..256 {
        let shape_id = u8::try_from(id).unwrap();
        let proposal = bed.read(Assay::proposalsCall { shapeId: shape_id });
        if proposal.readyAt != 0 {
            found.push(proposal);
        }
        if found.len() == 16 {
            return (U256::from(id + 1), found);
        }
    }
    (U256::from(256), found)
}

fn propose(bed: &Bed, id: u8) {
    let call = Assay::proposeCall {
        shape: shape_config(ShapeSize { id, ..MEDIUM }),
        key: toy(0).words(),
    };
    bed.send(GOVERNOR, call).unwrap();
}

#[test]
fn one_answer_has_all_that_is_announced() {
    let bed = Bed::new();
    let [governor, guardian, next] = [GOVERNOR, GUARDIAN, USER].map(account);
    let nothing = (governor, guardian, Address::ZERO, U256::from(256), vec![]);
    assert_eq!(ask(&bed, 0), nothing);
    bed.send(OPERATOR, Assay::proposeOperatorCall { next })
        .unwrap();
    // The lowest and the highest, and none of those that are in service.
    for id in [255, 0, MEDIUM.id, 9] {
        propose(&bed, id);
    }
    let (_, _, operator, after, found) = ask(&bed, 0);
    assert_eq!((after, found.clone()), expected(&bed, 0));
    let ids: Vec<u8> = found
        .iter()
        .map(|proposal| proposal.shape.shapeId)
        .collect();
    assert_eq!((operator, ids), (next, vec![0, MEDIUM.id, 9, 255]));
    for id in [SMALL, LARGE].map(|shape| shape.id) {
        assert!(found.iter().all(|proposal| proposal.shape.shapeId != id));
    }
    bed.set_time(bed.chain.timestamp() + u64::from(UPGRADE_S));
    let mark = Assay::markProposalCall { shapeId: 9 };
    bed.send(STRANGER, mark).unwrap();
    let (.., found) = ask(&bed, 0);
    assert!(found[2].marked);
    assert_eq!(found, expected(&bed, 0).1);
    let activate = Assay::activateCall { shapeId: 9 };
    bed.send(STRANGER, activate).unwrap();
    assert_eq!(ask(&bed, 0).4.len(), 3);
    assert_eq!(ask(&bed, 3).4.len(), 1);
    assert_eq!(ask(&bed, 256).4.len(), 0);
}

/// A governor who announces very many hides none.
#[test]
fn many_are_asked_for_in_pieces() {
    let bed = Bed::new();
    for id in 100..133 {
        propose(&bed, id);
    }
    let (mut from, mut lengths) = (0, Vec::new());
    while from < 256 {
        let (.., after, found) = ask(&bed, from);
        assert_eq!((after, found.clone()), expected(&bed, from));
        lengths.push(found.len());
        from = after.to();
    }
    assert_eq!(lengths, [16, 16, 1]);
}
