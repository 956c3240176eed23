//! Which factor of a product goes into B.

use super::combinations::Combinations;

/// What a wire in B costs against one in A: an addition in G2 takes 2.8 times one in G1.
const COST_B: i64 = 14;
/// What a wire in A costs.
const COST_A: i64 = 5;
/// Passes over the rows; few swaps are left after the second.
const PASSES_MAX: usize = 4;

/// How often one side uses each combination, and through them each wire.
struct Use {
    combinations: Vec<u32>,
    wires: Vec<u32>,
    cost: i64,
}

impl Use {
    fn of(combinations: Combinations<'_>, wires: usize, rows: &[u32], cost: i64) -> Self {
        let mut counts = Self {
            combinations: vec![0; combinations.len()],
            wires: vec![0; wires],
            cost,
        };
        for combination in rows {
            counts.add(combinations, *combination);
        }
        counts
    }

    /// Counts a combination in; returns what that costs.
    fn add(&mut self, all: Combinations<'_>, combination: u32) -> i64 {
        let uses = &mut self.combinations[combination as usize];
        *uses += 1;
        if *uses > 1 {
            return 0;
        }
        let mut fresh = 0;
        for (wire, _) in all.terms(combination as usize) {
            let uses = &mut self.wires[wire as usize];
            *uses += 1;
            fresh += i64::from(*uses == 1);
        }
        fresh * self.cost
    }

    /// Counts a combination out; returns what that costs, which is not positive.
    fn remove(&mut self, all: Combinations<'_>, combination: u32) -> i64 {
        let uses = &mut self.combinations[combination as usize];
        *uses -= 1;
        if *uses > 0 {
            return 0;
        }
        let mut freed = 0;
        for (wire, _) in all.terms(combination as usize) {
            let uses = &mut self.wires[wire as usize];
            *uses -= 1;
            freed += i64::from(*uses == 0);
        }
        -freed * self.cost
    }
}

/// The rows of A and B, swapped in every row where that makes the two queries cheaper, until none is
/// left.
pub(super) fn balanced(
    combinations: Combinations<'_>,
    wires: usize,
    [of_a, of_b]: [&[u32]; 2],
) -> [Vec<u32>; 2] {
    let mut left = Use::of(combinations, wires, of_a, COST_A);
    let mut right = Use::of(combinations, wires, of_b, COST_B);
    let (mut of_a, mut of_b) = (of_a.to_vec(), of_b.to_vec());
    for _ in 0..PASSES_MAX {
        let mut swapped = false;
        for (in_a, in_b) in of_a.iter_mut().zip(&mut of_b) {
            let (a, b) = (*in_a, *in_b);
            if a == b {
                continue;
            }
            let change = left.remove(combinations, a)
                + right.remove(combinations, b)
                + left.add(combinations, b)
                + right.add(combinations, a);
            if change < 0 {
                (*in_a, *in_b) = (b, a);
                swapped = true;
            } else {
                left.remove(combinations, b);
                right.remove(combinations, a);
                left.add(combinations, a);
                right.add(combinations, b);
            }
        }
        if !swapped {
            break;
        }
    }
    [of_a, of_b]
}
