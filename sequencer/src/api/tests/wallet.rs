//! Orders that the Rust client puts in the place of others.

use std::time::Duration;

use assay_api::{
    client::NodeClient,
    stage::Stage,
    wallet::{HandedIn, Payment, Replacement, Wallet, WalletError},
};
use assay_circuits::{
    address::{Address, L1Address},
    eddsa::SecretKey,
    order::{Payee, TxHash},
    quantity::{Amount, Fee, TokenId},
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::funded;
use crate::{
    l1::memory::{CHAIN_ID, CONTRACT},
    rig::{Rig, World, key, owner},
};

const PATIENCE: Duration = Duration::from_secs(60);
const LEAST: Replacement = Replacement {
    fee: None,
    expires_in_s: 2 * 3600,
};

/// A node that is served, and what ends that.
async fn served(rig: &Rig) -> (NodeClient, JoinHandle<()>, CancellationToken) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = NodeClient::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let stop = CancellationToken::new();
    let calls = rig.calls.clone();
    let serving = tokio::spawn(crate::api::serve(calls, listener, stop.clone()));
    (client, serving, stop)
}

fn wallet<'k>(rig: &Rig, client: &NodeClient, key: &'k SecretKey) -> Wallet<'k> {
    let network = rig.rollup.network;
    let operator = Address {
        network,
        owner: owner(0),
    };
    let rollup = (CHAIN_ID, L1Address(CONTRACT.0));
    Wallet::new(client.clone(), key, rollup, Some(operator))
}

fn payment(wallet: &Wallet<'_>, user: u8, fee: u128) -> Payment {
    let network = wallet.address().network;
    let to = Address {
        network,
        owner: owner(user),
    };
    Payment {
        fee: Some(Fee::from_value(fee).unwrap()),
        ..Payment::ether(&to, 10)
    }
}

#[tokio::test]
async fn a_fee_above_what_the_payment_allows_is_not_signed() {
    let world = World::new();
    let mut config = world.config();
    config.minimum_fees.insert(TokenId::ETHER, Amount(100));
    let mut rig = world.start_with(config, Default::default()).await.unwrap();
    rig.fund(&world.l1, [0, 1, 2]).await;
    let (client, serving, stop) = served(&rig).await;
    let secret = key(1);
    let wallet = wallet(&rig, &client, &secret);
    let suggested = wallet.fee(TokenId::ETHER, Payee::Owner(owner(2))).await;
    let suggested = suggested.unwrap().value();
    assert!(suggested >= Amount(100));
    let ten = Payment {
        fee: None,
        ..payment(&wallet, 2, 0)
    };
    // Where nothing else is said what is paid is the bound, here ten base units.
    for payment in [ten, bounded(ten, Some(suggested.0 - 1))] {
        let refused = wallet.sign(&payment).await.unwrap_err();
        let WalletError::TooDear { asked, most } = refused else {
            panic!("{refused}");
        };
        assert_eq!(asked.value(), suggested);
        assert_eq!(Some(most), payment.max_fee);
    }
    for payment in [bounded(ten, Some(suggested.0)), bounded(ten, None)] {
        let signed = wallet.sign(&payment).await.unwrap();
        assert_eq!(signed.order.fee.value(), suggested);
    }
    stop.cancel();
    serving.await.unwrap();
    rig.stop().await;
}

fn bounded(payment: Payment, most: Option<u128>) -> Payment {
    Payment {
        max_fee: most.map(Amount),
        ..payment
    }
}

/// Hands in a payment that waits for the nonce before its own.
async fn waits(wallet: &Wallet<'_>, fee: u128) -> TxHash {
    let payment = payment(wallet, 2, fee);
    let signed = wallet.sign_with_nonce(&payment, 1).await.unwrap();
    let taken = wallet.hand_in(&signed, PATIENCE).await.unwrap();
    assert!(matches!(taken, HandedIn::Taken(Some(_))));
    signed.hash(wallet.domain())
}

#[tokio::test]
async fn what_waits_is_hastened_and_taken_back_for_the_least_that_is_enough() {
    let world = World::new();
    let rig = funded(&world).await;
    let (client, serving, stop) = served(&rig).await;
    let secret = key(1);
    let wallet = wallet(&rig, &client, &secret);
    let first = waits(&wallet, 2_047).await;
    let faster = wallet.replace(first, LEAST, PATIENCE).await.unwrap();
    assert_eq!(faster.order.fee.value(), Amount(2_260));
    assert_eq!((faster.order.nonce, faster.order.amount), (1, Amount(10)));
    assert_eq!(faster.order.to, Payee::Owner(owner(2)));
    assert!(faster.receipt.is_some());
    let dear = Replacement {
        fee: Some(Fee::from_value(9_000).unwrap()),
        ..LEAST
    };
    let cancelled = wallet.cancel(faster.hash, dear, PATIENCE).await.unwrap();
    let order = cancelled.order;
    assert_eq!((order.nonce, order.amount), (1, Amount(1)));
    assert_eq!(order.fee.value(), Amount(9_000));
    assert_eq!(order.to, Payee::Owner(owner(1)));
    for (hash, stage) in [
        (first, Stage::Rejected),
        (faster.hash, Stage::Rejected),
        (cancelled.hash, Stage::Received),
    ] {
        assert_eq!(client.transaction(hash).await.unwrap().stage, stage);
    }
    stop.cancel();
    serving.await.unwrap();
    rig.stop().await;
}

#[tokio::test]
async fn what_cannot_be_replaced_says_why() {
    let world = World::new();
    let rig = funded(&world).await;
    let (client, serving, stop) = served(&rig).await;
    let (one, two) = (key(1), key(2));
    let (ours, theirs) = (wallet(&rig, &client, &one), wallet(&rig, &client, &two));
    let waiting = waits(&ours, 100).await;
    let strange = theirs.cancel(waiting, LEAST, PATIENCE).await;
    assert!(matches!(strange, Err(WalletError::OtherKey(hash)) if hash == waiting));
    let low = Replacement {
        fee: Some(Fee::from_value(109).unwrap()),
        ..LEAST
    };
    let kept = ours.cancel(waiting, low, PATIENCE).await;
    let Err(WalletError::Kept { hash, source }) = kept else {
        panic!("{kept:?}");
    };
    assert_eq!((hash, source.code()), (waiting, Some("nonce_taken")));
    let faster = ours.replace(waiting, LEAST, PATIENCE).await.unwrap();
    let gone = ours.replace(waiting, LEAST, PATIENCE).await;
    assert!(matches!(gone, Err(WalletError::Rejected(hash)) if hash == waiting));
    // Its nonce comes, and with it its turn.
    let before = ours.pay(&payment(&ours, 2, 0), PATIENCE).await.unwrap();
    assert_eq!(before.order.nonce, 0);
    client
        .wait_for(faster.hash, Stage::Executed, PATIENCE)
        .await
        .unwrap();
    let late = ours.cancel(faster.hash, LEAST, PATIENCE).await;
    assert!(matches!(
        late,
        Err(WalletError::Executed {
            stage: Stage::Executed,
            ..
        })
    ));
    let unknown = ours.cancel(TxHash([7; 32]), LEAST, PATIENCE).await;
    let Err(WalletError::Node(error)) = unknown else {
        panic!("{unknown:?}");
    };
    assert_eq!(error.code(), Some("unknown_transaction"));
    stop.cancel();
    serving.await.unwrap();
    rig.stop().await;
}
