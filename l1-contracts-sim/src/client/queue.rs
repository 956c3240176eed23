//! The contract's queue: its entries, and what one costs.

use alloy::{eips::BlockId, primitives::U256};

use super::{
    error::L1Error,
    event::{LoggedEvent, RollupEvent},
    rollup::RollupClient,
    types::{BlockInfo, QueueEntry},
};
use crate::{
    batch::{Word, next_link},
    contracts::Assay,
};

/// What an entry of the queue costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryFee {
    /// Goes to the settler of the batch that takes it, wei.
    pub base_wei: u128,
    /// Is burnt when it is taken, wei: it grows with the entries that wait.
    pub surcharge_wei: u128,
}

impl EntryFee {
    /// Both, wei.
    #[must_use]
    pub fn total_wei(&self) -> u128 {
        self.base_wei.saturating_add(self.surcharge_wei)
    }
}

impl RollupClient {
    /// Entries `from..to` of the queue, found in blocks from `from_block` on and checked against
    /// the contract's hash chain.
    ///
    /// # Errors
    /// [`L1Error::Answer`] where the events do not make up the queue.
    pub async fn queue_entries(
        &self,
        from: u64,
        to: u64,
        from_block: u64,
    ) -> Result<Vec<QueueEntry>, L1Error> {
        const CALL: &str = "queue_entries";
        let latest = self.latest_block().await?;
        let mut entries = Vec::new();
        for logged in self.events(from_block, latest.number).await? {
            let entry = QueueEntry::logged(&logged);
            entries.extend(entry.filter(|entry| (from..to).contains(&entry.index)));
        }
        let at = BlockId::hash_canonical(latest.hash.into());
        let begin = self.queue_link_at(from, at).await?;
        let end = self.queue_link_at(to, at).await?;
        let linked = entries.iter().fold(begin, |link, entry| {
            next_link(&link, &entry.words, &entry.tail)
        });
        if !entries.iter().map(|e| e.index).eq(from..to) || linked != end {
            let source = format!(
                "the entries in blocks {from_block} to {} are not entries {from} to {to}",
                latest.number
            );
            return Err(L1Error::Answer {
                call: CALL,
                source: source.into(),
            });
        }
        Ok(entries)
    }

    /// The link of the queue's hash chain after so many entries.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn queue_link(&self, entries: u64) -> Result<Word, L1Error> {
        self.queue_link_at(entries, BlockId::latest()).await
    }

    /// The same, as it stood after a block.
    ///
    /// # Errors
    /// As [`RollupClient::status_at`].
    pub async fn queue_link_after(&self, entries: u64, at: &BlockInfo) -> Result<Word, L1Error> {
        let at = BlockId::hash_canonical(at.hash.into());
        self.queue_link_at(entries, at).await
    }

    async fn queue_link_at(&self, entries: u64, at: BlockId) -> Result<Word, L1Error> {
        let link = self.read(Assay::queueLinkCall { entries }, at).await?;
        Ok(link.to_be_bytes())
    }

    /// From when an entry of the queue must be taken, Unix seconds.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn queue_due(&self, index: u64) -> Result<u32, L1Error> {
        self.read(Assay::queueDueCall { index }, BlockId::latest())
            .await
    }

    /// What an entry costs in a block with this base fee.
    ///
    /// # Errors
    /// Where the L1 does not answer, or with a fee that nobody can pay.
    pub async fn entry_fee(&self, base_fee_wei: u128) -> Result<EntryFee, L1Error> {
        const CALL: &str = "inclusionFee";
        let call = Assay::inclusionFeeCall {
            baseFeeWei: U256::from(base_fee_wei),
        };
        let fee = self.read(call, BlockId::latest()).await?;
        let wei = |fee: U256| {
            u128::try_from(fee).map_err(|_| L1Error::Answer {
                call: CALL,
                source: "the fee is 2^128 wei or more".into(),
            })
        };
        Ok(EntryFee {
            base_wei: wei(fee.baseWei)?,
            surcharge_wei: wei(fee.surchargeWei)?,
        })
    }

    /// What to send for an entry so that it is enough in one of the next blocks, wei: the base fee
    /// may rise by an eighth with each. What is too much becomes a credit.
    ///
    /// # Errors
    /// As [`RollupClient::entry_fee`].
    pub async fn entry_fee_soon(&self) -> Result<u128, L1Error> {
        let base_fee_wei = self.latest_block().await?.base_fee_wei;
        let soon_wei = base_fee_wei.saturating_add(base_fee_wei / 2);
        Ok(self.entry_fee(soon_wei).await?.total_wei())
    }

    /// What the contract owes an L1 account besides claims, wei.
    ///
    /// # Errors
    /// Where the L1 does not answer, or with a sum of 2^128 wei or more.
    pub async fn credit(&self, account: crate::address::EthAddress) -> Result<u128, L1Error> {
        const CALL: &str = "credits";
        let account = account.into();
        let credit = self.read(Assay::creditsCall { account }, BlockId::latest());
        u128::try_from(credit.await?).map_err(|_| L1Error::Answer {
            call: CALL,
            source: "the credit is 2^128 wei or more".into(),
        })
    }
}

impl QueueEntry {
    /// The entry that an event tells of, if it does.
    #[must_use]
    pub fn logged(logged: &LoggedEvent) -> Option<Self> {
        let RollupEvent::Queued {
            index,
            due,
            words,
            tail,
        } = &logged.event
        else {
            return None;
        };
        Some(Self {
            index: *index,
            words: *words,
            tail: *tail,
            due: *due,
            block_number: logged.block_number,
            block_hash: logged.block_hash,
            transaction: logged.transaction,
        })
    }
}
