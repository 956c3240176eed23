//! Parameters that are read strictly: a field that would change nothing is refused.

use alloy::{
    primitives::{B256, U64, U256},
    rpc::types::{BlockOverrides, TransactionRequest, state::StateOverride},
};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Map, Value};

use crate::chain::{ChainError, Env, View, checked_code};

/// A number that clients send as a JSON number or as a hexadecimal string.
#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
pub(super) enum Number {
    Plain(u64),
    Hex(U64),
}

impl Number {
    pub(super) fn get(self) -> u64 {
        match self {
            Self::Plain(number) => number,
            Self::Hex(number) => number.to(),
        }
    }
}

/// A word that clients send with or without leading zeros.
#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
pub(super) enum Word {
    Whole(B256),
    Number(U256),
}

impl Word {
    pub(super) fn get(self) -> U256 {
        match self {
            Self::Whole(word) => word.into(),
            Self::Number(number) => number,
        }
    }
}

/// A transaction or a call, as far as this chain has them.
#[derive(Clone, Default)]
pub(super) struct Request {
    pub(super) fields: TransactionRequest,
    /// The type that was asked for.
    pub(super) kind: Option<u8>,
}

const REQUEST_FIELDS: [&str; 14] = [
    "from",
    "to",
    "gasPrice",
    "maxFeePerGas",
    "maxPriorityFeePerGas",
    "gas",
    "value",
    "input",
    "data",
    "nonce",
    "chainId",
    "accessList",
    "type",
    "authorizationList",
];

const BLOB_FIELDS: [&str; 4] = [
    "maxFeePerBlobGas",
    "blobVersionedHashes",
    "blobs",
    "sidecar",
];

impl<'de> Deserialize<'de> for Request {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut given = Map::deserialize(deserializer)?;
        given.retain(|_, value| !value.is_null());
        if let Some(field) = given.keys().find(|key| BLOB_FIELDS.contains(&key.as_str())) {
            return Err(D::Error::custom(format!(
                "field {field}: transactions with blobs (type 3) are not supported"
            )));
        }
        known(&given, &REQUEST_FIELDS)?;
        let fields: TransactionRequest =
            serde_json::from_value(Value::Object(given)).map_err(D::Error::custom)?;
        fields.input.unique_input().map_err(D::Error::custom)?;
        let kind = fields.transaction_type;
        check_kind(&fields, kind).map_err(D::Error::custom)?;
        Ok(Self { fields, kind })
    }
}

/// Whether the fields are those of the type that is given.
fn check_kind(fields: &TransactionRequest, kind: Option<u8>) -> Result<(), String> {
    let dynamic = fields.max_fee_per_gas.is_some() || fields.max_priority_fee_per_gas.is_some();
    if dynamic && fields.gas_price.is_some() {
        return Err("gasPrice and maxFeePerGas or maxPriorityFeePerGas exclude each other".into());
    }
    let fits = match kind {
        None => return Ok(()),
        Some(3) => return Err("transactions with blobs (type 3) are not supported".into()),
        Some(0) => !dynamic && fields.access_list.is_none() && fields.authorization_list.is_none(),
        Some(1) => !dynamic && fields.authorization_list.is_none(),
        Some(2) => fields.gas_price.is_none() && fields.authorization_list.is_none(),
        Some(4) => fields.gas_price.is_none() && fields.authorization_list.is_some(),
        Some(other) => return Err(format!("transaction type {other} is not supported")),
    };
    let kind = kind.unwrap_or_default();
    if fits {
        Ok(())
    } else {
        Err(format!(
            "the fields are not those of a transaction of type {kind}"
        ))
    }
}

fn known<E: Error>(given: &Map<String, Value>, fields: &[&str]) -> Result<(), E> {
    match given.keys().find(|key| !fields.contains(&key.as_str())) {
        Some(unknown) => Err(E::custom(format!("field {unknown} is not supported"))),
        None => Ok(()),
    }
}

/// What a call finds otherwise than the block has it.
#[derive(Clone, Default)]
pub(super) struct OtherBlock(BlockOverrides);

const BLOCK_FIELDS: [&str; 12] = [
    "number",
    "blockNumber",
    "time",
    "timestamp",
    "gasLimit",
    "coinbase",
    "feeRecipient",
    "random",
    "prevRandao",
    "baseFee",
    "baseFeePerGas",
    "blockHash",
];

impl<'de> Deserialize<'de> for OtherBlock {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut given = Map::deserialize(deserializer)?;
        given.retain(|_, value| !value.is_null());
        known(&given, &BLOCK_FIELDS)?;
        let fields = serde_json::from_value(Value::Object(given)).map_err(D::Error::custom)?;
        Ok(Self(fields))
    }
}

impl OtherBlock {
    /// Makes it so in a call's block.
    pub(super) fn apply(self, env: &mut Env, view: &mut View<'_>) -> Result<(), ChainError> {
        let small = |what: &str, number: U256| {
            u64::try_from(number)
                .map_err(|_| ChainError::Params(format!("{what} {number} is too large")))
        };
        let given = self.0;
        if let Some(number) = given.number {
            env.number = small("number", number)?;
        }
        if let Some(base_fee) = given.base_fee {
            env.base_fee = small("baseFee", base_fee)?;
        }
        env.timestamp = given.time.unwrap_or(env.timestamp);
        env.gas_limit = given.gas_limit.unwrap_or(env.gas_limit);
        env.beneficiary = given.coinbase.unwrap_or(env.beneficiary);
        env.randomness = given.random.unwrap_or(env.randomness);
        for (number, hash) in given.block_hash.unwrap_or_default() {
            view.set_block_hash(number, hash);
        }
        Ok(())
    }
}

/// Makes accounts other than they are, for a call.
pub(super) fn override_state(
    view: &mut View<'_>,
    accounts: StateOverride,
) -> Result<(), ChainError> {
    for (address, account) in accounts {
        if account.move_precompile_to.is_some() {
            return Err(ChainError::Params(
                "movePrecompileToAddress is not supported".to_owned(),
            ));
        }
        if account.state.is_some() && account.state_diff.is_some() {
            return Err(ChainError::Params(format!(
                "both state and stateDiff are given for {address}"
            )));
        }
        if let Some(balance) = account.balance {
            view.set_balance(address, balance);
        }
        if let Some(nonce) = account.nonce {
            view.set_nonce(address, nonce);
        }
        if let Some(code) = account.code {
            view.set_code(address, checked_code(code)?);
        }
        if account.state.is_some() {
            view.empty_storage(address);
        }
        for (slot, value) in account.state.or(account.state_diff).unwrap_or_default() {
            view.set_slot(address, slot.into(), value.into());
        }
    }
    Ok(())
}
