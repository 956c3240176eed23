//! Which rows of the circuits could be dropped without any hostile witness noticing?
//!
//! Fails when a row survives that `tests/mutation/survivors.txt` does not list, and when one is listed
//! that does not survive. [`USAGE`] says how to ask.

#[path = "../tests/mutation/suite.rs"]
mod suite;

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
    time::Instant,
};

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IteratorRandom};

use suite::{
    scenes::{Circuit, batch, exit},
    survivors::{self, Findings, Listed},
};

const USAGE: &str = "\
Neutralises the rows of the tiny batch circuit and of the escape circuit one by one, and asks whether a
hostile witness passes then that did not before.

usage: cargo run --release -p assay-circuits --example mutate -- [OPTIONS]

  --all          every row (minutes to an hour); without it a sample
  --rows N       so many rows of each circuit (300)
  --seed N       the seed of the sample (another each time; it is printed)
  --group TEXT   only rows whose name, such as `batch full/kind 0`, has this in it
  --help         this text

One thread for each core, or as many as RAYON_NUM_THREADS says.";

/// What the command line asks for.
struct Wanted {
    all: bool,
    seed: u64,
    rows: usize,
    group: String,
}

impl Wanted {
    /// Nothing where help is wanted.
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut wanted = Self {
            all: false,
            seed: rand::rng().random_range(0..1_000_000),
            rows: 300,
            group: String::new(),
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            let number = |value: String| {
                let number = value.parse::<u32>();
                number.map_err(|_| format!("{word} needs a number, not `{value}`"))
            };
            match word.as_str() {
                "--all" => wanted.all = true,
                "--seed" => wanted.seed = number(value()?)?.into(),
                "--rows" => wanted.rows = number(value()?)? as usize,
                "--group" => wanted.group = value()?,
                "--help" | "-h" => return Ok(None),
                _ => return Err(format!("there is no option `{word}`")),
            }
        }
        Ok(Some(wanted))
    }

    /// The rows of a circuit that are asked for.
    fn rows_of(&self, circuit: &Circuit) -> Vec<u32> {
        let all = 0..circuit.rows.len() as u32;
        let named = all.filter(|row| circuit.name_of(*row).contains(&self.group));
        if self.all || !self.group.is_empty() {
            return named.collect();
        }
        named.choose_multiple(&mut StdRng::seed_from_u64(self.seed), self.rows)
    }
}

/// A line that is written over; only where somebody looks.
fn show_progress(circuit: &str, done: usize, of: usize) {
    let mut out = std::io::stderr();
    if out.is_terminal() && (done.is_multiple_of(20) || done == of) {
        let end = if done == of { "\n" } else { "" };
        // A terminal that is gone need not know.
        let _ = write!(out, "\r{circuit}: {done} of {of} rows{end}");
        let _ = out.flush();
    }
}

fn print(circuit: &Circuit, findings: &Findings) {
    for (row, listed) in &findings.survivors {
        let name = circuit.name_of(*row);
        match listed {
            None => println!("{name}: NOT LISTED"),
            Some(Listed {
                reason,
                is_open: true,
            }) => println!("{name}: open: {reason}"),
            Some(Listed { reason, .. }) => println!("{name}: redundant: {reason}"),
        }
    }
    for row in &findings.killed {
        let name = circuit.name_of(*row);
        println!("{name}: LISTED, but a witness breaks it alone");
    }
}

fn main() -> ExitCode {
    let wanted = match Wanted::parse(std::env::args().skip(1)) {
        Ok(Some(wanted)) => wanted,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(complaint) => {
            eprintln!("{complaint}\n\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    if !wanted.all && wanted.group.is_empty() {
        println!("seed {}", wanted.seed);
    }
    let start = Instant::now();
    let (mut rows_in_all, mut survived, mut is_as_listed) = (0, 0, true);
    for circuit in [batch(), exit()] {
        let rows = wanted.rows_of(&circuit);
        let progress = |done| show_progress(circuit.name, done, rows.len());
        let findings = survivors::look(&circuit, &rows, &progress);
        print(&circuit, &findings);
        rows_in_all += rows.len();
        survived += findings.survivors.len();
        let are_listed = findings
            .survivors
            .iter()
            .all(|(_, listed)| listed.is_some());
        is_as_listed &= are_listed && findings.killed.is_empty();
    }
    println!("{:.0?}", start.elapsed());
    println!("{rows_in_all} rows, {survived} survived");
    if is_as_listed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
