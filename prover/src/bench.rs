//! Measuring the prover, phase by phase, against stock ark-groth16 with the same key.

use std::{collections::BTreeMap, fs, sync::Arc, time::Instant};

use ark_bn254::Fr;
use ark_relations::gr1cs::SynthesisError;
use assay_circuits::{
    address::L1Address,
    batch::{
        BatchWitness, ExecutionError,
        r1cs::{BatchCircuit, MisshapenWitness},
    },
    escape::{EscapeWitness, Exit, ExitOrder},
    quantity::StateRoot,
    scenario::World,
    shape::Shape,
};
use serde::Serialize;

use crate::groth16::{
    Phase, PhaseSeconds,
    prove::{ProveError, Prover},
    stock::StockProver,
    unobserved,
};

/// Seed of the users and transfers of the batch that is measured.
const SEED: u64 = 1;

/// Medians over the runs, as `assay bench --json` prints them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BenchReport {
    /// The shape.
    pub shape: Shape,
    /// Transfer records of the batch, all in use.
    pub transfers: usize,
    /// Transfers per second of witness and proof together.
    pub transfers_per_s: f64,
    /// What does not depend on the circuit being a batch.
    #[serde(flatten)]
    pub engine: EngineReport,
}

/// Medians over the runs of any circuit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EngineReport {
    /// Rows of the matrices.
    pub constraints: usize,
    /// Columns.
    pub wires: usize,
    /// Size of the quotient's domain.
    pub domain: usize,
    /// The arithmetic that proved: `ifma`, `avx2`, `serial` or `portable`.
    pub arithmetic: &'static str,
    /// Threads that proved.
    pub threads: usize,
    /// How many runs.
    pub runs: usize,
    /// Making the assignment, s.
    pub witness_s: f64,
    /// From the assignment to the proof, s.
    pub prove_s: f64,
    /// One verification, ms.
    pub verify_ms: f64,
    /// Constraints per second of `prove_s`.
    pub constraints_per_s: f64,
    /// Most memory of the process until the runs were over, without stock ark; 0 where the
    /// system does not say.
    pub peak_rss_bytes: u64,
    /// Seconds by phase.
    pub phases: BTreeMap<Phase, f64>,
    /// What stock ark-groth16 takes for the same proof, s; none where it was not measured.
    pub stock_prove_s: Option<f64>,
    /// How many times as fast as stock ark-groth16.
    pub stock_ratio: Option<f64>,
    /// `prove_s` on one thread; none where it was not measured.
    pub one_thread_prove_s: Option<f64>,
}

/// Why there is no measurement.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// No runs, no medians.
    #[error("at least one run is needed")]
    NoRuns,
    /// The batch to measure is none.
    #[error(transparent)]
    Batch(#[from] ExecutionError),
    /// As before.
    #[error(transparent)]
    Misshapen(#[from] MisshapenWitness),
    /// The prover's own error.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// Stock ark failed.
    #[error("stock ark-groth16: {0}")]
    Stock(#[from] SynthesisError),
    /// Stock ark made another proof.
    #[error("stock ark-groth16 made another proof with the same key")]
    OtherProof,
}

/// A full batch of a shape, the same for everybody.
///
/// # Errors
/// [`ExecutionError`], which a full batch of users with funds does not give.
pub fn sample_witness(shape: Shape) -> Result<BatchWitness, ExecutionError> {
    let users = shape.transfers() + shape.full_records();
    let mut world = World::new(users, SEED);
    let batch = world.varied_batch(shape);
    world.state.execute(&batch)
}

/// An escape from a state of some accounts, the same for everybody.
#[must_use]
pub fn sample_escape() -> EscapeWitness {
    const USER: usize = 7;
    let world = World::new(100, SEED);
    let tree = world.state.tree();
    let from = world.index(USER);
    let account = *world
        .state
        .ledger()
        .account(from)
        .expect("every user has an account");
    let order = ExitOrder {
        from,
        exit: Exit::Balance {
            token: account.token,
            balance: account.balance,
        },
        to: L1Address([0xe5; 20]),
    };
    EscapeWitness {
        root: StateRoot(tree.root()),
        domain: world.domain,
        account,
        proof: tree.proof(from.get()),
        signed: order.sign(world.domain, world.key(USER)),
    }
}

/// The wires of [`sample_witness`], as [`run`] proves them.
///
/// # Errors
/// [`BenchError`].
pub fn sample_assignment(shape: Shape) -> Result<Vec<Fr>, BenchError> {
    let circuit = BatchCircuit::new(Arc::new(sample_witness(shape)?))?;
    Ok(circuit.assignment().map_err(ProveError::from)?)
}

/// Proves one full batch of a shape as many times as asked, and once with stock ark where asked.
/// `after_run` hears how many runs are over.
///
/// # Errors
/// [`BenchError`].
pub fn run(
    prover: &Prover,
    shape: Shape,
    runs: usize,
    stock: bool,
    after_run: &dyn Fn(usize),
) -> Result<BenchReport, BenchError> {
    let circuit = BatchCircuit::new(Arc::new(sample_witness(shape)?))?;
    let engine = measure(prover, &|| circuit.assignment(), runs, stock, after_run)?;
    let transfers = shape.transfers();
    let transfers_per_s = transfers as f64 / (engine.witness_s + engine.prove_s);
    Ok(BenchReport {
        shape,
        transfers,
        transfers_per_s,
        engine,
    })
}

/// Makes an assignment of all wires on the prover's threads.
type Witness<'a> = &'a (dyn Fn() -> Result<Vec<Fr>, SynthesisError> + Sync);

/// Makes the witness of a circuit and proves it as many times as asked, then as often with stock ark
/// where asked.
///
/// # Errors
/// [`BenchError`].
pub fn measure(
    prover: &Prover,
    witness: Witness<'_>,
    runs: usize,
    stock: bool,
    after_run: &dyn Fn(usize),
) -> Result<EngineReport, BenchError> {
    let mut measured = Vec::with_capacity(runs);
    let mut proof = None;
    for run in 1..=runs {
        let proved = prover.prove_with(witness, &unobserved)?;
        measured.push(proved.phases);
        proof = Some(proved.proof);
        after_run(run);
    }
    let proof = proof.ok_or(BenchError::NoRuns)?;
    let peak_rss_bytes = peak_rss_bytes().unwrap_or(0);
    let stock_prove_s = if stock {
        let (seconds, others) = time_stock(prover, witness, runs)?;
        if others != proof.to_ark() {
            return Err(BenchError::OtherProof);
        }
        Some(seconds)
    } else {
        None
    };
    let matrices = prover.key().matrices();
    let seconds = |phase: Phase| median(measured.iter().filter_map(|run| run.0.get(&phase)));
    let prove_s = median(
        measured
            .iter()
            .map(PhaseSeconds::prove_s)
            .collect::<Vec<_>>()
            .iter(),
    );
    Ok(EngineReport {
        constraints: matrices.constraints(),
        wires: matrices.wires(),
        domain: matrices.rows_used().next_power_of_two(),
        arithmetic: prover.arithmetic(),
        threads: prover.threads(),
        runs,
        witness_s: seconds(Phase::Witness),
        prove_s,
        verify_ms: seconds(Phase::Verify) * 1000.0,
        constraints_per_s: matrices.constraints() as f64 / prove_s,
        peak_rss_bytes,
        phases: Phase::ALL
            .into_iter()
            .map(|phase| (phase, seconds(phase)))
            .collect(),
        stock_prove_s,
        stock_ratio: stock_prove_s.map(|stock| stock / prove_s),
        one_thread_prove_s: None,
    })
}

type StockProof = ark_groth16::Proof<ark_bn254::Bn254>;

/// The median time of stock ark from assignment to proof, on the same threads, and its proof.
fn time_stock(
    prover: &Prover,
    witness: Witness<'_>,
    runs: usize,
) -> Result<(f64, StockProof), BenchError> {
    let assignment = prover.install(witness)?;
    let stock = StockProver::new(prover.key());
    let mut seconds = Vec::with_capacity(runs);
    let mut proof = StockProof::default();
    for _ in 0..runs {
        let started = Instant::now();
        proof = prover.install(|| stock.prove(&assignment))?;
        seconds.push(started.elapsed().as_secs_f64());
    }
    Ok((median(seconds.iter()), proof))
}

/// The middle one, or the mean of the two in the middle; 0 of none.
pub fn median<'a>(values: impl Iterator<Item = &'a f64>) -> f64 {
    let mut values: Vec<f64> = values.copied().collect();
    values.sort_unstable_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => values[odd / 2],
        even => (values[even / 2 - 1] + values[even / 2]) / 2.0,
    }
}

/// Most resident memory that the process ever had, bytes, where Linux says so.
#[must_use]
pub fn peak_rss_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::groth16::{
        description::assign,
        setup::{SetupRandomness, setup},
        toy::Toy,
    };

    fn prover(steps: usize) -> Prover {
        let key = setup(Toy::new(steps, 7), SetupRandomness::Development, &|_, _| ()).unwrap();
        Prover::new(Arc::new(key), None).unwrap()
    }

    #[test]
    fn a_report_has_every_phase_and_adds_up() {
        let heard = std::cell::Cell::new(0);
        let prover = prover(30);
        let circuit = || assign(Toy::new(30, 7));
        let report = measure(&prover, &circuit, 3, true, &|run| heard.set(run)).unwrap();
        assert_eq!(heard.get(), 3);
        assert_eq!((report.constraints, report.wires), (30 * 4 + 1, 3 + 30 * 4));
        assert_eq!((report.domain, report.runs), (128, 3));
        assert!(report.peak_rss_bytes > 1 << 20);
        assert!(report.phases.values().all(|seconds| *seconds > 0.0));
        let ratio = report.stock_prove_s.unwrap() / report.prove_s;
        assert!((report.stock_ratio.unwrap() - ratio).abs() < 1e-9);
        assert!(matches!(
            measure(&prover, &circuit, 0, false, &|_| ()),
            Err(BenchError::NoRuns)
        ));
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0].iter()), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0].iter()), 2.5);
        assert_eq!(median([].iter()), 0.0);
    }

    #[test]
    fn medians() {
        let of = |values: &[f64]| median(values.iter());
        assert_eq!(
            [of(&[]), of(&[3.0, 1.0, 2.0]), of(&[4.0, 1.0])],
            [0.0, 2.0, 2.5]
        );
    }

    #[test]
    #[ignore = "measures for a minute: cargo test --release -p assay-prover -- --ignored --nocapture"]
    fn measure_two_to_the_eighteen() {
        let started = Instant::now();
        let circuit = || assign(Toy::new(65_000, 7));
        let prover = prover(65_000);
        println!("setup {:.2} s", started.elapsed().as_secs_f64());
        let report = measure(&prover, &circuit, 5, true, &|_| ()).unwrap();
        println!("{}", serde_json::to_string_pretty(&report).unwrap());
    }
}
