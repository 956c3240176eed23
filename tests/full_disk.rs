//! A disk on which there is no room: what was there stays as it is, what to do is said, and it goes on when
//! there is room again.
#![allow(clippy::unwrap_used)]
#![cfg(target_os = "linux")]

#[path = "program/condition.rs"]
mod condition;
#[path = "program/invoke.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod invoke;
#[path = "full_disk/keys.rs"]
mod keys;
#[path = "program/keys_directory.rs"]
mod keys_directory;
#[path = "full_disk/node.rs"]
mod node;
#[path = "program/process.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod process;
#[path = "full_disk/small_disk.rs"]
mod small_disk;
#[path = "full_disk/written_once.rs"]
mod written_once;
