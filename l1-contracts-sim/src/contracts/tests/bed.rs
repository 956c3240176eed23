//! A chain with the contracts on it, and the calls that tests make.

use std::{cell::Cell, env, fs, path::PathBuf};

use alloy::{
    consensus::{SignableTransaction as _, TxEip1559, TxEnvelope},
    eips::BlockId,
    primitives::{Address, Bytes, Log, TxKind, U160, U256},
    rpc::types::TransactionRequest,
    signers::SignerSync as _,
    sol_types::{
        Panic, Revert, SolCall, SolConstructor as _, SolError as _, SolEvent, SolInterface as _,
    },
};

use super::{
    proofs::{Toy, escape_toy, toy},
    statement,
};
use crate::{
    batch::{BatchData, BatchHeader, Claim, ShapeSize, Word, pack_claims, submit_calldata},
    chain::{Chain, ChainConfig, ChainError, ChainHandle, Clock, SignedTransaction, call, signers},
    contracts::{
        Assay::{self, AssayErrors},
        Groth16Verifier::Groth16VerifierErrors,
        VerifierFactory::VerifierFactoryErrors,
    },
};

pub(crate) const START_S: u64 = 1_800_000_000;
pub(crate) const OPERATOR: usize = 0;
pub(crate) const USER: usize = 1;
pub(crate) const STRANGER: usize = 2;
pub(crate) const GUARDIAN: usize = 7;
pub(crate) const GOVERNOR: usize = 9;

/// The root of 4^12 empty leaves, by the circuits' tree.
const EMPTY_ROOT: &str =
    "5502479177772891194542009540012941542204094004749813714118505924674776464255";

pub(crate) const SMALL: ShapeSize = ShapeSize {
    id: 1,
    transfers: 12,
    full_records: 2,
    fee_slots: 2,
};
/// Not in service in most tests.
pub(crate) const MEDIUM: ShapeSize = ShapeSize {
    id: 2,
    transfers: 56,
    full_records: 6,
    fee_slots: 4,
};
pub(crate) const LARGE: ShapeSize = ShapeSize {
    id: 3,
    transfers: 237,
    full_records: 16,
    fee_slots: 8,
};

pub(crate) const PROVING_S: u32 = 30;
pub(crate) const RESTORE_S: u32 = 3600;
pub(crate) const LAG_S: u32 = 3600;
pub(crate) const SILENCE_S: u32 = 7200;
pub(crate) const WINDOW_S: u32 = 1800;
pub(crate) const DELAY_S: u32 = 86_400;
/// As small as the small shape allows.
pub(crate) const GAP_S: u32 = 30;
pub(crate) const FREEZE_S: u32 = LAG_S + RESTORE_S + WINDOW_S + 2 * 86_400;
pub(crate) const UPGRADE_S: u32 = 30 * 86_400 + DELAY_S + FREEZE_S;
/// As little as the small shape allows.
pub(crate) const INCLUSION_GAS: u32 = 327_000 / 2 + 8_000;
pub(crate) const INCLUSION_STEP: u32 = 100;

/// What a transaction did.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) gas: u64,
    pub(crate) logs: Vec<Log>,
    pub(crate) created: Option<Address>,
}

impl Done {
    /// The events of a kind, decoded.
    pub(crate) fn events<E: SolEvent>(&self) -> Vec<E> {
        let decode = |log| E::decode_log(log).ok().map(|log| log.data);
        self.logs.iter().filter_map(decode).collect()
    }
}

pub(crate) struct Bed {
    pub(crate) chain: ChainHandle,
    pub(crate) rollup: Address,
    pub(crate) domain: Word,
    roots: Cell<u8>,
}

/// A contract's creation code; `ASSAY_ARTIFACTS` names another folder than the committed one.
pub(crate) fn code(name: &str) -> Vec<u8> {
    let committed = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("contracts/artifacts");
    let folder = env::var_os("ASSAY_ARTIFACTS").map_or(committed, PathBuf::from);
    let text = fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
    let artifact: serde_json::Value = serde_json::from_str(&text).unwrap();
    hex::decode(&artifact["bytecode"].as_str().unwrap()[2..]).unwrap()
}

/// Some root below r.
pub(crate) const fn root(seed: u8) -> Word {
    let mut word = [seed; 32];
    word[0] = 7;
    word
}

pub(crate) fn empty_root() -> Word {
    EMPTY_ROOT.parse::<U256>().unwrap().to_be_bytes()
}

pub(crate) fn account(index: usize) -> Address {
    signers()[index].address()
}

pub(crate) fn config() -> Assay::Config {
    Assay::Config {
        operator: account(OPERATOR),
        governor: account(GOVERNOR),
        guardian: account(GUARDIAN),
        verifierFactory: Address::ZERO,
        provingS: PROVING_S,
        restoreS: RESTORE_S,
        maxLagS: LAG_S,
        silenceS: SILENCE_S,
        rescueWindowS: WINDOW_S,
        queueDelayS: DELAY_S,
        queueGapS: GAP_S,
        freezeAfterS: FREEZE_S,
        upgradeDelayS: UPGRADE_S,
        inclusionGas: INCLUSION_GAS,
        inclusionStep: INCLUSION_STEP,
    }
}

pub(crate) fn shape_config(size: ShapeSize) -> Assay::ShapeConfig {
    Assay::ShapeConfig {
        shapeId: size.id,
        transfers: size.transfers,
        fullRecords: size.full_records,
        feeSlots: size.fee_slots,
        verifierType: 1,
    }
}

/// A refusal's name, with what it names where that is a parameter.
pub(crate) fn refusal(data: &[u8]) -> String {
    if let Ok(AssayErrors::InvalidConfig(error)) = AssayErrors::abi_decode(data) {
        return format!("InvalidConfig {}", error.parameter);
    }
    if Revert::abi_decode(data).is_ok() || Panic::abi_decode(data).is_ok() {
        return "Panic".to_owned();
    }
    let selector = data.first_chunk::<4>().copied().unwrap_or_default();
    AssayErrors::name_by_selector(selector)
        .or_else(|| Groth16VerifierErrors::name_by_selector(selector))
        .or_else(|| VerifierFactoryErrors::name_by_selector(selector))
        .unwrap_or("Unknown")
        .to_owned()
}

impl Bed {
    /// With shapes small (its own key) and large (another key), on a development chain.
    pub(crate) fn new() -> Self {
        Self::with(config())
    }

    pub(crate) fn with(config: Assay::Config) -> Self {
        let bed = Self::bare(31337);
        let shapes = [(SMALL, toy(0)), (LARGE, toy(1))];
        let rollup = bed.deploy(config, &shapes).unwrap();
        bed.with_rollup(rollup)
    }

    /// A chain without contracts.
    pub(crate) fn bare(chain_id: u64) -> Self {
        Self::on(ChainConfig {
            chain_id,
            ..ChainConfig::default()
        })
    }

    /// A chain without contracts, at the start of the tests' time.
    pub(crate) fn on(config: ChainConfig) -> Self {
        // Contracts that `mutate.js` made ask for the maker whether they are to go wrong.
        let mutant = env::var("ASSAY_MUTANT").ok();
        let number = |text: String| text.parse::<U256>().unwrap().to::<U160>();
        let maker = mutant.map_or(config.maker, |text| Address::from(number(text)).into());
        let config = ChainConfig {
            clock: Clock::Fixed(START_S),
            maker,
            ..config
        };
        Self {
            chain: Chain::start(config),
            rollup: Address::ZERO,
            domain: [0; 32],
            roots: Cell::new(1),
        }
    }

    pub(crate) fn with_rollup(mut self, rollup: Address) -> Self {
        self.rollup = rollup;
        self.domain = self.read(Assay::domainCall {}).0;
        self
    }

    pub(crate) fn factory(&self) -> Address {
        self.create(code("VerifierFactory")).unwrap()
    }

    /// Deploys a rollup; the factory is a new one where the configuration names none.
    pub(crate) fn deploy(
        &self,
        mut config: Assay::Config,
        shapes: &[(ShapeSize, &Toy)],
    ) -> Result<Address, String> {
        if config.verifierFactory.is_zero() {
            config.verifierFactory = self.factory();
        }
        let arguments = Assay::constructorCall {
            config_: config,
            initialShapes: shapes.iter().map(|(size, _)| shape_config(*size)).collect(),
            keys: shapes.iter().map(|(_, toy)| toy.words()).collect(),
            escapeKey: escape_toy().words(),
        };
        self.create([code("Assay"), arguments.abi_encode()].concat())
    }

    pub(crate) fn create(&self, code: Vec<u8>) -> Result<Address, String> {
        self.transact(8, TxKind::Create, U256::ZERO, code.into())
            .map(|done| done.created.unwrap())
    }

    /// Sends a transaction; a failure is the name of the contract's error.
    pub(crate) fn transact(
        &self,
        from: usize,
        to: TxKind,
        value: U256,
        input: Bytes,
    ) -> Result<Done, String> {
        self.transact_with_gas(from, to, value, input, 1 << 24)
    }

    pub(crate) fn transact_with_gas(
        &self,
        from: usize,
        to: TxKind,
        value: U256,
        input: Bytes,
        gas_limit: u64,
    ) -> Result<Done, String> {
        let signer = &signers()[from];
        let mut node = self.chain.node();
        let (view, env) = node.at(BlockId::pending()).unwrap();
        let max_fee = 2 * u128::from(env.base_fee);
        // With a gas price, so that contracts see the block's base fee.
        let mut request = TransactionRequest::default()
            .from(signer.address())
            .value(value)
            .max_fee_per_gas(max_fee)
            .gas_limit(gas_limit);
        request.to = Some(to);
        request.input = input.clone().into();
        match call(&view, &env, &request) {
            Ok(_) => {}
            Err(ChainError::Reverted(data)) => return Err(refusal(&data)),
            Err(other) => return Err(other.to_string()),
        }
        let transaction = TxEip1559 {
            chain_id: env.chain_id,
            nonce: node.pending_nonce(signer.address()),
            gas_limit,
            max_fee_per_gas: max_fee,
            max_priority_fee_per_gas: 1,
            to,
            value,
            access_list: Default::default(),
            input,
        };
        let signature = signer
            .sign_hash_sync(&transaction.signature_hash())
            .unwrap();
        let envelope = TxEnvelope::from(transaction.into_signed(signature));
        let hash = node
            .submit(SignedTransaction::new_unchecked(envelope, signer.address()))
            .unwrap();
        let (block, index) = node.place(hash).expect("mined at once");
        let mined = &block.mined[index];
        assert!(mined.receipt.status(), "the call just before succeeded");
        Ok(Done {
            gas: mined.gas_used,
            logs: mined.receipt.logs().to_vec(),
            created: mined.created,
        })
    }

    pub(crate) fn call_contract<C: SolCall>(
        &self,
        from: usize,
        to: Address,
        call: C,
    ) -> Result<Done, String> {
        self.transact(from, TxKind::Call(to), U256::ZERO, call.abi_encode().into())
    }

    /// Sends to the rollup contract.
    pub(crate) fn send<C: SolCall>(&self, from: usize, call: C) -> Result<Done, String> {
        self.call_contract(from, self.rollup, call)
    }

    /// Sends to the rollup contract, with ether.
    pub(crate) fn pay<C: SolCall>(
        &self,
        from: usize,
        value: u128,
        call: C,
    ) -> Result<Done, String> {
        let (to, value) = (TxKind::Call(self.rollup), U256::from(value));
        self.transact(from, to, value, call.abi_encode().into())
    }

    pub(crate) fn read_from<C: SolCall>(&self, to: Address, question: C) -> C::Return {
        let node = self.chain.node();
        let (view, env) = node.at(BlockId::latest()).unwrap();
        let mut request = TransactionRequest::default().to(to);
        request.input = Bytes::from(question.abi_encode()).into();
        C::abi_decode_returns(&call(&view, &env, &request).unwrap()).unwrap()
    }

    pub(crate) fn read<C: SolCall>(&self, call: C) -> C::Return {
        self.read_from(self.rollup, call)
    }

    pub(crate) fn status(&self) -> Assay::Status {
        self.read(Assay::statusCall {})
    }

    pub(crate) fn balance(&self, account: Address) -> U256 {
        self.chain.node().latest().account(account).balance
    }

    /// The time of the next block.
    pub(crate) fn now(&self) -> u32 {
        u32::try_from(self.chain.node().next_env().timestamp).unwrap()
    }

    pub(crate) fn base_fee(&self) -> u64 {
        self.chain.node().next_env().base_fee
    }

    pub(crate) fn set_time(&self, timestamp_s: u64) {
        self.chain.set_next_timestamp(timestamp_s).unwrap();
    }

    /// An empty batch that would be accepted next.
    pub(crate) fn next_batch(&self) -> BatchData {
        self.roots.set(self.roots.get() % 250 + 1);
        let status = self.status();
        BatchData {
            batch: status.lastProved + 1,
            shape: SMALL.id,
            timestamp: self.now(),
            l1_operations: 0,
            accounts: status.accounts,
            settler: account(OPERATOR).into(),
            commitment: root(200),
            new_root: root(self.roots.get()),
            fee_slots: Vec::new(),
            full_records: Vec::new(),
            tails: Vec::new(),
            transfers: Vec::new(),
        }
    }

    /// Calldata of batches with proofs of what the statement says of them.
    pub(crate) fn calldata(&self, batches: &[BatchData]) -> Vec<u8> {
        let status = self.status();
        let (mut old_root, mut accounts) = (status.provedRoot.0, status.accounts);
        let mut pairs = Vec::new();
        for data in batches {
            let (size, toy) = match data.shape {
                2 => (MEDIUM, toy(0)),
                3 => (LARGE, toy(1)),
                _ => (SMALL, toy(0)),
            };
            let inputs = statement::inputs(data, size, old_root, self.domain, accounts);
            pairs.push((data.clone(), toy.prove(&inputs)));
            (old_root, accounts) = (data.new_root, data.accounts);
        }
        submit_calldata(&pairs)
    }

    pub(crate) fn submit_from(&self, from: usize, batches: &[BatchData]) -> Result<Done, String> {
        self.submit_raw(from, self.calldata(batches))
    }

    pub(crate) fn submit_raw(&self, from: usize, calldata: Vec<u8>) -> Result<Done, String> {
        self.transact(from, TxKind::Call(self.rollup), U256::ZERO, calldata.into())
    }

    /// Submits as the operator and returns the header that the contract must have kept.
    pub(crate) fn submit(&self, data: &BatchData) -> Result<BatchHeader, String> {
        let header = data.header(self.status().queueConsumed);
        self.submit_from(OPERATOR, std::slice::from_ref(data))
            .map(|_| header)
    }

    pub(crate) fn claim(
        &self,
        from: usize,
        (batch, header): (u64, BatchHeader),
        claims: &[Claim],
        which: u16,
        to: Address,
    ) -> Result<Done, String> {
        let call = Assay::claimCall {
            batch,
            header: header.into(),
            claims: pack_claims(claims).into(),
            which,
            to,
        };
        self.send(from, call)
    }

    pub(crate) fn held(&self, token: u16) -> u128 {
        self.read(Assay::heldCall { token })
    }

    pub(crate) fn credit(&self, account: Address) -> U256 {
        self.read(Assay::creditsCall { account })
    }

    pub(crate) fn freeze(&self) {
        self.send(GUARDIAN, Assay::freezeByGuardianCall {}).unwrap();
    }
}
