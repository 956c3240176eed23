//! Running transactions and calls in the EVM.

use std::convert::Infallible;

use alloy::{
    consensus::{Transaction as _, Typed2718 as _},
    primitives::{Address, B256, Bytes, TxKind, U256},
    rpc::types::{AccessList, TransactionRequest},
};
use alloy_rpc_types_trace::geth::{CallConfig, CallFrame};
#[cfg(not(test))]
use revm::ExecuteEvm as _;
use revm::{
    Context, InspectEvm as _, Inspector, MainBuilder as _, MainContext as _,
    context::{BlockEnv, CfgEnv, TxEnv},
    context_interface::result::{EVMError, ExecutionResult, HaltReason, InvalidTransaction},
    database_interface::WrapDatabaseRef,
    handler::MainnetContext,
    primitives::hardfork::SpecId,
    state::EvmState,
};
use revm_inspectors::{
    access_list::AccessListInspector,
    tracing::{TracingInspector, TracingInspectorConfig},
};

use super::{accounts::impersonated, error::ChainError, pool::SignedTransaction, world::View};

/// EIP-7825: no transaction may use more.
pub(crate) const TRANSACTION_GAS_MAX: u64 = 1 << 24;

/// Runs in which an access list must come to rest: what is listed is cheaper, so a call may do more.
const ACCESS_LIST_RUNS_MAX: usize = 8;

/// The search for a gas estimate ends within one part in so many.
const ESTIMATE_PRECISION: u64 = 128;

/// The block in which something runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Env {
    pub(crate) chain_id: u64,
    pub(crate) number: u64,
    pub(crate) timestamp: u64,
    /// Wei per gas.
    pub(crate) base_fee: u64,
    pub(crate) gas_limit: u64,
    pub(crate) beneficiary: Address,
    pub(crate) randomness: B256,
}

impl Env {
    fn block(&self) -> BlockEnv {
        BlockEnv {
            number: U256::from(self.number),
            timestamp: U256::from(self.timestamp),
            gas_limit: self.gas_limit,
            basefee: self.base_fee,
            beneficiary: self.beneficiary,
            prevrandao: Some(self.randomness),
            ..BlockEnv::default()
        }
    }
}

/// Whether a transaction is real or a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rules {
    /// Everything is checked.
    Transaction,
    /// So it is here, but a contract may send it.
    Impersonated,
    /// The nonce is not, and a gas price of 0 may be below the base fee.
    Question,
}

/// Runs a signed transaction.
pub(crate) fn transact(
    view: &View<'_>,
    env: &Env,
    transaction: &SignedTransaction,
) -> Result<(ExecutionResult, EvmState), ChainError> {
    let (tx, rules) = real(transaction);
    run(view, env, tx, rules)
}

/// Runs a signed transaction once more, and tells its calls and the gas it used.
pub(crate) fn trace(
    view: &View<'_>,
    env: &Env,
    transaction: &SignedTransaction,
    config: CallConfig,
) -> Result<(CallFrame, u64), ChainError> {
    let (tx, rules) = real(transaction);
    let mut watcher = TracingInspector::new(TracingInspectorConfig::from_geth_call_config(&config))
        .with_transaction_gas_limit(transaction.gas_limit());
    let result = watch(view, env, tx, rules, &mut watcher)?;
    let used = result.tx_gas_used();
    let calls = watcher.into_geth_builder().geth_call_traces(config, used);
    Ok((calls, used))
}

/// The accounts and slots that a call comes across, the gas it uses where they are listed, and why
/// it fails where it does.
pub(crate) fn access_list(
    view: &View<'_>,
    env: &Env,
    request: &TransactionRequest,
) -> Result<(AccessList, u64, Option<ChainError>), ChainError> {
    let mut request = request.clone();
    for _ in 0..ACCESS_LIST_RUNS_MAX {
        let given = request.access_list.clone().unwrap_or_default();
        let mut watcher = AccessListInspector::new(given.clone());
        let tx = question(env, &request, None);
        let result = watch(view, env, tx, Rules::Question, &mut watcher)?;
        let found = watcher.into_access_list();
        if found == given {
            let used = result.tx_gas_used();
            return Ok((found, used, outcome(result).err()));
        }
        request.access_list = Some(found);
    }
    Err(ChainError::Invalid(
        "the access list is another one with each run".to_owned(),
    ))
}

/// A signed transaction as the EVM has it.
fn real(transaction: &SignedTransaction) -> (TxEnv, Rules) {
    let mut tx = TxEnv {
        tx_type: transaction.ty(),
        caller: transaction.signer(),
        gas_limit: transaction.gas_limit(),
        gas_price: transaction.max_fee_per_gas(),
        kind: transaction.kind(),
        value: transaction.value(),
        data: transaction.input().clone(),
        nonce: transaction.nonce(),
        chain_id: transaction.chain_id(),
        access_list: transaction.access_list().cloned().unwrap_or_default(),
        gas_priority_fee: transaction.max_priority_fee_per_gas(),
        ..TxEnv::default()
    };
    if let Some(list) = transaction.authorization_list() {
        tx.set_signed_authorization(list.to_vec());
    }
    let rules = if impersonated(transaction) {
        Rules::Impersonated
    } else {
        Rules::Transaction
    };
    (tx, rules)
}

/// Runs a call that changes nothing and returns what it answers.
pub(crate) fn call(
    view: &View<'_>,
    env: &Env,
    request: &TransactionRequest,
) -> Result<Bytes, ChainError> {
    let (result, _) = run(view, env, question(env, request, None), Rules::Question)?;
    outcome(result).map(|(answer, _)| answer)
}

/// The least gas limit, nearly, with which a call succeeds.
pub(crate) fn estimate(
    view: &View<'_>,
    env: &Env,
    request: &TransactionRequest,
) -> Result<u64, ChainError> {
    let attempt = |gas: u64| {
        run(
            view,
            env,
            question(env, request, Some(gas)),
            Rules::Question,
        )
    };
    let mut enough = question(env, request, None).gas_limit;
    let (result, _) = attempt(enough)?;
    let (_, used) = outcome(result)?;
    if let Ok((ExecutionResult::Success { .. }, _)) = attempt(used) {
        return Ok(used);
    }
    let mut too_little = used;
    // Of what is left a call passes on all but a 64th (EIP-150): most need no more than that beside
    // what they use.
    let with_rest = used.saturating_add(used / 63 + 1).min(enough);
    if let Ok((ExecutionResult::Success { .. }, _)) = attempt(with_rest) {
        enough = with_rest;
    }
    while enough - too_little > 1 && enough - too_little > enough / ESTIMATE_PRECISION {
        // Most calls need little more than they use: begin there.
        let middle =
            (too_little + (enough - too_little) / 2).min(too_little.saturating_mul(3) / 2 + 1);
        match attempt(middle) {
            Ok((ExecutionResult::Success { .. }, _)) => enough = middle,
            Ok(_) | Err(_) => too_little = middle,
        }
    }
    Ok(enough)
}

/// A question as a transaction. Gas above what a transaction may use is cut to that, as public
/// nodes do: who needs it all gets an error.
fn question(env: &Env, request: &TransactionRequest, gas: Option<u64>) -> TxEnv {
    let most = env.gas_limit.min(TRANSACTION_GAS_MAX);
    let fee = request.max_fee_per_gas.or(request.gas_price).unwrap_or(0);
    let dynamic = request.max_fee_per_gas.is_some() || request.max_priority_fee_per_gas.is_some();
    let kind = match (&request.authorization_list, &request.access_list) {
        (Some(_), _) => 4,
        (None, _) if dynamic => 2,
        (None, Some(_)) => 1,
        (None, None) => 0,
    };
    let mut tx = TxEnv {
        tx_type: kind,
        caller: request.from.unwrap_or_default(),
        gas_limit: gas.or(request.gas).unwrap_or(most).min(most),
        gas_price: fee,
        kind: request.to.unwrap_or(TxKind::Create),
        value: request.value.unwrap_or_default(),
        data: request.input.input().cloned().unwrap_or_default(),
        nonce: request.nonce.unwrap_or(0),
        chain_id: Some(request.chain_id.unwrap_or(env.chain_id)),
        access_list: request.access_list.clone().unwrap_or_default(),
        gas_priority_fee: (kind >= 2).then(|| request.max_priority_fee_per_gas.unwrap_or(0)),
        ..TxEnv::default()
    };
    if let Some(list) = &request.authorization_list {
        tx.set_signed_authorization(list.clone());
    }
    tx
}

fn run(
    view: &View<'_>,
    env: &Env,
    tx: TxEnv,
    rules: Rules,
) -> Result<(ExecutionResult, EvmState), ChainError> {
    let balance = balance_of(view, &tx);
    let value = tx.value;
    let context = context(view, env, &tx, rules);
    #[cfg(test)]
    let done = super::mutation::transact(context, tx);
    #[cfg(not(test))]
    let done = context.build_mainnet().transact(tx);
    match done {
        Ok(done) => Ok((done.result, done.state)),
        Err(error) => Err(refusal(error, balance, value)),
    }
}

/// Runs a transaction and looks on.
fn watch<'a, I>(
    view: &'a View<'a>,
    env: &Env,
    tx: TxEnv,
    rules: Rules,
    watcher: &mut I,
) -> Result<ExecutionResult, ChainError>
where
    I: Inspector<MainnetContext<WrapDatabaseRef<&'a View<'a>>>>,
{
    let balance = balance_of(view, &tx);
    let value = tx.value;
    let context = context(view, env, &tx, rules);
    let done = context.build_mainnet_with_inspector(watcher).inspect_tx(tx);
    done.map(|done| done.result)
        .map_err(|error| refusal(error, balance, value))
}

fn context<'a>(
    view: &'a View<'a>,
    env: &Env,
    tx: &TxEnv,
    rules: Rules,
) -> MainnetContext<WrapDatabaseRef<&'a View<'a>>> {
    let question = rules == Rules::Question;
    Context::mainnet()
        .with_db(WrapDatabaseRef(view))
        .modify_cfg_chained(|cfg: &mut CfgEnv| {
            cfg.set_spec_and_mainnet_gas_params(SpecId::OSAKA);
            cfg.chain_id = env.chain_id;
            cfg.disable_nonce_check = question;
            cfg.disable_eip3607 = rules != Rules::Transaction;
            cfg.disable_base_fee = question && tx.gas_price == 0;
        })
        .with_block(env.block())
}

fn balance_of(view: &View<'_>, tx: &TxEnv) -> U256 {
    view.account(tx.caller).balance
}

/// Why the EVM does not begin with a transaction.
fn refusal(error: EVMError<Infallible>, have: U256, value: U256) -> ChainError {
    match error {
        EVMError::Transaction(InvalidTransaction::LackOfFundForMaxFee { fee, .. }) => {
            ChainError::InsufficientFunds {
                have,
                want: (*fee).max(value),
            }
        }
        EVMError::Transaction(InvalidTransaction::NonceTooLow { tx, state }) => {
            ChainError::NonceTooLow {
                next: state,
                given: tx,
            }
        }
        other => ChainError::Invalid(other.to_string()),
    }
}

/// What a call answered and the gas it used; an error where it did not succeed.
fn outcome(result: ExecutionResult) -> Result<(Bytes, u64), ChainError> {
    match result {
        ExecutionResult::Success { output, gas, .. } => Ok((output.into_data(), gas.tx_gas_used())),
        ExecutionResult::Revert { output, .. } => Err(ChainError::Reverted(output)),
        ExecutionResult::Halt {
            reason: HaltReason::OutOfGas(_),
            ..
        } => Err(ChainError::Halted("out of gas".to_owned())),
        ExecutionResult::Halt { reason, .. } => Err(ChainError::Halted(format!("{reason:?}"))),
    }
}
