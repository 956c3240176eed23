//! Proving an exit, and checking such a proof as the contract does.

use assay_circuits::escape::{EscapeWitness, ExitError, ExitStatement, r1cs::EscapeCircuit};

use crate::groth16::{
    Observer,
    proof::Proof,
    prove::{ProveError, Proved, Prover},
    verify::{VerifyError, verify},
    verifying_key::VerifyingKey,
};

/// Why an exit is not proven.
#[derive(Debug, thiserror::Error)]
pub enum EscapeProofError {
    /// What is to be proved is not so.
    #[error(transparent)]
    Untrue(#[from] ExitError),
    /// The prover's own error.
    #[error(transparent)]
    Prove(#[from] ProveError),
}

/// Proves an exit with the keys of [`CircuitId::Escape`](assay_circuits::circuit::CircuitId). What is
/// not true is told before the prover starts.
///
/// # Errors
/// [`EscapeProofError`].
pub fn prove_escape(
    prover: &Prover,
    witness: EscapeWitness,
    observer: Observer<'_>,
) -> Result<Proved, EscapeProofError> {
    witness.check()?;
    Ok(prover.prove(EscapeCircuit::new(witness), observer)?)
}

/// Checks the proof of an exit.
///
/// # Errors
/// [`VerifyError`].
pub fn verify_escape(
    key: &VerifyingKey,
    statement: &ExitStatement,
    proof: &Proof,
) -> Result<(), VerifyError> {
    verify(key, &statement.public_inputs(), proof)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::{fs, num::NonZeroUsize};

    use ark_bn254::Fr;
    use assay_circuits::{
        circuit::CircuitId,
        order::Domain,
        quantity::{Amount, StateRoot},
    };

    use super::*;
    use crate::{
        bench::sample_escape,
        groth16::{setup::SetupRandomness, unobserved},
        keys::{proving_key_path, verifying_key_path},
        known_circuits::{check_keys, create_keys, is_development_key, open_verifying_key},
    };

    /// What a user downloads before the first exit.
    const KEY_BYTES_MAX: u64 = 5_000_000;

    #[test]
    fn an_exit_is_proved_and_its_proof_is_of_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let circuit = CircuitId::Escape;
        let development = SetupRandomness::Development;
        let keys = create_keys(dir.path(), circuit, development, &|_, _| ()).unwrap();
        let bytes = fs::metadata(proving_key_path(dir.path(), circuit))
            .unwrap()
            .len();
        assert!(bytes <= KEY_BYTES_MAX, "{bytes}");
        assert!(check_keys(dir.path(), circuit).is_ok());
        let key = open_verifying_key(dir.path(), circuit)
            .unwrap()
            .verifying_key;
        assert!(verifying_key_path(dir.path(), circuit).ends_with("escape.verifying.key"));
        assert_eq!(key.to_words().len(), 24);
        assert!(is_development_key(circuit, &key));

        let prover = Prover::new(keys.proving_key, Some(NonZeroUsize::MIN)).unwrap();
        let witness = sample_escape();
        let Proved { proof, inputs, .. } = prove_escape(&prover, witness, &unobserved).unwrap();
        let statement = witness.statement();
        assert_eq!(inputs, statement.public_inputs());
        assert_eq!(verify_escape(&key, &statement, &proof), Ok(()));
        let one = Fr::from(1u8);
        let others = [
            ExitStatement {
                root: StateRoot(statement.root.0 + one),
                ..statement
            },
            ExitStatement {
                domain: Domain(statement.domain.0 + one),
                ..statement
            },
            ExitStatement {
                packed: statement.packed + one,
                ..statement
            },
            ExitStatement {
                destination: statement.destination + one,
                ..statement
            },
        ];
        for other in others {
            let refused = verify_escape(&key, &other, &proof);
            assert_eq!(refused, Err(VerifyError::Pairing));
        }

        let mut richer = witness;
        richer.account.balance = Amount(u128::MAX);
        assert!(matches!(
            prove_escape(&prover, richer, &unobserved),
            Err(EscapeProofError::Untrue(ExitError::NotInState(_)))
        ));
        let unchecked = prover.prove(EscapeCircuit::new(richer), &unobserved);
        assert!(matches!(unchecked, Err(ProveError::Unsatisfied { .. })));
    }
}
