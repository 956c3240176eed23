//! What can be claimed, and whether the layer 1 says that it was.

use assay_api::{client::NodeClient, wire::Claimant};
use assay_circuits::{address::L1Address, quantity::BatchNumber};
use assay_l1::{
    address::EthAddress,
    batch::{Claim, claims_hash},
};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::{
    api::claims::views,
    record::{DropCause, RollBack},
    rig::{Rig, World},
};

const RECEIVER: &str = "0x0505050505050505050505050505050505050505";

/// A node with two withdrawals in a batch, one in the next, and one in a batch that is not proved.
async fn with_claims(world: &World, config: crate::config::NodeConfig) -> Rig {
    let mut rig = world.start_with(config, Default::default()).await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    for orders in [
        vec![rig.order(1, 0, None, 10), rig.order(2, 0, None, 20)],
        vec![rig.order(1, 1, None, 30)],
    ] {
        for order in orders {
            assert_eq!(rig.submit(&order).await.0, StatusCode::ACCEPTED);
        }
        rig.seal().await;
    }
    rig.finish(&world.l1).await;
    let late = rig.order(2, 1, None, 40);
    assert_eq!(rig.submit(&late).await.0, StatusCode::ACCEPTED);
    rig.seal().await;
    rig
}

/// Batch, number in it, amount and whether it was paid, of each on a page.
fn shown(answer: &Value) -> Vec<(u64, u64, &str, Option<bool>)> {
    let claims = answer["claims"].as_array().unwrap().iter();
    let shown = claims.map(|claim| {
        let number = |field: &str| claim[field].as_u64().unwrap();
        let amount = claim["amount"].as_str().unwrap();
        let claimed = claim["claimed"].as_bool();
        (number("batch"), number("which"), amount, claimed)
    });
    shown.collect()
}

async fn asked(rig: &Rig, query: &str) -> Value {
    let (status, answer) = rig.get(&format!("/v1/claims?{query}")).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

#[tokio::test]
async fn what_waits_on_the_layer_1_is_told_by_receiver_and_by_account() {
    let world = World::new();
    let mut rig = with_claims(&world, world.config()).await;
    let [one, two] = [1, 2].map(|user| rig.account(user).unwrap());
    let by_receiver = format!("to={RECEIVER}");
    let answer = asked(&rig, &by_receiver).await;
    // What is not proved cannot be claimed.
    let all = [
        (3, 0, "30", Some(false)),
        (2, 1, "20", Some(false)),
        (2, 0, "10", Some(false)),
    ];
    assert_eq!(shown(&answer), all);
    assert_eq!(answer["next_before"], Value::Null);
    world.l1.claim(2, 1);
    assert_eq!(
        shown(&asked(&rig, &by_receiver).await)[1],
        (2, 1, "20", Some(true))
    );
    let of_one = asked(&rig, &format!("from={one}")).await;
    assert_eq!(shown(&of_one), [all[0], all[2]]);
    let of_two = asked(&rig, &format!("from={two}")).await;
    assert_eq!(shown(&of_two), [(2, 1, "20", Some(true))]);
    assert_eq!(of_two["claims"][0]["from"], two.get());
    assert_eq!(of_two["claims"][0]["to"], L1Address([5; 20]).to_string());
    let nobody = asked(&rig, &format!("to=0x{}", "06".repeat(20))).await;
    assert_eq!(
        nobody,
        json!({ "claims": [], "batches": [], "next_before": null })
    );
    let (status, refused) = rig.get("/v1/claims?from=77").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(refused["error"]["code"], "unknown_account");
    // With its proof the last one is there as well.
    rig.finish(&world.l1).await;
    assert_eq!(shown(&asked(&rig, &by_receiver).await).len(), 4);
    rig.stop().await;
}

/// The material is what the contract takes: the header has the hash of the list, and is the batch's.
#[tokio::test]
async fn a_page_has_what_claim_wants() {
    let world = World::new();
    let rig = with_claims(&world, world.config()).await;
    let answer = asked(&rig, &format!("to={RECEIVER}")).await;
    let batches = answer["batches"].as_array().unwrap();
    assert_eq!(batches.len(), 2);
    for batch in batches {
        let (_, detail) = rig.get(&format!("/v1/batches/{}", batch["number"])).await;
        assert_eq!(batch["header"], detail["header"]);
        assert_eq!(batch["claims"], detail["claims"]);
        assert_eq!(batch["stage"], detail["stage"]);
        let list = batch["claims"].as_array().unwrap().iter();
        let list = list.map(|claim| Claim {
            token: 0,
            amount: claim["amount"].as_str().unwrap().parse().unwrap(),
            receiver: EthAddress([5; 20]),
            from: u32::try_from(claim["from"].as_u64().unwrap()).unwrap(),
        });
        let hash = format!("0x{}", hex::encode(claims_hash(&list.collect::<Vec<_>>())));
        assert_eq!(batch["header"]["claims_hash"], hash);
    }
    // Each claim names its transaction.
    let hash = rig.order(1, 0, None, 10).hash(rig.rollup.domain);
    assert_eq!(answer["claims"][2]["hash"], hash.to_string());
    rig.stop().await;
}

#[tokio::test]
async fn pages_follow_on_each_other() {
    let world = World::new();
    let rig = with_claims(&world, world.config()).await;
    let mut found = Vec::new();
    let mut before = String::new();
    loop {
        let answer = asked(&rig, &format!("to={RECEIVER}&limit=1{before}")).await;
        assert_eq!(answer["batches"].as_array().unwrap().len(), 1);
        let [(batch, which, ..)] = shown(&answer)[..] else {
            panic!("{answer}");
        };
        found.push((batch, which));
        match answer["next_before"].as_str() {
            Some(next) => before = format!("&before={next}"),
            None => break,
        }
    }
    assert_eq!(found, [(3, 0), (2, 1), (2, 0)]);
    rig.stop().await;
}

/// That the layer 1 does not answer says nothing of what it would.
#[tokio::test]
async fn what_the_layer_1_does_not_answer_is_not_known() {
    let world = World::new();
    let rig = with_claims(&world, world.config()).await;
    world.l1.leave_unanswered(Some(("is claimed", 1)));
    let answer = asked(&rig, &format!("to={RECEIVER}")).await;
    let claimed = shown(&answer).into_iter().map(|(.., claimed)| claimed);
    let claimed: Vec<_> = claimed.collect();
    assert_eq!(claimed.len(), 3);
    assert_eq!(claimed.iter().filter(|one| one.is_none()).count(), 2);
    assert!(claimed.contains(&Some(false)));
    assert_eq!(answer["batches"].as_array().unwrap().len(), 2);
    rig.stop().await;
}

/// Between the finding of claims and the telling of them the layer 1 is asked, and batches may be dropped.
#[tokio::test]
async fn a_claim_of_a_batch_that_was_dropped_meanwhile_is_left_out() {
    let world = World::new();
    let rig = with_claims(&world, world.config()).await;
    let storage = &rig.storage;
    let receiver = Claimant::To(L1Address([5; 20]));
    let page = storage.claims_of(receiver, (BatchNumber(4), 0), 10);
    let places = page.unwrap().claims;
    let told_of = |claimant: Claimant, places: &[(BatchNumber, u16)]| {
        let found = places.iter().map(|place| (*place, Some(false)));
        let (claims, batches) = views(&rig.calls.batches, claimant, found).unwrap();
        let claims = claims.iter().map(|claim| (claim.batch, claim.claim.which));
        let batches = batches.iter().map(|batch| batch.number);
        (claims.collect::<Vec<_>>(), batches.collect::<Vec<_>>())
    };
    let told = |claimant| told_of(claimant, &places);
    assert_eq!(told(receiver), (vec![(3, 0), (2, 1), (2, 0)], vec![3, 2]));
    // One that is forgotten stands behind those that are kept, and is told with none of theirs.
    let forgotten = [places[0], (BatchNumber(9), 0)];
    assert_eq!(told_of(receiver, &forgotten), (vec![(3, 0)], vec![3]));
    // As where another batch has the number of one that was dropped, with claims of others in these places.
    let two = Claimant::From(rig.account(2).unwrap());
    assert_eq!(told(two), (vec![(2, 1)], vec![2]));
    for (to, left) in [(2, (vec![(2, 1), (2, 0)], vec![2])), (1, (vec![], vec![]))] {
        let wanted = RollBack {
            to: BatchNumber(to),
            cause: DropCause::ForeignBatch,
            at_ms: 5,
        };
        storage.roll_back(wanted, rig.rollup.domain).await.unwrap();
        assert_eq!(told(receiver), left, "{to}");
    }
    rig.stop().await;
}

/// Whoever asks has the node ask the layer 1.
#[tokio::test]
async fn each_claim_on_a_page_counts_as_a_request() {
    let world = World::new();
    let mut config = world.config();
    config.limits.requests_per_s = 1;
    config.limits.request_burst = 8;
    let rig = with_claims(&world, config).await;
    let router = crate::api::router(rig.calls.clone());
    let ask = async |path: String| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        response.status().as_u16()
    };
    for status in [200, 200, 429] {
        assert_eq!(ask(format!("/v1/claims?to={RECEIVER}")).await, status);
    }
    rig.stop().await;
}

#[tokio::test]
async fn the_client_asks_for_both() {
    let world = World::new();
    let rig = with_claims(&world, world.config()).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = NodeClient::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let shutdown = tokio_util::sync::CancellationToken::new();
    let serving = tokio::spawn(crate::api::serve(
        rig.calls.clone(),
        listener,
        shutdown.clone(),
    ));
    let receiver = Claimant::To(L1Address([5; 20]));
    let page = client.claims(receiver, Some(2), None).await.unwrap();
    assert_eq!(page.claims.len(), 2);
    assert_eq!(page.claims[0].claimed, Some(false));
    let before = page.next_before.unwrap();
    let rest = client.claims(receiver, None, Some(&before)).await.unwrap();
    assert_eq!((rest.claims.len(), rest.next_before), (1, None));
    let of_two = Claimant::From(rig.account(2).unwrap());
    let found = client.claims(of_two, None, None).await.unwrap();
    assert_eq!(found.claims[0].claim.amount, "20");
    shutdown.cancel();
    serving.await.unwrap();
    rig.stop().await;
}
