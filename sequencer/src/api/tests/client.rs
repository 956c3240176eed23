//! The client over a real socket.

use std::time::Duration;

use assay_api::{
    client::{ClientError, NodeClient},
    events::{EventFilter, Heard},
    stage::Stage,
    wire::EventView,
};
use assay_circuits::quantity::AccountIndex;

use super::funded;
use crate::rig::{World, owner};

#[tokio::test]
async fn the_client_speaks_with_the_node() {
    let world = World::new();
    let mut rig = funded(&world).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = NodeClient::new(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let server = tokio::spawn(crate::api::serve(rig.calls.clone(), listener, stop.clone()));
    let order = rig.order(1, 0, Some(2), 10);
    let network = rig.rollup.network;
    let receipt = client.submit(&order, network).await.unwrap();
    let hash = order.hash(rig.rollup.domain);
    assert_eq!(receipt.hash, hash.to_string());
    let twice = client.submit(&order, network).await.unwrap_err();
    assert_eq!(twice.code(), Some("duplicate"));
    let soon = Duration::from_secs(5);
    let found = client.wait_for(hash, Stage::Executed, soon).await.unwrap();
    assert_eq!(found.operation.to_signed(network).unwrap(), order);
    let late = client.wait_for(hash, Stage::Sealed, Duration::ZERO).await;
    assert!(matches!(late, Err(ClientError::Timeout { .. })));
    let sealed = rig.seal().await.unwrap();
    client
        .wait_for_batch(sealed.0, Stage::Sealed, soon)
        .await
        .unwrap();
    let address = assay_circuits::address::Address {
        network,
        owner: owner(2),
    };
    let accounts = client.accounts(&address).await.unwrap();
    assert_eq!(accounts[0].balance, "1000010");
    let index = AccountIndex::new(accounts[0].index).unwrap();
    assert_eq!(client.account(index).await.unwrap(), accounts[0]);
    assert_eq!(
        client
            .account_proof(index, Some(sealed.0))
            .await
            .unwrap()
            .batch,
        sealed.0
    );
    let page = client.payments(index, Some(1), None).await.unwrap();
    assert_eq!(page.payments[0].hash, Some(hash.to_string()));
    let next = page.next_before.unwrap();
    let page = client.payments(index, None, Some(&next)).await.unwrap();
    assert_eq!(page.payments[0].kind, assay_api::wire::PaymentKind::Deposit);
    assert_eq!((page.payments.len(), page.next_before), (1, None));
    assert_eq!(client.batch(sealed.0).await.unwrap().batch.number, sealed.0);
    assert_eq!(
        client.batches(Some(1), None).await.unwrap().batches[0].number,
        sealed.0
    );
    assert_eq!(
        client.bundle(sealed.0).await.unwrap_err().code(),
        Some("not_proved_yet")
    );
    assert_eq!(client.status().await.unwrap().heights.sealed, sealed.0);
    assert_eq!(
        client.fees().await.unwrap().len(),
        client.tokens().await.unwrap().len()
    );
    stop.cancel();
    drop(client);
    server.await.unwrap();
    rig.stop().await;
}

#[tokio::test]
async fn the_client_goes_on_after_the_event_that_came_last() {
    let world = World::new();
    let rig = funded(&world).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = NodeClient::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let server = tokio::spawn(crate::api::serve(rig.calls.clone(), listener, stop.clone()));
    let order = rig.order(1, 0, Some(2), 10);
    let hash = order.hash(rig.rollup.domain);
    let filter = EventFilter {
        accounts: vec![rig.account(1).unwrap(), rig.account(2).unwrap()],
        transactions: vec![hash],
        ..EventFilter::default()
    };
    let mut events = client.events_after(None, &filter).await.unwrap();
    client.submit(&order, rig.rollup.network).await.unwrap();
    let stage = |heard: Option<Heard>| match heard {
        Some(Heard::Event(EventView::Transaction { stage, .. })) => stage,
        other => panic!("{other:?}"),
    };
    assert_eq!(stage(events.hear().await), Stage::Received);
    let id = events.last_id().unwrap().to_owned();
    drop(events);
    let mut events = client.events_after(Some(&id), &filter).await.unwrap();
    assert_eq!(stage(events.hear().await), Stage::Executed);
    let mut events = client.events_after(Some("1"), &filter).await.unwrap();
    assert_eq!(events.hear().await, Some(Heard::Reset));
    drop(events);
    let nobody = EventFilter {
        accounts: vec![AccountIndex::new(99).unwrap()],
        ..EventFilter::default()
    };
    let refused = client.events_after(None, &nobody).await.unwrap_err();
    assert_eq!(refused.code(), Some("unknown_account"));
    stop.cancel();
    rig.stop().await;
    drop(client);
    server.await.unwrap();
}
