//! `assay verify` of an operator's receipt: who promised what, and by the layer 1 whether it was kept.

use std::path::Path;

use anyhow::{Result, ensure};
use assay_api::{
    receipt_file::{Promise as Receipt, ReceiptFile},
    seen::seen,
    wire::SignedOperation,
};
use assay_circuits::address::Address;
use assay_l1::address::EthAddress;
use assay_restore::{
    batches::Checked,
    promise::{Broken, Now, Possible, Promise, Verdict, Void},
    restore::Restored,
};
use clap::{Args, builder::BoolishValueParser};
use serde::Serialize;

use crate::{
    options::{address::on_rollup, l1::L1Connection},
    restoring::HistoryArgs,
    terminal::{
        outcome::{Outcome, Unreadable},
        output::OutputArgs,
    },
};

/// Options of a receipt.
#[derive(Debug, Args)]
pub(super) struct ReceiptArgs {
    /// The operator whose promise it is to be; without it whoever signed is named.
    #[arg(long, env = "ASSAY_OPERATOR", value_name = "ADDRESS", value_parser = on_rollup)]
    operator: Option<Address>,
    /// Find out from the layer 1 whether the promise was kept; every batch is read and checked.
    #[arg(long, env = "ASSAY_AGAINST_L1", value_parser = BoolishValueParser::new())]
    against_l1: bool,
    #[command(flatten)]
    l1: L1Connection,
    #[command(flatten)]
    history: HistoryArgs,
}

impl ReceiptArgs {
    /// Whether one of those is given that are for a receipt alone.
    pub(super) fn is_given(&self) -> bool {
        self.operator.is_some() || self.against_l1
    }
}

#[derive(Serialize)]
struct Answer {
    /// Whether the operator signed for exactly this transaction.
    valid: bool,
    /// Why it does not hold.
    fault: Option<String>,
    hash: String,
    operator: String,
    /// Unix ms, by the operator's word.
    received_ms: u64,
    transaction: SignedOperation,
    /// What the layer 1 says, where it was asked.
    promise: Option<Found>,
}

/// What became of the promise.
#[derive(Serialize)]
struct Found {
    /// `kept`, `open`, `broken` or `void`.
    verdict: &'static str,
    /// For programs.
    reason: &'static str,
    /// For people.
    sentence: String,
    /// The batch that shows it.
    batch: Option<u64>,
    /// The block that brought that batch.
    block: Option<u64>,
    /// The block up to which the layer 1 was read.
    read_to_block: u64,
}

/// Checks a receipt, and asks the layer 1 where that is wanted.
pub(super) async fn verify(
    path: &Path,
    bytes: &[u8],
    args: &ReceiptArgs,
    output: OutputArgs,
) -> Result<Outcome> {
    let file =
        ReceiptFile::parse(bytes).map_err(|error| Unreadable::file("the receipt", path, error))?;
    let receipt = file
        .promise()
        .map_err(|error| Unreadable::file("the receipt", path, error))?;
    let fault = receipt.check(args.operator.as_ref()).err();
    let found = match args.against_l1 && fault.is_none() {
        true => Some(ask_l1(&receipt, args).await?),
        false => None,
    };
    let outcome = match (&fault, found.as_ref().map(|found| found.verdict)) {
        (Some(_), _) | (None, Some("broken" | "void")) => Outcome::Invalid,
        (None, Some("open")) => Outcome::NotThereYet,
        (None, _) => Outcome::Done,
    };
    let answer = Answer {
        valid: fault.is_none(),
        fault: fault.map(|fault| fault.to_string()),
        hash: receipt.hash.to_string(),
        operator: receipt.operator.to_string(),
        received_ms: receipt.received_ms,
        transaction: file.transaction,
        promise: found,
    };
    let is_named = args.operator.is_some();
    output.print(&answer, |answer| text(answer, is_named))?;
    Ok(outcome)
}

/// Holds the promise against all batches of the layer 1.
async fn ask_l1(receipt: &Receipt, args: &ReceiptArgs) -> Result<Found> {
    let contract = EthAddress(receipt.contract.0);
    let client = args.l1.client(contract, None).await?;
    ensure!(
        client.chain_id() == receipt.chain_id,
        "the receipt is of chain {}, and the layer 1 is chain {}: name the receipt's with --l1-url",
        receipt.chain_id,
        client.chain_id()
    );
    let mut promise = Promise::new(receipt.domain, receipt.signed);
    let mut watch = |checked: &Checked| promise.see(checked);
    let restored = args.history.restored(&client, &mut watch).await?;
    let now = Now {
        timestamp: restored.block.timestamp,
        max_lag_s: client.info().await?.parameters.max_lag_s,
        frozen: restored.status.frozen,
    };
    Ok(found(&promise.verdict(&now), &restored))
}

fn found(verdict: &Verdict, restored: &Restored) -> Found {
    let (name, reason, batch, sentence) = match verdict {
        Verdict::Kept { batch } => (
            "kept",
            "executed",
            Some(*batch),
            format!(
                "batch {batch} holds this transfer or withdrawal of the sender's, with this nonce"
            ),
        ),
        Verdict::Open { possible } => (
            "open",
            "in_time",
            possible.map(|possible| possible.after_batch),
            format!("no batch holds it, and one still can{}", could(*possible)),
        ),
        Verdict::Broken(broken) => of_broken(broken),
        Verdict::Void(void) => of_void(void),
    };
    Found {
        verdict: name,
        reason,
        sentence,
        batch,
        block: batch.and_then(|batch| restored.told.block_of(batch)),
        read_to_block: restored.block.number,
    }
}

type Words = (&'static str, &'static str, Option<u64>, String);

fn of_broken(broken: &Broken) -> Words {
    let since = |possible: &Possible| {
        format!(
            "from batch {} on, Unix time {}, it could have been executed; {} batches followed in time",
            possible.after_batch, possible.since, possible.batches
        )
    };
    let (reason, batch, sentence) = match broken {
        Broken::OtherOrder {
            batch,
            fee,
            replace_fee,
        } => (
            "other_order",
            *batch,
            format!(
                "batch {batch} holds another order of the sender's with this nonce, for a fee of {fee}; \
                 one of {replace_fee} or more could have taken its place"
            ),
        ),
        Broken::Expired(possible) => (
            "expired",
            possible.after_batch,
            format!("no batch holds it, and it expired: {}", since(possible)),
        ),
        Broken::Frozen(possible) => (
            "frozen",
            possible.after_batch,
            format!("no batch holds it, and none follows: {}", since(possible)),
        ),
    };
    ("broken", reason, Some(batch), sentence)
}

fn of_void(void: &Void) -> Words {
    let (reason, batch, sentence) = match void {
        Void::Replaced { batch, fee } => (
            "replaced",
            Some(*batch),
            format!(
                "batch {batch} holds another order of the sender's with this nonce, whose fee of {fee} \
                 was enough to take its place"
            ),
        ),
        Void::Forced { batch } => (
            "forced",
            Some(*batch),
            format!("the sender used this nonce past the operator, in batch {batch}"),
        ),
        Void::NotTheSenders => (
            "not_the_senders",
            None,
            "the account was nobody's, or its owner did not sign this".to_owned(),
        ),
        Void::EarlierNonce { next } => (
            "earlier_nonce",
            None,
            format!(
                "its turn did not come: the account's next nonce was {next}; a receipt for what had that \
                 one may show more"
            ),
        ),
        Void::Balance { balance, needed } => (
            "insufficient_balance",
            None,
            format!("it needed {needed} with its fee, and the account had {balance}"),
        ),
    };
    ("void", reason, batch, sentence)
}

fn could(possible: Option<Possible>) -> String {
    possible.map_or(
        "; by the batches so far it could not be executed yet".to_owned(),
        |possible| format!(": from batch {} on it could be", possible.after_batch),
    )
}

fn text(answer: &Answer, is_named: bool) -> String {
    let Answer {
        hash,
        operator,
        received_ms,
        ..
    } = answer;
    if let Some(fault) = &answer.fault {
        return format!("INVALID: {}", seen(fault));
    }
    let mut lines = vec![format!(
        "VALID: {operator} promised at {received_ms} (Unix ms, by its own clock) to execute {hash} if it \
         can be"
    )];
    if !is_named {
        lines.push(
            "compare the operator with one that you trust, or give it with --operator".to_owned(),
        );
    }
    let Some(promise) = &answer.promise else {
        return lines.join("\n");
    };
    lines.push(format!(
        "{}: {}",
        promise.verdict.to_uppercase(),
        promise.sentence
    ));
    if let Some((batch, block)) = promise.batch.zip(promise.block) {
        lines.push(format!(
            "evidence  batch {batch}, brought by L1 block {block}"
        ));
    }
    lines.push(format!(
        "read      the L1 up to block {}, each batch checked",
        promise.read_to_block
    ));
    lines.push(meaning(promise.verdict).to_owned());
    lines.join("\n")
}

/// What a verdict proves, and what it does not.
fn meaning(verdict: &str) -> &'static str {
    match verdict {
        "kept" => {
            "Signatures and expiry are not on the L1: an order of the sender's with the same nonce, payee, \
             amount and fee is taken for the promised one."
        }
        "broken" => {
            "This and the receipt show anybody that the operator did not do what it signed for. They do \
             not show why, nor whether a batch had room, and the contract knows no penalty for it."
        }
        "void" => {
            "The operator promised to execute it if it can be: nothing here shows that it could."
        }
        _ => "Nothing is decided yet: ask again.",
    }
}
