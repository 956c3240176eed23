//! The factors of a transform, in the order in which its passes use them.

use ark_bn254::Fr;
use ark_ff::Field;
use rayon::prelude::*;

use crate::backend::Backend;
use crate::kernel::Kernel;
use crate::lanes::{Arch, Lanes, PrimeLanes};
use crate::line::{Line, WIDTH};

/// Below this many stages a transform is done element by element.
pub(super) const VECTOR_STAGES: u32 = 7;

/// Stages that a run of 64 elements takes part in alone, three between vectors and three in lanes.
pub(super) const RUN_STAGES: u32 = 6;

/// Vectors of factors of a run for its stages in lanes: 1, 2 and 4.
pub(super) const RUN_FACTORS: usize = 7;

/// Factors, for blocks in order: block `i` of depth `d` is `2^d` blocks' `i`-th.
#[derive(Debug)]
pub(super) enum Factors {
    /// For each depth, one factor a block.
    Scalar {
        levels: Vec<Vec<Fr>>,
        scale: Option<Fr>,
    },
    /// For depths with blocks of more than eight elements, one factor a block in the backend's form;
    /// for the others, [`RUN_FACTORS`] vectors for each run of 64 elements.
    Vector {
        levels: Vec<Vec<Line>>,
        runs: Vec<Line>,
        scale: Option<Line>,
    },
}

impl Factors {
    /// Factors for a root of order `2^log_n` and a shift. With a scale, those of an inverse, whose
    /// first block's factor is scaled.
    pub(super) fn new(
        backend: Backend,
        log_n: u32,
        root: Fr,
        shift: Fr,
        scale: Option<Fr>,
    ) -> Self {
        let mut levels = levels(log_n, root, shift);
        if let (Some(top), Some(scale)) = (levels.first_mut(), scale) {
            top[0] *= scale;
        }
        if log_n < VECTOR_STAGES {
            return Self::Scalar { levels, scale };
        }
        backend.run(Prepare {
            levels: &levels,
            scale,
        })
    }
}

/// Factor `i` of depth `d` is `shift^(n / 2^(d+1)) root^(reverse_d(i) n / 2^(d+1))`, where `reverse_d`
/// reverses `d` bits.
fn levels(log_n: u32, root: Fr, shift: Fr) -> Vec<Vec<Fr>> {
    if log_n == 0 {
        return Vec::new();
    }
    // The deepest level by doubling: bit j of i stands for root^(2^(log_n - 2 - j)).
    let depth = log_n - 1;
    let mut deepest = Vec::with_capacity(1 << depth);
    deepest.push(shift);
    for bit in 0..depth {
        let power = root.pow([1 << (depth - 1 - bit)]);
        let more: Vec<Fr> = deepest.par_iter().map(|factor| *factor * power).collect();
        deepest.extend(more);
    }
    let mut levels = vec![deepest];
    for _ in 0..depth {
        let below = &levels[levels.len() - 1];
        levels.push(below.par_chunks(2).map(|pair| pair[0].square()).collect());
    }
    levels.reverse();
    levels
}

struct Prepare<'a> {
    levels: &'a [Vec<Fr>],
    scale: Option<Fr>,
}

impl Kernel for Prepare<'_> {
    type Output = Factors;
    #[inline(always)]
    fn run<A: Arch>(self, arch: A) -> Factors {
        let (blocks, lanes) = self.levels.split_at(self.levels.len() - 3);
        let runs = blocks[blocks.len() - 3].len();
        let spill = A::Scalar::SPILL;
        let mut lines = vec![Line::default(); runs * RUN_FACTORS * spill];
        for (run, lines) in lines.chunks_mut(RUN_FACTORS * spill).enumerate() {
            let mut vectors = lines.chunks_mut(spill);
            for (log, level) in lanes.iter().enumerate() {
                let count = 1 << log;
                for i in 0..count {
                    // Lane l stands for block 8 run + l of eight elements, and has `count` parts.
                    let part = |lane| level[(WIDTH * run + lane) * count + i];
                    let factors = A::Scalar::factors(arch, std::array::from_fn(part));
                    factors.spill(vectors.next().expect("seven vectors a run"));
                }
            }
        }
        let line = A::Scalar::factor;
        Factors::Vector {
            levels: blocks
                .iter()
                .map(|level| level.iter().map(|f| line(*f)).collect())
                .collect(),
            runs: lines,
            scale: self.scale.map(line),
        }
    }
}
