//! Running transactions and calls in the EVM.

use alloy::{
    consensus::{Transaction as _, Typed2718 as _},
    primitives::{Address, B256, Bytes, TxKind, U256},
    rpc::types::TransactionRequest,
};
use revm::{
    Context, DatabaseRef as _, MainContext as _,
    context::{BlockEnv, CfgEnv, TxEnv},
    context_interface::result::{EVMError, ExecutionResult, HaltReason, InvalidTransaction},
    database_interface::WrapDatabaseRef,
    primitives::hardfork::SpecId,
    state::EvmState,
};
#[cfg(not(test))]
use revm::{ExecuteEvm as _, MainBuilder as _};

use super::{error::ChainError, pool::SignedTransaction, world::View};

/// EIP-7825: no transaction may use more.
pub(crate) const TRANSACTION_GAS_MAX: u64 = 1 << 24;

/// The search for a gas estimate ends within one part in so many.
const ESTIMATE_PRECISION: u64 = 128;

/// The block in which something runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Env {
    pub(crate) chain_id: u64,
    pub(crate) number: u64,
    pub(crate) timestamp: u64,
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
    /// The nonce is not, and a gas price of 0 may be below the base fee.
    Question,
}

/// Runs a signed transaction.
pub(crate) fn transact(
    view: View<'_>,
    env: &Env,
    transaction: &SignedTransaction,
) -> Result<(ExecutionResult, EvmState), ChainError> {
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
    run(view, env, tx, Rules::Transaction)
}

/// Runs a call that changes nothing and returns what it answers.
pub(crate) fn call(
    view: View<'_>,
    env: &Env,
    request: &TransactionRequest,
) -> Result<Bytes, ChainError> {
    let (result, _) = run(view, env, question(env, request, None), Rules::Question)?;
    outcome(result).map(|(answer, _)| answer)
}

/// The least gas limit, nearly, with which a call succeeds.
pub(crate) fn estimate<'a>(
    view: impl Fn() -> View<'a>,
    env: &Env,
    request: &TransactionRequest,
) -> Result<u64, ChainError> {
    let attempt = |gas: u64| {
        run(
            view(),
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

fn question(env: &Env, request: &TransactionRequest, gas: Option<u64>) -> TxEnv {
    let most = env.gas_limit.min(TRANSACTION_GAS_MAX);
    let fee = request.max_fee_per_gas.or(request.gas_price).unwrap_or(0);
    TxEnv {
        tx_type: if request.max_fee_per_gas.is_some() {
            2
        } else {
            0
        },
        caller: request.from.unwrap_or_default(),
        gas_limit: gas.or(request.gas).unwrap_or(most).min(most),
        gas_price: fee,
        kind: request.to.unwrap_or(TxKind::Create),
        value: request.value.unwrap_or_default(),
        data: request.input.input().cloned().unwrap_or_default(),
        nonce: 0,
        chain_id: Some(env.chain_id),
        access_list: request.access_list.clone().unwrap_or_default(),
        gas_priority_fee: request
            .max_fee_per_gas
            .map(|most| request.max_priority_fee_per_gas.unwrap_or(0).min(most)),
        ..TxEnv::default()
    }
}

fn run(
    view: View<'_>,
    env: &Env,
    tx: TxEnv,
    rules: Rules,
) -> Result<(ExecutionResult, EvmState), ChainError> {
    let question = rules == Rules::Question;
    let balance = view
        .basic_ref(tx.caller)
        .map(|a| a.unwrap_or_default().balance)
        .unwrap_or_default();
    let value = tx.value;
    let context = Context::mainnet()
        .with_db(WrapDatabaseRef(view))
        .modify_cfg_chained(|cfg: &mut CfgEnv| {
            cfg.set_spec_and_mainnet_gas_params(SpecId::OSAKA);
            cfg.chain_id = env.chain_id;
            cfg.disable_nonce_check = question;
            cfg.disable_eip3607 = question;
            cfg.disable_base_fee = question && tx.gas_price == 0;
        })
        .with_block(env.block());
    #[cfg(test)]
    let done = super::mutation::transact(context, tx);
    #[cfg(not(test))]
    let done = context.build_mainnet().transact(tx);
    match done {
        Ok(done) => Ok((done.result, done.state)),
        Err(EVMError::Transaction(InvalidTransaction::LackOfFundForMaxFee { fee, .. })) => {
            Err(ChainError::InsufficientFunds {
                have: balance,
                want: (*fee).max(value),
            })
        }
        Err(EVMError::Transaction(InvalidTransaction::NonceTooLow { tx, state })) => {
            Err(ChainError::NonceTooLow {
                next: state,
                given: tx,
            })
        }
        Err(other) => Err(ChainError::Invalid(other.to_string())),
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
