//! Rollups that are restored, and histories that are not those of a rollup.
#![allow(clippy::unwrap_used)]

#[path = "restoring/deployment.rs"]
mod deployment;
#[path = "restoring/forge.rs"]
mod forge;
#[path = "restoring/from_l1.rs"]
mod from_l1;
#[path = "restoring/hostile.rs"]
mod hostile;
#[path = "restoring/leaving.rs"]
mod leaving;
#[path = "restoring/operator.rs"]
mod operator;
#[path = "restoring/promises.rs"]
mod promises;
