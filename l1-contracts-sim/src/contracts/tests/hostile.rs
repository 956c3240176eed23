//! Contracts that misbehave.

#![allow(missing_docs, unreachable_pub)]

use alloy::{
    primitives::{Address, Bytes, U256},
    sol,
    sol_types::{SolCall as _, SolValue as _},
};

use super::bed::{Bed, USER, account, code, refusal};
use crate::contracts::{Assay, TestToken};

sol!(ReentrantToken, "contracts/artifacts/ReentrantToken.json");
sol!(
    ReentrantReceiver,
    "contracts/artifacts/ReentrantReceiver.json"
);
sol!(Forwarder, "contracts/artifacts/Forwarder.json");

/// Deploys a token; constructors without arguments ignore those of [`TestToken`].
pub(super) fn deploy_token(bed: &Bed, name: &str) -> Address {
    let arguments = ("Test", "TST", U256::from(6)).abi_encode_params();
    bed.create([code(name), arguments].concat()).unwrap()
}

/// Mints for the user, who lets the rollup take it.
pub(super) fn fund(bed: &Bed, token: Address, amount: U256) {
    let mint = TestToken::mintCall {
        to: account(USER),
        amount,
    };
    bed.call_contract(USER, token, mint).unwrap();
    let approve = TestToken::approveCall {
        spender: bed.rollup,
        amount,
    };
    bed.call_contract(USER, token, approve).unwrap();
}

pub(super) fn register(bed: &Bed, token: Address) -> Result<u16, String> {
    let fee = bed.read(Assay::registrationFeeCall {}).to();
    bed.pay(USER, fee, Assay::registerTokenCall { token })?;
    Ok(bed.read(Assay::tokenNumberCall { token }))
}

/// A token of the name, registered and in the user's hands.
pub(super) fn token(bed: &Bed, name: &str) -> (u16, Address) {
    let token = deploy_token(bed, name);
    fund(bed, token, U256::from(1_000_000));
    (register(bed, token).unwrap(), token)
}

/// What a contract that calls again does, and with how much ether.
pub(super) fn arm(bed: &Bed, contract: Address, value: u128, again: Vec<u8>) {
    let call = ReentrantReceiver::armCall {
        target_: bed.rollup,
        value_: U256::from(value),
        again: again.into(),
    };
    let input: Bytes = call.abi_encode().into();
    bed.transact(USER, contract.into(), U256::from(value), input)
        .unwrap();
}

/// How the call from within ended.
pub(super) fn outcome(bed: &Bed, contract: Address) -> String {
    let outcome = bed.read_from(contract, ReentrantReceiver::outcomeCall {});
    match outcome.0 {
        [0, 0, 0, 0] => "never called".to_owned(),
        [0, 0, 0, 1] => "succeeded".to_owned(),
        selector => refusal(&selector),
    }
}
