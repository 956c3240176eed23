//! Metrics of Assay's processes. Each part has a table of its own, made by [`table`], and what is not in
//! a table cannot be recorded: only this crate names the library that does it (`tests/tidy.rs`). One
//! recorder serves the process, whichever parts run in it.

pub mod kinds;
pub mod listener;
pub mod process;
mod recorder;
mod table;

pub use kinds::{Counter, Description, Gauge, Histogram, Kind, Label};
pub use recorder::{install, render};
