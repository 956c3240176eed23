//! Fees in a token are taken once the operator has an account in it; on a development network
//! this opens them with a deposit of one base unit each.

use std::time::Duration;

use anyhow::{Context as _, Result};
use assay_api::client::NodeClient;
use assay_circuits::quantity::TokenId;
use assay_l1::client::RollupClient;
use tokio::time::{Instant, sleep};

use super::{account, stack::Endpoints};
use crate::{
    contract_calls::{self, Deposit, Teller},
    terminal::progress::Progress,
};

/// Base units of each deposit.
pub(crate) const DUST: u128 = 1;
/// How long a step may take.
const TIMEOUT: Duration = Duration::from_secs(120);
/// How often the node is asked.
const POLL: Duration = Duration::from_millis(100);

/// Deposits for the operator from a development account, and waits until fees are taken.
///
/// # Errors
/// Where the layer 1 refuses, or the node does not credit the deposits in time.
pub(crate) async fn open(
    endpoints: &Endpoints,
    l1_account: usize,
    progress: &Progress,
) -> Result<()> {
    let step = progress.step("opening the operator's fee accounts", None);
    let node = NodeClient::new(&endpoints.node_url)?;
    let deadline = Instant::now() + TIMEOUT;
    let tokens = [0, endpoints.deployment.token.number];
    let mut deposited = false;
    loop {
        // Until the node serves, its answers are errors.
        if let Ok(fees) = node.fees().await {
            let taken = |token: &u16| fees.iter().any(|fee| fee.token == *token && fee.accepted);
            if tokens.iter().all(taken) {
                step.finish("fees are taken in ether and token");
                return Ok(());
            }
            if !deposited {
                deposit(endpoints, l1_account).await?;
                deposited = true;
            }
        }
        anyhow::ensure!(
            Instant::now() < deadline,
            "the operator's deposits were not credited in time"
        );
        sleep(POLL).await;
    }
}

async fn deposit(endpoints: &Endpoints, l1_account: usize) -> Result<()> {
    let deployment = &endpoints.deployment;
    let signer = Some(account::signer(l1_account)?);
    let client = RollupClient::connect(&deployment.l1_url, deployment.contract, signer).await?;
    let token = &deployment.token;
    for (token, token_contract) in [
        (TokenId::ETHER.0, None),
        (token.number, Some(token.address)),
    ] {
        let deposit = Deposit {
            token,
            token_contract,
            amount: DUST,
            owner: &endpoints.operator.owner,
            refund_to: None,
        };
        let deposited = contract_calls::deposit(&client, deposit, TIMEOUT, Teller::Nobody).await;
        deposited.context("the operator's deposit")?;
    }
    Ok(())
}
