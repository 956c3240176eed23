//! What moves an account's money, page by page.

use assay_circuits::address::{Address, L1Address};
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::rig::{Rig, World, owner};

async fn page(rig: &Rig, account: u64, query: &str) -> (Vec<Value>, Value) {
    let asked = format!("/v1/accounts/{account}/payments{query}");
    let (status, mut answer) = rig.get(&asked).await;
    assert_eq!(status, StatusCode::OK, "{asked} {answer}");
    let Value::Array(payments) = answer["payments"].take() else {
        panic!("{answer}");
    };
    (payments, answer["next_before"].take())
}

fn account(rig: &Rig, user: u8) -> u64 {
    rig.account(user).unwrap().get().into()
}

async fn send(rig: &Rig, order: &assay_circuits::order::Signed<assay_circuits::order::Order>) {
    assert_eq!(rig.submit(order).await.0, StatusCode::ACCEPTED);
}

/// A node on which the first user has something of every kind. Returns what is expected of each payment,
/// the newest first: kind, direction, amount, stage, other side, its account, place in the queue.
async fn lived_in(world: &World) -> (Rig, Vec<[Value; 7]>) {
    let mut rig = world.start().await;
    rig.fund(&world.l1, [0, 1, 2]).await;
    for order in [
        rig.order(1, 0, Some(2), 10),
        rig.order(2, 0, Some(1), 20),
        rig.order(1, 1, None, 30),
    ] {
        send(&rig, &order).await;
        rig.seal().await.unwrap();
    }
    world.l1.force(rig.forced(1, 2, None, 7));
    rig.look().await;
    rig.seal().await.unwrap();
    send(&rig, &rig.order(1, 3, Some(1), 5)).await;
    rig.seal().await.unwrap();
    world.advance_ms(1);
    send(&rig, &rig.order_with_fee(1, 9, Some(2), 40, 100)).await;
    send(&rig, &rig.order_with_fee(1, 9, Some(2), 41, 200)).await;
    let address = |user: u8| {
        let network = rig.rollup.network;
        let owner = owner(user);
        json!(Address { network, owner }.to_string())
    };
    let l1 = || json!(L1Address([5; 20]).to_string());
    let (one, two) = (account(&rig, 1), account(&rig, 2));
    let none = Value::Null;
    let expected = vec![
        ["transfer", "outgoing", "41", "received"].map(Value::from),
        ["transfer", "outgoing", "40", "rejected"].map(Value::from),
        ["transfer", "internal", "5", "sealed"].map(Value::from),
        ["forced_withdrawal", "outgoing", "7", "sealed"].map(Value::from),
        ["withdrawal", "outgoing", "30", "sealed"].map(Value::from),
        ["transfer", "incoming", "20", "sealed"].map(Value::from),
        ["transfer", "outgoing", "10", "sealed"].map(Value::from),
        ["deposit", "incoming", "1000000", "sealed"].map(Value::from),
    ];
    let others = [
        [address(2), none.clone(), none.clone()],
        [address(2), none.clone(), none.clone()],
        [address(1), json!(one), none.clone()],
        [l1(), none.clone(), json!(3)],
        [l1(), none.clone(), none.clone()],
        [address(2), json!(two), none.clone()],
        [address(2), json!(two), none.clone()],
        [none.clone(), none, json!(1)],
    ];
    let both = expected.into_iter().zip(others);
    let expected = both.map(|([a, b, c, d], [e, f, g])| [a, b, c, d, e, f, g]);
    (rig, expected.collect())
}

fn shown(payment: &Value) -> [Value; 7] {
    [
        "kind",
        "direction",
        "amount",
        "stage",
        "counterparty",
        "counterparty_account",
        "queue_index",
    ]
    .map(|field| payment[field].clone())
}

#[tokio::test]
async fn everything_that_moves_an_accounts_money_is_there_newest_first() {
    let world = World::new();
    let (mut rig, expected) = lived_in(&world).await;
    let one = account(&rig, 1);
    let (payments, next) = page(&rig, one, "?limit=100").await;
    let found: Vec<_> = payments.iter().map(shown).collect();
    assert_eq!(found, expected);
    assert_eq!(next, Value::Null);
    assert_eq!(payments[1]["rejection"]["code"], "replaced");
    assert!(payments[1]["times_ms"]["rejected"].is_u64());
    assert_eq!(payments[1]["batch"], Value::Null);
    for payment in &payments[2..] {
        assert!(payment["times_ms"]["sealed"].is_u64(), "{payment}");
        assert_eq!(payment["times_ms"]["final"], Value::Null);
    }
    // What is confirmed by the operator alone is told to the one who is paid as well, and once.
    let comes = rig.order_with_fee(2, 1, Some(1), 3, 8);
    send(&rig, &comes).await;
    let comes = json!(comes.hash(rig.rollup.domain).to_string());
    for (stage, place) in [("executed", 0), ("sealed", 1)] {
        let (payments, _) = page(&rig, one, "").await;
        assert_eq!(payments.len(), 9);
        let found = &payments[place];
        assert_eq!(found["hash"], comes);
        assert_eq!(found["stage"], stage);
        assert_eq!(found["direction"], "incoming");
        assert_eq!(
            (&found["amount"], &found["fee"]),
            (&json!("3"), &json!("8"))
        );
        rig.seal().await;
    }
    send(&rig, &rig.order(1, 10, Some(1), 6)).await;
    let (payments, _) = page(&rig, one, "?limit=1").await;
    assert_eq!(payments[0]["direction"], "internal");
    assert_eq!(payments[0]["stage"], "received");
    rig.stop().await;
}

#[tokio::test]
async fn pages_stay_where_they_are_while_new_payments_come() {
    let world = World::new();
    let (mut rig, _) = lived_in(&world).await;
    let one = account(&rig, 1);
    let (all, _) = page(&rig, one, "?limit=100").await;
    let names = |payments: &[Value]| -> Vec<[Value; 4]> {
        let name = |payment: &Value| {
            ["hash", "queue_index", "batch", "amount"].map(|field| payment[field].clone())
        };
        payments.iter().map(name).collect()
    };
    for limit in [1, 2, 3, 7] {
        let (mut found, mut query) = (Vec::new(), format!("?limit={limit}"));
        loop {
            let (payments, next) = page(&rig, one, &query).await;
            assert!(payments.len() == limit || next == Value::Null);
            found.extend(payments);
            let Some(next) = next.as_str() else {
                break;
            };
            query = format!("?limit={limit}&before={next}");
            // Another comes.
            let nonce = rig.nonce(2);
            send(&rig, &rig.order(2, nonce, Some(1), 1)).await;
            rig.seal().await.unwrap();
            rig.prove_all().await;
            rig.look().await;
            world.l1.mine(1);
        }
        // What came since stands before what was there.
        let begin = found.len() - all.len();
        let (one_that_waits, settled) = (&found[..1], &found[1 + begin..]);
        assert_eq!(names(one_that_waits), names(&all[..1]));
        assert_eq!(names(settled), names(&all[1..]), "{limit}");
    }
    rig.stop().await;
}

#[tokio::test]
async fn a_cursor_that_no_page_gave_is_refused() {
    let world = World::new();
    let (rig, _) = lived_in(&world).await;
    let (one, two) = (account(&rig, 1), account(&rig, 2));
    let (_, next) = page(&rig, one, "?limit=1").await;
    let next = next.as_str().unwrap();
    page(&rig, one, &format!("?before={next}")).await;
    for (account, before) in [
        (two, next.to_owned()),
        (one, next.to_uppercase()),
        (one, next[1..].to_owned()),
        (one, format!("{next}00")),
        (one, format!("0x{next}")),
        (one, "newest".to_owned()),
        (one, String::new()),
    ] {
        let asked = format!("/v1/accounts/{account}/payments?before={before}");
        let (status, answer) = rig.get(&asked).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{asked}");
        let error = &answer["error"];
        assert_eq!(error["code"], "invalid_parameter", "{asked}");
        assert_eq!(error["details"]["parameter"], "before", "{asked}");
    }
    let (status, answer) = rig.get("/v1/accounts/99/payments").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(answer["error"]["code"], "unknown_account");
    rig.stop().await;
}

#[tokio::test]
async fn an_operators_account_lists_what_batches_credited_to_it() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [0, 1]).await;
    for (nonce, to, fee) in [(0, 1, 500), (1, 0, 300), (2, 1, 0)] {
        send(&rig, &rig.order_with_fee(1, nonce, Some(to), 10, fee)).await;
        rig.seal().await.unwrap();
    }
    let operator = account(&rig, 0);
    let expected = [
        json!(["fees", "300", 3, null]),
        json!(["transfer", "10", 3, 0]),
        json!(["fees", "500", 2, null]),
        json!(["deposit", "1000000", 1, 0]),
    ];
    let shown = |payment: &Value| {
        json!(["kind", "amount", "batch", "position"].map(|field| payment[field].clone()))
    };
    let (all, next) = page(&rig, operator, "").await;
    assert_eq!(all.iter().map(shown).collect::<Vec<_>>(), expected);
    assert_eq!(next, Value::Null);
    let fees = &all[0];
    assert_eq!(fees["direction"], "incoming");
    assert_eq!(fees["stage"], "sealed");
    for field in [
        "hash",
        "queue_index",
        "counterparty",
        "counterparty_account",
    ] {
        assert_eq!(fees[field], Value::Null, "{field}");
    }
    // One a page, from the newest to the oldest.
    let (mut found, mut query) = (Vec::new(), "?limit=1".to_owned());
    loop {
        let (payments, next) = page(&rig, operator, &query).await;
        found.extend(payments.iter().map(shown));
        let Some(next) = next.as_str() else {
            break;
        };
        query = format!("?limit=1&before={next}");
    }
    assert_eq!(found, expected);
    rig.stop().await;
}
