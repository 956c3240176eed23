//! Proving an exit from a frozen rollup.

use std::{num::NonZeroUsize, path::Path};

use assay_api::exact_json::{self, ExactJsonError};
use assay_circuits::{
    account::Account,
    address::{Address, L1Address},
    circuit::CircuitId,
    eddsa::Signature,
    escape::{EscapeWitness, Exit, ExitOrder},
    order::{Domain, Signed},
    quantity::{AccountIndex, Amount, Nonce, StateRoot, TokenId},
    tree::MerkleProof,
};
use assay_prover::{
    circuit_digest::is_known,
    escape::{EscapeProofError, prove_escape},
    groth16::{
        proof::Proof,
        prove::{Prover, StartError},
        unobserved,
    },
    keys::{KeyError, Keys},
};
use serde::{Deserialize, Serialize};

/// What an account's owner wants proved, as JSON. Fields that an exit packet has are as there
/// (`docs/spec/exit.md`).
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EscapeRequest {
    /// Of the rollup's layer 1.
    pub chain_id: u64,
    /// The rollup's contract.
    pub contract: L1Address,
    /// The last proved root.
    pub root: StateRoot,
    /// The account's owner.
    pub owner: Address,
    /// Where the account is.
    pub index: AccountIndex,
    /// Its token.
    pub token: TokenId,
    /// All that it holds.
    pub balance: Amount,
    /// The nonce in its leaf.
    pub nonce: Nonce,
    /// The nodes beside its path.
    pub path: MerkleProof,
    /// Who is paid on the layer 1.
    pub to: L1Address,
    /// The owner's, on the escape.
    pub signature: Signature,
    /// SHA-256 of the verifying key that the contract verifies exits under, 0x and 64 hexadecimal digits.
    pub verifying_key_sha256: String,
}

/// A proof for the contract.
#[derive(Debug, Serialize)]
pub struct EscapeAnswer {
    /// Its eight words.
    pub proof: Proof,
}

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum EscapeError {
    /// The request is something else.
    #[error("the request cannot be read: {0}")]
    Request(#[from] ExactJsonError),
    /// The bytes are no key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A key of another version of the circuit.
    #[error("the key is of another version of the escape circuit")]
    OtherCircuit,
    /// Not the key of the contract.
    #[error("the key's SHA-256 is {found}; the contract's is {expected}")]
    OtherKey {
        /// What is wanted.
        expected: String,
        /// What the key has.
        found: String,
    },
    /// The prover does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// What is to be proved is not so.
    #[error(transparent)]
    Proof(#[from] EscapeProofError),
}

/// Proves an escape with the bytes of `escape.proving.key`. Every section of the key is checked against its
/// digest, and its other half against the contract's; the proof is verified before it is given.
///
/// # Errors
/// [`EscapeError`].
pub fn escape(proving_key: &[u8], request: &[u8]) -> Result<EscapeAnswer, EscapeError> {
    let request: EscapeRequest = exact_json::from_slice(request)?;
    let name = Path::new("escape.proving.key");
    let keys = Keys::parse(name, CircuitId::Escape, proving_key)?;
    if !is_known(CircuitId::Escape, keys.circuit_digest) {
        return Err(EscapeError::OtherCircuit);
    }
    let digest = keys.proving_key.verifying_key().digest();
    let found = format!("0x{}", hex::encode(digest));
    if found != request.verifying_key_sha256 {
        return Err(EscapeError::OtherKey {
            expected: request.verifying_key_sha256,
            found,
        });
    }
    let prover = Prover::new(keys.proving_key, Some(NonZeroUsize::MIN))?;
    let proved = prove_escape(&prover, witness(&request), &unobserved)?;
    Ok(EscapeAnswer {
        proof: proved.proof,
    })
}

fn witness(request: &EscapeRequest) -> EscapeWitness {
    let &EscapeRequest { token, balance, .. } = request;
    EscapeWitness {
        root: request.root,
        domain: Domain::new(request.chain_id, request.contract),
        account: Account {
            owner: request.owner.owner,
            token,
            balance,
            nonce: request.nonce,
        },
        proof: request.path,
        signed: Signed {
            order: ExitOrder {
                from: request.index,
                exit: Exit::Balance { token, balance },
                to: request.to,
            },
            signature: request.signature,
        },
    }
}
