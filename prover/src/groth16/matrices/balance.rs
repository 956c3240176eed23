//! Which factor of a product goes into B.

use super::{Matrices, Side};

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
    fn of(matrices: &Matrices, side: Side, cost: i64) -> Self {
        let mut counts = Self {
            combinations: vec![0; matrices.ends.len()],
            wires: vec![0; matrices.wires()],
            cost,
        };
        for combination in &*matrices.rows[side as usize] {
            counts.add(matrices, *combination);
        }
        counts
    }

    /// Counts a combination in; returns what that costs.
    fn add(&mut self, matrices: &Matrices, combination: u32) -> i64 {
        let uses = &mut self.combinations[combination as usize];
        *uses += 1;
        if *uses > 1 {
            return 0;
        }
        let mut fresh = 0;
        for (wire, _) in matrices.combination(combination as usize) {
            let uses = &mut self.wires[wire as usize];
            *uses += 1;
            fresh += i64::from(*uses == 1);
        }
        fresh * self.cost
    }

    /// Counts a combination out; returns what that costs, which is not positive.
    fn remove(&mut self, matrices: &Matrices, combination: u32) -> i64 {
        let uses = &mut self.combinations[combination as usize];
        *uses -= 1;
        if *uses > 0 {
            return 0;
        }
        let mut freed = 0;
        for (wire, _) in matrices.combination(combination as usize) {
            let uses = &mut self.wires[wire as usize];
            *uses -= 1;
            freed += i64::from(*uses == 0);
        }
        -freed * self.cost
    }
}

impl Matrices {
    /// Swaps A and B in every row where that makes the two queries cheaper, until none is left.
    pub(super) fn balance(&mut self) {
        let mut left = Use::of(self, Side::A, COST_A);
        let mut right = Use::of(self, Side::B, COST_B);
        let [mut of_a, mut of_b] = [Side::A, Side::B].map(|side| self.rows[side as usize].to_vec());
        for _ in 0..PASSES_MAX {
            let mut swapped = false;
            for (in_a, in_b) in of_a.iter_mut().zip(&mut of_b) {
                let (a, b) = (*in_a, *in_b);
                if a == b {
                    continue;
                }
                let change = left.remove(self, a)
                    + right.remove(self, b)
                    + left.add(self, b)
                    + right.add(self, a);
                if change < 0 {
                    (*in_a, *in_b) = (b, a);
                    swapped = true;
                } else {
                    left.remove(self, b);
                    right.remove(self, a);
                    left.add(self, a);
                    right.add(self, b);
                }
            }
            if !swapped {
                break;
            }
        }
        self.rows[Side::A as usize] = of_a.into();
        self.rows[Side::B as usize] = of_b.into();
    }
}
