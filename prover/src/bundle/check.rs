//! The checks of a bundle, each under the name of the field that it is about.

use std::fmt::Display;

use ark_bn254::Fr;
use assay_circuits::{
    circuit::CircuitId,
    shape::Shape,
    statement::{Statement, chain_hash, challenge, evaluate, position},
};
use serde::Serialize;

use super::file::{Bundle, L1Context, ShapeFields, hex_of};
use crate::{
    decimal::{from_decimal, to_decimal},
    groth16::{proof::Proof, verify::verify, verifying_key::VerifyingKey},
};

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not.
    Failed,
    /// It could not be made, because one that it needs failed.
    Skipped,
}

/// One check of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was checked.
    pub name: &'static str,
    /// How it went.
    pub outcome: Outcome,
    /// What was found, for people.
    pub detail: String,
}

/// Checks so far.
#[derive(Default)]
struct Report(Vec<Check>);

impl Report {
    /// Adds a check and passes on what it found out.
    fn add<T, E: Display>(
        &mut self,
        name: &'static str,
        result: Result<(T, String), E>,
    ) -> Option<T> {
        let (found, outcome, detail) = match result {
            Ok((found, detail)) => (Some(found), Outcome::Passed, detail),
            Err(error) => (None, Outcome::Failed, error.to_string()),
        };
        self.0.push(Check {
            name,
            outcome,
            detail,
        });
        found
    }

    /// Adds a check that needs others; it is skipped where one of them failed.
    fn add_after<N, T, E: Display>(
        &mut self,
        name: &'static str,
        needs: Option<N>,
        check: impl FnOnce(N) -> Result<(T, String), E>,
    ) -> Option<T> {
        match needs {
            Some(needs) => self.add(name, check(needs)),
            None => {
                let detail = "needs a check that failed".to_owned();
                self.0.push(Check {
                    name,
                    outcome: Outcome::Skipped,
                    detail,
                });
                None
            }
        }
    }
}

/// `Ok` when the bundle says what was recomputed.
fn same(field: &str, recomputed: &str) -> Result<((), String), String> {
    if field == recomputed {
        Ok(((), recomputed.to_owned()))
    } else {
        Err(format!(
            "the bundle says {field}, recomputed it is {recomputed}"
        ))
    }
}

impl Bundle {
    /// Recomputes everything that can be recomputed, in order. The bundle is valid when all
    /// outcomes are [`Outcome::Passed`]; the first that is not names what does not fit.
    ///
    /// The proof is checked under `trusted` where it is given, and otherwise under the bundle's
    /// own key: then the bundle proves itself only if its key's digest is known from elsewhere.
    #[must_use]
    pub fn check(&self, trusted: Option<&VerifyingKey>) -> Vec<Check> {
        run(self, trusted.map(Trusted::Key))
    }

    /// As [`Bundle::check`] under the key whose [`VerifyingKey::digest`] is trusted.
    #[must_use]
    pub fn check_by_digest(&self, trusted: [u8; 32]) -> Vec<Check> {
        run(self, Some(Trusted::Digest(trusted)))
    }
}

/// What is known of the key of a bundle from elsewhere.
#[derive(Clone, Copy)]
enum Trusted<'a> {
    Key(&'a VerifyingKey),
    Digest([u8; 32]),
}

impl<'a> Trusted<'a> {
    fn is(self, own: &VerifyingKey) -> Result<((), String), String> {
        let (same, digest) = match self {
            Self::Key(key) => (own == key, key.digest()),
            Self::Digest(digest) => (own.digest() == digest, digest),
        };
        if same {
            return Ok(((), "the bundle's key is the trusted one".to_owned()));
        }
        let digest = hex_of(digest);
        Err(format!(
            "the bundle's key is not the trusted one, whose SHA-256 is {digest}"
        ))
    }

    /// The trusted key itself; of a digest it is known where the bundle's own key has it.
    fn key(self, own: Option<&'a VerifyingKey>) -> Option<&'a VerifyingKey> {
        match self {
            Self::Key(key) => Some(key),
            Self::Digest(digest) => own.filter(|own| own.digest() == digest),
        }
    }
}

fn run(bundle: &Bundle, trusted: Option<Trusted<'_>>) -> Vec<Check> {
    let mut report = Report::default();
    let key = report.add("verifying_key", verifying_key(bundle));
    report.add_after("verifying_key_sha256", key.as_ref(), |key| {
        same(&bundle.verifying_key_sha256, &hex_of(key.digest()))
    });
    if let Some(trusted) = trusted {
        report.add_after("trusted_key", key.as_ref(), |own| trusted.is(own));
    }
    let shape = report.add("shape", shape(bundle));
    let words = report.add("statement", words(bundle));
    let statement = report.add_after("statement_length", shape.zip(words), |(shape, words)| {
        length(shape, words)
    });
    let statement = statement.as_ref();
    report.add("domain", domain(bundle));
    report.add_after("header", statement, |statement| header(bundle, statement));
    let c = report.add_after("c", statement, |statement| {
        let c = chain_hash(statement.words());
        same(&bundle.c, &to_decimal(&c)).map(|(_, detail)| (c, detail))
    });
    let z = report.add_after("z", statement.zip(c), |(statement, c)| {
        let z = challenge(c, statement.words());
        same(&bundle.z, &to_decimal(&z)).map(|(_, detail)| (z, detail))
    });
    let y = report.add_after("y", statement.zip(z), |(statement, z)| {
        let y = evaluate(statement.words(), z);
        same(&bundle.y, &to_decimal(&y)).map(|(_, detail)| (y, detail))
    });
    let proof = report.add("proof", proof(bundle));
    let inputs = c.zip(z).zip(y).map(|((c, z), y)| [c, z, y]);
    let own = key.as_ref();
    let key = trusted.map_or(own, |trusted| trusted.key(own));
    report.add_after(
        "pairing",
        key.zip(proof).zip(inputs),
        |((key, proof), inputs)| {
            let whose = if trusted.is_some() {
                "the trusted key"
            } else {
                "the bundle's own key"
            };
            verify(key, &inputs, &proof).map(|()| ((), format!("the proof verifies under {whose}")))
        },
    );
    report.add("l1", transaction(&bundle.l1));
    report.add("sha256", same(&bundle.sha256, &bundle.checksum()));
    report.0
}

fn verifying_key(bundle: &Bundle) -> Result<(VerifyingKey, String), String> {
    let words = bundle.verifying_key.words();
    let key = bundle.verifying_key().map_err(|error| error.to_string())?;
    let written: Vec<_> = key.to_words().iter().map(hex_of).collect();
    if written != words {
        return Err("the words are not in lower case".to_owned());
    }
    let inputs = key.input_count();
    Ok((key, format!("all points valid, {inputs} inputs")))
}

fn shape(bundle: &Bundle) -> Result<(Shape, String), String> {
    let fields = &bundle.shape;
    let shape = Shape::from_id(fields.id).ok_or(format!("there is no shape {}", fields.id))?;
    if ShapeFields::of(shape) != *fields {
        return Err(format!("the fields are not those of shape {shape}"));
    }
    let circuit = CircuitId::Batch(shape).name();
    if bundle.circuit != circuit {
        return Err(format!("the circuit of shape {shape} is `{circuit}`"));
    }
    Ok((shape, shape.name().to_owned()))
}

fn words(bundle: &Bundle) -> Result<(Vec<Fr>, String), String> {
    let read = |(i, text): (usize, &String)| {
        from_decimal(text).map_err(|error| format!("word {i}: {error}"))
    };
    let words = bundle
        .statement
        .iter()
        .enumerate()
        .map(read)
        .collect::<Result<Vec<_>, _>>()?;
    let count = words.len();
    Ok((words, format!("{count} words, all canonical")))
}

fn length(shape: Shape, words: Vec<Fr>) -> Result<(Statement, String), String> {
    let count = words.len();
    let statement = Statement::new(shape, words).map_err(|error| error.to_string())?;
    Ok((statement, format!("{count} words fit shape {shape}")))
}

fn domain(bundle: &Bundle) -> Result<((), String), String> {
    let domain = bundle
        .l1
        .domain()
        .ok_or(format!("`{}` is no address", bundle.l1.contract))?;
    same(&bundle.domain, &to_decimal(&domain.0))
}

fn header(bundle: &Bundle, statement: &Statement) -> Result<((), String), String> {
    let fixed = [
        ("domain", position::DOMAIN, bundle.domain.clone()),
        ("shape", position::SHAPE, bundle.shape.id.to_string()),
    ];
    for (name, at, field) in bundle.header.words().into_iter().chain(fixed) {
        let word = to_decimal(&statement.words()[at]);
        if word != field {
            return Err(format!(
                "{name} is {field}, but word {at} of the statement is {word}"
            ));
        }
    }
    if bundle.header.batch == 0 {
        return Err("the first batch is 1".to_owned());
    }
    Ok(((), "all fields are in the statement".to_owned()))
}

fn proof(bundle: &Bundle) -> Result<(Proof, String), String> {
    let proof = Proof::from_hex(&bundle.proof).map_err(|error| error.to_string())?;
    if proof.to_string() != bundle.proof {
        return Err("the digits are not in lower case".to_owned());
    }
    Ok((proof, "three valid points".to_owned()))
}

fn transaction(l1: &L1Context) -> Result<((), String), String> {
    if let Some(hash) = &l1.transaction {
        let mut bytes = [0; 32];
        let digits = hash.strip_prefix("0x").unwrap_or_default();
        hex::decode_to_slice(digits, &mut bytes)
            .map_err(|_| format!("`{hash}` is no transaction hash"))?;
    }
    Ok((
        (),
        "only the chain can tell whether this transaction is there".to_owned(),
    ))
}
