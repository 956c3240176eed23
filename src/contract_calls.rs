//! What a user sends to the rollup contract.

mod sending;

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use assay_api::{
    hexadecimal,
    wire::{BatchDetail, BatchHeaderView, ClaimView},
};
use assay_circuits::{babyjubjub::Point, word};
use assay_l1::{
    address::EthAddress,
    batch::{BatchHeader, Claim, Word},
    client::{RollupCall, RollupClient, TransactionReceipt},
};
pub(crate) use sending::{Teller, send};

use crate::terminal::units::in_units;

/// What is deposited, for whom.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deposit<'a> {
    /// Number of the token.
    pub(crate) token: u16,
    /// The token's contract; ether has none.
    pub(crate) token_contract: Option<EthAddress>,
    /// Base units.
    pub(crate) amount: u128,
    /// Who has it on the rollup afterwards.
    pub(crate) owner: &'a Point,
    /// Who gets back what the rollup does not take [default: who pays].
    pub(crate) refund_to: Option<EthAddress>,
}

/// The account on the layer 1 has less of a token than is to be deposited.
#[derive(Debug, thiserror::Error)]
#[error(
    "the L1 account {payer} has {has} base units of the token {token_contract}, and {amount} are to be \
     deposited: nothing was sent"
)]
pub(crate) struct TokensMissing {
    pub(crate) payer: EthAddress,
    token_contract: EthAddress,
    /// Base units.
    pub(crate) has: u128,
    /// Base units.
    pub(crate) amount: u128,
}

/// Deposits, a token with its approval before; the receipt is that of the deposit.
pub(crate) async fn deposit(
    client: &RollupClient,
    deposit: Deposit<'_>,
    timeout: Duration,
    tell: Teller,
) -> Result<TransactionReceipt> {
    let Deposit {
        token,
        token_contract,
        amount,
        owner,
        refund_to,
    } = deposit;
    let payer = client.account().context("who pays on the L1?")?;
    let fee_wei = client.entry_fee_soon().await?;
    let needed_wei = if token == 0 { amount } else { 0 };
    let needed_wei = needed_wei.saturating_add(fee_wei);
    let has_wei = client.balance(0, payer).await?;
    ensure!(
        has_wei >= needed_wei,
        "the L1 account {payer} has {}, and the deposit with its fee takes {}, besides gas: nothing was \
         sent",
        in_units(has_wei, 18, "ETH"),
        in_units(needed_wei, 18, "ETH")
    );
    if let Some(token_contract) = token_contract {
        let has = client.balance(token, payer).await?;
        let missing = TokensMissing {
            payer,
            token_contract,
            has,
            amount,
        };
        ensure!(has >= amount, missing);
        let allowed = allow(client, token_contract, amount, timeout, tell).await;
        allowed.context("the token's approval")?;
    }
    let call = RollupCall::Deposit {
        token,
        amount,
        owner: [word::to_bytes(owner.x), word::to_bytes(owner.y)],
        refund_to: refund_to.unwrap_or(payer),
        fee_wei: client.entry_fee_soon().await?,
    };
    send(client, &call, timeout, tell).await
}

/// Lets the rollup take so much of a token. Some tokens change an allowance only from or to 0.
async fn allow(
    client: &RollupClient,
    token: EthAddress,
    amount: u128,
    timeout: Duration,
    tell: Teller,
) -> Result<()> {
    let payer = client.account().context("who pays on the L1?")?;
    let allowed = client.allowance(token, payer).await?;
    if allowed >= amount {
        return Ok(());
    }
    let steps = if allowed == 0 {
        vec![amount]
    } else {
        vec![0, amount]
    };
    for amount in steps {
        let approve = RollupCall::Approve { token, amount };
        send(client, &approve, timeout, tell).await?;
    }
    Ok(())
}

/// The call that pays the claim of the transaction with this hash, to its receiver.
pub(crate) fn claim(detail: &BatchDetail, hash: &str) -> Result<(RollupCall, ClaimView)> {
    let number = detail.batch.number;
    let found = detail
        .claims
        .iter()
        .find(|claim| claim.hash.as_deref() == Some(hash));
    let found = found
        .with_context(|| format!("batch {number} holds no withdrawal {hash}"))?
        .clone();
    let of_batch = (number, &detail.header, &detail.claims[..]);
    Ok((claim_of(of_batch, &found)?, found))
}

/// The call that pays one of a batch's claims to its receiver; of the batch its number, header and claims.
pub(crate) fn claim_of(
    (batch, batch_header, all): (u64, &BatchHeaderView, &[ClaimView]),
    claim: &ClaimView,
) -> Result<RollupCall> {
    Ok(RollupCall::Claim {
        batch,
        header: header(batch_header)?,
        claims: claims(all)?,
        which: claim.which,
        to: one_claim(claim)?.receiver,
    })
}

/// All claims of a batch, in the contract's order.
pub(crate) fn claims(views: &[ClaimView]) -> Result<Vec<Claim>> {
    views.iter().map(one_claim).collect()
}

fn one_claim(view: &ClaimView) -> Result<Claim> {
    Ok(Claim {
        token: view.token,
        amount: view.amount.parse().context("a claim's amount")?,
        receiver: view.to.parse().context("a claim's address")?,
        from: view.from,
    })
}

/// What the contract keeps the hash of.
pub(crate) fn header(view: &BatchHeaderView) -> Result<BatchHeader> {
    Ok(BatchHeader {
        commitment: parse_word(&view.commitment)?,
        new_root: parse_word(&view.new_root)?,
        claims_hash: parse_word(&view.claims_hash)?,
        queue_end: view.queue_end,
        timestamp: view.timestamp,
        accounts: view.accounts,
        shape: view.shape,
    })
}

fn parse_word(text: &str) -> Result<Word> {
    let mut bytes = [0; 32];
    hexadecimal::read(text, &mut bytes)
        .with_context(|| format!("`{text}` is not 0x and 64 hex digits"))?;
    Ok(bytes)
}
