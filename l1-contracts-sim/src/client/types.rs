//! What the L1 tells about the rollup.

use alloy::primitives::Address;

use crate::{
    address::EthAddress,
    batch::{FULL_RECORD_WORDS, ShapeSize, Word},
    contracts::Assay,
};

/// The numbers that the constructor fixes. Times are in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RollupParameters {
    /// What a prover of full speed needs for one batch of the slowest shape.
    pub proving_s: u32,
    /// What it takes to restore the state from the L1 and prove once.
    pub restore_s: u32,
    /// A batch's timestamp is at most so far behind its block's.
    pub max_lag_s: u32,
    /// So long may the head of the queue wait before others than the operator may submit.
    pub silence_s: u32,
    /// So long others may go on once one of them did.
    pub rescue_window_s: u32,
    /// From queueing to the time from which an entry must be taken.
    pub queue_delay_s: u32,
    /// Between such times of one entry and the next, at least.
    pub queue_gap_s: u32,
    /// So long overdue the head of the queue may be before anybody may freeze.
    pub freeze_after_s: u32,
    /// From announcing a shape, or closing, to its effect.
    pub upgrade_delay_s: u32,
    /// Gas that an entry of the queue pays for.
    pub inclusion_gas: u32,
    /// So many entries waiting double the price of an entry.
    pub inclusion_step: u32,
}

impl RollupParameters {
    /// Numbers that keep the rules of `docs/spec/contracts.md` for shapes that hold at least
    /// `full_records` full records, with a batch proved in half a minute.
    #[must_use]
    pub fn for_shapes(full_records: u16) -> Self {
        const DAY_S: u32 = 24 * 3600;
        const PROVING_S: u32 = 30;
        const BATCH_GAS: u32 = 327_000;
        const ENTRY_GAS: u32 = 8_000;
        let records = u32::from(full_records.max(1));
        Self {
            proving_s: PROVING_S,
            restore_s: DAY_S / 4,
            max_lag_s: DAY_S / 24,
            silence_s: DAY_S,
            rescue_window_s: DAY_S / 2,
            queue_delay_s: 3 * DAY_S,
            queue_gap_s: (2 * PROVING_S).div_ceil(records),
            freeze_after_s: 4 * DAY_S,
            upgrade_delay_s: 37 * DAY_S,
            inclusion_gas: BATCH_GAS.div_ceil(records) + ENTRY_GAS,
            inclusion_step: 1_000,
        }
    }
}

impl From<Assay::Config> for RollupParameters {
    fn from(config: Assay::Config) -> Self {
        Self {
            proving_s: config.provingS,
            restore_s: config.restoreS,
            max_lag_s: config.maxLagS,
            silence_s: config.silenceS,
            rescue_window_s: config.rescueWindowS,
            queue_delay_s: config.queueDelayS,
            queue_gap_s: config.queueGapS,
            freeze_after_s: config.freezeAfterS,
            upgrade_delay_s: config.upgradeDelayS,
            inclusion_gas: config.inclusionGas,
            inclusion_step: config.inclusionStep,
        }
    }
}

/// What the constructor fixed, and the operator of now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollupInfo {
    /// Who submits.
    pub operator: EthAddress,
    /// Who may add shapes after a delay and retire them.
    pub governor: Option<EthAddress>,
    /// Who may freeze.
    pub guardian: Option<EthAddress>,
    /// Makes verifiers from the words of a key.
    pub verifier_factory: EthAddress,
    /// The statement's domain.
    pub domain: Word,
    /// The numbers.
    pub parameters: RollupParameters,
}

/// Where the rollup stands, of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollupStatus {
    /// Number of the last batch, 0 before the first.
    pub last_proved: u64,
    /// Its timestamp: the next batch's must not be earlier.
    pub last_timestamp: u32,
    /// Unix time of the last proof (or of deployment).
    pub last_proved_at: u32,
    /// Accounts given out, the reserved one included.
    pub accounts: u32,
    /// The root after the last batch.
    pub proved_root: Word,
    /// The hash of its header and of all before it.
    pub last_batch_hash: Word,
    /// Queue entries consumed by batches.
    pub queue_consumed: u64,
    /// Queue entries in all.
    pub queue_length: u64,
    /// From when the first entry that no batch took must be taken, Unix time; 0 where none waits.
    pub head_due: u32,
    /// Until when anybody may submit, Unix time.
    pub open_until: u32,
    /// Whether the rollup is frozen for good.
    pub frozen: bool,
    /// From when anybody may freeze because closing was announced, Unix time; 0 for never.
    pub closing_at: u64,
    /// Registered ERC-20s.
    pub tokens: u16,
    /// Who submits.
    pub operator: EthAddress,
}

impl RollupStatus {
    /// Whether the contract would take batches of an account in a block of this time: of the
    /// operator always, of others once the head of the queue has waited in silence, and for a while
    /// after one of them came.
    #[must_use]
    pub fn takes_batches_of(
        &self,
        account: EthAddress,
        parameters: &RollupParameters,
        time_s: u64,
    ) -> bool {
        let RollupParameters {
            silence_s,
            queue_delay_s,
            ..
        } = *parameters;
        let silence_since = |since: u64| time_s > since.saturating_add(silence_s.into());
        let queued_at = u64::from(self.head_due).saturating_sub(queue_delay_s.into());
        let is_silent = self.queue_consumed < self.queue_length
            && silence_since(queued_at)
            && silence_since(self.last_proved_at.into());
        account == self.operator || time_s <= self.open_until.into() || is_silent
    }
}

impl From<Assay::Status> for RollupStatus {
    fn from(status: Assay::Status) -> Self {
        Self {
            last_proved: status.lastProved,
            last_timestamp: status.lastTimestamp,
            last_proved_at: status.lastProvedAt,
            accounts: status.accounts,
            proved_root: status.provedRoot.0,
            last_batch_hash: status.lastBatchHash.0,
            queue_consumed: status.queueConsumed,
            queue_length: status.queueLength,
            head_due: status.headDue,
            open_until: status.openUntil,
            frozen: status.frozen,
            closing_at: status.closingAt,
            tokens: status.tokens,
            operator: status.operator.into(),
        }
    }
}

/// A shape that the contract knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShapeInfo {
    /// Its size.
    pub size: ShapeSize,
    /// Its verifier contract.
    pub verifier: EthAddress,
    /// What kind of verifier that is.
    pub verifier_type: u8,
    /// Whether no batch of it is taken any more.
    pub retired: bool,
}

/// A registered token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    /// Its number on the rollup; 0 is ether.
    pub number: u16,
    /// Its contract, zero for ether.
    pub address: EthAddress,
    /// What the token calls itself: printable text of at most 32 bytes, or unknown.
    pub symbol: Option<String>,
    /// Decimal places, at most 77, or unknown: then nobody can say what one of it is.
    pub decimals: Option<u8>,
}

impl TokenInfo {
    /// The L1's own coin.
    #[must_use]
    pub fn ether() -> Self {
        Self {
            number: 0,
            address: EthAddress::default(),
            symbol: Some("ETH".to_owned()),
            decimals: Some(18),
        }
    }
}

/// A block of the layer 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockInfo {
    /// Height.
    pub number: u64,
    /// Hash.
    pub hash: Word,
    /// Hash of the block before.
    pub parent_hash: Word,
    /// Unix time, seconds.
    pub timestamp: u64,
    /// Wei per gas.
    pub base_fee_wei: u128,
}

/// How a transaction ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionReceipt {
    /// Hash.
    pub hash: Word,
    /// Its block.
    pub block_number: u64,
    /// The hash of its block; compare it later to see whether a reorg removed it.
    pub block_hash: Word,
    /// Gas used.
    pub gas_used: u64,
    /// Wei per gas that was paid.
    pub gas_price_wei: u128,
    /// Whether it took effect.
    pub succeeded: bool,
    /// The contract that it created.
    pub created: Option<EthAddress>,
}

/// An entry of the L1 queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueEntry {
    /// Its place in the queue, the first is 0.
    pub index: u64,
    /// Its words: a record without its outcome.
    pub words: [Word; FULL_RECORD_WORDS],
    /// What it paid, and who gets back what is not used.
    pub tail: Word,
    /// From when it must be taken, Unix time.
    pub due: u32,
    /// The block that holds it.
    pub block_number: u64,
    /// That block's hash.
    pub block_hash: Word,
    /// The transaction.
    pub transaction: Word,
}

/// An address that is not 0.
pub(super) fn nonzero(address: Address) -> Option<EthAddress> {
    (address != Address::ZERO).then(|| address.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the words of `docs/spec/contracts.md`.
    #[test]
    fn strangers_may_submit_after_silence_and_while_they_have_begun() {
        let parameters = RollupParameters {
            silence_s: 100,
            queue_delay_s: 1_000,
            ..RollupParameters::for_shapes(1)
        };
        let [operator, stranger] = [1, 2].map(|byte| EthAddress([byte; 20]));
        // An entry queued at 5000, and a batch at 5050.
        let waiting = RollupStatus {
            last_proved: 3,
            last_timestamp: 0,
            last_proved_at: 5_050,
            accounts: 1,
            proved_root: [0; 32],
            last_batch_hash: [0; 32],
            queue_consumed: 7,
            queue_length: 8,
            head_due: 6_000,
            open_until: 0,
            frozen: false,
            closing_at: 0,
            tokens: 0,
            operator,
        };
        let takes = |status: &RollupStatus, account, time_s| {
            status.takes_batches_of(account, &parameters, time_s)
        };
        assert!(takes(&waiting, operator, 0));
        assert!(!takes(&waiting, stranger, 5_150));
        assert!(takes(&waiting, stranger, 5_151));
        let empty = RollupStatus {
            queue_length: 7,
            ..waiting.clone()
        };
        assert!(!takes(&empty, stranger, 1_000_000));
        let open = RollupStatus {
            open_until: 5_100,
            ..empty
        };
        assert!(takes(&open, stranger, 5_100) && !takes(&open, stranger, 5_101));
    }
}
