//! Proving and sending what takes a wallet's money out.

use std::{num::NonZeroUsize, time::Duration};

use anyhow::{Context as _, Result};
use assay_api::hexadecimal::Hex;
use assay_circuits::{
    address::L1Address,
    eddsa::SecretKey,
    escape::{Exit, ExitOrder},
};
use assay_exit::packet::ProvedAccount;
use assay_l1::{
    address::EthAddress,
    batch::ProofWords,
    client::{RollupCall, RollupClient},
};
use assay_prover::{
    escape::prove_escape,
    groth16::{prove::Prover, unobserved},
};
use serde::Serialize;

use super::{
    holdings::{DueClaim, DueRefund, Holdings},
    units::Units,
};
use crate::{
    contract_calls::{self, Teller},
    escape_prover,
    options::keys::KeysDir,
    terminal::{
        outcome::{NotThereYet, Outcome, sentence},
        progress::Progress,
    },
};

/// What is taken out, and how.
pub(super) struct Payout<'a> {
    pub client: &'a RollupClient,
    pub holdings: &'a Holdings,
    /// How its sums are shown.
    pub units: &'a Units,
    pub key: &'a SecretKey,
    /// Who is paid.
    pub to: EthAddress,
    /// How long to wait for each call.
    pub timeout: Duration,
    pub progress: &'a Progress,
}

/// One thing that can be taken out.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    /// `escape`, `claim`, `refund` or `credit`.
    what: &'static str,
    /// The account, the claim as batch/number, or the place in the queue.
    which: String,
    /// Token number; of a refund only where it is a deposit.
    token: Option<u16>,
    /// Base units.
    amount: Option<String>,
    to: String,
    /// The layer 1 transaction that paid it.
    transaction: Option<String>,
    gas_used: Option<u64>,
    /// Whether it was sent, and may still be paid.
    pending: bool,
    /// Why it was not paid.
    error: Option<String>,
    /// The amount for people.
    #[serde(skip)]
    shown: Option<String>,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    batch: u64,
    root: String,
    rows: Vec<Row>,
}

impl Report {
    /// Whether all was paid; what was not may still be.
    pub(super) fn outcome(&self) -> Outcome {
        let mut unpaid = self
            .rows
            .iter()
            .filter(|row| row.error.is_some())
            .peekable();
        if unpaid.peek().is_none() {
            Outcome::Done
        } else if unpaid.all(|row| row.pending) {
            Outcome::NotThereYet
        } else {
            Outcome::Invalid
        }
    }

    pub(super) fn text(&self) -> String {
        if self.rows.is_empty() {
            return format!(
                "nothing is left to take out of the state after batch {}",
                self.batch
            );
        }
        let lines = self.rows.iter().map(Row::text);
        lines.collect::<Vec<_>>().join("\n")
    }
}

impl Row {
    fn text(&self) -> String {
        let amount = self.shown.as_deref().unwrap_or("its fee");
        let end = match (&self.transaction, &self.error) {
            (Some(transaction), _) => format!("paid in L1 transaction {transaction}"),
            (None, Some(error)) if self.pending => format!("SENT, NOT PAID YET: {error}"),
            (None, Some(error)) => format!("NOT PAID: {error}"),
            (None, None) => "can be taken out".to_owned(),
        };
        format!(
            "{:<7} {:<12} {amount} to {}: {end}",
            self.what, self.which, self.to
        )
    }
}

impl Payout<'_> {
    /// The prover of escapes, where there is something to prove.
    pub(super) async fn prover(
        &self,
        keys: &KeysDir,
        threads: Option<NonZeroUsize>,
    ) -> Result<Option<Prover>> {
        if self.holdings.accounts.is_empty() {
            return Ok(None);
        }
        let prover = escape_prover::open(self.client, keys, threads, self.progress);
        prover.await.map(Some)
    }

    /// What would be taken out.
    pub(super) fn plan(&self) -> Report {
        let Holdings {
            accounts,
            claims,
            refunds,
            credit_wei,
            ..
        } = self.holdings;
        let mut rows: Vec<Row> = accounts
            .iter()
            .map(|proved| self.escape_row(proved))
            .collect();
        rows.extend(claims.iter().map(claim_row));
        rows.extend(refunds.iter().map(|due| self.refund_row(due)));
        if *credit_wei > 0 {
            rows.push(self.credit_row());
        }
        self.report(rows)
    }

    /// Takes all out, one after the other; what fails does not hold up the rest.
    pub(super) async fn send(&self, prover: Option<&Prover>) -> Report {
        let mut rows = Vec::new();
        for proved in &self.holdings.accounts {
            let row = self.escape_row(proved);
            let call = self.escape_call(proved, prover);
            rows.push(self.execute(row, call).await);
        }
        for due in &self.holdings.claims {
            rows.push(self.execute(claim_row(due), Ok(claim_call(due))).await);
        }
        for due in &self.holdings.refunds {
            let call = self.refund_call(due);
            rows.push(self.execute(self.refund_row(due), Ok(call)).await);
        }
        if self.holdings.credit_wei > 0 {
            let call = RollupCall::WithdrawCredit { to: self.to };
            rows.push(self.execute(self.credit_row(), Ok(call)).await);
        }
        self.report(rows)
    }

    fn report(&self, mut rows: Vec<Row>) -> Report {
        for row in &mut rows {
            let amount = row.amount.as_deref().and_then(|text| text.parse().ok());
            let shown = row.token.zip(amount);
            row.shown = shown.map(|(token, amount)| self.units.shown(token, amount));
        }
        let state = self.holdings.packet.state;
        Report {
            batch: state.batch.0,
            root: state.root.to_string(),
            rows,
        }
    }

    async fn execute(&self, mut row: Row, call: Result<RollupCall>) -> Row {
        let title = format!("{} {}", row.what, row.which);
        let step = self.progress.step(title.trim_end(), None);
        let receipt = match call {
            Ok(call) => contract_calls::send(self.client, &call, self.timeout, Teller::Lines).await,
            Err(error) => Err(error),
        };
        match receipt {
            Ok(receipt) => {
                step.finish("paid");
                row.transaction = Some(Hex(&receipt.hash).to_string());
                row.gas_used = Some(receipt.gas_used);
            }
            Err(error) => {
                step.finish("not paid");
                row.pending = error.is::<NotThereYet>();
                row.error = Some(sentence(&error));
            }
        }
        row
    }

    fn escape_call(&self, proved: &ProvedAccount, prover: Option<&Prover>) -> Result<RollupCall> {
        let prover = prover.context("there is no prover")?;
        let ProvedAccount { index, account, .. } = *proved;
        let order = ExitOrder {
            from: index,
            exit: Exit::Balance {
                token: account.token,
                balance: account.balance,
            },
            to: L1Address(self.to.0),
        };
        let packet = &self.holdings.packet;
        let signed = order.sign(packet.state.rollup.domain(), self.key);
        let witness = packet
            .witness(signed)
            .context("the account is in the packet")?;
        let proved = prove_escape(prover, witness, &unobserved)?;
        Ok(RollupCall::Escape {
            account: index.get(),
            token: account.token.0,
            balance: account.balance.0,
            to: self.to,
            proof: ProofWords(proved.proof.to_words()),
        })
    }

    /// To where the owner wants it, if the owner is who pays for the call; else to the owner.
    fn refund_call(&self, due: &DueRefund) -> RollupCall {
        RollupCall::Refund {
            index: due.entry.index,
            previous_link: due.previous_link,
            words: due.entry.words,
            tail: due.entry.tail,
            to: self.refund_receiver(due),
        }
    }

    fn refund_receiver(&self, due: &DueRefund) -> EthAddress {
        if self.client.account() == Some(due.refund_to) {
            self.to
        } else {
            due.refund_to
        }
    }

    fn escape_row(&self, proved: &ProvedAccount) -> Row {
        Row {
            token: Some(proved.account.token.0),
            amount: Some(proved.account.balance.to_string()),
            ..row("escape", proved.index.to_string(), self.to)
        }
    }

    fn refund_row(&self, due: &DueRefund) -> Row {
        let row = row(
            "refund",
            due.entry.index.to_string(),
            self.refund_receiver(due),
        );
        match due.deposited() {
            Some((token, amount)) => Row {
                token: Some(token),
                amount: Some(amount.to_string()),
                ..row
            },
            None => row,
        }
    }

    fn credit_row(&self) -> Row {
        Row {
            token: Some(0),
            amount: Some(self.holdings.credit_wei.to_string()),
            ..row("credit", String::new(), self.to)
        }
    }
}

fn row(what: &'static str, which: String, to: EthAddress) -> Row {
    Row {
        what,
        which,
        token: None,
        amount: None,
        to: to.to_string(),
        transaction: None,
        gas_used: None,
        pending: false,
        error: None,
        shown: None,
    }
}

fn claim_row(due: &DueClaim) -> Row {
    Row {
        token: Some(due.claim.token),
        amount: Some(due.claim.amount.to_string()),
        ..row(
            "claim",
            format!("{}/{}", due.of_batch.batch, due.which),
            due.claim.receiver,
        )
    }
}

fn claim_call(due: &DueClaim) -> RollupCall {
    RollupCall::Claim {
        batch: due.of_batch.batch,
        header: due.of_batch.header,
        claims: due.of_batch.claims.clone(),
        which: due.which,
        to: due.claim.receiver,
    }
}
