//! Why talking to the L1 fails, and what the contract's refusals mean.

use std::error::Error;

use alloy::{
    primitives::hex,
    rpc::json_rpc::ErrorPayload,
    sol_types::{Panic, Revert, SolError as _},
    transports::{RpcError, TransportErrorKind},
};

use crate::{
    address::EthAddress,
    batch::Word,
    contracts::{
        Assay::AssayErrors, Groth16Verifier::Groth16VerifierErrors,
        VerifierFactory::VerifierFactoryErrors,
    },
};

/// A contract's refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {sentence}")]
pub struct ContractRevert {
    /// The error's name in the contract's ABI (stable), or `Unknown`.
    pub name: String,
    /// What it means.
    pub sentence: String,
    /// The raw revert data.
    pub data: Vec<u8>,
}

/// What stands behind an error: another error, or a sentence. Its type is erased, because those of
/// the transport stay inside this crate.
pub type Cause = Box<dyn Error + Send + Sync>;

/// Why talking to the L1 failed.
#[derive(Debug, thiserror::Error)]
pub enum L1Error {
    /// The URL is not one. It is not shown: there may be a key in it.
    #[error("the L1's URL is not one of a JSON-RPC endpoint: {source}")]
    Url {
        /// Why not.
        source: Cause,
    },
    /// The node did not answer, or said that it cannot answer now: nothing is known. Worth trying
    /// again. What was to be sent may have arrived.
    #[error("the L1 did not answer {call}: {source}")]
    Transport {
        /// The call.
        call: &'static str,
        /// Why.
        source: Cause,
    },
    /// The node refused the request for what it is, for instance for a low nonce or a lack of funds.
    #[error("the L1 refused {call}: {message} (code {code})")]
    Refused {
        /// The call.
        call: &'static str,
        /// JSON-RPC code.
        code: i64,
        /// The node's message.
        message: String,
    },
    /// The contract refuses the call; nothing was sent.
    #[error("the contract refuses {call}: {revert}")]
    Reverted {
        /// The call.
        call: &'static str,
        /// Why.
        revert: ContractRevert,
    },
    /// The answer was empty: there is no contract at the address, or there was none yet. Nothing
    /// else says so.
    #[error("no contract at {address} answered {call}")]
    NoCode {
        /// The call.
        call: &'static str,
        /// Who was asked.
        address: EthAddress,
    },
    /// There is no rollup contract at the address.
    #[error("there is no Assay contract at {0} on this L1")]
    NoContract(EthAddress),
    /// The client has no key to sign with.
    #[error("{0} must be signed, and this client has no key")]
    NoSigner(&'static str),
    /// The transaction was not mined in time; it may still be.
    #[error(
        "transaction {} was not mined within {waited_ms} ms",
        hex::encode_prefixed(hash)
    )]
    Timeout {
        /// The transaction.
        hash: Word,
        /// How long was waited.
        waited_ms: u64,
    },
    /// The answer cannot be what the contract wrote.
    #[error("the L1's answer to {call} does not fit: {source}")]
    Answer {
        /// The call.
        call: &'static str,
        /// What does not fit.
        source: Cause,
    },
    /// A key that is no key.
    #[error("the L1 key is not a secp256k1 secret key")]
    Key,
}

impl ContractRevert {
    /// Names the error that the data encodes.
    #[must_use]
    pub fn decode(data: &[u8]) -> Self {
        let known = |name: &str, sentence: &str| Self {
            name: name.to_owned(),
            sentence: sentence.to_owned(),
            data: data.to_vec(),
        };
        if let Ok(revert) = Revert::abi_decode(data) {
            return known("Error", revert.reason());
        }
        if let Ok(panic) = Panic::abi_decode(data) {
            return known("Panic", &panic.to_string());
        }
        let selector = data.first_chunk::<4>().copied().unwrap_or_default();
        let name = AssayErrors::name_by_selector(selector)
            .or_else(|| Groth16VerifierErrors::name_by_selector(selector))
            .or_else(|| VerifierFactoryErrors::name_by_selector(selector));
        match name {
            Some(name) => known(name, sentence(name).unwrap_or("the contract refuses")),
            None => known(
                "Unknown",
                "the contract gave a reason that this program does not know",
            ),
        }
    }
}

/// What the errors of the contracts mean, by their names in the ABI.
pub(super) fn sentence(name: &str) -> Option<&'static str> {
    Some(match name {
        "NotOperator" => "only the operator may do this now",
        "NotGovernor" => "only the governor may do this",
        "NotGuardian" => "only the guardian may do this",
        "NotDirect" => "batches must be sent by an account without code, not through a contract",
        "NotCanonicalEncoding" => "the batches are not encoded the one way that is accepted",
        "WrongBatchCount" => "there is no batch, or not one proof for each",
        "WrongBatchNumber" => "the next batch has another number",
        "WrongTimestamp" => {
            "the batch's timestamp is before the last batch's, in the future, or too far in the past"
        }
        "WordNotCanonical" => "a word is not below the field's order",
        "WrongAccountCount" => "accounts cannot become fewer, or more than there are leaves",
        "WrongSectionLength" => "a section holds more records than the shape, or a part of one",
        "InvalidFeeSlot" => "fee slots in use have ascending tokens and an account",
        "MixedShapes" => "one call takes batches of one shape only",
        "QueueMismatch" => "the batch's L1 operations are not the next entries of the queue",
        "NothingTaken" => {
            "a batch by others than the operator takes at least the head of the queue"
        }
        "DueEntryLeft" => "the batch has room for an entry of the queue that is due",
        "WrongOperationCount" => "the L1 operations, the full records and the tails do not fit",
        "InvalidRecord" => "a full record is of a wrong kind or has stray bits",
        "UnknownShape" => "no shape with this id is in service",
        "ShapeExists" => "the id is or was a shape's, and none is ever replaced",
        "InvalidShape" => "the shape's numbers cannot be used",
        "DevelopmentShape" => "shape 0 is for development chains only",
        "InvalidConfig" => "a number of the deployment breaks a rule that lets users leave in time",
        "VerifierAnswer" => "the verifier did not answer as a verifier does",
        "UnknownVerifierType" => "no verifier of this type can be made",
        "WrongProofLength" => "a proof is 256 bytes",
        "HeaderMismatch" => "the header is not the batch's",
        "NotProved" => "the batch is not proved yet",
        "WrongClaims" => "the list is not the batch's list of claims, or is too short",
        "NotReceiver" => "only the receiver may say where else its money goes",
        "AlreadyPaid" => "this was paid before",
        "AlreadyDone" => "this was done before",
        "WrongEntry" => "the entry was taken, or never queued, or is another",
        "UnknownAccount" => "there is no such account",
        "NothingOverdue" => "nothing in the queue is overdue, nor is the time for closing",
        "NotReady" => "not proposed, too early, too late, or the queue has entries from before",
        "IsFrozen" => "the rollup is frozen: only exits go on",
        "NotFrozen" => "exits begin once the rollup is frozen",
        "IsClosing" => "the rollup is closing: deposits are over",
        "TimeOverflow" => "the time does not fit",
        "Reentered" => "a token or receiver called back into the contract",
        "NotAToken" => "there is no contract at the token's address",
        "TokenExists" => "the token has a number already",
        "UnknownToken" => "no token has this number",
        "ValueTooLow" => "the ether sent is less than the fee, and the amount where that is ether",
        "NoAmount" => "nothing arrived, or nothing is ordered",
        "NoRefundTo" => "refunds must go somewhere",
        "NoCredit" => "the account has no credit",
        "FeeOverflow" => "the fee does not fit its field",
        "DepositCap" => "the token's deposits would reach 2^128",
        "InvalidOwner" => "the owner is no point of the curve, or one of small order",
        "InvalidOrder" => "this is no forced order, or has stray bits",
        "InvalidSignature" => "the order's signature cannot be valid",
        "InvalidReceiver" => "an order cannot pay to this address",
        "Expired" => "the order has expired",
        "TokenCallFailed" => "the token's contract failed or answered false",
        "EtherRefused" => "the receiver refused the ether",
        "GasTooLow" => "whoever pays must leave the receiver enough gas",
        "InvalidKey" => "a point of the verifying key is invalid or infinity",
        "GammaIsDelta" => "the verifying key has gamma = delta, so proofs could be forged",
        "WrongLength" => "the verifier was called with no proof or stray data",
        "InputNotCanonical" => "a public input is not below the group order",
        "CoordinateNotCanonical" => "a coordinate of the proof is not below the field's modulus",
        "InvalidPoint" => "a point of the proof is not on its curve or outside its subgroup",
        "ProofRejected" => "the proof does not prove this batch",
        _ => return None,
    })
}

impl L1Error {
    /// Whether the same question may be answered the next time.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Transport { .. })
    }

    /// From the transport's error; a refusal with revert data is [`L1Error::Reverted`].
    pub(super) fn from_rpc(call: &'static str, error: RpcError<TransportErrorKind>) -> Self {
        match error {
            RpcError::ErrorResp(payload) => match payload.as_revert_data() {
                Some(data) => Self::Reverted {
                    call,
                    revert: ContractRevert::decode(&data),
                },
                None if is_no_verdict(&payload) => Self::Transport {
                    call,
                    source: format!("{} (code {})", payload.message, payload.code).into(),
                },
                None => Self::Refused {
                    call,
                    code: payload.code,
                    message: payload.message.into_owned(),
                },
            },
            // The parser's own text repeats what it read.
            RpcError::DeserError { err, .. } => Self::Answer {
                call,
                source: format!("it is of another form at byte {}", err.column()).into(),
            },
            other => Self::Transport {
                call,
                source: other.into(),
            },
        }
    }
}

/// Whether a node says of itself that it cannot answer now, which tells nothing of what was asked:
/// it counts calls, has not the block yet, or not the state any more.
fn is_no_verdict(payload: &ErrorPayload) -> bool {
    /// EIP-1474: a resource is not there, or not now; a limit. Too many requests.
    const CODES: [i64; 4] = [-32001, -32002, -32005, 429];
    const INTERNAL: i64 = -32603;
    const SAID: [&str; 14] = [
        "missing trie node",
        "header not found",
        "block not found",
        "unknown block",
        "state not available",
        "state is not available",
        "historical state",
        "pruned",
        "not synced",
        "syncing",
        "timeout",
        "timed out",
        "try again",
        "unavailable",
    ];
    let said = payload.message.to_lowercase();
    CODES.contains(&payload.code)
        || payload.is_retry_err()
        || SAID.iter().any(|words| said.contains(words))
        || (payload.code == INTERNAL && said.contains("internal"))
}
