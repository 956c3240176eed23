//! Making a proof.

use std::{num::NonZeroUsize, ops::ControlFlow, sync::Arc};

use ark_bn254::{Fr, G1Affine, G2Affine};
use ark_ec::CurveGroup as _;
use ark_relations::gr1cs::{ConstraintSynthesizer, SynthesisError};
use assay_arithmetic::{Backend, UnknownArithmetic};

use super::{
    description::assign,
    engine::{Engine, Unsatisfied, cpu::Cpu},
    phase::{Observer, Phase, PhaseSeconds, Stopwatch},
    proof::{Proof, ProofError},
    proving_key::ProvingKey,
    threads::Threads,
    verify::{VerifyError, verify},
};

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The circuit's code refused its inputs.
    #[error("the circuit does not synthesise: {0}")]
    Synthesis(#[from] SynthesisError),
    /// The assignment is of another circuit than the key.
    #[error("the key's circuit has {expected} wires, the assignment {found}")]
    AssignmentLength {
        /// Wires in the key.
        expected: usize,
        /// Wires in the assignment.
        found: usize,
    },
    /// The statement is false, or the witness is wrong.
    #[error("constraint {row} is not satisfied")]
    Unsatisfied {
        /// The first such constraint.
        row: usize,
    },
    /// The observer broke off.
    #[error("cancelled before {phase}")]
    Cancelled {
        /// The phase that did not start.
        phase: Phase,
    },
    /// A point of the proof is infinity, which has no encoding: a broken key.
    #[error("the key gives no encodable proof: {0}")]
    Degenerate(#[from] ProofError),
    /// The finished proof does not verify: a broken key, or a broken machine.
    #[error("the finished proof does not verify: {0}")]
    Refused(#[from] VerifyError),
}

/// A prover could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The system gives it no threads.
    #[error("the prover's threads do not start: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The environment asks for an arithmetic there is none of.
    #[error(transparent)]
    Arithmetic(#[from] UnknownArithmetic),
}

/// A proof that verifies, the inputs it is of, and how long it took.
#[derive(Debug, Clone)]
pub struct Proved {
    /// The proof.
    pub proof: Proof,
    /// The public inputs, without the constant one.
    pub inputs: Vec<Fr>,
    /// What each phase took.
    pub phases: PhaseSeconds,
}

/// A proving key, whose points are used where they are, and the threads that work with it.
#[derive(Debug)]
pub struct Prover {
    key: Arc<ProvingKey>,
    pool: Threads,
    engine: Cpu,
}

impl Prover {
    /// A prover with its own threads: as many as given, or one per core. It uses the fastest
    /// arithmetic of the machine, unless [`assay_arithmetic::ENVIRONMENT`] names another.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn new(key: Arc<ProvingKey>, threads: Option<NonZeroUsize>) -> Result<Self, StartError> {
        Self::with_backend(key, threads, Backend::detect()?)
    }

    /// A prover on a given backend.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn with_backend(
        key: Arc<ProvingKey>,
        threads: Option<NonZeroUsize>,
        backend: Backend,
    ) -> Result<Self, StartError> {
        Ok(Self {
            pool: Threads::start(threads)?,
            engine: Cpu::new(Arc::clone(&key), backend),
            key,
        })
    }

    /// The key it proves with.
    #[must_use]
    pub fn key(&self) -> &ProvingKey {
        &self.key
    }

    /// The name of the arithmetic it proves with.
    #[must_use]
    pub fn arithmetic(&self) -> &'static str {
        self.engine.arithmetic()
    }

    /// How many threads it has.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.pool.count()
    }

    /// Runs something on the prover's threads.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.pool.install(work)
    }

    /// Proves that the circuit's witness satisfies it. The proof is verified before it is given.
    ///
    /// # Errors
    /// [`ProveError`].
    pub fn prove<C: ConstraintSynthesizer<Fr> + Send>(
        &self,
        circuit: C,
        observer: Observer<'_>,
    ) -> Result<Proved, ProveError> {
        self.prove_with(|| assign(circuit), observer)
    }

    /// Proves that the assignment of all wires that `witness` makes on the prover's threads satisfies
    /// the circuit.
    ///
    /// # Errors
    /// [`ProveError`].
    pub fn prove_with(
        &self,
        witness: impl FnOnce() -> Result<Vec<Fr>, SynthesisError> + Send,
        observer: Observer<'_>,
    ) -> Result<Proved, ProveError> {
        self.pool.install(|| {
            let mut watch = Watch::new(observer);
            watch.start(Phase::Witness)?;
            let assignment = witness()?;
            self.prove_watched(&assignment, watch)
        })
    }

    /// Proves from an assignment of all wires.
    ///
    /// # Errors
    /// [`ProveError`], never [`ProveError::Synthesis`].
    pub fn prove_assignment(
        &self,
        assignment: &[Fr],
        observer: Observer<'_>,
    ) -> Result<Proved, ProveError> {
        self.pool
            .install(|| self.prove_watched(assignment, Watch::new(observer)))
    }

    fn prove_watched(&self, assignment: &[Fr], mut watch: Watch<'_>) -> Result<Proved, ProveError> {
        let key = &*self.key;
        let (a, b, c) = points(&self.engine, key, assignment, &mut watch)?;
        watch.start(Phase::Verify)?;
        let proof = Proof::from_points(a, b, c)?;
        let inputs = assignment[1..key.matrices.inputs()].to_vec();
        verify(&key.verifying_key, &inputs, &proof)?;
        Ok(Proved {
            proof,
            inputs,
            phases: watch.finish(),
        })
    }
}

/// The points of a proof, by the steps of an engine.
pub(super) fn points<E: Engine>(
    engine: &E,
    key: &ProvingKey,
    assignment: &[Fr],
    watch: &mut Watch<'_>,
) -> Result<(G1Affine, G2Affine, G1Affine), ProveError> {
    watch.start(Phase::Matrices)?;
    let (expected, found) = (key.matrices.wires(), assignment.len());
    if expected != found {
        return Err(ProveError::AssignmentLength { expected, found });
    }
    let rows = engine
        .rows(assignment)
        .map_err(|Unsatisfied { row }| ProveError::Unsatisfied { row })?;
    watch.start(Phase::Fft)?;
    let quotient = engine.quotient(rows);
    let vk = key.verifying_key.as_ark();
    watch.start(Phase::MsmA)?;
    let a = engine.sum_a(assignment) + vk.alpha_g1;
    watch.start(Phase::MsmB2)?;
    let b = engine.sum_b(assignment) + vk.beta_g2;
    watch.start(Phase::MsmC)?;
    let c = engine.sum_c(assignment, &quotient);
    Ok((a.into_affine(), b.into_affine(), c.into_affine()))
}

/// Times phases, and asks before each whether to go on.
pub(super) struct Watch<'a> {
    observer: Observer<'a>,
    running: Option<(Phase, Stopwatch)>,
    phases: PhaseSeconds,
}

impl<'a> Watch<'a> {
    pub(super) fn new(observer: Observer<'a>) -> Self {
        Self {
            observer,
            running: None,
            phases: PhaseSeconds::default(),
        }
    }

    fn start(&mut self, phase: Phase) -> Result<(), ProveError> {
        self.stop();
        if (self.observer)(phase, phase.done_before()) == ControlFlow::Break(()) {
            return Err(ProveError::Cancelled { phase });
        }
        self.running = Some((phase, Stopwatch::start()));
        Ok(())
    }

    fn stop(&mut self) {
        if let Some((phase, started)) = self.running.take() {
            self.phases
                .0
                .extend(started.elapsed_s().map(|seconds| (phase, seconds)));
        }
    }

    fn finish(mut self) -> PhaseSeconds {
        self.stop();
        self.phases
    }
}
