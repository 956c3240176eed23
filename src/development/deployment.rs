//! A development deployment: contracts and a test token on a development chain.

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use assay_api::hexadecimal::Hex;
use assay_circuits::{address::Network, circuit::CircuitId, shape::Shape};
use assay_durable::Readers;
use assay_l1::{
    address::EthAddress,
    batch::{ShapeSize, VerifyingKeyWords},
    chain::dev_accounts,
    client::{
        DeployConfig, DeployShape, RollupClient, RollupParameters, deploy, deploy_test_token,
        mint_test_token,
    },
};
use assay_prover::{groth16::verifying_key::VerifyingKey, keys::Keys};
use assay_sequencer::token_names::{TokenNameError, TokenNames};
use serde::{Deserialize, Serialize};

use super::account::{self, DEPLOYER_ACCOUNT, OPERATOR_ACCOUNT};

const TOKEN_NAME: &str = "Assay test dollar";
const TOKEN_SYMBOL: &str = "USDX";
const TOKEN_DECIMALS: u8 = 6;
/// A million of the test token for each development account.
const TOKEN_SUPPLY: u128 = 1_000_000 * 10u128.pow(TOKEN_DECIMALS as u32);

/// What was deployed and what can be used with it. JSON, as `assay l1 --deployment` writes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deployment {
    /// Ethereum JSON-RPC.
    pub l1_url: String,
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// The rollup contract.
    pub contract: EthAddress,
    /// The block that holds it.
    pub block: u64,
    /// Shapes that have a verifier.
    pub shapes: Vec<Shape>,
    /// An ERC-20 that every account below has some of.
    pub token: DeployedToken,
    /// Funded accounts; their keys are public.
    pub accounts: Vec<FundedAccount>,
}

/// The test token.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeployedToken {
    /// Its number on the rollup.
    pub number: u16,
    /// Its contract.
    pub address: EthAddress,
    /// Symbol.
    pub symbol: String,
    /// Decimal places.
    pub decimals: u8,
}

/// A funded account of the layer 1.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FundedAccount {
    /// Address.
    pub address: EthAddress,
    /// secp256k1 secret, 0x hex: public, for development only.
    pub secret: String,
}

impl Deployment {
    /// A deployment on a chain that was kept, which is at another URL now.
    ///
    /// # Errors
    /// Where it has no verifier for one of these shapes.
    pub(crate) fn again(self, l1_url: &str, shapes: &[Shape]) -> Result<Self> {
        if let Some(shape) = shapes.iter().find(|shape| !self.shapes.contains(shape)) {
            bail!(
                "the contracts on the chain that was kept have no verifier for the shape {shape}"
            );
        }
        Ok(Self {
            l1_url: l1_url.to_owned(),
            ..self
        })
    }

    /// What its token is called.
    ///
    /// # Errors
    /// Where its symbol is no name.
    pub(crate) fn token_names(&self) -> Result<TokenNames, TokenNameError> {
        let DeployedToken {
            address, symbol, ..
        } = &self.token;
        TokenNames::new([format!("{address}={symbol}").parse()?])
    }

    /// The funded accounts for people, one a line: number, address, secret.
    pub(crate) fn account_lines(&self) -> impl Iterator<Item = String> + '_ {
        let accounts = self.accounts.iter().enumerate();
        accounts
            .map(|(number, account)| format!("  {number}  {}  {}", account.address, account.secret))
    }

    /// Writes it as JSON.
    ///
    /// # Errors
    /// What the file system refuses.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let json = serde_json::to_string_pretty(self).context("the deployment as JSON")?;
        let written = assay_durable::write(path, Readers::All, json.as_bytes());
        written.with_context(|| format!("cannot write {}", path.display()))
    }
}

/// Deploys the rollup contract with verifiers of these keys, those of batches and that of exits,
/// and a test token, and mints the token for every funded account.
///
/// # Errors
/// Where the chain is none for development, or refuses a step.
pub(crate) async fn deploy_development(
    l1_url: &str,
    keys: &[Keys],
    escape: &Keys,
) -> Result<Deployment> {
    let deployer = account::signer(DEPLOYER_ACCOUNT)?;
    let token = deploy_test_token(
        l1_url,
        deployer.clone(),
        TOKEN_NAME,
        TOKEN_SYMBOL,
        TOKEN_DECIMALS,
    );
    let token = token.await.context("cannot deploy the test token")?;
    let shapes: Vec<_> = keys.iter().map(deploy_shape).collect::<Result<_>>()?;
    let records = shapes.iter().map(|shape| shape.size.full_records);
    let config = DeployConfig {
        operator: account::signer(OPERATOR_ACCOUNT)?.address(),
        governor: Some(deployer.address()),
        guardian: None,
        parameters: RollupParameters::for_shapes(records.min().unwrap_or(1)),
        escape_key: verifying_key_words(escape.proving_key.verifying_key()),
        shapes,
        tokens: vec![token],
    };
    let deployed = deploy(l1_url, deployer.clone(), config)
        .await
        .context("cannot deploy the contracts")?;
    for account in dev_accounts() {
        mint_test_token(
            l1_url,
            deployer.clone(),
            token,
            account.address,
            TOKEN_SUPPLY,
        )
        .await
        .context("cannot mint the test token")?;
    }
    let client = RollupClient::connect(l1_url, deployed.rollup, None).await?;
    ensure!(
        Network::of_chain(client.chain_id()) == Network::Development,
        "chain {} is no development chain",
        client.chain_id()
    );
    Ok(Deployment {
        l1_url: l1_url.to_owned(),
        chain_id: client.chain_id(),
        contract: deployed.rollup,
        block: deployed.block_number,
        shapes: keys.iter().map(batch_shape).collect::<Result<_>>()?,
        token: DeployedToken {
            number: 1,
            address: token,
            symbol: TOKEN_SYMBOL.to_owned(),
            decimals: TOKEN_DECIMALS,
        },
        accounts: funded_accounts(),
    })
}

/// The funded accounts of every development chain.
#[must_use]
pub(crate) fn funded_accounts() -> Vec<FundedAccount> {
    let view = |account: assay_l1::chain::DevAccount| FundedAccount {
        address: account.address,
        secret: Hex(&account.secret).to_string(),
    };
    dev_accounts().into_iter().map(view).collect()
}

/// The shape of these keys' batches.
fn batch_shape(keys: &Keys) -> Result<Shape> {
    let CircuitId::Batch(shape) = keys.circuit else {
        bail!("{} has no shape", keys.circuit);
    };
    Ok(shape)
}

/// What the contract is told of a shape.
pub(crate) fn shape_size(shape: Shape) -> Result<ShapeSize> {
    Ok(ShapeSize {
        id: shape.id(),
        transfers: u16::try_from(shape.transfers())?,
        full_records: u16::try_from(shape.full_records())?,
        fee_slots: u8::try_from(shape.fee_slots())?,
    })
}

fn deploy_shape(keys: &Keys) -> Result<DeployShape> {
    Ok(DeployShape {
        size: shape_size(batch_shape(keys)?)?,
        key: verifying_key_words(keys.proving_key.verifying_key()),
    })
}

/// A key as the contract takes it.
pub(crate) fn verifying_key_words(key: &VerifyingKey) -> VerifyingKeyWords {
    VerifyingKeyWords {
        alpha: key.alpha(),
        beta: key.beta(),
        gamma: key.gamma(),
        delta: key.delta(),
        ic: key.ic(),
    }
}
