//! What a node takes over HTTP: transfers a second, one by one and as lists, how long one takes on an idle
//! node, and what readers beside it cost. The node is the built program, over loopback, with a layer 1 and
//! without workers: what is measured ends where proving begins. All transfers are signed, and their requests
//! written, before the clock runs; receipts are checked after it.
//!
//!     cargo bench --bench throughput -- --json
//!
//! `ASSAY_BENCH_SHAPE` (by default `small`) is the shape of batches, `ASSAY_BENCH_TRANSFERS` (4000) how many
//! transfers each run hands in each way, `ASSAY_BENCH_RUNS` (3) how many runs there are; medians are shown. Keys
//! are kept where `ASSAY_KEYS` says, else under `target/tmp`.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "throughput/crowd.rs"]
mod crowd;
#[path = "throughput/figures.rs"]
mod figures;
#[path = "../tests/program/invoke.rs"]
mod invoke;
#[path = "../tests/program/keys_directory.rs"]
mod keys_directory;
#[path = "throughput/latency.rs"]
mod latency;
#[path = "throughput/load.rs"]
mod load;
#[path = "../tests/program/process.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod process;
#[path = "../tests/program/rig.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod rig;
#[path = "throughput/rollup.rs"]
mod rollup;
#[path = "throughput/senders.rs"]
mod senders;

use std::{env, fmt::Debug, str::FromStr};

use assay_api::wire::TransactionList;
use assay_circuits::shape::Shape;

use crowd::Crowd;
use figures::{Figures, Machine, Run};
use load::Load;
use rollup::Rollup;
use senders::Senders;

/// Connections that hand transfers in one by one.
const CONNECTIONS: usize = 16;
/// Connections that hand lists in: as many as the node takes at a time.
const LIST_CONNECTIONS: usize = 4;
/// Senders of one connection. What waits of one account is bounded.
const SENDERS_PER_CONNECTION: usize = 8;
/// Transfers of which each is waited for before the next.
const ALONE: usize = 200;
/// Those who listen to events.
const LISTENERS: usize = 100;

/// What the environment says, or else this.
fn setting<T: FromStr<Err: Debug>>(name: &str, otherwise: T) -> T {
    env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

fn main() {
    let given = |name: &str| env::args().any(|argument| argument == name);
    // `cargo test` runs it as well, and has no use for figures.
    if !given("--bench") {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let figures = runtime.block_on(measure());
    match given("--json") {
        true => println!("{}", serde_json::to_string_pretty(&figures).unwrap()),
        false => println!("{figures}"),
    }
}

async fn measure() -> Figures {
    let shape: Shape = setting("ASSAY_BENCH_SHAPE", Shape::Small);
    let transfers: usize = setting("ASSAY_BENCH_TRANSFERS", 4_000);
    let runs: usize = setting("ASSAY_BENCH_RUNS", 3);
    let (rollup, mut senders) = begin(shape).await;
    let machine = Machine::look(rollup.directory());
    let latency = latency::measure(&rollup, &mut senders, ALONE).await;
    drop(rollup);
    let mut done = Vec::with_capacity(runs);
    for number in 1..=runs {
        eprintln!("run {number} of {runs}");
        done.push(run(shape, transfers).await);
    }
    Figures {
        machine,
        shape,
        transfers,
        connections: CONNECTIONS,
        list_connections: LIST_CONNECTIONS,
        list: TransactionList::MOST,
        listeners: LISTENERS,
        latency,
        runs: done,
    }
}

/// Each way of handing in, on a node of its own: what one leaves without a proof is nothing to the next.
async fn run(shape: Shape, transfers: usize) -> Run {
    let one_by_one = {
        let (rollup, mut senders) = begin(shape).await;
        let signed = senders.sign(transfers, CONNECTIONS);
        Load::one_by_one(&rollup, signed).run(&rollup).await
    };
    let lists = {
        let (rollup, mut senders) = begin(shape).await;
        let signed = senders.sign(transfers, LIST_CONNECTIONS);
        Load::lists(&rollup, signed).run(&rollup).await
    };
    let (rollup, mut senders) = begin(shape).await;
    let signed = senders.sign(transfers, LIST_CONNECTIONS);
    let load = Load::lists(&rollup, signed);
    let crowd = Crowd::gather(&rollup, LISTENERS, senders.accounts()).await;
    let lists_beside_readers = load.run(&rollup).await;
    Run {
        one_by_one,
        lists,
        lists_beside_readers,
        read: crowd.leave().await,
    }
}

/// A node with nothing but senders.
async fn begin(shape: Shape) -> (Rollup, Senders) {
    let rollup = Rollup::start(shape).await;
    let senders = Senders::open(&rollup, CONNECTIONS * SENDERS_PER_CONNECTION).await;
    (rollup, senders)
}
