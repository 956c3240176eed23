//! The constraint system that is handed from gadget to gadget.

use std::{cell::RefCell, rc::Rc};

use ark_bn254::Fr;
use ark_r1cs_std::fields::fp::FpVar;
use ark_relations::gr1cs::{ConstraintSystem, ConstraintSystemRef, SynthesisError, SynthesisMode};

use super::names::{Entered, Names, Register};

/// Of synthesis.
pub type Result<T> = std::result::Result<T, SynthesisError>;

/// A shared constraint system.
///
/// It can keep a register of the hashes that are made in it, so that a proof system can prove them
/// elsewhere than in rows, and a register of the groups that its rows and wires belong to, for tests
/// and tools; the registers change neither rows nor wires.
#[derive(Debug, Clone)]
pub struct Cs {
    ark: ConstraintSystemRef<Fr>,
    hashes: Option<Rc<RefCell<Vec<HashCall>>>>,
    names: Option<Rc<RefCell<Register>>>,
}

/// A hash that was made in a system.
#[derive(Debug, Clone)]
pub struct HashCall {
    /// What went in.
    pub inputs: Vec<FpVar<Fr>>,
    /// What came out.
    pub output: FpVar<Fr>,
}

impl From<ConstraintSystemRef<Fr>> for Cs {
    fn from(ark: ConstraintSystemRef<Fr>) -> Self {
        Self {
            ark,
            hashes: None,
            names: None,
        }
    }
}

impl Cs {
    /// A system that computes values and builds no matrices.
    #[must_use]
    pub fn values_only() -> Self {
        let ark = ConstraintSystem::new_ref();
        ark.set_mode(SynthesisMode::Prove {
            construct_matrices: false,
            generate_lc_assignments: false,
        });
        ark.into()
    }

    /// The same system with an empty register of hashes: what is made through this handle and its
    /// clones is noted.
    #[must_use]
    pub fn noting_hashes(self) -> Self {
        Self {
            hashes: Some(Rc::default()),
            ..self
        }
    }

    /// The register so far, in order of synthesis; nothing where none is kept.
    #[must_use]
    pub fn noted_hashes(&self) -> Vec<HashCall> {
        let noted = self.hashes.as_ref().map(|hashes| hashes.borrow().clone());
        noted.unwrap_or_default()
    }

    /// For the one door through which hashes go.
    pub(crate) fn note_hash(&self, inputs: &[FpVar<Fr>], output: &FpVar<Fr>) {
        if let Some(hashes) = &self.hashes {
            hashes.borrow_mut().push(HashCall {
                inputs: inputs.to_vec(),
                output: output.clone(),
            });
        }
    }

    /// The same system with an empty register of names, for what is made through this handle and its
    /// clones.
    #[must_use]
    pub fn noting_names(self) -> Self {
        Self {
            names: Some(Rc::default()),
            ..self
        }
    }

    /// The names so far; nothing where none are kept.
    #[must_use]
    pub fn noted_names(&self) -> Names {
        let noted = self.names.as_ref();
        noted.map_or_else(Names::default, |names| names.borrow().names(&self.ark))
    }

    /// For the one door through which groups are made.
    pub(super) fn enter(&self, name: &'static str) -> Option<Entered> {
        let names = self.names.as_ref()?;
        Some(Entered::new(names, &self.ark, name))
    }

    /// The system itself.
    #[must_use]
    pub fn ark(&self) -> &ConstraintSystemRef<Fr> {
        &self.ark
    }

    /// Whether there are rows and no values.
    #[must_use]
    pub fn is_in_setup_mode(&self) -> bool {
        self.ark.is_in_setup_mode()
    }

    /// Whether values are computed, and nothing else.
    #[inline]
    pub(crate) fn is_values_only(&self) -> bool {
        match &self.ark {
            ConstraintSystemRef::CS(system) => !system.borrow().should_construct_matrices(),
            ConstraintSystemRef::None => false,
        }
    }
}
