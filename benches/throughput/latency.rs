//! One transfer at a time.

use assay_api::{
    events::{EventFilter, Heard},
    stage::Stage,
    wire::EventView,
};
use tokio::time::Instant;

use crate::{
    figures::{Latency, Quantiles},
    rollup::Rollup,
    senders::Senders,
};

/// Hands in so many transfers, each when the one before is executed and was told of.
pub(crate) async fn measure(rollup: &Rollup, senders: &mut Senders, count: usize) -> Latency {
    eprintln!("{count} transfers, each alone");
    let (mut acknowledged, mut executed) = (Vec::new(), Vec::new());
    let mut events = rollup
        .client
        .events_after(None, &EventFilter::default())
        .await
        .unwrap();
    for signed in senders.sign(count, 1).into_iter().flatten() {
        let began = Instant::now();
        let receipt = rollup.client.submit(&signed, rollup.network());
        let heard = async {
            let expected = signed.hash(rollup.domain).to_string();
            loop {
                let heard = events.hear().await.expect("the node tells of it");
                let Heard::Event(EventView::Transaction { hash, stage, .. }) = heard else {
                    continue;
                };
                if hash == expected && stage == Stage::Executed {
                    return began.elapsed();
                }
            }
        };
        let receipt = async {
            receipt.await.unwrap();
            began.elapsed()
        };
        let (received, told) = tokio::join!(receipt, heard);
        acknowledged.push(received);
        executed.push(told);
    }
    rollup.sealed().await;
    Latency {
        transfers: count,
        acknowledged_ms: Quantiles::of(acknowledged),
        executed_ms: Quantiles::of(executed),
    }
}
