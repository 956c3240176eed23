//! Contracts that misbehave.

#![allow(missing_docs, unreachable_pub)]

use alloy::{
    primitives::{Address, U256},
    sol,
    sol_types::{SolCall as _, SolValue as _},
};

use super::bed::{Bed, USER, account};
use crate::contracts::TestToken;

sol!(FeeToken, "contracts/artifacts/FeeToken.json");
sol!(FalseToken, "contracts/artifacts/FalseToken.json");
sol!(ReentrantToken, "contracts/artifacts/ReentrantToken.json");
sol!(SilentToken, "contracts/artifacts/SilentToken.json");
sol!(Refuser, "contracts/artifacts/Refuser.json");
sol!(
    ReentrantReceiver,
    "contracts/artifacts/ReentrantReceiver.json"
);
sol!(Yes, "contracts/artifacts/Yes.json");

/// Deploys a token; constructors without arguments ignore those of [`TestToken`].
pub(super) fn deploy_token(bed: &Bed, code: Vec<u8>) -> Address {
    let arguments = ("Test", "TST", U256::from(6)).abi_encode_params();
    bed.create([code, arguments].concat()).unwrap()
}

/// Mints for the user, who lets the rollup take it.
pub(super) fn fund(bed: &Bed, token: Address, amount: u64) {
    let amount = U256::from(amount);
    for call in [
        TestToken::mintCall {
            to: account(USER),
            amount,
        }
        .abi_encode(),
        TestToken::approveCall {
            spender: bed.rollup,
            amount,
        }
        .abi_encode(),
    ] {
        bed.transact(USER, token.into(), U256::ZERO, call.into())
            .unwrap();
    }
}

/// Forwards a stored call whenever it is paid.
pub(super) fn deploy_forwarder(bed: &Bed) -> Address {
    bed.create(ReentrantReceiver::BYTECODE.to_vec()).unwrap()
}

pub(super) fn deploy_yes(bed: &Bed) -> Address {
    bed.create(Yes::BYTECODE.to_vec()).unwrap()
}
