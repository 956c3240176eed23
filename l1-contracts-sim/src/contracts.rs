//! Bindings to the compiled contracts in `contracts/artifacts/`, remade by `contracts/build.sh`.

#![allow(missing_docs, unreachable_pub)]

use alloy::sol;

sol!(
    #[derive(Debug, PartialEq, Eq)]
    Assay,
    "contracts/artifacts/Assay.json"
);
sol!(
    #[derive(Debug, PartialEq, Eq)]
    Announced,
    "contracts/artifacts/Announced.json"
);
sol!(
    #[derive(Debug, PartialEq, Eq)]
    Groth16Verifier,
    "contracts/artifacts/Groth16Verifier.json"
);
sol!(
    #[derive(Debug, PartialEq, Eq)]
    EscapeVerifier,
    "contracts/artifacts/EscapeVerifier.json"
);
sol!(
    #[derive(Debug, PartialEq, Eq)]
    VerifierFactory,
    "contracts/artifacts/VerifierFactory.json"
);
sol!(
    #[derive(Debug, PartialEq, Eq)]
    TestToken,
    "contracts/artifacts/TestToken.json"
);

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod tests;
