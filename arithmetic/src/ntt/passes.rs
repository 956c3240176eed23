//! The passes of a transform over memory.

use ark_bn254::Fr;
use rayon::prelude::*;

use super::factors::{Factors, RUN_FACTORS, RUN_STAGES};
use crate::backend::Backend;
use crate::kernel::Kernel;
use crate::lanes::{Arch, Lanes, PrimeLanes, STAGES};
use crate::line::{Line, WIDTH};

/// Elements as the lanes load them.
type Vector = [Fr; WIDTH];

/// Vectors of a run.
const RUN: usize = 8;

/// A block of this many stages is 512 KiB: it stays in the second-level cache.
const CACHED_STAGES: u32 = 14;

/// Vectors of each row that one task of the pass over the whole array takes.
const COLUMNS: usize = 32;

/// Runs a task of a small transform takes at least.
const _: () = assert!(1 << RUN_STAGES == RUN * WIDTH && RUN_STAGES as usize <= STAGES);

/// Stages of the pass over the whole array, and of each pass over the blocks that it leaves.
fn plan(log_n: u32) -> (u32, Vec<u32>) {
    let most = STAGES as u32;
    let first = log_n.saturating_sub(CACHED_STAGES).clamp(1, most);
    let rest = log_n - RUN_STAGES - first;
    let passes = rest.div_ceil(most);
    (
        first,
        (0..passes).map(|pass| (rest + pass) / passes).collect(),
    )
}

/// Coefficients to values.
pub(super) fn forward(backend: Backend, factors: &Factors, elements: &mut [Fr]) {
    let (levels, runs) = match factors {
        Factors::Scalar { levels, .. } => return scalar_forward(levels, elements),
        Factors::Vector { levels, runs, .. } => (levels, runs),
    };
    let (first, inner) = plan(elements.len().trailing_zeros());
    let vectors = elements.as_chunks_mut::<WIDTH>().0;
    whole(backend, levels, first, None, true, vectors);
    let block_len = vectors.len() >> first;
    vectors
        .par_chunks_mut(block_len)
        .enumerate()
        .for_each(|(index, block)| {
            let mut depth = first;
            for &stages in &inner {
                within(backend, levels, (first, depth), index, stages, true, block);
                depth += stages;
            }
            backend.run(Runs::of(levels, runs, index, block, true));
        });
}

/// Values to coefficients.
pub(super) fn inverse(backend: Backend, factors: &Factors, elements: &mut [Fr]) {
    let (levels, runs, scale) = match factors {
        Factors::Scalar { levels, scale } => return scalar_inverse(levels, *scale, elements),
        Factors::Vector {
            levels,
            runs,
            scale,
        } => (levels, runs, scale.as_ref()),
    };
    let (first, inner) = plan(elements.len().trailing_zeros());
    let vectors = elements.as_chunks_mut::<WIDTH>().0;
    let block_len = vectors.len() >> first;
    vectors
        .par_chunks_mut(block_len)
        .enumerate()
        .for_each(|(index, block)| {
            backend.run(Runs::of(levels, runs, index, block, false));
            let mut depth = first + inner.iter().sum::<u32>();
            for &stages in inner.iter().rev() {
                depth -= stages;
                within(backend, levels, (first, depth), index, stages, false, block);
            }
        });
    whole(backend, levels, first, scale, false, vectors);
}

/// The pass over the whole array: `2^stages` rows, columns in parallel.
fn whole(
    backend: Backend,
    levels: &[Vec<Line>],
    stages: u32,
    scale: Option<&Line>,
    forward: bool,
    vectors: &mut [Vector],
) {
    let row_len = vectors.len() >> stages;
    let mut tasks: Vec<Vec<&mut [Vector]>> = Vec::new();
    tasks.resize_with(row_len.div_ceil(COLUMNS), Vec::new);
    for row in vectors.chunks_mut(row_len) {
        for (task, part) in tasks.iter_mut().zip(row.chunks_mut(COLUMNS)) {
            task.push(part);
        }
    }
    let factors: Vec<&[Line]> = levels[..stages as usize]
        .iter()
        .map(|level| &level[..])
        .collect();
    tasks.into_par_iter().for_each(|mut rows| {
        backend.run(Columns {
            rows: &mut rows,
            factors: &factors,
            scale,
            forward,
        });
    });
}

/// A pass over the parts of a block, which is number `index` at depth `depths.0`, from depth
/// `depths.1` on.
fn within(
    backend: Backend,
    levels: &[Vec<Line>],
    depths: (u32, u32),
    index: usize,
    stages: u32,
    forward: bool,
    block: &mut [Vector],
) {
    let parts = 1 << (depths.1 - depths.0);
    let part_len = block.len() / parts;
    for (part, vectors) in block.chunks_mut(part_len).enumerate() {
        let at = index * parts + part;
        let factors: Vec<&[Line]> = (0..stages as usize)
            .map(|stage| &levels[depths.1 as usize + stage][at << stage..][..1 << stage])
            .collect();
        let mut rows: Vec<&mut [Vector]> = vectors.chunks_mut(part_len >> stages).collect();
        backend.run(Columns {
            rows: &mut rows,
            factors: &factors,
            scale: None,
            forward,
        });
    }
}

/// Stages across rows: element by element of their columns, eight columns in the lanes.
struct Columns<'r, 'a> {
    /// As many rows as the factors' last level has, times two.
    rows: &'r mut [&'a mut [Vector]],
    /// For each stage, from the widest stride on, one factor a block.
    factors: &'r [&'r [Line]],
    /// The scale of the last stage of an inverse.
    scale: Option<&'r Line>,
    forward: bool,
}

impl Kernel for Columns<'_, '_> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let count = self.rows.len();
        let mut buffer = [A::Scalar::zero(arch).wide(); 1 << STAGES];
        let buffer = &mut buffer[..count];
        for column in 0..self.rows[0].len() {
            for (value, row) in buffer.iter_mut().zip(self.rows.iter()) {
                *value = A::Scalar::load_words(arch, &row[column]).wide();
            }
            if self.forward {
                for (stage, factors) in self.factors.iter().enumerate() {
                    split(arch, buffer, count >> stage, factors);
                }
            } else {
                for (stage, factors) in self.factors.iter().enumerate().rev() {
                    join(arch, buffer, count >> stage, factors);
                }
            }
            if let Some(scale) = self.scale {
                let scale = A::Scalar::splat(arch, scale);
                for (i, (value, row)) in buffer.iter().zip(self.rows.iter_mut()).enumerate() {
                    let mut value = A::Scalar::narrow(value);
                    if i < count / 2 {
                        value = value.mul(&scale);
                    }
                    value.store_canonical(&mut row[column]);
                }
            } else {
                for (value, row) in buffer.iter().zip(self.rows.iter_mut()) {
                    A::Scalar::narrow(value).store_words(&mut row[column]);
                }
            }
        }
    }
}

type Wide<A> = <<A as Arch>::Scalar as PrimeLanes>::Wide;

/// One stage over blocks of `block` vectors, a factor each.
#[inline(always)]
fn split<A: Arch>(arch: A, values: &mut [Wide<A>], block: usize, factors: &[Line]) {
    for (values, factor) in values.chunks_exact_mut(block).zip(factors) {
        let factor = A::Scalar::splat(arch, factor);
        let (low, high) = values.split_at_mut(block / 2);
        for (u, v) in low.iter_mut().zip(high) {
            A::Scalar::split(u, v, &factor);
        }
    }
}

/// Undoes [`split`].
#[inline(always)]
fn join<A: Arch>(arch: A, values: &mut [Wide<A>], block: usize, factors: &[Line]) {
    for (values, factor) in values.chunks_exact_mut(block).zip(factors) {
        let factor = A::Scalar::splat(arch, factor);
        let (low, high) = values.split_at_mut(block / 2);
        for (u, v) in low.iter_mut().zip(high) {
            A::Scalar::join(u, v, &factor);
        }
    }
}

/// The last six stages, on runs of 64 elements: three between vectors, three within.
struct Runs<'a> {
    vectors: &'a mut [Vector],
    /// Factors of the stages between vectors: 1, 2 and 4 a run.
    levels: [&'a [Line]; 3],
    /// Factors of the stages within.
    lanes: &'a [Line],
    forward: bool,
}

impl<'a> Runs<'a> {
    /// The runs of block `index`.
    fn of(
        levels: &'a [Vec<Line>],
        lanes: &'a [Line],
        index: usize,
        vectors: &'a mut [Vector],
        forward: bool,
    ) -> Self {
        let (runs, first) = (vectors.len() / RUN, levels.len() - 3);
        let part = |level: usize| {
            let len = runs << level;
            &levels[first + level][index * len..][..len]
        };
        let len = lanes.len() / levels[first].len() * runs;
        let lanes = &lanes[index * len..][..len];
        Self {
            vectors,
            levels: [part(0), part(1), part(2)],
            lanes,
            forward,
        }
    }
}

impl Kernel for Runs<'_> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let spill = A::Scalar::SPILL;
        for (run, vectors) in self.vectors.chunks_exact_mut(RUN).enumerate() {
            let lanes = &self.lanes[run * RUN_FACTORS * spill..][..RUN_FACTORS * spill];
            let between = [
                &self.levels[0][run..][..1],
                &self.levels[1][2 * run..][..2],
                &self.levels[2][4 * run..][..4],
            ];
            let mut values = [A::Scalar::zero(arch).wide(); RUN];
            for (value, vector) in values.iter_mut().zip(vectors.iter()) {
                *value = A::Scalar::load_words(arch, vector).wide();
            }
            if self.forward {
                for (stage, factors) in between.into_iter().enumerate() {
                    split(arch, &mut values, RUN >> stage, factors);
                }
                A::Scalar::transpose(&mut values);
                for stage in 0..3 {
                    let mut factors = lanes[((1 << stage) - 1) * spill..].chunks_exact(spill);
                    for block in values.chunks_exact_mut(RUN >> stage) {
                        let factor =
                            A::Scalar::unspill(arch, factors.next().expect("a factor a block"));
                        let (low, high) = block.split_at_mut(RUN >> (stage + 1));
                        for (u, v) in low.iter_mut().zip(high) {
                            A::Scalar::split(u, v, &factor);
                        }
                    }
                }
                A::Scalar::transpose(&mut values);
                for (value, vector) in values.iter().zip(vectors.iter_mut()) {
                    A::Scalar::narrow(value).store_canonical(vector);
                }
            } else {
                A::Scalar::transpose(&mut values);
                for stage in (0..3).rev() {
                    let mut factors = lanes[((1 << stage) - 1) * spill..].chunks_exact(spill);
                    for block in values.chunks_exact_mut(RUN >> stage) {
                        let factor =
                            A::Scalar::unspill(arch, factors.next().expect("a factor a block"));
                        let (low, high) = block.split_at_mut(RUN >> (stage + 1));
                        for (u, v) in low.iter_mut().zip(high) {
                            A::Scalar::join(u, v, &factor);
                        }
                    }
                }
                A::Scalar::transpose(&mut values);
                for (stage, factors) in between.into_iter().enumerate().rev() {
                    join(arch, &mut values, RUN >> stage, factors);
                }
                for (value, vector) in values.iter().zip(vectors.iter_mut()) {
                    A::Scalar::narrow(value).store_words(vector);
                }
            }
        }
    }
}

/// A forward transform too small for vectors.
fn scalar_forward(levels: &[Vec<Fr>], elements: &mut [Fr]) {
    for (depth, factors) in levels.iter().enumerate() {
        let len = elements.len() >> depth;
        for (block, factor) in elements.chunks_mut(len).zip(factors) {
            let (low, high) = block.split_at_mut(len / 2);
            for (u, v) in low.iter_mut().zip(high) {
                let product = *v * factor;
                (*u, *v) = (*u + product, *u - product);
            }
        }
    }
}

/// An inverse transform too small for vectors.
fn scalar_inverse(levels: &[Vec<Fr>], scale: Option<Fr>, elements: &mut [Fr]) {
    for (depth, factors) in levels.iter().enumerate().rev() {
        let len = elements.len() >> depth;
        for (block, factor) in elements.chunks_mut(len).zip(factors) {
            let (low, high) = block.split_at_mut(len / 2);
            for (u, v) in low.iter_mut().zip(high) {
                (*u, *v) = (*u + *v, (*u - *v) * factor);
            }
        }
    }
    if let (Some(scale), true) = (scale, elements.len() > 1) {
        let half = elements.len() / 2;
        for element in &mut elements[..half] {
            *element *= scale;
        }
    }
}
