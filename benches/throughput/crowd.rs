//! Those who read while others pay.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use assay_api::client::NodeClient;
use assay_circuits::quantity::AccountIndex;
use reqwest::Client;
use tokio::task::JoinSet;

use crate::{figures::Read, rollup::Rollup};

/// Payments on a page.
const PAGE: u32 = 100;

/// Readers, until they leave.
pub(crate) struct Crowd {
    readers: JoinSet<()>,
    heard_bytes: Arc<AtomicU64>,
    payments: Arc<AtomicU64>,
}

impl Crowd {
    /// So many who listen to all events, and one who reads the payments of these accounts, page by page and
    /// again from the beginning.
    pub(crate) async fn gather(
        rollup: &Rollup,
        listeners: usize,
        accounts: Vec<AccountIndex>,
    ) -> Self {
        let (heard_bytes, payments) = (Arc::<AtomicU64>::default(), Arc::default());
        let mut readers = JoinSet::new();
        for number in 1..=listeners {
            let request = Client::new().get(rollup.at("/v1/events"));
            let request = request.header("x-forwarded-for", format!("192.0.2.{number}"));
            let mut stream = request.send().await.unwrap().error_for_status().unwrap();
            let heard = Arc::clone(&heard_bytes);
            readers.spawn(async move {
                while let Some(chunk) = stream.chunk().await.unwrap() {
                    heard.fetch_add(chunk.len() as u64, Ordering::Relaxed);
                }
            });
        }
        readers.spawn(page(rollup.client.clone(), accounts, Arc::clone(&payments)));
        Self {
            readers,
            heard_bytes,
            payments,
        }
    }

    /// All stop; what they have read.
    pub(crate) async fn leave(mut self) -> Read {
        self.readers.shutdown().await;
        Read {
            heard_bytes: self.heard_bytes.load(Ordering::Relaxed),
            payments: self.payments.load(Ordering::Relaxed),
        }
    }
}

async fn page(client: NodeClient, accounts: Vec<AccountIndex>, read: Arc<AtomicU64>) {
    for account in accounts.into_iter().cycle() {
        let mut before = None;
        loop {
            let page = client.payments(account, Some(PAGE), before.as_deref());
            let page = page.await.unwrap();
            read.fetch_add(page.payments.len() as u64, Ordering::Relaxed);
            before = page.next_before;
            if before.is_none() {
                break;
            }
        }
    }
}
