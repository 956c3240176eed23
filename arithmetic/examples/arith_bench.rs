//! The arithmetic engine against arkworks, in one run.
//!
//! What it takes is in [`USAGE`]. Each figure is the best of the rounds. Wall time is what counts on a
//! quiet machine; on a busy one, the time that the one thread of a single-threaded run was on the
//! CPU says more, and is given beside it on Linux.
use std::hint::black_box;
use std::time::Instant;

use ark_bn254::{Fr, G1Projective, G2Projective};
use ark_ec::{CurveGroup, VariableBaseMSM};
use ark_ff::UniformRand;
use ark_poly::{EvaluationDomain as _, Radix2EvaluationDomain};
use ark_std::test_rng;
use assay_arithmetic::{
    Backend, BasesG1, BasesG2, EvaluationDomain, Msm, addition_ns, product_ns, recoding_ms,
};

const USAGE: &str = "Usage: arith_bench [field|g1|g2|ntt]... [--log 16,18,20] [--threads 1,2] \
     [--backend ifma,avx2,serial,portable] [--rounds 3] [--no-ark]";

/// What can be measured.
const PARTS: [&str; 4] = ["field", "g1", "g2", "ntt"];

struct Options {
    parts: Vec<String>,
    logs: Vec<u32>,
    threads: Vec<usize>,
    backends: Vec<Backend>,
    rounds: usize,
    ark: bool,
}

fn list<T: std::str::FromStr>(text: &str) -> Vec<T> {
    text.split(',')
        .filter_map(|item| item.parse().ok())
        .collect()
}

fn options() -> Options {
    let mut options = Options {
        parts: Vec::new(),
        logs: Vec::new(),
        threads: vec![1, 2],
        backends: Backend::all(),
        rounds: 3,
        ark: true,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().expect("an option takes a value");
        match argument.as_str() {
            "--log" => options.logs = list(&value()),
            "--threads" => options.threads = list(&value()),
            "--backend" => {
                let names: Vec<String> = list(&value());
                options
                    .backends
                    .retain(|b| names.iter().any(|name| name == b.name()));
            }
            "--rounds" => options.rounds = value().parse().expect("--rounds takes a number"),
            "--no-ark" => options.ark = false,
            part if PARTS.contains(&part) => options.parts.push(argument),
            _ => {
                eprintln!("arith_bench has no {argument:?}. {USAGE}");
                std::process::exit(2);
            }
        }
    }
    if options.parts.is_empty() {
        options.parts = PARTS.map(str::to_owned).to_vec();
    }
    options
}

/// Time this thread was on the CPU, where the system says.
fn cpu_ms() -> f64 {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|line| line.split(' ').next()?.parse::<f64>().ok())
        .map_or(f64::NAN, |ns| ns / 1e6)
}

#[derive(Clone, Copy)]
struct Time {
    wall_ms: f64,
    cpu_ms: f64,
}

fn best<T>(rounds: usize, mut work: impl FnMut() -> T) -> Time {
    let mut best = Time {
        wall_ms: f64::INFINITY,
        cpu_ms: f64::INFINITY,
    };
    for _ in 0..rounds {
        let (cpu, start) = (cpu_ms(), Instant::now());
        black_box(work());
        best.wall_ms = best.wall_ms.min(start.elapsed().as_secs_f64() * 1e3);
        best.cpu_ms = best.cpu_ms.min(cpu_ms() - cpu);
    }
    best
}

fn row(what: &str, log: u32, threads: usize, who: &str, time: Time, ark: Option<Time>) {
    let ratio = ark.map_or_else(String::new, |ark| {
        format!(
            "{:6.2}x wall {:6.2}x cpu",
            ark.wall_ms / time.wall_ms,
            ark.cpu_ms / time.cpu_ms
        )
    });
    let cpu = if threads == 1 {
        format!("{:9.1}", time.cpu_ms)
    } else {
        " ".repeat(9)
    };
    println!(
        "{what:8} 2^{log:<2} {threads} thr {who:8} {:9.1} ms wall {cpu} ms cpu  {ratio}",
        time.wall_ms
    );
}

fn walk<G: CurveGroup>(len: usize) -> Vec<G::Affine> {
    let mut rng = test_rng();
    let steps: Vec<G> = (0..16).map(|_| G::rand(&mut rng)).collect();
    let mut at = G::rand(&mut rng);
    let points: Vec<G> = (0..len)
        .map(|i| {
            at += steps[(i * i + i / 5) % 16];
            at
        })
        .collect();
    G::normalize_batch(&points)
}

fn scalars(len: usize) -> Vec<Fr> {
    let mut rng = test_rng();
    (0..len).map(|_| Fr::rand(&mut rng)).collect()
}

fn g1(options: &Options, log: u32, threads: usize) {
    let (points, scalars) = (walk::<G1Projective>(1 << log), scalars(1 << log));
    let bases = BasesG1::new(&points);
    let ark = options.ark.then(|| {
        best(options.rounds, || {
            G1Projective::msm(&points, &scalars).expect("one scalar for each point")
        })
    });
    if let Some(ark) = ark {
        row("MSM G1", log, threads, "ark", ark, None);
    }
    println!(
        "{:8} 2^{log:<2} {threads} thr {:8} {:9.1} ms wall, part of each sum below",
        "recoding",
        "all",
        recoding_ms(&scalars, options.rounds)
    );
    for &backend in &options.backends {
        let msm = Msm::new(backend);
        let time = best(options.rounds, || msm.g1(&bases, |i| scalars[i]));
        row("MSM G1", log, threads, backend.name(), time, ark);
    }
}

fn g2(options: &Options, log: u32, threads: usize) {
    let (points, scalars) = (walk::<G2Projective>(1 << log), scalars(1 << log));
    let bases = BasesG2::new(&points);
    let ark = options.ark.then(|| {
        best(1, || {
            G2Projective::msm(&points, &scalars).expect("one scalar for each point")
        })
    });
    if let Some(ark) = ark {
        row("MSM G2", log, threads, "ark", ark, None);
    }
    for &backend in &options.backends {
        let msm = Msm::new(backend);
        let time = best(options.rounds, || msm.g2(&bases, |i| scalars[i]));
        row("MSM G2", log, threads, backend.name(), time, ark);
    }
}

fn ntt(options: &Options, log: u32, threads: usize) {
    let mut values = scalars(1 << log);
    let domain = Radix2EvaluationDomain::<Fr>::new(1 << log).expect("the field has such a domain");
    let ark = options
        .ark
        .then(|| best(options.rounds, || domain.fft_in_place(&mut values)));
    if let Some(ark) = ark {
        row("NTT", log, threads, "ark", ark, None);
    }
    for &backend in &options.backends {
        let domain = EvaluationDomain::new(backend, log);
        domain.forward(&mut values);
        domain.inverse(&mut values);
        let forward = best(options.rounds, || domain.forward(&mut values));
        let inverse = best(options.rounds, || domain.inverse(&mut values));
        row("NTT", log, threads, backend.name(), forward, ark);
        row("inverse", log, threads, backend.name(), inverse, ark);
    }
}

fn main() {
    let options = options();
    for part in &options.parts {
        if part == "field" {
            for backend in &options.backends {
                for log in [10, 14, 18] {
                    let (bases, sums) = addition_ns(*backend, log);
                    println!(
                        "addition, 2^{log} bases, {:8} {bases:6.1} ns, of sums {sums:6.1} ns",
                        backend.name()
                    );
                }
                for chains in [1, 2, 4] {
                    let ns = product_ns(*backend, chains);
                    println!(
                        "product, {} chains, {:8} {ns:6.2} ns",
                        chains,
                        backend.name()
                    );
                }
            }
            continue;
        }
        let usual: &[u32] = if part == "ntt" {
            &[18, 20, 22]
        } else {
            &[16, 18, 20]
        };
        let logs = if options.logs.is_empty() {
            usual
        } else {
            &options.logs
        };
        for (&log, &threads) in logs
            .iter()
            .flat_map(|log| options.threads.iter().map(move |t| (log, t)))
        {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .expect("the threads start");
            pool.install(|| match part.as_str() {
                "g1" => g1(&options, log, threads),
                "g2" => g2(&options, log, threads),
                "ntt" => ntt(&options, log, threads),
                other => eprintln!("no part named {other}"),
            });
        }
    }
}
