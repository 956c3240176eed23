//! One JSON-RPC endpoint and one key: signing, sending, waiting.

use std::time::Duration;

use alloy::{
    consensus::{SignableTransaction as _, TxEip1559, TxEnvelope},
    eips::{BlockId, eip2718::Encodable2718 as _},
    network::TransactionBuilder as _,
    primitives::{Address, B256, Bytes, TxKind, U256},
    rpc::types::TransactionRequest,
    signers::{SignerSync as _, local::PrivateKeySigner},
    sol_types::SolCall,
    transports::http::reqwest,
};
use tokio::time::Instant;

use super::{
    call::{SendOptions, SentTransaction, SignedCall},
    endpoint::Endpoint,
    error::{Cause, ContractRevert, L1Error},
    options::L1Endpoint,
    pieces::Pieces,
    types::TransactionReceipt,
};
use crate::{address::EthAddress, batch::Word};

/// Between two looks for a receipt: short at first, then longer.
const POLL_MIN: Duration = Duration::from_millis(20);
const POLL_MAX: Duration = Duration::from_secs(2);
/// Where the node suggests no tip.
const DEFAULT_TIP_WEI: u128 = 1_000_000_000;
/// EIP-7825: no transaction may have a higher gas limit.
const GAS_LIMIT_MAX: u64 = 1 << 24;

/// A key of the layer 1 that signs transactions. Its secret is never printed.
#[derive(Clone)]
pub struct L1Signer(PrivateKeySigner);

impl L1Signer {
    /// From a 32-byte secp256k1 secret.
    ///
    /// # Errors
    /// [`L1Error::Key`] where the number is 0 or not below the group's order.
    pub fn from_secret(secret: &[u8; 32]) -> Result<Self, L1Error> {
        PrivateKeySigner::from_bytes(&B256::from(*secret))
            .map(Self)
            .map_err(|_| L1Error::Key)
    }

    /// The account.
    #[must_use]
    pub fn address(&self) -> EthAddress {
        self.0.address().into()
    }

    pub(super) fn signer(&self) -> &PrivateKeySigner {
        &self.0
    }
}

impl std::fmt::Debug for L1Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "L1Signer({})", self.address())
    }
}

/// There is always one: an endpoint that has none has nothing.
pub(super) fn no_latest_block(call: &'static str) -> L1Error {
    L1Error::Answer {
        call,
        source: "there is no latest block".into(),
    }
}

#[derive(Debug, Clone)]
pub(super) struct Wire {
    pub(super) endpoint: Endpoint,
    pub(super) signer: Option<L1Signer>,
    pub(super) chain_id: u64,
    /// How many blocks' events the endpoint gives in one answer.
    pub(super) pieces: Pieces,
}

impl Wire {
    pub(super) async fn connect(
        options: L1Endpoint,
        signer: Option<L1Signer>,
    ) -> Result<Self, L1Error> {
        let wrong = |source: Cause| L1Error::Url { source };
        let parsed = options.url.reveal().parse::<reqwest::Url>();
        let parsed = parsed.map_err(|e| wrong(Box::from(e)))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(wrong("http:// or https:// is expected".into()));
        }
        let unusable = |error: reqwest::Error| wrong(error.without_url().into());
        let endpoint = Endpoint::new(&options).map_err(unusable)?;
        let chain_id = endpoint.chain_id().await;
        let chain_id = chain_id.map_err(|e| L1Error::from_rpc("eth_chainId", e))?;
        Ok(Self {
            endpoint,
            signer,
            chain_id,
            pieces: Pieces::new(options.log_blocks),
        })
    }

    /// Asks a contract.
    pub(super) async fn read<C: SolCall>(
        &self,
        contract: Address,
        call: C,
        block: BlockId,
    ) -> Result<C::Return, L1Error> {
        let request = asking(contract, &call);
        self.ask::<C>(request, contract, block).await
    }

    /// Asks a contract that may be anybody's, and use up no more than so much gas.
    pub(super) async fn read_within<C: SolCall>(
        &self,
        gas: u64,
        contract: Address,
        call: C,
    ) -> Result<C::Return, L1Error> {
        let request = asking(contract, &call).with_gas_limit(gas);
        self.ask::<C>(request, contract, BlockId::latest()).await
    }

    async fn ask<C: SolCall>(
        &self,
        request: TransactionRequest,
        contract: Address,
        block: BlockId,
    ) -> Result<C::Return, L1Error> {
        let answer = self.endpoint.call(request, block).await;
        let answer = answer.map_err(|e| L1Error::from_rpc(C::SIGNATURE, e))?;
        if answer.is_empty() {
            return Err(L1Error::NoCode {
                call: C::SIGNATURE,
                address: contract.into(),
            });
        }
        C::abi_decode_returns(&answer).map_err(|e| L1Error::Answer {
            call: C::SIGNATURE,
            source: e.into(),
        })
    }

    /// Has the creation of a contract run, and answers what would become its code.
    pub(super) async fn create(&self, code: Bytes, block: BlockId) -> Result<Bytes, L1Error> {
        let request = TransactionRequest::default().with_input(code);
        let answer = self.endpoint.call(request, block).await;
        answer.map_err(|e| L1Error::from_rpc("eth_call", e))
    }

    /// Signs a transaction and sends it.
    pub(super) async fn send(
        &self,
        name: &'static str,
        to: TxKind,
        value: U256,
        data: Bytes,
        options: SendOptions,
    ) -> Result<SentTransaction, L1Error> {
        let signed = self.sign(name, to, value, data, options).await?;
        self.send_signed(&signed).await?;
        Ok(signed.sent)
    }

    /// Sends what was signed.
    pub(super) async fn send_signed(&self, signed: &SignedCall) -> Result<(), L1Error> {
        const CALL: &str = "eth_sendRawTransaction";
        let sent = self.endpoint.send_raw(signed.raw.clone()).await;
        sent.map_err(|e| L1Error::from_rpc(CALL, e))
    }

    /// Tries a transaction unless its gas limit is given, and signs it.
    pub(super) async fn sign(
        &self,
        name: &'static str,
        to: TxKind,
        value: U256,
        data: Bytes,
        options: SendOptions,
    ) -> Result<SignedCall, L1Error> {
        let signer = self.signer.as_ref().ok_or(L1Error::NoSigner(name))?;
        let from = signer.0.address();
        let gas_limit = match options.gas_limit {
            Some(limit) => limit,
            None => {
                let mut request = TransactionRequest::default()
                    .from(from)
                    .value(value)
                    .input(data.clone().into());
                request.to = Some(to);
                let estimate = self.endpoint.estimate_gas(request).await;
                let estimate = estimate.map_err(|e| L1Error::from_rpc(name, e))?;
                estimate.saturating_add(estimate / 4).min(GAS_LIMIT_MAX)
            }
        };
        let nonce = match options.nonce {
            Some(nonce) => nonce,
            None => {
                let pending = self.endpoint.pending_nonce(from).await;
                pending.map_err(|e| L1Error::from_rpc(name, e))?
            }
        };
        let (max_fee_wei, max_priority_fee_wei) = self.fees(name, options).await?;
        let transaction = TxEip1559 {
            chain_id: self.chain_id,
            nonce,
            gas_limit,
            max_fee_per_gas: max_fee_wei,
            max_priority_fee_per_gas: max_priority_fee_wei,
            to,
            value,
            access_list: Default::default(),
            input: data,
        };
        let signature = signer
            .0
            .sign_hash_sync(&transaction.signature_hash())
            .map_err(|_| L1Error::Key)?;
        let envelope = TxEnvelope::from(transaction.into_signed(signature));
        let sent = SentTransaction {
            hash: envelope.tx_hash().0,
            nonce,
            max_fee_wei,
            max_priority_fee_wei,
            gas_limit,
        };
        let raw = envelope.encoded_2718();
        Ok(SignedCall { sent, raw })
    }

    /// Whole fee and tip per gas: room for the base fee to double.
    pub(super) async fn fees(
        &self,
        name: &'static str,
        options: SendOptions,
    ) -> Result<(u128, u128), L1Error> {
        if let (Some(most), Some(tip)) = (options.max_fee_wei, options.max_priority_fee_wei) {
            return Ok((most, tip.min(most)));
        }
        let tip = match options.max_priority_fee_wei {
            Some(tip) => tip,
            None => self.tip().await?,
        };
        let most = match options.max_fee_wei {
            Some(most) => most,
            None => {
                let latest = self.endpoint.block(BlockId::latest()).await;
                let latest = latest.map_err(|e| L1Error::from_rpc(name, e))?;
                let latest = latest.ok_or_else(|| no_latest_block(name))?;
                let base = latest.header.base_fee_per_gas.unwrap_or_default();
                u128::from(base).saturating_mul(2).saturating_add(tip)
            }
        };
        Ok((most, tip.min(most)))
    }

    /// The tip that the node suggests.
    pub(super) async fn tip(&self) -> Result<u128, L1Error> {
        const CALL: &str = "eth_maxPriorityFeePerGas";
        match self
            .endpoint
            .tip()
            .await
            .map_err(|e| L1Error::from_rpc(CALL, e))
        {
            Err(L1Error::Refused { .. }) => Ok(DEFAULT_TIP_WEI),
            suggested => suggested,
        }
    }

    pub(super) async fn receipt(&self, hash: Word) -> Result<Option<TransactionReceipt>, L1Error> {
        const CALL: &str = "eth_getTransactionReceipt";
        let found = self.endpoint.receipt(hash.into()).await;
        let Some(found) = found.map_err(|e| L1Error::from_rpc(CALL, e))? else {
            return Ok(None);
        };
        let (Some(block_number), Some(block_hash)) = (found.block_number, found.block_hash) else {
            return Ok(None);
        };
        Ok(Some(TransactionReceipt {
            hash,
            block_number,
            block_hash: block_hash.0,
            gas_used: found.gas_used,
            gas_price_wei: found.effective_gas_price,
            succeeded: found.status(),
            created: found.contract_address.map(EthAddress::from),
        }))
    }

    pub(super) async fn wait(
        &self,
        hash: Word,
        timeout: Duration,
    ) -> Result<TransactionReceipt, L1Error> {
        let begin = Instant::now();
        let mut pause = POLL_MIN;
        loop {
            if let Some(receipt) = self.receipt(hash).await? {
                return Ok(receipt);
            }
            let waited = begin.elapsed();
            if waited >= timeout {
                let waited_ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
                return Err(L1Error::Timeout { hash, waited_ms });
            }
            tokio::time::sleep(pause.min(timeout - waited)).await;
            pause = (pause * 2).min(POLL_MAX);
        }
    }

    /// Waits, and makes a mined failure an error.
    pub(super) async fn settle(
        &self,
        name: &'static str,
        hash: Word,
        timeout: Duration,
    ) -> Result<TransactionReceipt, L1Error> {
        let receipt = self.wait(hash, timeout).await?;
        if receipt.succeeded {
            return Ok(receipt);
        }
        let revert = self
            .revert_reason(hash)
            .await?
            .unwrap_or_else(|| ContractRevert::decode(&[]));
        Err(L1Error::Reverted { call: name, revert })
    }

    /// Runs a failed transaction again on the block before its own.
    pub(super) async fn revert_reason(
        &self,
        hash: Word,
    ) -> Result<Option<ContractRevert>, L1Error> {
        let Some(receipt) = self.receipt(hash).await?.filter(|r| !r.succeeded) else {
            return Ok(None);
        };
        let found = self.endpoint.transaction(hash.into()).await;
        let Some(found) = found.map_err(|e| L1Error::from_rpc("eth_getTransactionByHash", e))?
        else {
            return Ok(None);
        };
        let mut request = TransactionRequest::from_recovered_transaction(found.inner);
        request.nonce = None;
        let before = BlockId::number(receipt.block_number.saturating_sub(1));
        match self.endpoint.call(request, before).await {
            Ok(_) => Ok(None),
            Err(error) => match L1Error::from_rpc("eth_call", error) {
                L1Error::Reverted { revert, .. } => Ok(Some(revert)),
                L1Error::Refused { .. } => Ok(None),
                other => Err(other),
            },
        }
    }
}

fn asking(contract: Address, call: &impl SolCall) -> TransactionRequest {
    TransactionRequest::default()
        .with_to(contract)
        .with_input(call.abi_encode())
}
