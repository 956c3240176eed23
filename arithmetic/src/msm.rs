//! Multi-scalar multiplication on G1 and G2.
//!
//! Pippenger's buckets with signed digits, arranged so that nothing ever conflicts: the digits of a
//! window are sorted once ([`Recoding`]), the points of a bucket are then adjacent, and a bucket is
//! summed as a tree of pairs. A level of all the trees of a task is one batch of independent affine
//! additions ([`pairs`]). The weighted sum of the buckets is turned into such trees as well
//! ([`task`]), so that all additions but a few hundred run in the same kernel.

pub(crate) mod curve;
pub(crate) mod pairs;
mod recoding;
mod task;
#[cfg(test)]
mod tests;

use std::sync::Mutex;

use ark_bn254::{Fr, G1Projective, G2Projective};
use ark_ec::AdditiveGroup;
use rayon::prelude::*;

use crate::backend::Backend;
use curve::{Curve, G1, G2};
use task::{Task, Workspace};

pub use curve::{BasesG1, BasesG2};
pub use recoding::Recoding;

/// `sum of scalars[i] * bases[i]` on G1; runs on the threads of the current rayon pool.
///
/// # Panics
/// If the numbers of bases and scalars differ.
pub fn msm_g1(backend: Backend, bases: &BasesG1<'_>, scalars: &Recoding) -> G1Projective {
    msm_g1_sum(backend, &[(bases, scalars)])
}

/// The sum of several multi-scalar multiplications in one set of buckets.
///
/// # Panics
/// If the numbers of bases and scalars differ, or the widths of the windows.
pub fn msm_g1_sum(backend: Backend, terms: &[(&BasesG1<'_>, &Recoding)]) -> G1Projective {
    let terms: Vec<_> = terms
        .iter()
        .map(|(bases, scalars)| (&*bases.0, *scalars))
        .collect();
    sum::<G1>(backend, &terms)
}

/// As [`msm_g1`], on G2.
///
/// # Panics
/// If the numbers of bases and scalars differ.
pub fn msm_g2(backend: Backend, bases: &BasesG2<'_>, scalars: &Recoding) -> G2Projective {
    sum::<G2>(backend, &[(&*bases.0, scalars)])
}

/// One call for scalars that are used once.
pub fn msm_g1_once(backend: Backend, bases: &BasesG1<'_>, scalars: &[Fr]) -> G1Projective {
    msm_g1(backend, bases, &Recoding::new(scalars))
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
