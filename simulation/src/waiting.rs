//! A node whose layer 1 does not answer waits for it, and says so to whoever asks.

use assay_api::client::ClientError;
use assay_faults::Fault;
use tempfile::TempDir;
use tokio::time::{Duration, sleep};

use crate::{
    failure::Failure,
    keys::DevelopmentKeys,
    layer1::Layer1,
    operator::{Clocks, FaultyDisk, Operator},
};

/// How often the node is asked.
const ASK_EVERY: Duration = Duration::from_millis(100);
/// Questions until it must have said so.
const QUESTIONS_MAX: u32 = 600;
/// The node's error where it is starting.
const STARTING: &str = "starting_anew";
/// The node's fault where a write has failed.
const STORAGE: &str = "storage_unavailable";

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Well,
    StorageFault,
    Starting,
}

/// The layer 1 is away at the node's start, and again while the node takes up its state after a write
/// failed.
///
/// # Errors
/// [`Failure`]: the node ended, or did not come right by itself.
pub async fn a_layer_1_that_is_away_is_waited_for(keys: &DevelopmentKeys) -> Result<(), Failure> {
    let l1 = Layer1::start(keys).await?;
    let directory = TempDir::new().map_err(Failure::rig)?;
    let (clocks, disk) = (Clocks::new(), FaultyDisk::default());
    let goes_away = || l1.faulty.set(|_| Some(Fault::Cut));
    goes_away();
    let surroundings = (&clocks, &disk);
    let node = Operator::start((&l1, keys), directory.path(), surroundings).await?;
    until(&node, Answer::Starting).await?;
    l1.faulty.clear();
    until(&node, Answer::Well).await?;
    disk.fail_every(1);
    l1.deposit(&crate::operator::operator_key().public_key().0, 1)
        .await?;
    (0..2).for_each(|_| l1.mine());
    until(&node, Answer::StorageFault).await?;
    goes_away();
    disk.fail_every(0);
    until(&node, Answer::Starting).await?;
    l1.faulty.clear();
    until(&node, Answer::Well).await?;
    node.stop().await
}

async fn until(node: &Operator, wanted: Answer) -> Result<(), Failure> {
    let mut last = "nothing".to_owned();
    for _ in 0..QUESTIONS_MAX {
        if node.has_ended() {
            return Err(Failure::Ended(format!("before it was {wanted:?}")));
        }
        let answer = match node.client.status().await {
            Ok(status) if status.ready && status.faults.is_empty() => Some(Answer::Well),
            Ok(status) => {
                last = format!("{:?}", status.faults);
                let failed = status.faults.iter().any(|fault| fault.starts_with(STORAGE));
                failed.then_some(Answer::StorageFault)
            }
            Err(ClientError::Refused { error, .. }) => {
                last.clone_from(&error.code);
                (error.code == STARTING).then_some(Answer::Starting)
            }
            Err(error) => {
                last = error.to_string();
                None
            }
        };
        if answer == Some(wanted) {
            return Ok(());
        }
        sleep(ASK_EVERY).await;
    }
    Err(Failure::Differs {
        what: "the node".to_owned(),
        found: last,
        expected: format!("{wanted:?}"),
    })
}
