//! A layer 1 and a node, each a process of its own.

use std::{path::Path, time::Duration};

use assay_api::client::NodeClient;
use assay_circuits::{
    address::{Address, L1Address, Network},
    order::Domain,
    shape::Shape,
};
use assay_l1::address::EthAddress;

use crate::{
    invoke::keys_dir,
    process::Process,
    rig::{Rig, User, printed, until_every},
};

/// Chain id of `assay l1`.
const CHAIN_ID: u64 = 31_337;
/// Batches without a proof that the node may have: there are no workers, and all that is measured must fit.
const BATCHES_IN_FLIGHT: &str = "65536";
/// How often a condition is looked at, which ends what is measured.
const POLL: Duration = Duration::from_millis(10);
/// What the payer deposits, wei.
const DEPOSIT: u128 = 100_000_000_000_000_000_000;

pub(crate) struct Rollup {
    // Ended before their directory goes.
    _node: Process,
    _l1: Process,
    rig: Rig,
    /// A client of the node.
    pub(crate) client: NodeClient,
    /// Signs receipts.
    pub(crate) operator: Address,
    /// Separates its signatures from those of other rollups.
    pub(crate) domain: Domain,
}

impl Rollup {
    /// Starts them with batches of a shape; makes its keys where there are none.
    pub(crate) async fn start(shape: Shape) -> Self {
        eprintln!("a layer 1 and a node with batches of shape {shape}");
        let l1 = ["l1", "--port", "0", "--block-time-ms", "100", "--shape"];
        let (l1, lines) = Process::start(&[&l1, &[shape.name()][..]].concat(), "next");
        let keys = keys_dir().to_str().unwrap().to_owned();
        let contract: EthAddress = printed(&lines, "contract").parse().unwrap();
        let mut rig = Rig::at((&printed(&lines, "L1"), CHAIN_ID), contract, shape, keys);
        let mut command = rig.node_command(0);
        command.args(["--batches-in-flight", BATCHES_IN_FLIGHT]);
        // A client may listen to a few streams only: those who listen say that they are others.
        command.args(["--trusted-proxy", "127.0.0.1/32"]);
        let node = rig.spawn_node(command);
        let client = rig.client();
        let status = client.status().await.unwrap();
        Self {
            _node: node,
            _l1: l1,
            operator: status.operator.unwrap().parse().unwrap(),
            domain: Domain::new(CHAIN_ID, L1Address(contract.0)),
            rig,
            client,
        }
    }

    pub(crate) fn network(&self) -> Network {
        Network::of_chain(CHAIN_ID)
    }

    /// Where a call is.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.rig.node_url())
    }

    /// Where the node keeps what it must not lose.
    pub(crate) fn directory(&self) -> &Path {
        self.rig.directory.path()
    }

    /// Somebody who can pay for everybody.
    pub(crate) async fn payer(&self) -> User {
        self.rig.user(1, DEPOSIT).await
    }

    /// Waits until everything that is executed now is sealed.
    pub(crate) async fn sealed(&self) {
        let heights = async || self.client.status().await.unwrap().heights;
        let executed = heights().await.executed;
        soon("all is sealed", async || {
            (heights().await.sealed >= executed).then_some(())
        })
        .await;
    }
}

/// Waits until `condition` gives something.
pub(crate) async fn soon<T>(what: &str, condition: impl AsyncFnMut() -> Option<T>) -> T {
    until_every(POLL, what, condition).await
}
