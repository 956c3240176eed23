//! Methods that send transactions.

use alloy::{
    consensus::{SignableTransaction as _, TxEnvelope, transaction::SignerRecoverable as _},
    eips::eip2718::Decodable2718 as _,
    primitives::{Address, B256, Bytes, TxKind},
    rpc::types::TransactionRequest,
    signers::SignerSync as _,
};

use super::{
    methods::{Answer, Arguments, Methods},
    state::SUGGESTED_TIP_WEI,
};
use crate::chain::{ChainError, ChainHandle, Node, SignedTransaction, estimate, signers};

pub(super) fn register(methods: &mut Methods) {
    methods.add("eth_accounts", |_, _| {
        Ok(signers()
            .iter()
            .map(alloy::signers::local::PrivateKeySigner::address)
            .collect::<Vec<Address>>())
    });
    methods.add("eth_sendRawTransaction", send_raw);
    methods.add("eth_sendTransaction", send);
}

fn send_raw(chain: &ChainHandle, arguments: &mut Arguments) -> Answer<B256> {
    let bytes: Bytes = arguments.next()?;
    let envelope = TxEnvelope::decode_2718_exact(&bytes)
        .map_err(|error| ChainError::Transaction(format!("cannot be decoded: {error}")))?;
    let transaction = recover(envelope)?;
    chain.node().submit(transaction)
}

fn send(chain: &ChainHandle, arguments: &mut Arguments) -> Answer<B256> {
    let request: TransactionRequest = arguments.next()?;
    let from = request.from.unwrap_or_default();
    let signer = signers()
        .into_iter()
        .find(|signer| signer.address() == from);
    let signer = signer.ok_or_else(|| ChainError::UnknownAccount(from.to_string()))?;
    let mut node = chain.node();
    let typed = complete(&node, request)?.build_typed_tx().map_err(|_| {
        ChainError::Transaction("fields are missing or exclude each other".to_owned())
    })?;
    let signature = signer
        .sign_hash_sync(&typed.signature_hash())
        .map_err(|error| ChainError::Transaction(error.to_string()))?;
    node.submit(recover(TxEnvelope::from(typed.into_signed(signature)))?)
}

fn recover(envelope: TxEnvelope) -> Answer<SignedTransaction> {
    let sender = envelope.recover_signer();
    let sender = sender
        .map_err(|_| ChainError::Transaction("invalid sender: wrong signature".to_owned()))?;
    Ok(SignedTransaction::new_unchecked(envelope, sender))
}

/// Fills in what the request leaves open.
fn complete(node: &Node, mut request: TransactionRequest) -> Answer<TransactionRequest> {
    let env = node.next_env();
    let from = request.from.unwrap_or_default();
    request
        .nonce
        .get_or_insert_with(|| node.pending_nonce(from));
    request.chain_id.get_or_insert(env.chain_id);
    request.to.get_or_insert(TxKind::Create);
    if request.gas_price.is_none() {
        let tip = *request
            .max_priority_fee_per_gas
            .get_or_insert(u128::from(SUGGESTED_TIP_WEI));
        request
            .max_fee_per_gas
            .get_or_insert(2 * u128::from(env.base_fee) + tip);
    }
    if request.gas.is_none() {
        request.gas = Some(estimate(|| node.latest(), &env, &request)?);
    }
    Ok(request)
}
