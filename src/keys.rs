//! `assay keys`: makes, shows and exports proving and verifying keys.

use std::{
    fs,
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use assay_circuits::shape::Shape;
use assay_prover::{
    export::{verification_key_json, zkey},
    groth16::setup::{SetupRandomness, SetupStep},
    keys::{Keys, VerifyingKeyFile, proving_key_path, verifying_key_path},
    shape_circuit,
};
use clap::{Args, Subcommand, ValueEnum, builder::BoolishValueParser};
use serde::Serialize;

use crate::{
    directories,
    outcome::Outcome,
    output::OutputArgs,
    progress::{Progress, Step},
};

/// Parts that a setup's progress bar has.
const PARTS: u64 = 1000;

/// Options of `assay keys`.
#[derive(Debug, Args)]
pub struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Make the keys of a shape.
    Setup {
        #[command(flatten)]
        place: KeyPlace,
        /// Use the fixed public seed: the same keys on every machine, under which everybody can
        /// forge proofs. Without it the system's randomness is used.
        #[arg(long, env = "ASSAY_DEVELOPMENT", value_parser = BoolishValueParser::new())]
        development: bool,
        /// Make the keys again where there are some.
        #[arg(long, env = "ASSAY_FORCE", value_parser = BoolishValueParser::new())]
        force: bool,
        /// Threads to use [default: one per core].
        #[arg(long, env = "ASSAY_THREADS", value_name = "NUMBER")]
        threads: Option<NonZeroUsize>,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Read the keys of a shape, check them, and show what they are.
    Inspect {
        #[command(flatten)]
        place: KeyPlace,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Write keys for other programs.
    Export {
        #[command(flatten)]
        place: KeyPlace,
        /// The form to write.
        #[arg(long, env = "ASSAY_FORMAT", default_value = "snarkjs")]
        format: ExportFormat,
        /// The directory to write to.
        #[arg(long, env = "ASSAY_OUT", value_name = "DIR", default_value = ".")]
        out: PathBuf,
    },
}

/// Which keys.
#[derive(Debug, Clone, Args)]
pub struct KeyPlace {
    /// The shape of batch: tiny, small, medium or large.
    #[arg(long, env = "ASSAY_SHAPE", default_value = "small")]
    pub shape: Shape,
    /// The directory that holds the keys [default: ~/.cache/assay/keys].
    #[arg(long, env = "ASSAY_KEYS", value_name = "DIR")]
    pub keys: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ExportFormat {
    /// snarkjs's verification_key.json.
    Snarkjs,
    /// The proving key as snarkjs and rapidsnark read it, SHAPE.zkey.
    Zkey,
}

/// What a key file holds.
#[derive(Debug, Serialize)]
struct KeyReport {
    shape: String,
    provenance: String,
    insecure: bool,
    circuit_sha256: String,
    verifying_key_sha256: String,
    constraints: usize,
    wires: usize,
    proving_key: PathBuf,
    proving_key_bytes: u64,
    verifying_key: PathBuf,
}

impl KeyPlace {
    /// The directory, as given or by default.
    ///
    /// # Errors
    /// Where there is no default.
    pub fn directory(&self) -> Result<PathBuf> {
        directory(self.keys.as_deref())
    }
}

/// The directory of keys, as given or by default.
///
/// # Errors
/// Where there is no default.
pub fn directory(given: Option<&Path>) -> Result<PathBuf> {
    match given {
        Some(path) => Ok(path.to_owned()),
        None => directories::keys_cache(),
    }
}

impl KeysArgs {
    pub(crate) fn run(self) -> Result<Outcome> {
        match self.command {
            KeysCommand::Setup {
                place,
                development,
                force,
                threads,
                output,
            } => setup(&place, development, force, threads, output),
            KeysCommand::Inspect { place, output } => {
                let directory = place.directory()?;
                let keys = shape_circuit::check_keys(&directory, place.shape)?;
                report(&directory, &keys, output)
            }
            KeysCommand::Export { place, format, out } => {
                let written = match format {
                    ExportFormat::Snarkjs => export_verifying_key(&place, out),
                    ExportFormat::Zkey => export_zkey(&place, out),
                }?;
                crate::output::line(&written.display().to_string())?;
                Ok(Outcome::Done)
            }
        }
    }
}

fn export_verifying_key(place: &KeyPlace, out: PathBuf) -> Result<PathBuf> {
    let path = verifying_key_path(&place.directory()?, place.shape);
    let file = VerifyingKeyFile::open(&path)?;
    ensure!(
        file.shape == place.shape,
        "{} is of shape {}",
        path.display(),
        file.shape
    );
    let out = directories::make(out)?.join("verification_key.json");
    let json = format!("{:#}\n", verification_key_json(&file.verifying_key));
    fs::write(&out, json).with_context(|| format!("cannot write {}", out.display()))?;
    Ok(out)
}

fn export_zkey(place: &KeyPlace, out: PathBuf) -> Result<PathBuf> {
    let keys = Keys::open(&place.directory()?, place.shape)?;
    let out = directories::make(out)?.join(format!("{}.zkey", place.shape));
    zkey::write(&out, &keys.proving_key)
        .with_context(|| format!("cannot write {}", out.display()))?;
    Ok(out)
}

fn setup(
    place: &KeyPlace,
    development: bool,
    force: bool,
    threads: Option<NonZeroUsize>,
    output: OutputArgs,
) -> Result<Outcome> {
    let directory = directories::make(place.directory()?)?;
    let path = proving_key_path(&directory, place.shape);
    ensure!(
        force || !path.exists(),
        "there are keys of shape {} at {}: --force makes new ones, under which old proofs do not verify",
        place.shape,
        path.display()
    );
    let randomness = if development {
        SetupRandomness::Development
    } else {
        SetupRandomness::System
    };
    let step = Progress::new().step(format!("keys of shape {}", place.shape), Some(PARTS));
    let keys = with_threads(threads, || {
        shape_circuit::create_keys(&directory, place.shape, randomness, &observer(&step))
    })??;
    step.finish("made");
    report(&directory, &keys, output)
}

/// Development keys of a shape: read, or made where there are none.
///
/// # Errors
/// Where they cannot be read or written.
pub fn development_keys(directory: &Path, shape: Shape, progress: &Progress) -> Result<Keys> {
    let there = proving_key_path(directory, shape).exists();
    let step = progress.step(format!("development keys of shape {shape}"), Some(PARTS));
    let randomness = SetupRandomness::Development;
    let keys = shape_circuit::open_or_create_keys(directory, shape, randomness, &observer(&step))?;
    let done = if there {
        "read from"
    } else {
        "made and kept in"
    };
    step.finish(&format!("{done} {}", directory.display()));
    Ok(keys)
}

/// As [`development_keys`], on a thread that may block.
///
/// # Errors
/// As [`development_keys`].
pub async fn development_keys_async(
    directory: &Path,
    shape: Shape,
    progress: &Progress,
) -> Result<Keys> {
    let (directory, progress) = (directory.to_owned(), progress.clone());
    let work = tokio::task::spawn_blocking(move || development_keys(&directory, shape, &progress));
    work.await.context("making the keys broke off")?
}

fn observer(step: &Step) -> impl Fn(SetupStep, f32) + Sync + '_ {
    |_, done| step.set((f64::from(done) * PARTS as f64) as u64)
}

fn report(directory: &Path, keys: &Keys, output: OutputArgs) -> Result<Outcome> {
    let proving_key = proving_key_path(directory, keys.shape);
    let size = fs::metadata(&proving_key)
        .with_context(|| format!("cannot read {}", proving_key.display()))?;
    let matrices = keys.proving_key.matrices();
    let report = KeyReport {
        shape: keys.shape.to_string(),
        provenance: keys.randomness.to_string(),
        insecure: keys.randomness == SetupRandomness::Development,
        circuit_sha256: format!("0x{}", hex::encode(keys.circuit)),
        verifying_key_sha256: format!(
            "0x{}",
            hex::encode(keys.proving_key.verifying_key().digest())
        ),
        constraints: matrices.constraints(),
        wires: matrices.wires(),
        proving_key,
        proving_key_bytes: size.len(),
        verifying_key: verifying_key_path(directory, keys.shape),
    };
    output.print(&report, |report| {
        [
            format!("shape                 {}", report.shape),
            format!("made from             {}", report.provenance),
            format!("circuit SHA-256       {}", report.circuit_sha256),
            format!("verifying key SHA-256 {}", report.verifying_key_sha256),
            format!("constraints           {}", report.constraints),
            format!("wires                 {}", report.wires),
            format!(
                "proving key           {} ({} bytes)",
                report.proving_key.display(),
                report.proving_key_bytes
            ),
            format!("verifying key         {}", report.verifying_key.display()),
        ]
        .join("\n")
    })?;
    Ok(Outcome::Done)
}

/// Runs work that uses rayon on so many threads, or one per core.
fn with_threads<T: Send>(
    threads: Option<NonZeroUsize>,
    work: impl FnOnce() -> T + Send,
) -> Result<T> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.map_or(0, NonZeroUsize::get));
    Ok(pool
        .build()
        .context("cannot start the threads")?
        .install(work))
}
