//! Deploying the contracts.

use std::time::Duration;

use alloy::{
    primitives::{Bytes, TxKind, U256},
    sol_types::{SolCall as _, SolConstructor as _},
};

use super::{
    call::{RollupCall, SendOptions},
    error::L1Error,
    types::{ShapeInfo, TransactionReceipt},
    wire::{L1Signer, Wire},
};
use crate::{
    address::EthAddress,
    batch::{ShapeSize, VerifyingKeyWords, Word},
    contracts::{Assay, Groth16Verifier, TestToken},
};

/// How long each step of a deployment may take to be mined.
const STEP_TIMEOUT: Duration = Duration::from_secs(180);

/// A shape to deploy with: its size and the key that its verifier holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeployShape {
    /// Size.
    pub size: ShapeSize,
    /// Verifying key.
    pub key: VerifyingKeyWords,
}

/// What to deploy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployConfig {
    /// Who commits.
    pub operator: EthAddress,
    /// Who may propose verifiers of new shapes.
    pub governor: EthAddress,
    /// The root before batch 1.
    pub genesis_root: Word,
    /// After so many seconds without a proved batch anyone may commit.
    pub operator_idle_s: u32,
    /// After so many seconds without progress anyone may revert what is not proved.
    pub prove_deadline_s: u32,
    /// Delay of a new verifier.
    pub verifier_delay_s: u32,
    /// At least one.
    pub shapes: Vec<DeployShape>,
    /// ERC-20s to register, in the order of their numbers, from 1 on.
    pub tokens: Vec<EthAddress>,
}

/// What was deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// The rollup contract.
    pub rollup: EthAddress,
    /// The block that holds it: events begin here.
    pub block_number: u64,
    /// Shapes and their verifiers.
    pub shapes: Vec<ShapeInfo>,
}

/// Deploys verifiers and the rollup contract, and registers tokens.
///
/// # Errors
/// The first step that fails.
pub async fn deploy(
    url: &str,
    signer: L1Signer,
    config: DeployConfig,
) -> Result<Deployment, L1Error> {
    let wire = Wire::connect(url, Some(signer)).await?;
    let mut shapes = Vec::new();
    for DeployShape { size, key } in &config.shapes {
        let code = [Groth16Verifier::BYTECODE.to_vec(), verifier_arguments(key)].concat();
        let (verifier, _) = create(&wire, "the verifier's constructor", code).await?;
        shapes.push(ShapeInfo {
            size: *size,
            verifier,
        });
    }
    let arguments = Assay::constructorCall {
        config: Assay::Config {
            operator: config.operator.into(),
            governor: config.governor.into(),
            genesisRoot: config.genesis_root.into(),
            operatorIdleS: config.operator_idle_s,
            proveDeadlineS: config.prove_deadline_s,
            verifierDelayS: config.verifier_delay_s,
        },
        initialShapes: shapes.iter().map(|shape| (*shape).into()).collect(),
    };
    let code = [Assay::BYTECODE.to_vec(), arguments.abi_encode()].concat();
    let (rollup, receipt) = create(&wire, "the rollup's constructor", code).await?;
    for token in config.tokens {
        let call = RollupCall::RegisterToken { token };
        let (to, value, data) = call.encode(rollup);
        let sent = wire
            .send(
                call.name(),
                TxKind::Call(to),
                value,
                data,
                SendOptions::default(),
            )
            .await?;
        wire.settle(call.name(), sent.hash, STEP_TIMEOUT).await?;
    }
    Ok(Deployment {
        rollup,
        block_number: receipt.block_number,
        shapes,
    })
}

/// Deploys the test token: anyone may mint it, so it is for development chains only.
///
/// # Errors
/// As [`deploy`].
pub async fn deploy_test_token(
    url: &str,
    signer: L1Signer,
    name: &str,
    symbol: &str,
    decimals: u8,
) -> Result<EthAddress, L1Error> {
    let wire = Wire::connect(url, Some(signer)).await?;
    let arguments = TestToken::constructorCall {
        name_: name.to_owned(),
        symbol_: symbol.to_owned(),
        decimals_: decimals,
    };
    let code = [TestToken::BYTECODE.to_vec(), arguments.abi_encode()].concat();
    create(&wire, "the token's constructor", code)
        .await
        .map(|(address, _)| address)
}

/// Mints the test token for an account.
///
/// # Errors
/// As [`deploy`].
pub async fn mint_test_token(
    url: &str,
    signer: L1Signer,
    token: EthAddress,
    to: EthAddress,
    amount: u128,
) -> Result<(), L1Error> {
    const CALL: &str = "mint";
    let wire = Wire::connect(url, Some(signer)).await?;
    let call = TestToken::mintCall {
        to: to.into(),
        amount: U256::from(amount),
    };
    let data = Bytes::from(call.abi_encode());
    let sent = wire
        .send(
            CALL,
            TxKind::Call(token.into()),
            U256::ZERO,
            data,
            SendOptions::default(),
        )
        .await?;
    wire.settle(CALL, sent.hash, STEP_TIMEOUT).await?;
    Ok(())
}

async fn create(
    wire: &Wire,
    what: &'static str,
    code: Vec<u8>,
) -> Result<(EthAddress, TransactionReceipt), L1Error> {
    let sent = wire
        .send(
            what,
            TxKind::Create,
            U256::ZERO,
            Bytes::from(code),
            SendOptions::default(),
        )
        .await?;
    let receipt = wire.settle(what, sent.hash, STEP_TIMEOUT).await?;
    let missing = || L1Error::Answer {
        call: what,
        source: "no contract was created".into(),
    };
    Ok((receipt.created.ok_or_else(missing)?, receipt))
}

/// The verifier's constructor arguments.
pub(crate) fn verifier_arguments(key: &VerifyingKeyWords) -> Vec<u8> {
    Groth16Verifier::constructorCall {
        alpha: key.alpha.map(U256::from_be_bytes),
        beta: key.beta.map(U256::from_be_bytes),
        gamma: key.gamma.map(U256::from_be_bytes),
        delta: key.delta.map(U256::from_be_bytes),
        ic: key.ic.map(|point| point.map(U256::from_be_bytes)),
    }
    .abi_encode()
}

impl From<ShapeInfo> for Assay::ShapeConfig {
    fn from(shape: ShapeInfo) -> Self {
        Self {
            shapeId: shape.size.id,
            transfers: shape.size.transfers,
            fullRecords: shape.size.full_records,
            feeSlots: shape.size.fee_slots,
            verifier: shape.verifier.into(),
        }
    }
}
