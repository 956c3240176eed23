//! The whole rollup with everything going wrong, for tests.
//!
//! A scenario follows from a seed. A node with its store runs before a simulated layer 1 with the
//! contracts, users pay, and workers prove; meanwhile the layer 1 answers badly or is reorganised, writes
//! fail, the clock jumps, the node is killed, and workers do what they should not. Then nothing goes
//! wrong any more, and within a bounded time and without anybody's help
//!
//! - everything is final, and the node says that all is well;
//! - every payment that was acknowledged has had its effect, once;
//! - the accounts of a model, of the node, and of a restore from the layer 1 alone are equal;
//! - the operator has paid for no transaction that failed, but where blocks were replaced.
//!
//! Node, contract and restore verify every proof; only making one costs nothing here
//! (`trapdoor`). Time on the clocks is the scenario's; the order of what tasks do is the
//! machine's, so a seed that fails once may need some runs to fail again.

mod failure;
mod keys;
mod layer1;
mod operator;
mod runs;
mod scenario;
mod trapdoor;
mod trouble;
mod users;
mod waiting;
mod workers;

pub use failure::Failure;
pub use keys::{DevelopmentKeys, KeysError};
pub use runs::run_all;
pub use scenario::{Report, run};
pub use waiting::a_layer_1_that_is_away_is_waited_for;
