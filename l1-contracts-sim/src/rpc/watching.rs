//! Methods that run something and tell what it came across.

use alloy::{
    eips::BlockId,
    primitives::{B256, U64},
    rpc::types::AccessList,
};
use alloy_rpc_types_trace::geth::{CallConfig, CallFrame};
use serde::{Deserialize, Serialize};

use super::{
    methods::{Answer, Methods},
    state::{Call, with_call},
};
use crate::chain::{ChainError, ChainHandle, access_list};

/// What `debug_traceTransaction` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Options {
    tracer: String,
    tracer_config: Option<Details>,
}

/// What the call tracer takes.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Details {
    only_top_call: Option<bool>,
    with_log: Option<bool>,
}

/// What `eth_createAccessList` answers.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    access_list: AccessList,
    gas_used: U64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub(super) fn register(methods: &mut Methods) {
    methods.add("debug_traceTransaction", trace);
    methods.add("eth_createAccessList", list);
}

fn trace(chain: &ChainHandle, (hash, options): (B256, Options)) -> Answer<CallFrame> {
    if options.tracer != "callTracer" {
        return Err(ChainError::Params(format!(
            "parameter 2: the tracer {} is not supported, only callTracer",
            options.tracer
        )));
    }
    let details = options.tracer_config.unwrap_or_default();
    let config = CallConfig {
        only_top_call: details.only_top_call,
        with_log: details.with_log,
    };
    let calls = chain.node().trace(hash, config)?;
    calls.ok_or_else(|| ChainError::Invalid("transaction not found".to_owned()))
}

fn list(chain: &ChainHandle, parameters: Call) -> Answer<Listed> {
    with_call(
        chain,
        parameters,
        BlockId::pending(),
        |view, env, request| {
            let (access_list, gas_used, error) = access_list(view, env, request)?;
            Ok(Listed {
                access_list,
                gas_used: U64::from(gas_used),
                error: error.map(|error| error.to_string()),
            })
        },
    )
}
