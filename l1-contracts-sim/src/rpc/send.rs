//! Methods that send transactions, and those that sign for the accounts whose keys are here.

use super::{
    methods::{Answer, Methods},
    request::Request,
    state::SUGGESTED_TIP_WEI,
};
use crate::chain::{
    ChainError, ChainHandle, Node, SignedTransaction, estimate, impersonation, signers,
};
use alloy::{
    consensus::{SignableTransaction as _, TxEnvelope, transaction::SignerRecoverable as _},
    eips::eip2718::{Decodable2718 as _, Encodable2718 as _},
    primitives::{Address, B256, Bytes, TxKind},
    rpc::types::TransactionRequest,
    signers::{SignerSync as _, local::PrivateKeySigner},
};

pub(super) fn register(methods: &mut Methods) {
    methods.add("eth_accounts", |_, ()| {
        Ok(signers()
            .iter()
            .map(PrivateKeySigner::address)
            .collect::<Vec<Address>>())
    });
    methods.add("eth_sendRawTransaction", send_raw);
    methods.add("eth_sendTransaction", |chain, (request,): (Request,)| {
        let mut node = chain.node();
        let transaction = signed(&node, request)?;
        node.submit(transaction)
    });
    methods.add("eth_signTransaction", |chain, (request,): (Request,)| {
        let transaction = signed(&chain.node(), request)?;
        Ok(Bytes::from(transaction.encoded_2718()))
    });
    methods.add("eth_sign", |_, (account, message): (Address, Bytes)| {
        sign(account, &message)
    });
    methods.add("personal_sign", |_, (message, account, password)| {
        let password: Option<String> = password;
        if password.is_some_and(|password| !password.is_empty()) {
            return Err(ChainError::Params(
                "parameter 3: there are no passwords here".to_owned(),
            ));
        }
        let message: Bytes = message;
        sign(account, &message)
    });
}

fn signer(account: Address) -> Answer<PrivateKeySigner> {
    signers()
        .into_iter()
        .find(|signer| signer.address() == account)
        .ok_or_else(|| ChainError::UnknownAccount(account.to_string()))
}

/// Signs a text, with the prefix of EIP-191.
fn sign(account: Address, message: &[u8]) -> Answer<Bytes> {
    let signature = signer(account)?.sign_message_sync(message);
    let signature = signature.map_err(|error| ChainError::Transaction(error.to_string()))?;
    Ok(signature.as_bytes().into())
}

fn send_raw(chain: &ChainHandle, (bytes,): (Bytes,)) -> Answer<B256> {
    let envelope = TxEnvelope::decode_2718_exact(&bytes)
        .map_err(|error| ChainError::Transaction(format!("cannot be decoded: {error}")))?;
    let sender = envelope.recover_signer();
    let sender = sender
        .map_err(|_| ChainError::Transaction("invalid sender: wrong signature".to_owned()))?;
    chain
        .node()
        .submit(SignedTransaction::new_unchecked(envelope, sender))
}

/// Completes a transaction and signs it with the sender's key; where anybody may send for the
/// sender, with what stands in place of a signature.
fn signed(node: &Node, request: Request) -> Answer<SignedTransaction> {
    let from = request.fields.from.unwrap_or_default();
    let impersonated = node.impersonate_all || node.impersonated.contains(&from);
    let signer = match signer(from) {
        Err(_) if impersonated => None,
        found => Some(found?),
    };
    let completed = complete(node, request)?;
    let typed = completed.build_typed_tx().map_err(|_| {
        ChainError::Transaction("fields are missing or exclude each other".to_owned())
    })?;
    let signature = match signer {
        Some(signer) => signer
            .sign_hash_sync(&typed.signature_hash())
            .map_err(|error| ChainError::Transaction(error.to_string()))?,
        None => impersonation(from),
    };
    let envelope = TxEnvelope::from(typed.into_signed(signature));
    Ok(SignedTransaction::new_unchecked(envelope, from))
}

/// Fills in what the request leaves open.
fn complete(node: &Node, Request { fields, kind }: Request) -> Answer<TransactionRequest> {
    let mut request = fields;
    let env = node.next_env();
    let from = request.from.unwrap_or_default();
    request
        .nonce
        .get_or_insert_with(|| node.pending_nonce(from));
    let given = *request.chain_id.get_or_insert(env.chain_id);
    if given != env.chain_id {
        return Err(ChainError::WrongChain {
            given: Some(given),
            expected: env.chain_id,
        });
    }
    request.to.get_or_insert(TxKind::Create);
    match kind {
        Some(old @ (0 | 1)) => {
            let price = u128::from(env.base_fee) + u128::from(SUGGESTED_TIP_WEI);
            request.gas_price.get_or_insert(price);
            if old == 1 {
                request.access_list.get_or_insert_default();
            }
        }
        _ if request.gas_price.is_some() => {}
        _ => {
            let tip = *request
                .max_priority_fee_per_gas
                .get_or_insert(u128::from(SUGGESTED_TIP_WEI));
            request
                .max_fee_per_gas
                .get_or_insert(2 * u128::from(env.base_fee) + tip);
        }
    }
    if request.gas.is_none() {
        request.gas = Some(estimate(&node.latest(), &env, &request)?);
    }
    Ok(request)
}
