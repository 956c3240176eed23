//! Methods that show what waits for a block.

use std::collections::BTreeMap;

use alloy::{consensus::Transaction as _, primitives::U64};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    history,
    methods::{Answer, Methods},
};
use crate::chain::{ChainError, ChainHandle, Node, SignedTransaction};

pub(super) fn register(methods: &mut Methods) {
    methods.add("txpool_status", |chain, ()| {
        let node = chain.node();
        let all = node.pool.len();
        let ready = node.pool.iter().filter(|t| is_ready(&node, t)).count();
        Ok(json!({ "pending": U64::from(ready), "queued": U64::from(all - ready) }))
    });
    methods.add("txpool_content", |chain, ()| {
        content(chain, |transaction| history::waiting(transaction.clone()))
    });
    methods.add("txpool_inspect", |chain, ()| {
        content(chain, |transaction| {
            let to = transaction
                .to()
                .map_or_else(|| "contract creation".to_owned(), |to| to.to_string());
            let (value, gas) = (transaction.value(), transaction.gas_limit());
            let price = transaction.max_fee_per_gas();
            format!("{to}: {value} wei + {gas} gas × {price} wei")
        })
    });
}

/// Whether all before it of the same sender are mined or wait as well.
fn is_ready(node: &Node, transaction: &SignedTransaction) -> bool {
    transaction.nonce() < node.pending_nonce(transaction.signer())
}

fn content<T: Serialize>(
    chain: &ChainHandle,
    show: impl Fn(&SignedTransaction) -> T,
) -> Answer<Value> {
    type BySender<T> = BTreeMap<String, BTreeMap<u64, T>>;
    let node = chain.node();
    let (mut pending, mut queued): (BySender<T>, BySender<T>) = Default::default();
    for transaction in node.pool.iter() {
        let place = if is_ready(&node, transaction) {
            &mut pending
        } else {
            &mut queued
        };
        let of_sender = place.entry(transaction.signer().to_string()).or_default();
        of_sender.insert(transaction.nonce(), show(transaction));
    }
    let all = BTreeMap::from([("pending", pending), ("queued", queued)]);
    serde_json::to_value(all)
        .map_err(|error| ChainError::Invalid(format!("the pool cannot be encoded: {error}")))
}
