//! A task: a run of sorted digits of one window, summed bucket by bucket and weighted.
//!
//! Tasks are cut by the number of entries, so that they take the same time whatever the digits are;
//! a cut may go through a bucket, for what two tasks find in it simply adds up.
//!
//! With `B[j]` the sums of the buckets `low + j`, of digits `low + j + 1`, a task contributes
//! `sum of j B[j] + (low + 1) * sum of B[j]`. Let `S[0] = B` and `S[l + 1]` the sums of neighbours
//! of `S[l]`. Index `j` has its bit `l` set if and only if `B[j]` went into an odd element of
//! `S[l]`, so `sum of j B[j]` is `sum of 2^l O[l]` where `O[l]` adds up the odd elements of `S[l]`.
//! That takes two additions for each bucket as running sums do, but they are trees: both the `S[l]`
//! and the `O[l]` are made by batches of independent additions.

use std::marker::PhantomData;

use ark_ec::AdditiveGroup;

use crate::backend::Backend;
use crate::line::Line;
use crate::msm::curve::Curve;
use crate::msm::pairs::{AddPairs, Export, Import, Pair, Picked, Sums};
use crate::msm::recoding::Window;

/// Entries of a task: enough for the inversions to be shared widely, few enough for its sums
/// (2 MiB in G1 after the first level) to stay in cache.
const ENTRIES: usize = 1 << 16;

/// A run of entries of one window, per term of the sum.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    /// Buckets the run touches, the last one included.
    buckets: (usize, usize),
    /// Entries of each term.
    entries: Vec<(u32, u32)>,
}

impl Task {
    /// Cuts the digits of a window, which several terms may share the buckets of, into tasks.
    pub(crate) fn split(digits: &[&Window]) -> Vec<Self> {
        let total: usize = digits.iter().map(|window| window.entries().len()).sum();
        if total == 0 {
            return Vec::new();
        }
        let tasks = total.div_ceil(ENTRIES);
        let cuts: Vec<_> = (0..=tasks)
            .map(|i| Cut::at(digits, total * i / tasks))
            .collect();
        cuts.windows(2)
            .map(|cut| Self {
                buckets: (cut[0].bucket, cut[1].last_bucket(digits)),
                entries: cut[0]
                    .ends
                    .iter()
                    .copied()
                    .zip(cut[1].ends.iter().copied())
                    .collect(),
            })
            .collect()
    }
}

/// A place in the entries of all terms, ordered by bucket and then by term.
struct Cut {
    bucket: usize,
    ends: Vec<u32>,
}

impl Cut {
    /// The place before which there are `position` entries.
    fn at(digits: &[&Window], position: usize) -> Self {
        let buckets = digits[0].offsets.len() - 1;
        let before = |bucket: usize| -> usize {
            digits
                .iter()
                .map(|window| window.offsets[bucket] as usize)
                .sum()
        };
        // The last bucket that starts at or before the position.
        let (mut bucket, mut above) = (0, buckets);
        while above - bucket > 1 {
            let middle = usize::midpoint(bucket, above);
            if before(middle) <= position {
                bucket = middle;
            } else {
                above = middle;
            }
        }
        let mut rest = position - before(bucket);
        let ends = digits
            .iter()
            .map(|window| {
                let (start, end) = (window.offsets[bucket], window.offsets[bucket + 1]);
                let taken = rest.min((end - start) as usize);
                rest -= taken;
                start + taken as u32
            })
            .collect();
        Self { bucket, ends }
    }

    /// The bucket of the entry before this place.
    fn last_bucket(&self, digits: &[&Window]) -> usize {
        let mut bucket = self.bucket;
        while bucket > 0
            && digits
                .iter()
                .zip(&self.ends)
                .all(|(window, &end)| end <= window.offsets[bucket])
        {
            bucket -= 1;
        }
        bucket
    }
}

/// Buffers of a thread, kept from task to task.
pub(crate) struct Workspace<C: Curve> {
    points: Vec<C::Point>,
    next: Vec<C::Point>,
    odd: Vec<C::Point>,
    /// Points of each segment in `points`.
    counts: Vec<u32>,
    pairs: Vec<Pair>,
    singles: Vec<Pair>,
    scratch: Vec<Line>,
}

impl<C: Curve> Default for Workspace<C> {
    fn default() -> Self {
        Self {
            points: Vec::new(),
            next: Vec::new(),
            odd: Vec::new(),
            counts: Vec::new(),
            pairs: Vec::new(),
            singles: Vec::new(),
            scratch: Vec::new(),
        }
    }
}

impl<C: Curve> Workspace<C> {
    /// What a task contributes to its window.
    pub(crate) fn run(
        &mut self,
        backend: Backend,
        digits: &[(&[C::Point], &Window)],
        task: &Task,
    ) -> C::Projective {
        self.first_level(backend, digits, task);
        self.sum_segments(backend);
        self.spread();
        self.weigh(backend, task.buckets.0)
    }

    /// Adds the points of each bucket in pairs; leaves `points` and `counts` per bucket.
    fn first_level(&mut self, backend: Backend, digits: &[(&[C::Point], &Window)], task: &Task) {
        let (low, high) = task.buckets;
        self.counts.clear();
        self.counts.resize(high - low + 1, 0);
        let run = |term: usize, bucket: usize| {
            let (offsets, (from, to)) = (&digits[term].1.offsets, task.entries[term]);
            (
                offsets[bucket].clamp(from, to),
                offsets[bucket + 1].clamp(from, to),
            )
        };
        let mut total = 0;
        for (count, bucket) in self.counts.iter_mut().zip(low..) {
            for term in 0..digits.len() {
                let (from, to) = run(term, bucket);
                *count += (to - from).div_ceil(2);
            }
            total += *count;
        }
        grow(&mut self.points, total as usize);
        for (term, (bases, window)) in digits.iter().enumerate() {
            self.pairs.clear();
            self.singles.clear();
            let mut bucket_target = 0;
            for (&count, bucket) in self.counts.iter().zip(low..) {
                // Terms follow each other within a bucket.
                let mut target = bucket_target;
                for earlier in 0..term {
                    let (from, to) = run(earlier, bucket);
                    target += (to - from).div_ceil(2);
                }
                let (from, to) = run(term, bucket);
                pair_up(&mut self.pairs, from, to, target);
                if (to - from) % 2 == 1 {
                    self.singles.push(Pair {
                        first: to - 1,
                        target: target + (to - from) / 2,
                    });
                }
                bucket_target += count;
            }
            let source = Picked {
                points: bases,
                entries: window.entries(),
            };
            self.add(backend, source, Destination::Points);
            backend.run(Import::<C, _> {
                source,
                singles: &self.singles,
                out: &mut self.points,
                curve: PhantomData,
            });
        }
    }

    /// Sums every segment of `points` to one point, level by level.
    fn sum_segments(&mut self, backend: Backend) {
        while self.counts.iter().any(|&count| count > 1) {
            self.pairs.clear();
            let total: u32 = self.counts.iter().map(|count| count.div_ceil(2)).sum();
            grow(&mut self.next, total as usize);
            let (mut from, mut target) = (0, 0);
            for count in &mut self.counts {
                let to = from + *count;
                pair_up(&mut self.pairs, from, to, target);
                *count = count.div_ceil(2);
                target += *count;
                if (to - from) % 2 == 1 {
                    self.next[target as usize - 1] = self.points[to as usize - 1];
                }
                from = to;
            }
            let points = std::mem::take(&mut self.points);
            self.add(backend, Sums(&points), Destination::Next);
            self.points = std::mem::replace(&mut self.next, points);
        }
    }

    /// Gives every bucket its place, empty ones too.
    fn spread(&mut self) {
        let buckets = self.counts.len();
        grow(&mut self.next, buckets);
        self.next[..buckets].fill(C::Point::default());
        let mut from = 0;
        for (place, &count) in self.next.iter_mut().zip(&self.counts) {
            if count == 1 {
                *place = self.points[from];
                from += 1;
            }
        }
        std::mem::swap(&mut self.points, &mut self.next);
    }

    /// The weighted sum of buckets, of which the first has the digit `low + 1`.
    fn weigh(&mut self, backend: Backend, low: usize) -> C::Projective {
        let mut len = self.counts.len();
        self.counts.clear();
        self.odd.clear();
        while len > 1 {
            self.odd
                .extend(self.points[..len].iter().skip(1).step_by(2));
            self.counts.push((len / 2) as u32);
            self.pairs.clear();
            pair_up(&mut self.pairs, 0, len as u32, 0);
            grow(&mut self.next, len.div_ceil(2));
            if len % 2 == 1 {
                self.next[len / 2] = self.points[len - 1];
            }
            let points = std::mem::take(&mut self.points);
            self.add(backend, Sums(&points), Destination::Next);
            self.points = std::mem::replace(&mut self.next, points);
            len = len.div_ceil(2);
        }
        let all = self.points[0];
        std::mem::swap(&mut self.points, &mut self.odd);
        self.sum_segments(backend);
        let bits = self.counts.len();
        let weighted = backend
            .run(Export::<C> {
                points: &self.points[..bits],
            })
            .into_iter()
            .rev()
            .fold(C::Projective::ZERO, |sum, odd| sum.double() + odd);
        let all = backend.run(Export::<C> { points: &[all] })[0];
        weighted + times(all, low + 1)
    }

    fn add<'s, S: super::pairs::Source<'s, C::Point>>(
        &mut self,
        backend: Backend,
        source: S,
        destination: Destination,
    ) {
        let out = match destination {
            Destination::Points => &mut self.points,
            Destination::Next => &mut self.next,
        };
        backend.run(AddPairs::<C, _> {
            source,
            pairs: &self.pairs,
            out,
            scratch: &mut self.scratch,
            curve: PhantomData,
        });
    }
}

/// The buffer that sums are written to.
enum Destination {
    Points,
    Next,
}

/// Pairs of neighbours among the points `from..to`, with adjacent targets.
fn pair_up(pairs: &mut Vec<Pair>, from: u32, to: u32, target: u32) {
    let mut pair = Pair {
        first: from,
        target,
    };
    while pair.first + 1 < to {
        pairs.push(pair);
        pair.first += 2;
        pair.target += 1;
    }
}

/// Makes room without giving up what is there.
fn grow<P: Copy + Default>(points: &mut Vec<P>, len: usize) {
    if points.len() < len {
        points.resize(len, P::default());
    }
}

/// `factor * point`, for a factor as small as a digit.
fn times<G: AdditiveGroup>(point: G, factor: usize) -> G {
    let bits = usize::BITS - factor.leading_zeros();
    (0..bits).rev().fold(G::ZERO, |sum, bit| {
        let sum = sum.double();
        if factor >> bit & 1 == 1 {
            sum + point
        } else {
            sum
        }
    })
}
