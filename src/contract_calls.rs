//! What a user sends to the rollup contract.

use anyhow::{Context as _, Result};
use assay_circuits::quantity::TokenId;
use assay_l1::{
    batch::{BatchHeader, Withdrawal, Word},
    client::RollupCall,
};
use assay_sequencer::wire::{BatchDetail, BatchHeaderView, WithdrawalView};

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
        token: TokenId(view.token).0,
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
    let digits = text.strip_prefix("0x").unwrap_or_default();
    hex::decode_to_slice(digits, &mut bytes)
        .with_context(|| format!("`{text}` is not 0x and 64 hex digits"))?;
    Ok(bytes)
}
