//! A rollup contract on some layer 1, and what is asked of it.

use std::time::Duration;

use alloy::{
    consensus::Transaction as _,
    eips::BlockId,
    primitives::{Address, U256},
};

use super::{
    error::{Cause, ContractRevert, L1Error},
    options::L1Endpoint,
    types::{BlockInfo, RollupInfo, RollupStatus, ShapeInfo, TransactionReceipt, nonzero},
    wire::{L1Signer, Wire, no_latest_block},
};
use crate::{
    address::EthAddress,
    batch::{BatchData, ProofWords, ShapeSize, Word, decode_submit},
    contracts::Assay,
};

const BLOCK_CALL: &str = "eth_getBlockByNumber";

/// A client of one rollup contract. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RollupClient {
    pub(super) wire: Wire,
    pub(super) contract: EthAddress,
}

impl RollupClient {
    /// Connects, and checks that the contract is there.
    ///
    /// # Errors
    /// [`L1Error::Url`], [`L1Error::NoContract`], or where the L1 does not answer.
    pub async fn connect(
        endpoint: impl Into<L1Endpoint>,
        contract: EthAddress,
        signer: Option<L1Signer>,
    ) -> Result<Self, L1Error> {
        let client = Self {
            wire: Wire::connect(endpoint.into(), signer).await?,
            contract,
        };
        match client.read(Assay::domainCall {}, BlockId::latest()).await {
            Ok(_) => Ok(client),
            // A contract that does not know the call reverts.
            Err(L1Error::NoCode { .. } | L1Error::Reverted { .. }) => {
                Err(L1Error::NoContract(contract))
            }
            Err(error) => Err(error),
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

    /// What the constructor fixed, and the operator of now.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn info(&self) -> Result<RollupInfo, L1Error> {
        let at = BlockId::latest();
        let config = self.read(Assay::configCall {}, at).await?;
        Ok(RollupInfo {
            operator: config.operator.into(),
            governor: nonzero(config.governor),
            guardian: nonzero(config.guardian),
            verifier_factory: config.verifierFactory.into(),
            domain: self.read(Assay::domainCall {}, at).await?.0,
            parameters: config.into(),
        })
    }

    /// Where the rollup stands after the latest block.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn status(&self) -> Result<RollupStatus, L1Error> {
        let status = self.read(Assay::statusCall {}, BlockId::latest()).await?;
        Ok(status.into())
    }

    /// Where the rollup stood after a block, which is named by its hash: no reorganisation comes in
    /// between.
    ///
    /// # Errors
    /// [`L1Error::NoCode`] where the contract was not there yet, or where the L1 does not answer, as
    /// when it has no state of that block any more.
    pub async fn status_at(&self, block: &BlockInfo) -> Result<RollupStatus, L1Error> {
        let at = BlockId::hash_canonical(block.hash.into());
        Ok(self.read(Assay::statusCall {}, at).await?.into())
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
            verifier_type: shape.verifierType,
            retired: shape.retired,
        }))
    }

    /// The contract that verifies escapes and redirects.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn escape_verifier(&self) -> Result<EthAddress, L1Error> {
        let at = BlockId::latest();
        Ok(self.read(Assay::escapeVerifierCall {}, at).await?.into())
    }

    /// Who was named to become the operator; nobody where nobody is.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn proposed_operator(&self) -> Result<Option<EthAddress>, L1Error> {
        let at = BlockId::latest();
        let named = self.read(Assay::proposedOperatorCall {}, at).await?;
        Ok((!named.is_zero()).then(|| named.into()))
    }

    /// What the contract keeps of a batch: the hash of its header and of all before it.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn batch_hash(&self, batch: u64) -> Result<Word, L1Error> {
        self.read_batch_hash(batch, BlockId::latest()).await
    }

    /// As [`RollupClient::batch_hash`], after a block, which is named by its hash.
    ///
    /// # Errors
    /// Where the L1 does not answer, or has no state of that block any more.
    pub async fn batch_hash_at(&self, batch: u64, block: &BlockInfo) -> Result<Word, L1Error> {
        let at = BlockId::hash_canonical(block.hash.into());
        self.read_batch_hash(batch, at).await
    }

    async fn read_batch_hash(&self, batch: u64, at: BlockId) -> Result<Word, L1Error> {
        let batch = U256::from(batch);
        Ok(self.read(Assay::batchHashCall { batch }, at).await?.0)
    }

    /// Whether a claim was paid.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn is_claimed(&self, batch: u64, which: u16) -> Result<bool, L1Error> {
        self.read(Assay::isClaimedCall { batch, which }, BlockId::latest())
            .await
    }

    /// Whether an entry of the queue was refunded after a freeze.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn is_refunded(&self, index: u64) -> Result<bool, L1Error> {
        self.read(Assay::isRefundedCall { index }, BlockId::latest())
            .await
    }

    /// Whether an account has left after a freeze.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn is_escaped(&self, account: u32) -> Result<bool, L1Error> {
        self.read(Assay::isEscapedCall { account }, BlockId::latest())
            .await
    }

    /// Height of the latest block.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn block_number(&self) -> Result<u64, L1Error> {
        let number = self.wire.endpoint.block_number().await;
        number.map_err(|e| L1Error::from_rpc("eth_blockNumber", e))
    }

    /// The latest block.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn latest_block(&self) -> Result<BlockInfo, L1Error> {
        let found = self.block_at(BlockId::latest()).await?;
        found.ok_or_else(|| no_latest_block(BLOCK_CALL))
    }

    /// A block, if the L1 has it.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn block(&self, number: u64) -> Result<Option<BlockInfo>, L1Error> {
        self.block_at(BlockId::number(number)).await
    }

    /// The time that a block would have which were made now, Unix seconds: that of the latest block
    /// where the L1 does not say.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn now_s(&self) -> Result<u64, L1Error> {
        let latest = self.latest_block().await?.timestamp;
        match self.block_at(BlockId::pending()).await {
            Ok(pending) => Ok(pending.map_or(latest, |block| block.timestamp.max(latest))),
            // Not every node knows of a pending block.
            Err(L1Error::Refused { .. }) => Ok(latest),
            Err(error) => Err(error),
        }
    }

    async fn block_at(&self, at: BlockId) -> Result<Option<BlockInfo>, L1Error> {
        let block = self.wire.endpoint.block(at).await;
        let block = block.map_err(|e| L1Error::from_rpc(BLOCK_CALL, e))?;
        Ok(block.map(|block| BlockInfo {
            number: block.header.number,
            hash: block.header.hash.0,
            parent_hash: block.header.parent_hash.0,
            timestamp: block.header.timestamp,
            base_fee_wei: block.header.base_fee_per_gas.unwrap_or_default().into(),
        }))
    }

    /// The batches that a transaction brought, each with its proof.
    ///
    /// # Errors
    /// [`L1Error::Answer`] where that is not a transaction with `submit` to this contract.
    pub async fn submitted(
        &self,
        transaction: Word,
    ) -> Result<Vec<(BatchData, ProofWords)>, L1Error> {
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
        decode_submit(found.input()).map_err(|error| wrong(error.into()))
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

    /// Why a mined transaction failed: it is run again on the block before its own. `None` where
    /// it did not fail, or does not fail there.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn revert_reason(&self, hash: Word) -> Result<Option<ContractRevert>, L1Error> {
        self.wire.revert_reason(hash).await
    }

    pub(super) async fn read<C: alloy::sol_types::SolCall>(
        &self,
        call: C,
        block: BlockId,
    ) -> Result<C::Return, L1Error> {
        self.wire.read(self.contract.into(), call, block).await
    }
}
