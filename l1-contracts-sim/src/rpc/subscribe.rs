//! `eth_subscribe`: what happens on the chain, told over a WebSocket.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use alloy::rpc::types::{Filter, FilterBlockOption};
use jsonrpsee::{
    PendingSubscriptionSink, RpcModule, SubscriptionSink,
    core::{SubscriptionResult, traits::IdProvider},
    types::{Params, SubscriptionId},
};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::{
    history,
    methods::{Answer, parameters, refusal},
};
use crate::chain::{ChainError, ChainHandle, Event, Node, logs_of};

/// Numbers of subscriptions, as hexadecimal strings.
#[derive(Debug, Default)]
pub(super) struct Numbers(AtomicU64);

impl IdProvider for Numbers {
    fn next_id(&self) -> SubscriptionId<'static> {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        SubscriptionId::Str(format!("{number:#x}").into())
    }
}

/// What a subscription tells about.
enum Topic {
    Heads,
    Logs(Box<Filter>),
    /// Whether whole transactions are told, or their hashes.
    Waiting {
        full: bool,
    },
}

pub(super) fn register(module: &mut RpcModule<ChainHandle>) {
    module
        .register_subscription(
            "eth_subscribe",
            "eth_subscription",
            "eth_unsubscribe",
            |params, pending, chain, _| subscribe(params, pending, chain),
        )
        .expect("each method has its own name");
}

async fn subscribe(
    params: Params<'static>,
    pending: PendingSubscriptionSink,
    chain: Arc<ChainHandle>,
) -> SubscriptionResult {
    let topic = match topic(&params) {
        Ok(topic) => topic,
        Err(error) => {
            pending.reject(refusal(error)).await;
            return Ok(());
        }
    };
    let (mut next, mut more) = {
        let node = chain.node();
        (node.journal.end(), node.journal.subscribe())
    };
    let sink = pending.accept().await?;
    loop {
        tokio::select! {
            () = sink.closed() => return Ok(()),
            changed = more.changed() => changed?,
        }
        let told = {
            let node = chain.node();
            // Who reads so slowly that events are lost hears no more.
            let Some(events) = node.journal.since(next) else {
                return Ok(());
            };
            let told = events.map(|event| tell(&node, &topic, event));
            let told = told.collect::<Result<Vec<_>, _>>()?;
            next = node.journal.end();
            told
        };
        send(&sink, told.into_iter().flatten()).await?;
    }
}

async fn send(
    sink: &SubscriptionSink,
    told: impl Iterator<Item = Box<RawValue>>,
) -> SubscriptionResult {
    for message in told {
        sink.send(message).await?;
    }
    Ok(())
}

fn topic(params: &Params<'_>) -> Answer<Topic> {
    let (name, detail): (String, Option<serde_json::Value>) = parameters(params)?;
    let wrong = |error: serde_json::Error| ChainError::Params(format!("parameter 2: {error}"));
    match (name.as_str(), detail) {
        ("newHeads", None) => Ok(Topic::Heads),
        ("logs", detail) => {
            let filter: Filter = match detail {
                Some(detail) => serde_json::from_value(detail).map_err(wrong)?,
                None => Filter::default(),
            };
            let any = FilterBlockOption::Range {
                from_block: None,
                to_block: None,
            };
            if filter.block_option != any {
                return Err(ChainError::Params(
                    "parameter 2: fromBlock, toBlock and blockHash are not supported in a \
                     subscription, which is about blocks to come"
                        .to_owned(),
                ));
            }
            Ok(Topic::Logs(Box::new(filter)))
        }
        ("newPendingTransactions", detail) => {
            let full = match detail {
                Some(detail) => serde_json::from_value(detail).map_err(wrong)?,
                None => false,
            };
            Ok(Topic::Waiting { full })
        }
        ("newHeads", Some(_)) => Err(ChainError::Params(
            "parameter 2 is not supported with newHeads".to_owned(),
        )),
        (other, _) => Err(ChainError::Params(format!(
            "parameter 1: subscriptions to {other} are not supported"
        ))),
    }
}

/// What an event means to a subscriber.
fn tell(
    node: &Node,
    topic: &Topic,
    event: &Event,
) -> Result<Vec<Box<RawValue>>, serde_json::Error> {
    match (topic, event) {
        (Topic::Heads, Event::Added(block)) => one(&block.to_rpc(false).header),
        (Topic::Logs(filter), event) => logs_of(event, filter).iter().map(to_raw_value).collect(),
        (Topic::Waiting { full: false }, Event::Waiting(hash)) => one(hash),
        (Topic::Waiting { full: true }, Event::Waiting(hash)) => {
            let mined = node.place(*hash).map(|(b, i)| &b.mined[i].transaction);
            match mined.or_else(|| node.pool.get(*hash)) {
                Some(transaction) => one(&history::waiting(transaction.clone())),
                None => Ok(Vec::new()),
            }
        }
        (Topic::Heads | Topic::Waiting { .. }, _) => Ok(Vec::new()),
    }
}

fn one(message: &impl Serialize) -> Result<Vec<Box<RawValue>>, serde_json::Error> {
    Ok(vec![to_raw_value(message)?])
}
