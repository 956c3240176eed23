//! Deploying the contracts.

use std::time::Duration;

use alloy::{
    eips::BlockId,
    primitives::{Bytes, TxKind, U256},
    sol_types::{SolCall as _, SolConstructor as _},
};

use super::{
    call::{RollupCall, SendOptions, key_words},
    error::L1Error,
    options::L1Endpoint,
    rollup::RollupClient,
    types::{RollupParameters, TransactionReceipt},
    wire::{L1Signer, Wire, no_latest_block},
};
use crate::{
    address::EthAddress,
    batch::{ShapeSize, VerifyingKeyWords, Word},
    contracts::{Assay, TestToken, VerifierFactory},
};

/// How long each step of a deployment may take to be mined.
const STEP_TIMEOUT: Duration = Duration::from_secs(180);

/// A shape to deploy with: its size and the key that its verifier holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployShape {
    /// Size.
    pub size: ShapeSize,
    /// Verifying key.
    pub key: VerifyingKeyWords,
}

/// What to deploy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployConfig {
    /// Who submits.
    pub operator: EthAddress,
    /// Who may add shapes after a delay and retire them; nobody by default.
    pub governor: Option<EthAddress>,
    /// Who may freeze; nobody by default.
    pub guardian: Option<EthAddress>,
    /// The numbers.
    pub parameters: RollupParameters,
    /// At least one.
    pub shapes: Vec<DeployShape>,
    /// The verifying key of escapes and redirects.
    pub escape_key: VerifyingKeyWords,
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
    /// Makes verifiers from the words of a key.
    pub verifier_factory: EthAddress,
    /// What the rollup's constructor was given, ABI-encoded.
    pub constructor_arguments: Vec<u8>,
    /// Gas of both contracts.
    pub gas_used: u64,
}

/// The chain's id, and what a unit of gas costs there now, tip included, wei.
///
/// # Errors
/// Where the L1 does not answer.
pub async fn fee_per_gas(url: impl Into<L1Endpoint>) -> Result<(u64, u128), L1Error> {
    const CALL: &str = "eth_getBlockByNumber";
    let wire = Wire::connect(url.into(), None).await?;
    let tip = wire.tip().await?;
    let latest = wire.endpoint.block(BlockId::latest()).await;
    let latest = latest.map_err(|error| L1Error::from_rpc(CALL, error))?;
    let latest = latest.ok_or_else(|| no_latest_block(CALL))?;
    let base = latest.header.base_fee_per_gas.unwrap_or_default();
    Ok((wire.chain_id, u128::from(base) + tip))
}

/// Deploys the maker of verifiers and the rollup contract, and registers tokens.
///
/// # Errors
/// The first step that fails.
pub async fn deploy(
    url: impl Into<L1Endpoint>,
    signer: L1Signer,
    config: DeployConfig,
) -> Result<Deployment, L1Error> {
    let url = url.into();
    let wire = Wire::connect(url.clone(), Some(signer.clone())).await?;
    let factory = VerifierFactory::BYTECODE.to_vec();
    let (verifier_factory, made) =
        create(&wire, "the verifier factory's constructor", factory).await?;
    let constructor_arguments = constructor_arguments(&config, verifier_factory);
    let code = [&Assay::BYTECODE[..], &constructor_arguments].concat();
    let (rollup, receipt) = create(&wire, "the rollup's constructor", code).await?;
    let client = RollupClient::connect(url, rollup, Some(signer)).await?;
    for token in config.tokens {
        let fee_wei = client.registration_fee().await?;
        let call = RollupCall::RegisterToken { token, fee_wei };
        client.execute(&call, STEP_TIMEOUT).await?;
    }
    Ok(Deployment {
        rollup,
        block_number: receipt.block_number,
        verifier_factory,
        constructor_arguments,
        gas_used: made.gas_used.saturating_add(receipt.gas_used),
    })
}

/// The arguments of the rollup's constructor.
pub(crate) fn constructor_arguments(config: &DeployConfig, factory: EthAddress) -> Vec<u8> {
    let address = |address: Option<EthAddress>| address.unwrap_or_default().into();
    let RollupParameters {
        proving_s,
        restore_s,
        max_lag_s,
        silence_s,
        rescue_window_s,
        queue_delay_s,
        queue_gap_s,
        freeze_after_s,
        upgrade_delay_s,
        inclusion_gas,
        inclusion_step,
    } = config.parameters;
    let shapes = config.shapes.iter();
    Assay::constructorCall {
        config_: Assay::Config {
            operator: config.operator.into(),
            governor: address(config.governor),
            guardian: address(config.guardian),
            verifierFactory: factory.into(),
            provingS: proving_s,
            restoreS: restore_s,
            maxLagS: max_lag_s,
            silenceS: silence_s,
            rescueWindowS: rescue_window_s,
            queueDelayS: queue_delay_s,
            queueGapS: queue_gap_s,
            freezeAfterS: freeze_after_s,
            upgradeDelayS: upgrade_delay_s,
            inclusionGas: inclusion_gas,
            inclusionStep: inclusion_step,
        },
        initialShapes: shapes.clone().map(|shape| shape.size.into()).collect(),
        keys: shapes.map(|shape| key_words(&shape.key)).collect(),
        escapeKey: key_words(&config.escape_key),
    }
    .abi_encode()
}

/// Deploys the test token: anyone may mint it, so it is for development chains only.
///
/// # Errors
/// As [`deploy`].
pub async fn deploy_test_token(
    url: impl Into<L1Endpoint>,
    signer: L1Signer,
    name: &str,
    symbol: &str,
    decimals: u8,
) -> Result<EthAddress, L1Error> {
    let wire = Wire::connect(url.into(), Some(signer)).await?;
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

/// Mints the test token for an account; the hash of the transaction.
///
/// # Errors
/// As [`deploy`].
pub async fn mint_test_token(
    url: impl Into<L1Endpoint>,
    signer: L1Signer,
    token: EthAddress,
    to: EthAddress,
    amount: u128,
) -> Result<Word, L1Error> {
    const CALL: &str = "mint";
    let wire = Wire::connect(url.into(), Some(signer)).await?;
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
    Ok(sent.hash)
}

/// Pays ether to an account, wei; the hash of the transaction.
///
/// # Errors
/// As [`deploy`].
pub async fn pay_ether(
    url: impl Into<L1Endpoint>,
    signer: L1Signer,
    to: EthAddress,
    amount: u128,
) -> Result<Word, L1Error> {
    const CALL: &str = "a payment";
    let wire = Wire::connect(url.into(), Some(signer)).await?;
    let (to, value) = (TxKind::Call(to.into()), U256::from(amount));
    let sent = wire.send(CALL, to, value, Bytes::new(), SendOptions::default());
    let hash = sent.await?.hash;
    wire.settle(CALL, hash, STEP_TIMEOUT).await?;
    Ok(hash)
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
