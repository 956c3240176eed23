//! The client over a real socket.

use std::time::Duration;

use assay_api::{
    client::{ClientError, NodeClient},
    stage::Stage,
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
