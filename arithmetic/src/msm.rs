//! Multi-scalar multiplication on G1 and G2.
//!
//! Pippenger's buckets with signed digits, arranged so that nothing ever conflicts: the digits of a
//! window are sorted once ([`Recoding`]), the points of a bucket are then adjacent, and a bucket is
//! summed as a tree of pairs. A level of all the trees of a task is one batch of independent affine
//! additions ([`pairs`]). The weighted sum of the buckets is turned into such trees as well
//! ([`task`]), so that all additions but a few hundred run in the same kernel.

pub(crate) mod curve;
pub(crate) mod pairs;
pub(crate) mod recoding;
mod task;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, MutexGuard};

use ark_bn254::{Fr, G1Projective, G2Projective};
use ark_ec::AdditiveGroup;
use rayon::prelude::*;

use crate::backend::Backend;
use curve::{Curve, G1, G2};
use recoding::Recoding;
use task::{Task, Workspace};

pub use curve::{BasesG1, BasesG2};

/// Multi-scalar multiplication on one backend, on the threads of the current rayon pool.
///
/// It keeps the memory of the scalars' digits from call to call: asking the system for it can take as
/// long as cutting them.
#[derive(Debug)]
pub struct Msm {
    backend: Backend,
    /// Recodings that no call is using.
    idle: Mutex<Vec<Recoding>>,
}

impl Msm {
    /// One that has no memory yet.
    #[must_use]
    pub fn new(backend: Backend) -> Self {
        Self {
            backend,
            idle: Mutex::default(),
        }
    }

    /// `sum of scalar(i) * bases[i]` on G1.
    pub fn g1(&self, bases: &BasesG1<'_>, scalar: impl Fn(usize) -> Fr + Sync) -> G1Projective {
        self.sum::<G1>(&bases.0, scalar)
    }

    /// As [`Msm::g1`], on G2.
    pub fn g2(&self, bases: &BasesG2<'_>, scalar: impl Fn(usize) -> Fr + Sync) -> G2Projective {
        self.sum::<G2>(&bases.0, scalar)
    }

    fn sum<C: Curve>(
        &self,
        bases: &[C::Point],
        scalar: impl Fn(usize) -> Fr + Sync,
    ) -> C::Projective {
        let mut recoding = self.idle().pop().unwrap_or_default();
        recoding.renew(bases.len(), scalar);
        let sum = sum::<C>(self.backend, &[(bases, &recoding)]);
        self.idle().push(recoding);
        sum
    }

    /// The lock is held by nobody who waits for other threads.
    fn idle(&self) -> MutexGuard<'_, Vec<Recoding>> {
        self.idle
            .lock()
            .expect("no thread panics with the lock held")
    }
}

/// Bases and the digits of their scalars.
type Term<'a, C> = (&'a [<C as Curve>::Point], &'a Recoding);

fn sum<C: Curve>(backend: Backend, terms: &[Term<'_, C>]) -> C::Projective {
    let Some((_, first)) = terms.first() else {
        return C::Projective::ZERO;
    };
    for (bases, scalars) in terms {
        assert_eq!(bases.len(), scalars.len(), "one scalar for each base");
        assert_eq!(
            scalars.window_bits(),
            first.window_bits(),
            "one width of windows"
        );
    }
    let tasks: Vec<(usize, Task)> = (0..first.windows().len())
        .flat_map(|window| {
            let digits: Vec<_> = terms.iter().map(|term| &term.1.windows()[window]).collect();
            Task::split(&digits)
                .into_iter()
                .map(move |task| (window, task))
        })
        .collect();
    // A workspace is several megabytes: one for each thread at work, not one for each task.
    let idle = Mutex::new(Vec::<Workspace<C>>::new());
    let partial: Vec<(usize, C::Projective)> = tasks
        .into_par_iter()
        .with_max_len(1)
        .map(|(window, task)| {
            let taken = idle
                .lock()
                .expect("no thread panics with the lock held")
                .pop();
            let mut workspace = taken.unwrap_or_default();
            let digits: Vec<_> = terms
                .iter()
                .map(|(bases, scalars)| (*bases, &scalars.windows()[window]))
                .collect();
            let sum = workspace.run(backend, &digits, &task);
            idle.lock()
                .expect("no thread panics with the lock held")
                .push(workspace);
            (window, sum)
        })
        .collect();
    let mut windows = vec![C::Projective::ZERO; first.windows().len()];
    for (window, sum) in partial {
        windows[window] += sum;
    }
    windows
        .into_iter()
        .rev()
        .fold(C::Projective::ZERO, |mut total, window| {
            for _ in 0..first.window_bits() {
                total.double_in_place();
            }
            total + window
        })
}
