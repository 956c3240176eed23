//! Blocks and what is kept of their transactions.

use alloy::{
    consensus::{
        EMPTY_OMMER_ROOT_HASH, Eip658Value, Header, Receipt, ReceiptEnvelope, ReceiptWithBloom,
        Transaction as _, TxReceipt as _, proofs,
    },
    eips::eip7685::EMPTY_REQUESTS_HASH,
    primitives::{Address, B256, Bloom, Log, U256},
    rpc::types::{
        Block as RpcBlock, BlockTransactions, Filter, Header as RpcHeader, Log as RpcLog,
        Transaction as RpcTransaction, TransactionReceipt as RpcReceipt, Withdrawals,
    },
};
use revm::context_interface::result::ExecutionResult;

use super::{execute::Env, pool::SignedTransaction};

/// A transaction of a block and how it ended.
#[derive(Debug, Clone)]
pub(crate) struct Mined {
    pub(crate) transaction: SignedTransaction,
    pub(crate) receipt: ReceiptEnvelope,
    pub(crate) gas_used: u64,
    pub(crate) created: Option<Address>,
}

/// A block.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) header: Header,
    pub(crate) hash: B256,
    pub(crate) mined: Vec<Mined>,
    /// How many layers of the world there are after it.
    pub(crate) layers: u64,
}

/// What a block needs in memory beside its transactions, about.
const BLOCK_BYTES: usize = 1024;
/// What a transaction or a log needs beside its data, about.
const PART_BYTES: usize = 512;

impl Mined {
    pub(crate) fn new(
        transaction: SignedTransaction,
        result: ExecutionResult,
        gas_before: u64,
    ) -> Self {
        let gas_used = result.tx_gas_used();
        let created = match &result {
            ExecutionResult::Success { output, .. } => output.address().copied(),
            _ => None,
        };
        let receipt = Receipt {
            status: Eip658Value::Eip658(result.is_success()),
            cumulative_gas_used: gas_before + gas_used,
            logs: result.into_logs(),
        };
        let receipt =
            ReceiptEnvelope::from_typed(transaction.tx_type(), ReceiptWithBloom::from(receipt));
        Self {
            transaction,
            receipt,
            gas_used,
            created,
        }
    }
}

impl Block {
    /// Puts a block together. State roots are not computed: the simulator keeps no trie.
    pub(crate) fn seal(parent: B256, env: &Env, mined: Vec<Mined>) -> Self {
        let transactions: Vec<_> = mined.iter().map(|m| m.transaction.inner()).collect();
        let receipts: Vec<_> = mined.iter().map(|m| &m.receipt).collect();
        let logs_bloom = receipts
            .iter()
            .fold(Bloom::default(), |bloom, r| bloom | r.bloom());
        let header = Header {
            parent_hash: parent,
            ommers_hash: EMPTY_OMMER_ROOT_HASH,
            beneficiary: env.beneficiary,
            transactions_root: proofs::calculate_transaction_root(&transactions),
            receipts_root: proofs::calculate_receipt_root(&receipts),
            logs_bloom,
            number: env.number,
            gas_limit: env.gas_limit,
            gas_used: mined.iter().map(|m| m.gas_used).sum(),
            timestamp: env.timestamp,
            mix_hash: env.randomness,
            base_fee_per_gas: Some(env.base_fee),
            withdrawals_root: Some(proofs::calculate_withdrawals_root(&[])),
            blob_gas_used: Some(0),
            excess_blob_gas: Some(0),
            parent_beacon_block_root: Some(B256::ZERO),
            requests_hash: Some(EMPTY_REQUESTS_HASH),
            ..Header::default()
        };
        let hash = header.hash_slow();
        Self {
            header,
            hash,
            mined,
            layers: 0,
        }
    }

    /// What it needs in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        let of = |mined: &Mined| {
            let logs = mined.receipt.logs().iter();
            let logs: usize = logs.map(|log| PART_BYTES + log.data.data.len()).sum();
            PART_BYTES + mined.transaction.input().len() + logs
        };
        BLOCK_BYTES + self.mined.iter().map(of).sum::<usize>()
    }

    pub(crate) fn base_fee(&self) -> u64 {
        self.header.base_fee_per_gas.unwrap_or_default()
    }

    /// The tips at percentiles of the gas used, wei per gas.
    pub(crate) fn tips(&self, percentiles: &[f64]) -> Vec<u128> {
        let tip = |m: &Mined| m.transaction.effective_tip_per_gas(self.base_fee());
        let paid = self.mined.iter().map(|m| (tip(m).unwrap_or(0), m.gas_used));
        let mut paid: Vec<_> = paid.collect();
        paid.sort_unstable();
        let at = |percentile: &f64| {
            let wanted = self.header.gas_used as f64 * percentile / 100.0;
            let mut gas = 0;
            let reached = paid.iter().find(|(_, used)| {
                gas += used;
                gas as f64 >= wanted
            });
            reached.or(paid.last()).map_or(0, |(tip, _)| *tip)
        };
        percentiles.iter().map(at).collect()
    }

    /// As `eth_getBlockBy…` answers.
    pub(crate) fn to_rpc(&self, full: bool) -> RpcBlock {
        let transactions = if full {
            BlockTransactions::Full((0..self.mined.len()).map(|i| self.transaction(i)).collect())
        } else {
            BlockTransactions::Hashes(
                self.mined
                    .iter()
                    .map(|m| *m.transaction.tx_hash())
                    .collect(),
            )
        };
        RpcBlock {
            header: RpcHeader {
                hash: self.hash,
                inner: self.header.clone(),
                total_difficulty: Some(U256::ZERO),
                size: Some(U256::from(self.header.size())),
            },
            uncles: Vec::new(),
            transactions,
            withdrawals: Some(Withdrawals::default()),
        }
    }

    /// Transaction `index`, as `eth_getTransactionByHash` answers.
    pub(crate) fn transaction(&self, index: usize) -> RpcTransaction {
        let transaction = self.mined[index].transaction.clone();
        RpcTransaction {
            effective_gas_price: Some(transaction.effective_gas_price(Some(self.base_fee()))),
            inner: transaction,
            block_hash: Some(self.hash),
            block_number: Some(self.header.number),
            transaction_index: Some(index as u64),
            block_timestamp: Some(self.header.timestamp),
        }
    }

    /// The receipt of transaction `index`, as `eth_getTransactionReceipt` answers.
    pub(crate) fn receipt(&self, index: usize) -> RpcReceipt {
        let mined = &self.mined[index];
        let first_log: u64 = self.mined[..index]
            .iter()
            .map(|m| m.receipt.logs().len() as u64)
            .sum();
        let logs = mined.receipt.logs().iter().zip(first_log..);
        let receipt = Receipt {
            status: mined.receipt.status_or_post_state(),
            cumulative_gas_used: mined.receipt.cumulative_gas_used(),
            logs: logs.map(|(log, at)| self.log(index, log, at)).collect(),
        };
        let bloom = mined.receipt.bloom();
        RpcReceipt {
            inner: ReceiptEnvelope::from_typed(
                mined.transaction.tx_type(),
                ReceiptWithBloom {
                    receipt,
                    logs_bloom: bloom,
                },
            ),
            transaction_hash: *mined.transaction.tx_hash(),
            transaction_index: Some(index as u64),
            block_hash: Some(self.hash),
            block_number: Some(self.header.number),
            gas_used: mined.gas_used,
            effective_gas_price: mined.transaction.effective_gas_price(Some(self.base_fee())),
            blob_gas_used: None,
            blob_gas_price: None,
            from: mined.transaction.signer(),
            to: mined.transaction.to(),
            contract_address: mined.created,
        }
    }

    /// The logs that a filter asks for, whatever block it asks for.
    pub(crate) fn logs(&self, filter: &Filter) -> Vec<RpcLog> {
        if !filter.matches_bloom(self.header.logs_bloom) {
            return Vec::new();
        }
        let all = self.mined.iter().enumerate();
        let all = all.flat_map(|(index, m)| m.receipt.logs().iter().map(move |log| (index, log)));
        let wanted = all.zip(0..).filter(|((_, log), _)| filter.matches(log));
        wanted
            .map(|((index, log), at)| self.log(index, log, at))
            .collect()
    }

    fn log(&self, transaction: usize, log: &Log, at: u64) -> RpcLog {
        RpcLog {
            inner: log.clone(),
            block_hash: Some(self.hash),
            block_number: Some(self.header.number),
            block_timestamp: Some(self.header.timestamp),
            transaction_hash: Some(*self.mined[transaction].transaction.tx_hash()),
            transaction_index: Some(transaction as u64),
            log_index: Some(at),
            removed: false,
        }
    }
}
