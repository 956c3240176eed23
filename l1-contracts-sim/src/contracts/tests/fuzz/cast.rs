//! Who takes part, and with which code.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use alloy::{
    primitives::{Address, Bytes, U256, hex},
    sol_types::SolValue as _,
};

use super::{
    super::bed,
    ground::Ground,
    outside::{Manner, Outside, Receiver, Token},
};

const fn named(byte: u8) -> Address {
    Address::repeat_byte(byte)
}

pub(super) const OPERATOR: Address = named(0xa0);
pub(super) const SUCCESSOR: Address = named(0xa1);
pub(super) const GOVERNOR: Address = named(0xa2);
pub(super) const GUARDIAN: Address = named(0xa3);
pub(super) const USERS: [Address; 3] = [named(0xa4), named(0xa5), named(0xa6)];
/// All that sign.
pub(super) const SIGNERS: [Address; 7] = [
    OPERATOR, SUCCESSOR, GOVERNOR, GUARDIAN, USERS[0], USERS[1], USERS[2],
];
/// Stands between a signer and the rollup.
pub(super) const FORWARDER: Address = named(0xb0);
pub(super) const AGAIN: Address = named(0xb3);
/// Contracts that are paid.
const RECEIVERS: [(Address, Receiver, &str); 5] = [
    (FORWARDER, Receiver::Takes, "Forwarder"),
    (named(0xb1), Receiver::Refuses, "Refuser"),
    (named(0xb2), Receiver::BurnsAll, "Glutton"),
    (AGAIN, Receiver::CallsAgain, "ReentrantReceiver"),
    (named(0xb4), Receiver::BurnsMuch, "Hungry"),
];
const TOKENS: [(Address, Manner, &str); 6] = [
    (named(0xc1), Manner::Honest, "TestToken"),
    (named(0xc2), Manner::Fee, "FeeToken"),
    (named(0xc3), Manner::Silent, "SilentToken"),
    (named(0xc4), Manner::CallsAgain, "ReentrantToken"),
    (named(0xc5), Manner::False, "FalseToken"),
    (named(0xc6), Manner::Honest, "TestToken"),
];

/// Whoever may be paid.
pub(super) fn receivers() -> Vec<Address> {
    let contracts = RECEIVERS.iter().map(|(address, ..)| *address);
    contracts
        .chain(USERS)
        .chain([OPERATOR, SUCCESSOR])
        .collect()
}

/// Creation code of an artefact, read once.
pub(super) fn creation(name: &'static str) -> Vec<u8> {
    static READ: Mutex<BTreeMap<&'static str, Vec<u8>>> = Mutex::new(BTreeMap::new());
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    read.entry(name).or_insert_with(|| bed::code(name)).clone()
}

/// What stands at an address after it was created.
fn runtime(name: &'static str) -> Bytes {
    static MADE: Mutex<BTreeMap<&'static str, Bytes>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let make = || {
        let mut ground = Ground::new(31337, 1);
        let arguments = ("Test", "TST", U256::from(6)).abi_encode_params();
        let address = ground.create([creation(name), arguments].concat()).unwrap();
        ground.code(address)
    };
    made.entry(name).or_insert_with(make).clone()
}

/// The code that a token has in a manner.
pub(super) fn token_code(token: &Token) -> Bytes {
    let code: &[u8] = match token.manner {
        // Reverts.
        Manner::Refuses => &hex!("5f5ffd"),
        // Jumps to its beginning.
        Manner::BurnsAll => &hex!("5b5f56"),
        // Returns a word.
        Manner::Lies => &hex!("60015f5260205ff3"),
        Manner::Babbles => &hex!("60025f5260205ff3"),
        // Stops.
        Manner::Mute => &hex!("00"),
        Manner::Dead => &[],
        _ => {
            let home = TOKENS
                .iter()
                .find(|(address, ..)| *address == token.address);
            return runtime(home.unwrap().2);
        }
    };
    Bytes::copy_from_slice(code)
}

/// Puts everybody in place.
pub(super) fn enter(ground: &mut Ground) -> Outside {
    let mut outside = Outside::default();
    let wealth = U256::from(1) << 140;
    for signer in SIGNERS {
        ground.set_balance(signer, wealth);
    }
    for (address, receiver, name) in RECEIVERS {
        ground.set_balance(address, wealth);
        ground.set_code(address, runtime(name));
        outside.receivers.insert(address, receiver);
    }
    outside.coded.insert(FORWARDER);
    for (address, home, _) in TOKENS {
        let token = Token {
            address,
            home,
            manner: home,
            balances: BTreeMap::new(),
            lied: false,
        };
        ground.set_code(address, token_code(&token));
        outside.tokens.push(token);
    }
    outside
}
