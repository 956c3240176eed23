//! The threads that a prover works with.

use std::num::NonZeroUsize;

/// A pool of its own; in a browser the one thread that there is, on which rayon runs everything.
#[derive(Debug)]
pub(crate) struct Threads(#[cfg(not(target_arch = "wasm32"))] rayon::ThreadPool);

#[cfg(not(target_arch = "wasm32"))]
impl Threads {
    /// As many as given, or one per core.
    pub(crate) fn start(count: Option<NonZeroUsize>) -> Result<Self, rayon::ThreadPoolBuildError> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(count.map_or(0, NonZeroUsize::get))
            .thread_name(|index| format!("prover-{index}"))
            .build()?;
        Ok(Self(pool))
    }

    pub(crate) fn count(&self) -> usize {
        self.0.current_num_threads()
    }

    /// Runs something on them.
    pub(crate) fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.0.install(work)
    }
}

#[cfg(target_arch = "wasm32")]
impl Threads {
    /// One, however many are asked for.
    pub(crate) fn start(_: Option<NonZeroUsize>) -> Result<Self, rayon::ThreadPoolBuildError> {
        Ok(Self())
    }

    pub(crate) fn count(&self) -> usize {
        1
    }

    pub(crate) fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        work()
    }
}
