//! Circuits and the assignments that hostile provers begin with.

mod batch;
mod exit;

use ark_bn254::Fr;

pub(crate) use self::{batch::batch, exit::exit};
use super::{forger::Secrets, rows::Rows};

/// An assignment to begin with.
pub(crate) struct Scene {
    /// What happens in it.
    pub(crate) name: &'static str,
    /// The values of all wires.
    pub(crate) wires: Vec<Fr>,
    /// The values of the rows' combinations.
    pub(crate) sums: Vec<Fr>,
    /// The rows that it breaks as it is; an honest one none.
    pub(crate) broken: Vec<u32>,
    /// Where the prover may sign anew.
    pub(crate) secrets: Option<Secrets>,
}

impl Scene {
    fn new(name: &'static str, rows: &Rows, wires: Vec<Fr>) -> Self {
        let sums = rows.sums(&wires);
        let broken = rows.violated(&sums);
        Self {
            name,
            wires,
            sums,
            broken,
            secrets: None,
        }
    }
}

/// The rows of a circuit, and scenes of it.
pub(crate) struct Circuit {
    /// Its name.
    pub(crate) name: &'static str,
    /// The rows.
    pub(crate) rows: Rows,
    /// Scenes of it.
    pub(crate) scenes: Vec<Scene>,
}

impl Circuit {
    /// The name of a row: the circuit, the group, and the row's number in the group.
    pub(crate) fn name_of(&self, row: u32) -> String {
        let (group, number) = self.rows.place(row);
        format!("{} {group} {number}", self.name)
    }
}
