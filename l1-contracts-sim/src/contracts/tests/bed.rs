//! A chain with the contracts on it, and the calls that tests make.

use std::cell::Cell;

use alloy::{
    consensus::{SignableTransaction as _, TxEip1559, TxEnvelope},
    eips::BlockId,
    primitives::{Address, Bytes, Log, TxKind, U256},
    rpc::types::TransactionRequest,
    signers::SignerSync as _,
    sol_types::{SolCall, SolConstructor as _},
};

use super::proofs::{Toy, toy};
use crate::{
    address::EthAddress,
    batch::{BatchHeader, CommitData, ProofWords, ShapeSize, Withdrawal, Word},
    chain::{Chain, ChainConfig, ChainError, ChainHandle, Clock, SignedTransaction, signers},
    client::{ContractRevert, RollupCall, ShapeInfo, verifier_arguments},
    contracts::{Assay, Groth16Verifier},
};

pub(crate) const START_S: u64 = 1_800_000_000;
pub(crate) const OPERATOR: usize = 0;
pub(crate) const GOVERNOR: usize = 9;
pub(crate) const USER: usize = 1;
pub(crate) const IDLE_S: u64 = 3600;
pub(crate) const DEADLINE_S: u64 = 7200;
pub(crate) const DELAY_S: u64 = 100_000;
pub(crate) const GENESIS: Word = root(1);

pub(crate) const SMALL: ShapeSize = ShapeSize {
    id: 1,
    transfers: 12,
    full_records: 2,
    fee_slots: 2,
};
pub(crate) const LARGE: ShapeSize = ShapeSize {
    id: 3,
    transfers: 250,
    full_records: 16,
    fee_slots: 8,
};

/// The base point of Baby Jubjub (EIP-2494): some owner on the curve.
pub(crate) const OWNER: [&str; 2] = [
    "5299619240641551281634865583518297030282874472190772894086521144482721001553",
    "16950150798460657717958625567821834550301663161624707787222815936182638968203",
];

/// What a transaction did.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) gas: u64,
    pub(crate) logs: Vec<Log>,
    pub(crate) created: Option<Address>,
}

pub(crate) struct Bed {
    pub(crate) chain: ChainHandle,
    pub(crate) rollup: Address,
    pub(crate) domain: Word,
    roots: Cell<u8>,
}

pub(crate) fn owner() -> [Word; 2] {
    OWNER.map(|text| text.parse::<U256>().unwrap().to_be_bytes())
}

/// Some root below r.
pub(crate) const fn root(seed: u8) -> Word {
    let mut word = [seed; 32];
    word[0] = 7;
    word
}

pub(crate) fn account(index: usize) -> Address {
    signers()[index].address()
}

/// A withdrawal's full record.
pub(crate) fn withdrawal_record(w: &Withdrawal) -> [Word; 6] {
    let head: U256 = U256::from(2) << 244
        | U256::from(5) << 216
        | U256::from(w.token) << 176
        | U256::from(w.amount) << 16;
    [
        head.to_be_bytes(),
        Address::from(w.to).into_word().0,
        [0; 32],
        [0; 32],
        [0; 32],
        [0; 32],
    ]
}

/// A deposit's full record, crediting account 9.
pub(crate) fn deposit_record(token: u16, amount: u128, owner: [Word; 2]) -> [Word; 6] {
    let head: U256 = U256::from(3) << 244
        | U256::from(9) << 192
        | U256::from(token) << 176
        | U256::from(amount) << 16;
    [
        head.to_be_bytes(),
        owner[0],
        owner[1],
        [0; 32],
        [0; 32],
        [0; 32],
    ]
}

impl Bed {
    /// With shapes small (its own key) and large (another key).
    pub(crate) fn new() -> Self {
        let config = ChainConfig {
            clock: Clock::Fixed(START_S),
            ..ChainConfig::default()
        };
        let bed = Self {
            chain: Chain::start(config),
            rollup: Address::ZERO,
            domain: [0; 32],
            roots: Cell::new(1),
        };
        let shapes = [bed.shape(SMALL, toy(0)), bed.shape(LARGE, toy(1))];
        let rollup = bed.deploy_rollup(GENESIS, &shapes).unwrap();
        bed.with_rollup(rollup)
    }

    /// The same chain, another rollup contract.
    pub(crate) fn with_rollup(mut self, rollup: Address) -> Self {
        self.rollup = rollup;
        self.domain = self.read(Assay::domainCall {}).0;
        self
    }

    /// Deploys a verifier and names it for a shape.
    pub(crate) fn shape(&self, size: ShapeSize, toy: &Toy) -> ShapeInfo {
        let code = [
            Groth16Verifier::BYTECODE.to_vec(),
            verifier_arguments(&toy.key_words()),
        ]
        .concat();
        ShapeInfo {
            size,
            verifier: self.create(code).unwrap().into(),
        }
    }

    pub(crate) fn deploy_rollup(
        &self,
        genesis: Word,
        shapes: &[ShapeInfo],
    ) -> Result<Address, String> {
        let arguments = Assay::constructorCall {
            config: Assay::Config {
                operator: account(OPERATOR),
                governor: account(GOVERNOR),
                genesisRoot: genesis.into(),
                operatorIdleS: IDLE_S as u32,
                proveDeadlineS: DEADLINE_S as u32,
                verifierDelayS: DELAY_S as u32,
            },
            initialShapes: shapes.iter().map(|s| (*s).into()).collect(),
        };
        self.create([Assay::BYTECODE.to_vec(), arguments.abi_encode()].concat())
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
        let signer = &signers()[from];
        let mut node = self.chain.node();
        let (view, env) = node.at(BlockId::pending()).unwrap();
        let mut request = TransactionRequest::default()
            .from(signer.address())
            .value(value);
        request.to = Some(to);
        request.input = input.clone().into();
        match crate::chain::call(view, &env, &request) {
            Ok(_) => {}
            Err(ChainError::Reverted(data)) => return Err(ContractRevert::decode(&data).name),
            Err(other) => return Err(other.to_string()),
        }
        let transaction = TxEip1559 {
            chain_id: env.chain_id,
            nonce: node.pending_nonce(signer.address()),
            gas_limit: 1 << 24,
            max_fee_per_gas: 2 * u128::from(env.base_fee),
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
    pub(crate) fn send(&self, from: usize, call: &RollupCall) -> Result<Done, String> {
        let (to, value, data) = call.encode(self.rollup.into());
        self.transact(from, TxKind::Call(to), value, data)
    }

    pub(crate) fn read_from<C: SolCall>(&self, to: Address, call: C) -> C::Return {
        let node = self.chain.node();
        let (view, env) = node.at(BlockId::latest()).unwrap();
        let mut request = TransactionRequest::default().to(to);
        request.input = Bytes::from(call.abi_encode()).into();
        C::abi_decode_returns(&crate::chain::call(view, &env, &request).unwrap()).unwrap()
    }

    pub(crate) fn read<C: SolCall>(&self, call: C) -> C::Return {
        self.read_from(self.rollup, call)
    }

    pub(crate) fn balance(&self, account: Address) -> U256 {
        self.chain.node().latest().account(account).balance
    }

    /// An empty batch that would be accepted next.
    pub(crate) fn next_batch(&self) -> CommitData {
        self.roots.set(self.roots.get() + 1);
        CommitData {
            batch: self.read(Assay::progressCall {}).lastCommitted.to::<u64>() + 1,
            shape: SMALL.id,
            timestamp: u32::try_from(self.chain.node().next_env().timestamp).unwrap(),
            l1_operations: 0,
            commitment: root(200),
            new_root: root(self.roots.get()),
            fee_slots: Vec::new(),
            full_records: Vec::new(),
            transfers: Vec::new(),
        }
    }

    /// Commits as the operator and returns the header that the contract must have made.
    pub(crate) fn commit(&self, data: &CommitData) -> Result<BatchHeader, String> {
        let header = self.header(data);
        self.send(OPERATOR, &RollupCall::Commit(data.clone()))
            .map(|_| header)
    }

    /// The header of data that is committed next.
    pub(crate) fn header(&self, data: &CommitData) -> BatchHeader {
        let size = if data.shape == LARGE.id { LARGE } else { SMALL };
        let progress = self.read(Assay::progressCall {});
        let old_root = self.read(Assay::committedRootCall {}).0;
        data.header(size, old_root, self.domain, progress.queueCommitted)
            .unwrap()
    }

    /// Proves as some user.
    pub(crate) fn prove(&self, items: &[(BatchHeader, ProofWords)]) -> Result<Done, String> {
        self.send(USER, &RollupCall::Prove(items.to_vec()))
    }

    /// Commits and proves a batch with these withdrawals.
    pub(crate) fn batch_with(&self, withdrawals: &[Withdrawal]) -> (u64, BatchHeader) {
        let mut data = self.next_batch();
        data.full_records = withdrawals.iter().map(withdrawal_record).collect();
        let header = self.commit(&data).unwrap();
        self.prove(&[(header, toy(0).prove(&header))]).unwrap();
        (data.batch, header)
    }

    pub(crate) fn claim(
        &self,
        batch: u64,
        header: BatchHeader,
        withdrawals: &[Withdrawal],
        which: u16,
    ) -> Result<Done, String> {
        self.send(
            USER,
            &RollupCall::Claim {
                batch,
                header,
                withdrawals: withdrawals.to_vec(),
                which,
            },
        )
    }

    pub(crate) fn deposit_ether(&self, amount: u128) -> Result<Done, String> {
        self.send(
            USER,
            &RollupCall::DepositEther {
                amount,
                owner: owner(),
            },
        )
    }

    pub(crate) fn held(&self, token: u16) -> u128 {
        self.read(Assay::heldCall { token })
    }

    pub(crate) fn contract_address(&self) -> EthAddress {
        self.rollup.into()
    }
}
