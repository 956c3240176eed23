//! A typed client of the rollup contract on any layer 1, by JSON-RPC.

use std::time::Duration;

use alloy::{
    consensus::Transaction as _,
    eips::BlockId,
    primitives::{Address, TxKind},
};

use crate::{
    address::EthAddress,
    batch::{CommitData, ShapeSize, Word, decode_commit, queue_link},
    contracts::Assay,
};

mod call;
mod deploy;
mod endpoint;
mod error;
mod event;
mod logs;
mod tokens;
mod types;
mod wire;

pub use call::{RollupCall, SendOptions, SentTransaction};
pub use deploy::{
    DeployConfig, DeployShape, Deployment, deploy, deploy_test_token, mint_test_token,
};
pub use error::{Cause, ContractRevert, L1Error};
pub use event::{LoggedEvent, RollupEvent};
pub use logs::{EventScan, ScannedEvents};
pub use types::{
    BlockInfo, QueueEntry, RollupInfo, RollupStatus, ShapeInfo, TokenInfo, TransactionReceipt,
};
pub use wire::L1Signer;

#[cfg(test)]
pub(crate) use deploy::verifier_arguments;
use wire::Wire;

/// A client of one rollup contract. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RollupClient {
    wire: Wire,
    contract: EthAddress,
}

impl RollupClient {
    /// Connects, and checks that the contract is there.
    ///
    /// # Errors
    /// [`L1Error::Url`], [`L1Error::Transport`], [`L1Error::NoContract`].
    pub async fn connect(
        url: &str,
        contract: EthAddress,
        signer: Option<L1Signer>,
    ) -> Result<Self, L1Error> {
        let client = Self {
            wire: Wire::connect(url, signer).await?,
            contract,
        };
        match client.read(Assay::domainCall {}, BlockId::latest()).await {
            Ok(_) => Ok(client),
            Err(error @ L1Error::Transport { .. }) => Err(error),
            Err(_) => Err(L1Error::NoContract(contract)),
        }
    }

    /// The contract's address.
    #[must_use]
    pub fn contract(&self) -> EthAddress {
        self.contract
    }

    /// The account that signs.
    #[must_use]
    pub fn account(&self) -> Option<EthAddress> {
        self.wire.signer.as_ref().map(L1Signer::address)
    }

    /// EIP-155 chain id, as the L1 told when the client connected.
    #[must_use]
    pub fn chain_id(&self) -> u64 {
        self.wire.chain_id
    }

    /// What the constructor fixed.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn info(&self) -> Result<RollupInfo, L1Error> {
        let at = BlockId::latest();
        Ok(RollupInfo {
            operator: self.read(Assay::operatorCall {}, at).await?.into(),
            governor: self.read(Assay::governorCall {}, at).await?.into(),
            domain: self.read(Assay::domainCall {}, at).await?.0,
            genesis_root: self.read(Assay::genesisRootCall {}, at).await?.0,
            operator_idle_s: self.read(Assay::operatorIdleSCall {}, at).await?,
            prove_deadline_s: self.read(Assay::proveDeadlineSCall {}, at).await?,
            verifier_delay_s: self.read(Assay::verifierDelaySCall {}, at).await?,
        })
    }

    /// Where the rollup stands after the latest block.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn status(&self) -> Result<RollupStatus, L1Error> {
        self.status_at(self.block_number().await?).await
    }

    /// Where the rollup stood after the block of a height.
    ///
    /// # Errors
    /// Where the L1 does not answer, or has no state of that block any more.
    pub async fn status_at(&self, block_number: u64) -> Result<RollupStatus, L1Error> {
        let at = BlockId::number(block_number);
        let (progress, counts, committed_root, proved_root) = tokio::try_join!(
            self.read(Assay::progressCall {}, at),
            self.read(Assay::countsCall {}, at),
            self.read(Assay::committedRootCall {}, at),
            self.read(Assay::provedRootCall {}, at),
        )?;
        Ok(RollupStatus {
            block_number,
            last_committed: progress.lastCommitted.to(),
            last_proved: progress.lastProved.to(),
            committed_root: committed_root.0,
            proved_root: proved_root.0,
            last_timestamp: progress.lastTimestamp,
            last_proved_at: progress.lastProvedAt,
            pending_since: progress.pendingSince,
            queue_committed: progress.queueCommitted,
            queue_length: counts.queueLength,
            tokens: counts.tokens,
        })
    }

    /// A shape, if the contract has it.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn shape(&self, id: u8) -> Result<Option<ShapeInfo>, L1Error> {
        let shape = self
            .read(Assay::shapesCall { shapeId: id }, BlockId::latest())
            .await?;
        let size = ShapeSize {
            id,
            transfers: shape.transfers,
            full_records: shape.fullRecords,
            fee_slots: shape.feeSlots,
        };
        Ok((shape.verifier != Address::ZERO).then(|| ShapeInfo {
            size,
            verifier: shape.verifier.into(),
        }))
    }

    /// Whether a withdrawal was paid.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn is_claimed(&self, batch: u64, which: u16) -> Result<bool, L1Error> {
        self.read(Assay::isClaimedCall { batch, which }, BlockId::latest())
            .await
    }

    /// Events of `from_block..=to_block`, in order. Compare block hashes afterwards: a reorg
    /// may have happened meanwhile.
    ///
    /// # Errors
    /// As [`EventScan::next`].
    pub async fn events(
        &self,
        from_block: u64,
        to_block: u64,
    ) -> Result<Vec<LoggedEvent>, L1Error> {
        let mut scan = self.scan_events(from_block, to_block);
        let mut events = Vec::new();
        while let Some(scanned) = scan.next().await? {
            events.extend(scanned.events);
        }
        Ok(events)
    }

    /// As [`RollupClient::events`], piece by piece.
    #[must_use]
    pub fn scan_events(&self, from_block: u64, to_block: u64) -> EventScan<'_> {
        EventScan::new(self, from_block, to_block)
    }

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
        let latest = self.block_number().await?;
        let mut entries = Vec::new();
        for logged in self.events(from_block, latest).await? {
            let RollupEvent::Deposited {
                queue_index: index,
                token,
                amount,
                owner,
            } = logged.event
            else {
                continue;
            };
            if (from..to).contains(&index) {
                let LoggedEvent {
                    block_number,
                    block_hash,
                    transaction,
                    ..
                } = logged;
                entries.push(QueueEntry {
                    index,
                    token,
                    amount,
                    owner,
                    block_number,
                    block_hash,
                    transaction,
                });
            }
        }
        let begin = self
            .read(
                Assay::queueHashCall { entries: from },
                BlockId::number(latest),
            )
            .await?;
        let end = self
            .read(
                Assay::queueHashCall { entries: to },
                BlockId::number(latest),
            )
            .await?;
        let linked = entries.iter().fold(begin, |hash, e| {
            queue_link(hash, e.token, e.amount, &e.owner)
        });
        if !entries.iter().map(|e| e.index).eq(from..to) || linked != end {
            let source = format!(
                "the deposits in blocks {from_block} to {latest} are not entries {from} to {to}"
            );
            return Err(L1Error::Answer {
                call: CALL,
                source: source.into(),
            });
        }
        Ok(entries)
    }

    /// Height of the latest block.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn block_number(&self) -> Result<u64, L1Error> {
        let number = self.wire.endpoint.block_number().await;
        number.map_err(|e| L1Error::from_rpc("eth_blockNumber", e))
    }

    /// A block, if the L1 has it.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn block(&self, number: u64) -> Result<Option<BlockInfo>, L1Error> {
        let block = self.wire.endpoint.block(BlockId::number(number)).await;
        let block = block.map_err(|e| L1Error::from_rpc("eth_getBlockByNumber", e))?;
        Ok(block.map(|block| BlockInfo {
            number: block.header.number,
            hash: block.header.hash.0,
            parent_hash: block.header.parent_hash.0,
            timestamp: block.header.timestamp,
            base_fee_wei: block.header.base_fee_per_gas.unwrap_or_default().into(),
        }))
    }

    /// The data of a batch from the transaction that committed it.
    ///
    /// # Errors
    /// [`L1Error::Answer`] where that is not a transaction with `commit` to this contract.
    pub async fn commit_data(&self, transaction: Word) -> Result<CommitData, L1Error> {
        const CALL: &str = "eth_getTransactionByHash";
        let wrong = |source: Cause| L1Error::Answer { call: CALL, source };
        let found = self.wire.endpoint.transaction(transaction.into()).await;
        let found = found.map_err(|e| L1Error::from_rpc(CALL, e))?;
        let found = found.ok_or_else(|| wrong("there is no such transaction".into()))?;
        if found.to() != Some(self.contract.into()) {
            return Err(wrong(
                "the transaction does not go to the rollup contract".into(),
            ));
        }
        decode_commit(found.input()).map_err(|error| wrong(error.into()))
    }

    /// The account's next nonce, counting what waits.
    ///
    /// # Errors
    /// [`L1Error::NoSigner`], or where the L1 does not answer.
    pub async fn next_nonce(&self) -> Result<u64, L1Error> {
        const CALL: &str = "eth_getTransactionCount";
        let account = self.account().ok_or(L1Error::NoSigner(CALL))?;
        let count = self.wire.endpoint.pending_nonce(account.into()).await;
        count.map_err(|e| L1Error::from_rpc(CALL, e))
    }

    /// Sends a call and returns at once. Unless a gas limit is given, the call is tried on the
    /// L1 first, so that a refusal is [`L1Error::Reverted`] and costs nothing. Give a gas limit
    /// to send a call that builds on one that still waits.
    ///
    /// # Errors
    /// [`L1Error::Reverted`], [`L1Error::Refused`], [`L1Error::NoSigner`], [`L1Error::Transport`].
    pub async fn send(
        &self,
        call: &RollupCall,
        options: SendOptions,
    ) -> Result<SentTransaction, L1Error> {
        let (to, value, data) = call.encode(self.contract);
        self.wire
            .send(call.name(), TxKind::Call(to), value, data, options)
            .await
    }

    /// Sends again with the same nonce and fees at least an eighth higher, or the L1's own where
    /// those are higher: replaces a transaction that is stuck.
    ///
    /// # Errors
    /// As [`RollupClient::send`]; [`L1Error::Refused`] with "nonce too low" where the
    /// transaction was mined meanwhile.
    pub async fn resend(
        &self,
        call: &RollupCall,
        stuck: &SentTransaction,
    ) -> Result<SentTransaction, L1Error> {
        let higher = |wei: u128| wei.saturating_add(wei / 8).saturating_add(1);
        let now = self.wire.fees(call.name(), SendOptions::default()).await?;
        let options = SendOptions {
            nonce: Some(stuck.nonce),
            max_fee_wei: Some(higher(stuck.max_fee_wei).max(now.0)),
            max_priority_fee_wei: Some(higher(stuck.max_priority_fee_wei).max(now.1)),
            gas_limit: Some(stuck.gas_limit),
        };
        self.send(call, options).await
    }

    /// The receipt, if the transaction is mined.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn receipt(&self, hash: Word) -> Result<Option<TransactionReceipt>, L1Error> {
        self.wire.receipt(hash).await
    }

    /// Waits until the transaction is mined.
    ///
    /// # Errors
    /// [`L1Error::Timeout`], or where the L1 does not answer.
    pub async fn wait(&self, hash: Word, timeout: Duration) -> Result<TransactionReceipt, L1Error> {
        self.wire.wait(hash, timeout).await
    }

    /// Sends, waits, and makes a mined failure an error.
    ///
    /// # Errors
    /// As [`RollupClient::send`] and [`RollupClient::wait`].
    pub async fn execute(
        &self,
        call: &RollupCall,
        timeout: Duration,
    ) -> Result<TransactionReceipt, L1Error> {
        let sent = self.send(call, SendOptions::default()).await?;
        self.wire.settle(call.name(), sent.hash, timeout).await
    }

    /// Why a mined transaction failed: it is run again on the block before its own. `None` where
    /// it did not fail, or does not fail there.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn revert_reason(&self, hash: Word) -> Result<Option<ContractRevert>, L1Error> {
        self.wire.revert_reason(hash).await
    }

    async fn read<C: alloy::sol_types::SolCall>(
        &self,
        call: C,
        block: BlockId,
    ) -> Result<C::Return, L1Error> {
        self.wire.read(self.contract.into(), call, block).await
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
