//! A node that follows, whose looks at the layer 1 are the test's to order.

use std::path::Path;

use ark_bn254::Fr;
use assay_circuits::quantity::{AccountIndex, TokenId};
use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{World, owner};
use crate::{
    api::{self, Calls},
    config::NodeConfig,
    follower::Follower,
    health::Health,
    l1::memory::CONTRACT,
    node::assembly::{Asking, Prepared, Work},
    storage::Disk,
};

/// A node that follows.
pub(crate) struct FollowingRig {
    follower: Follower,
    pub(crate) asking: Asking,
    pub(crate) calls: Calls,
    pub(crate) restart: CancellationToken,
}

impl World {
    /// A node that follows, with a directory of its own.
    pub(crate) async fn follow(&self, data_dir: &Path) -> FollowingRig {
        let mut config = NodeConfig::follower("", CONTRACT, None, data_dir);
        config.l1.confirmations = 0;
        config.l1.finality_blocks = 1;
        config.l1.poll_ms = 1;
        config.limits.requests_per_s = 0;
        let prepared = self.prepare(config, Disk::default()).await.unwrap();
        FollowingRig::of(prepared)
    }
}

impl FollowingRig {
    /// The parts of a node that follows, or does not make batches yet.
    pub(crate) fn of(prepared: Prepared) -> Self {
        let Prepared {
            work,
            calls,
            asking,
            restart,
            ..
        } = prepared;
        let Work::Following(follower) = work else {
            panic!("this node makes batches");
        };
        Self {
            follower: *follower,
            asking,
            calls,
            restart,
        }
    }

    /// Looks until there is no more to take up, or something is wrong.
    pub(crate) async fn look(&mut self) {
        while self.follower.look().await && !self.restart.is_cancelled() {}
    }

    pub(crate) fn health(&self) -> &Health {
        &self.calls.operations.health
    }

    pub(crate) fn balance(&self, user: u8) -> u128 {
        let accounts = &self.calls.accounts.accounts;
        let index = accounts.find(&owner(user), TokenId::ETHER);
        let found = index.and_then(|index| accounts.get(index));
        found.map_or(0, |found| found.account.balance.0)
    }

    /// The root of the last batch proved on the layer 1.
    pub(crate) async fn proved_root(&self) -> Fr {
        let proved = &self.calls.accounts.proved;
        proved.leaf_proof(AccountIndex::FIRST).await.root
    }

    pub(crate) async fn call(&self, request: Request<Body>) -> (StatusCode, Value) {
        let router = api::router(self.calls.clone());
        let response = router.oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 24).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        self.call(request).await
    }
}
