//! An EVM with nothing around it: no blocks, no pool and no signatures.

use std::env;

use alloy::{
    primitives::{Address, Bytes, Log, TxKind, U160, U256},
    sol_types::SolCall,
};
use revm::{
    Context, Database as _, ExecuteCommitEvm as _, ExecuteEvm as _, MainBuilder as _,
    MainContext as _, MainnetEvm,
    bytecode::Bytecode,
    context::{BlockEnv, CfgEnv, TxEnv},
    context_interface::result::{ExecutionResult, HaltReason},
    database::{CacheDB, EmptyDB},
    handler::MainnetContext,
    primitives::hardfork::SpecId,
    state::AccountInfo,
};

use super::super::bed::refusal;

type Store = CacheDB<EmptyDB>;

/// EIP-7825.
pub(super) const GAS_MAX: u64 = 1 << 24;

/// How a transaction ended.
#[derive(Debug)]
pub(super) enum Ending {
    Done {
        logs: Vec<Log>,
        created: Option<Address>,
    },
    /// By the error's name.
    Failed(String),
}

/// A transaction.
#[derive(Debug, Clone)]
pub(super) struct Sending {
    pub(super) from: Address,
    pub(super) to: TxKind,
    pub(super) value: U256,
    pub(super) gas: u64,
    pub(super) data: Bytes,
}

/// Why something failed, by name; empty where a revert says nothing.
fn name(result: &ExecutionResult) -> String {
    match result {
        ExecutionResult::Revert { output, .. } if output.is_empty() => String::new(),
        ExecutionResult::Revert { output, .. } => refusal(output),
        ExecutionResult::Halt {
            reason: HaltReason::OutOfGas(_),
            ..
        } => "OutOfGas".to_owned(),
        other => format!("{other:?}"),
    }
}

pub(super) struct Ground {
    evm: MainnetEvm<MainnetContext<Store>>,
    pub(super) now: u64,
    pub(super) base_fee: u64,
    beneficiary: Address,
}

impl Ground {
    pub(super) fn new(chain_id: u64, now: u64) -> Self {
        let cfg = |cfg: &mut CfgEnv| {
            cfg.set_spec_and_mainnet_gas_params(SpecId::OSAKA);
            cfg.chain_id = chain_id;
            cfg.disable_nonce_check = true;
            cfg.disable_eip3607 = true;
        };
        let evm = Context::mainnet()
            .with_db(Store::default())
            .modify_cfg_chained(cfg)
            .build_mainnet();
        // Contracts that `mutate.js` made ask for the maker whether they are to go wrong.
        let mutant = env::var("ASSAY_MUTANT").ok();
        let number = mutant.map_or(U256::from(0xb10c), |text| text.parse().unwrap());
        Self {
            evm,
            now,
            base_fee: 1_000_000_000,
            beneficiary: Address::from(number.to::<U160>()),
        }
    }

    fn block(&self) -> BlockEnv {
        BlockEnv {
            number: U256::from(1),
            timestamp: U256::from(self.now),
            gas_limit: 60_000_000,
            basefee: self.base_fee,
            beneficiary: self.beneficiary,
            prevrandao: Some(Default::default()),
            ..BlockEnv::default()
        }
    }

    /// Runs a transaction; how it ended, and what its gas cost.
    pub(super) fn send(&mut self, sending: &Sending) -> (Ending, U256) {
        let tx = TxEnv {
            caller: sending.from,
            gas_limit: sending.gas,
            gas_price: self.base_fee.into(),
            kind: sending.to,
            value: sending.value,
            data: sending.data.clone(),
            chain_id: Some(self.evm.ctx.cfg.chain_id),
            ..TxEnv::default()
        };
        self.evm.set_block(self.block());
        let Ok(result) = self.evm.transact_commit(tx) else {
            // It could not begin: too little gas for its data.
            return (Ending::Failed("Invalid".to_owned()), U256::ZERO);
        };
        let cost = U256::from(result.tx_gas_used()) * U256::from(self.base_fee);
        let ending = match result {
            ExecutionResult::Success { logs, output, .. } => Ending::Done {
                logs,
                created: output.address().copied(),
            },
            refused => Ending::Failed(name(&refused)),
        };
        (ending, cost)
    }

    /// Asks a contract; an error's name where it refuses.
    pub(super) fn ask<C: SolCall>(&mut self, to: Address, call: &C) -> Result<C::Return, String> {
        let answer = self.ask_raw(to, call.abi_encode().into())?;
        C::abi_decode_returns(&answer).map_err(|error| error.to_string())
    }

    pub(super) fn ask_raw(&mut self, to: Address, data: Bytes) -> Result<Bytes, String> {
        let tx = TxEnv {
            caller: Address::repeat_byte(0xee),
            gas_limit: GAS_MAX,
            gas_price: 0,
            kind: TxKind::Call(to),
            data,
            chain_id: Some(self.evm.ctx.cfg.chain_id),
            ..TxEnv::default()
        };
        let block = BlockEnv {
            basefee: 0,
            ..self.block()
        };
        self.evm.set_block(block);
        match self.evm.transact(tx).unwrap().result {
            ExecutionResult::Success { output, .. } => Ok(output.into_data()),
            refused => Err(name(&refused)),
        }
    }

    fn store(&mut self) -> &mut Store {
        &mut self.evm.ctx.journaled_state.database
    }

    pub(super) fn balance(&mut self, account: Address) -> U256 {
        let info = self.store().basic(account).unwrap();
        info.unwrap_or_default().balance
    }

    pub(super) fn set_balance(&mut self, account: Address, balance: U256) {
        let info = self.info(account);
        let info = AccountInfo { balance, ..info };
        self.store().insert_account_info(account, info);
    }

    fn info(&mut self, account: Address) -> AccountInfo {
        self.store().basic(account).unwrap().unwrap_or_default()
    }

    pub(super) fn code(&mut self, account: Address) -> Bytes {
        let hash = self.info(account).code_hash;
        self.store().code_by_hash(hash).unwrap().original_bytes()
    }

    /// Gives an account other code; balance and storage stay.
    pub(super) fn set_code(&mut self, account: Address, code: Bytes) {
        let code = Bytecode::new_raw(code);
        let info = self.info(account);
        let info = AccountInfo {
            code_hash: code.hash_slow(),
            code: Some(code),
            ..info
        };
        self.store().insert_account_info(account, info);
    }

    pub(super) fn set_slot(&mut self, account: Address, slot: u64, value: U256) {
        let store = self.store();
        store
            .insert_account_storage(account, U256::from(slot), value)
            .unwrap();
    }

    /// Creates a contract for somebody who is nobody else.
    pub(super) fn create(&mut self, code: Vec<u8>) -> Result<Address, String> {
        let from = Address::repeat_byte(0xdd);
        self.set_balance(from, U256::from(1_u128 << 100));
        let sending = Sending {
            from,
            to: TxKind::Create,
            value: U256::ZERO,
            gas: GAS_MAX,
            data: code.into(),
        };
        match self.send(&sending) {
            (Ending::Done { created, .. }, _) => Ok(created.unwrap()),
            (Ending::Failed(name), _) => Err(name),
        }
    }
}
