//! What a worker tells of what it does.

use super::*;
use crate::worker::Activity;

#[tokio::test]
async fn what_a_worker_does_is_told_as_it_begins() {
    let (_node, url, _heard) = Node::start(script([status(503), status(204), lent(1)])).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let kept = told.clone();
    let watched = WorkerConfig {
        watcher: Watcher::new(move |activity| kept.lock().unwrap().push(activity)),
        ..config(&url)
    };
    let circuits = vec![CircuitId::Batch(Shape::Tiny)];
    run_with(watched, circuits, toy(), CancellationToken::new())
        .await
        .unwrap();
    let mut told = std::mem::take(&mut *told.lock().unwrap());
    let before = told.len();
    told.retain(|activity| !matches!(activity, Activity::Proving { .. }));
    assert!(told.len() < before, "nothing was told of the proof");
    assert!(
        matches!(
            &told[..],
            [
                Activity::NodeIsAway { reason },
                Activity::Idle,
                Activity::Leased { batch: leased, .. },
                Activity::Ended { batch, outcome: "accepted", seconds },
            ] if leased == batch && *seconds > 0.0 && reason.contains("503")
        ),
        "{told:?}"
    );
}
