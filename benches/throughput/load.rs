//! Handing transfers in, and waiting until they are executed and sealed.

use std::collections::BTreeMap;

use assay_api::{
    receipt,
    wire::{Receipt, SignedOperation, TransactionAnswers, TransactionList},
};
use assay_circuits::{
    order::{Order, Signed, TxHash},
    quantity::{AccountIndex, Nonce},
};
use rayon::prelude::*;
use reqwest::{Client, header::CONTENT_TYPE};
use tokio::{task::JoinSet, time::Instant};

use crate::{
    figures::Throughput,
    rollup::{Rollup, soon},
};

/// A request as it is sent.
struct Request {
    body: Vec<u8>,
    holds: Vec<TxHash>,
}

/// Requests by connection.
pub(crate) struct Load {
    url: String,
    connections: Vec<Vec<Request>>,
    /// The receipts in an answer.
    receipts: fn(&[u8]) -> Vec<Receipt>,
    /// Each sender's next nonce once all is executed.
    next: BTreeMap<AccountIndex, Nonce>,
}

impl Load {
    /// Each transfer is a request.
    pub(crate) fn one_by_one(rollup: &Rollup, signed: Vec<Vec<Signed<Order>>>) -> Self {
        let body = |list: TransactionList| serde_json::to_vec(&list.transactions[0]).unwrap();
        let receipts = |answer: &[u8]| vec![serde_json::from_slice(answer).unwrap()];
        let to = (rollup, "/v1/transactions");
        Self::new(to, signed, (1, body), receipts)
    }

    /// So many together as a list may hold.
    pub(crate) fn lists(rollup: &Rollup, signed: Vec<Vec<Signed<Order>>>) -> Self {
        let body = |list| serde_json::to_vec(&list).unwrap();
        let receipts = |answer: &[u8]| {
            let answers: TransactionAnswers = serde_json::from_slice(answer).unwrap();
            let answers = answers.answers.into_iter();
            let receipts = answers.map(|answer| answer.receipt.ok_or(answer.error).unwrap());
            receipts.collect()
        };
        let to = (rollup, "/v1/transactions/batch");
        Self::new(to, signed, (TransactionList::MOST, body), receipts)
    }

    fn new(
        (rollup, path): (&Rollup, &str),
        signed: Vec<Vec<Signed<Order>>>,
        (size, body): (usize, fn(TransactionList) -> Vec<u8>),
        receipts: fn(&[u8]) -> Vec<Receipt>,
    ) -> Self {
        let orders = signed.iter().flatten().map(|signed| &signed.order);
        let next = orders.map(|order| (order.from, order.nonce + 1)).collect();
        let operation = |signed: &Signed<Order>| SignedOperation::new(signed, rollup.network());
        let request = |signed: &[Signed<Order>]| Request {
            body: body(TransactionList {
                transactions: signed.iter().map(operation).collect(),
            }),
            holds: signed
                .iter()
                .map(|signed| signed.hash(rollup.domain))
                .collect(),
        };
        let requests = signed
            .iter()
            .map(|signed| signed.chunks(size).map(request).collect());
        Self {
            url: rollup.at(path),
            connections: requests.collect(),
            receipts,
            next,
        }
    }

    /// Hands all in, each connection one request after the other.
    pub(crate) async fn run(self, rollup: &Rollup) -> Throughput {
        let mut clients = Vec::with_capacity(self.connections.len());
        for _ in &self.connections {
            clients.push(connected(rollup).await);
        }
        let mut under_way = JoinSet::new();
        let began = Instant::now();
        for (client, requests) in clients.into_iter().zip(self.connections) {
            under_way.spawn(hand_in(client, self.url.clone(), requests));
        }
        let answered = under_way.join_all().await;
        let acknowledged = began.elapsed();
        soon("nothing waits", async || {
            let pool = rollup.client.status().await.unwrap().pool;
            (pool.transactions == 0).then_some(())
        })
        .await;
        let executed = began.elapsed();
        rollup.sealed().await;
        let sealed = began.elapsed();
        let promised = answered.into_iter().flatten().map(|(hashes, answer)| {
            let promised = hashes.into_iter().zip((self.receipts)(&answer));
            promised.collect::<Vec<_>>()
        });
        let promised: Vec<_> = promised.flatten().collect();
        check(rollup, &promised);
        for (account, next) in self.next {
            let account = rollup.client.account(account).await.unwrap();
            assert_eq!(account.nonce, next, "account {}", account.index);
        }
        Throughput::new(promised.len(), acknowledged, executed, sealed)
    }
}

/// A client with a connection of its own.
async fn connected(rollup: &Rollup) -> Client {
    let client = Client::new();
    let answer = client.get(rollup.at("/v1/status")).send().await.unwrap();
    answer.bytes().await.unwrap();
    client
}

/// What each request held, and the answer to it.
async fn hand_in(
    client: Client,
    url: String,
    requests: Vec<Request>,
) -> Vec<(Vec<TxHash>, Vec<u8>)> {
    let mut answered = Vec::with_capacity(requests.len());
    for Request { body, holds } in requests {
        let request = client.post(&url).header(CONTENT_TYPE, "application/json");
        let answer = request.body(body).send().await.unwrap();
        let status = answer.status();
        let answer = answer.bytes().await.unwrap().to_vec();
        assert!(status.is_success(), "{}", String::from_utf8_lossy(&answer));
        answered.push((holds, answer));
    }
    answered
}

/// Each receipt must be the operator's promise for what was handed in.
fn check(rollup: &Rollup, promised: &[(TxHash, Receipt)]) {
    let (operator, domain) = (Some(rollup.operator), rollup.domain);
    promised.par_iter().for_each(|(hash, given)| {
        receipt::check(given, operator, domain, *hash).unwrap();
    });
}
