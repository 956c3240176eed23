//! `assay keys`: makes, shows and exports proving and verifying keys.

mod fetch;
mod report;

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use assay_circuits::circuit::CircuitId;
use assay_durable::Readers;
use assay_prover::{
    export::{verification_key_json, zkey},
    groth16::setup::SetupRandomness,
    keys::{KeyError, Keys, VerifyingKeyFile, proving_key_path, verifying_key_path},
    known_circuits,
};
use clap::{Args, Subcommand, ValueEnum, builder::BoolishValueParser};
use serde::Serialize;

use crate::{
    files::directories::Begun,
    options::keys::KeyPlace,
    process::block_on,
    terminal::{outcome::Outcome, output::OutputArgs, progress::Progress},
};

/// Options of `assay keys`.
#[derive(Debug, Args)]
pub(crate) struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Make the keys of a shape, and those of the escape circuit where there are none.
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
    /// Read the keys of a shape, compare them with its circuit, and show what they are.
    Inspect {
        #[command(flatten)]
        place: KeyPlace,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Download a rollup's proving key from wherever it is served, to prove or to leave with.
    Fetch(fetch::FetchArgs),
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
        #[command(flatten)]
        output: OutputArgs,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ExportFormat {
    /// snarkjs's verification_key.json.
    Snarkjs,
    /// The proving key as snarkjs and rapidsnark read it, SHAPE.zkey.
    Zkey,
}

/// What was exported.
#[derive(Serialize)]
struct Written {
    file: String,
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
                let directory = place.keys.path()?;
                let keys = known_circuits::check_keys(&directory, place.circuit)?;
                report::show(&directory, &keys, output)
            }
            KeysCommand::Fetch(args) => block_on(args.run()),
            KeysCommand::Export {
                place,
                format,
                out,
                output,
            } => {
                let written = match format {
                    ExportFormat::Snarkjs => export_verifying_key(&place, out),
                    ExportFormat::Zkey => export_zkey(&place, out),
                }?;
                let written = Written {
                    file: written.display().to_string(),
                };
                output.print(&written, |written| written.file.clone())?;
                Ok(Outcome::Done)
            }
        }
    }
}

fn export_verifying_key(place: &KeyPlace, out: PathBuf) -> Result<PathBuf> {
    let path = verifying_key_path(&place.keys.path()?, place.circuit);
    let file = VerifyingKeyFile::open(&path)?;
    ensure!(
        file.circuit == place.circuit,
        "{} is of {}",
        path.display(),
        file.circuit
    );
    let begun = Begun::make(out)?;
    let out = begun.path().join("verification_key.json");
    let json = format!("{:#}\n", verification_key_json(&file.verifying_key));
    let written = assay_durable::write(&out, Readers::All, json.as_bytes());
    written.with_context(|| format!("cannot write {}", out.display()))?;
    Ok(out)
}

fn export_zkey(place: &KeyPlace, out: PathBuf) -> Result<PathBuf> {
    let keys = Keys::open(&place.keys.path()?, place.circuit)?;
    let begun = Begun::make(out)?;
    let out = begun.path().join(format!("{}.zkey", place.circuit.name()));
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
    let begun = Begun::make(place.keys.path()?)?;
    let directory = begun.path().to_owned();
    let path = proving_key_path(&directory, place.circuit);
    ensure!(
        force || !path.exists(),
        "there are keys of {} at {}: --force makes new ones, under which old proofs do not verify",
        place.circuit,
        path.display()
    );
    let randomness = if development {
        SetupRandomness::Development
    } else {
        SetupRandomness::System
    };
    let step = Progress::new().step_of_one(format!("keys of {}", place.circuit));
    let keys = with_threads(threads, || {
        known_circuits::create_keys(&directory, place.circuit, randomness, &|_, share| {
            step.set_share(share);
        })
    })??;
    step.finish("made");
    if place.circuit != CircuitId::Escape {
        with_threads(threads, || escape_keys(&directory, randomness, force))??;
    }
    report::show(&directory, &keys, output)
}

/// Makes the keys of the escape circuit where there are none, or none that are as good: a rollup's
/// contract is deployed with one of them beside those of its shapes.
fn escape_keys(directory: &Path, randomness: SetupRandomness, force: bool) -> Result<()> {
    let circuit = CircuitId::Escape;
    match known_circuits::open_keys(directory, circuit) {
        Ok(keys) if [SetupRandomness::System, randomness].contains(&keys.randomness) => {
            return Ok(());
        }
        Ok(_) | Err(KeyError::Missing { .. }) => {}
        Err(KeyError::OtherVersion { .. } | KeyError::UnsupportedVersion { .. }) if force => {}
        Err(error) => return Err(error.into()),
    }
    let step = Progress::new().step_of_one(format!("keys of {circuit}"));
    known_circuits::create_keys(directory, circuit, randomness, &|_, share| {
        step.set_share(share);
    })?;
    step.finish("made");
    Ok(())
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
