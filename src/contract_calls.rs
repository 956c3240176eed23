//! What a user sends to the rollup contract.

use std::time::Duration;

use anyhow::{Context as _, Result};
use assay_api::{
    hexadecimal,
    wire::{BatchDetail, BatchHeaderView, WithdrawalView},
};
use assay_circuits::{babyjubjub::Point, word};
use assay_l1::{
    address::EthAddress,
    batch::{BatchHeader, Withdrawal, Word},
    client::{RollupCall, RollupClient, TransactionReceipt},
};

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
}

/// Deposits, a token with its approval before; the receipt is that of the deposit.
pub(crate) async fn deposit(
    client: &RollupClient,
    deposit: Deposit<'_>,
    timeout: Duration,
) -> Result<TransactionReceipt> {
    let Deposit {
        token,
        token_contract,
        amount,
        owner,
    } = deposit;
    let owner = [word::to_bytes(owner.x), word::to_bytes(owner.y)];
    let call = match token_contract {
        None => RollupCall::DepositEther { amount, owner },
        Some(token_contract) => {
            let approve = RollupCall::Approve {
                token: token_contract,
                amount,
            };
            let approved = client.execute(&approve, timeout).await;
            approved.context("the token's approval")?;
            RollupCall::DepositToken {
                token,
                amount,
                owner,
            }
        }
    };
    Ok(client.execute(&call, timeout).await?)
}

/// The call that claims the withdrawal with this hash.
pub(crate) fn claim(detail: &BatchDetail, hash: &str) -> Result<(RollupCall, WithdrawalView)> {
    let number = detail.batch.number;
    let found = detail
        .withdrawals
        .iter()
        .find(|withdrawal| withdrawal.hash == hash);
    let found = found
        .with_context(|| format!("batch {number} holds no withdrawal {hash}"))?
        .clone();
    let withdrawals = detail
        .withdrawals
        .iter()
        .map(withdrawal)
        .collect::<Result<_>>()?;
    let header = header(&detail.header)?;
    Ok((
        RollupCall::Claim {
            batch: number,
            header,
            withdrawals,
            which: found.which,
        },
        found,
    ))
}

fn withdrawal(view: &WithdrawalView) -> Result<Withdrawal> {
    let to = view.to.parse().context("a withdrawal's address")?;
    let amount = view.amount.parse().context("a withdrawal's amount")?;
    Ok(Withdrawal {
        token: view.token,
        amount,
        to,
    })
}

fn header(view: &BatchHeaderView) -> Result<BatchHeader> {
    Ok(BatchHeader {
        commitment: parse_word(&view.commitment)?,
        challenge: parse_word(&view.challenge)?,
        evaluation: parse_word(&view.evaluation)?,
        new_root: parse_word(&view.new_root)?,
        withdrawals_hash: parse_word(&view.withdrawals_hash)?,
        queue_end: view.queue_end,
        timestamp: view.timestamp,
        shape: view.shape,
    })
}

fn parse_word(text: &str) -> Result<Word> {
    let mut bytes = [0; 32];
    hexadecimal::read(text, &mut bytes)
        .with_context(|| format!("`{text}` is not 0x and 64 hex digits"))?;
    Ok(bytes)
}
