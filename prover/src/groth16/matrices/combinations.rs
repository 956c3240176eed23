//! Linear combinations of wires, as matrices store them.

/// The combinations, looked up in their places once for many uses.
#[derive(Clone, Copy)]
pub(super) struct Combinations<'a> {
    pub(super) ends: &'a [u32],
    pub(super) wires: &'a [u32],
    pub(super) coefficients: &'a [u32],
}

impl<'a> Combinations<'a> {
    /// How many there are.
    pub(super) fn len(self) -> usize {
        self.ends.len()
    }

    /// The terms of a combination: wire, coefficient's index.
    pub(super) fn terms(self, index: usize) -> impl Iterator<Item = (u32, u32)> + 'a {
        let start = if index == 0 {
            0
        } else {
            self.ends[index - 1] as usize
        };
        let range = start..self.ends[index] as usize;
        let wires = self.wires[range.clone()].iter().copied();
        wires.zip(self.coefficients[range].iter().copied())
    }
}
