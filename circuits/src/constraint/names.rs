//! A register of what the rows and wires of a circuit belong to.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use ark_bn254::Fr;
use ark_relations::gr1cs::ConstraintSystemRef;

/// The group of each row and of each private wire, as a path `outer/inner`; empty outside all
/// groups.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Of the rows, in order.
    pub rows: Vec<Arc<str>>,
    /// Of the private wires, in order.
    pub wires: Vec<Arc<str>>,
}

/// The names so far, and the groups that are open.
#[derive(Debug, Default)]
pub(super) struct Register {
    names: Names,
    open: Vec<&'static str>,
}

impl Register {
    /// Up to where the system has come.
    pub(super) fn names(&self, ark: &ConstraintSystemRef<Fr>) -> Names {
        let mut names = self.names.clone();
        fill(&mut names.rows, 0..ark.num_constraints(), &"".into());
        fill(&mut names.wires, 0..ark.num_witness_variables(), &"".into());
        names
    }
}

/// A group that is left when this is dropped.
pub(super) struct Entered {
    register: Rc<RefCell<Register>>,
    ark: ConstraintSystemRef<Fr>,
    first_row: usize,
    first_wire: usize,
}

impl Entered {
    pub(super) fn new(
        register: &Rc<RefCell<Register>>,
        ark: &ConstraintSystemRef<Fr>,
        name: &'static str,
    ) -> Self {
        register.borrow_mut().open.push(name);
        Self {
            register: register.clone(),
            ark: ark.clone(),
            first_row: ark.num_constraints(),
            first_wire: ark.num_witness_variables(),
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut register = self.register.borrow_mut();
        let path: Arc<str> = register.open.join("/").into();
        register.open.pop();
        let names = &mut register.names;
        fill(
            &mut names.rows,
            self.first_row..self.ark.num_constraints(),
            &path,
        );
        fill(
            &mut names.wires,
            self.first_wire..self.ark.num_witness_variables(),
            &path,
        );
    }
}

/// Names what has no name yet: inner groups end first and keep what is theirs.
fn fill(names: &mut Vec<Arc<str>>, range: std::ops::Range<usize>, path: &Arc<str>) {
    names.resize(names.len().max(range.end), "".into());
    for name in &mut names[range] {
        if name.is_empty() {
            name.clone_from(path);
        }
    }
}
