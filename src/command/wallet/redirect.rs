//! `assay wallet redirect`: a withdrawal whose receiver cannot be paid, to another address.

use std::{num::NonZeroUsize, time::Duration};

use anyhow::{Context as _, Result, ensure};
use assay_api::hexadecimal::Hex;
use assay_circuits::{
    address::L1Address,
    escape::{ClaimReference, Exit, ExitOrder},
    order::TxHash,
    quantity::{AccountIndex, BatchNumber},
};
use assay_exit::packet::ExitPacket;
use assay_l1::{
    address::EthAddress,
    batch::ProofWords,
    client::{RollupCall, RollupClient, RollupEvent},
};
use assay_prover::{escape::prove_escape, groth16::unobserved};
use clap::Args;
use serde::Serialize;

use super::{packet, receiver::Consent, session::Session};
use crate::{
    contract_calls::{self, Teller},
    escape_prover,
    files::wallet_key::WalletKey,
    options::{address::on_layer1, keys::KeysDir, l1::L1Args},
    process::unless_interrupted,
    terminal::{outcome::Outcome, output::OutputArgs, progress::Progress},
};

/// Which withdrawal, and to whom.
#[derive(Debug, Args)]
pub(super) struct RedirectArgs {
    /// Hash of the withdrawal, as `assay wallet withdraw` printed it.
    hash: TxHash,
    /// Who is paid on the layer 1 where the receiver cannot be.
    #[arg(long, env = "ASSAY_TO", value_name = "L1_ADDRESS", value_parser = on_layer1)]
    to: L1Address,
    #[command(flatten)]
    consent: Consent,
    /// The rollup contract; must be given on public networks, where the node's word for it is
    /// not enough.
    #[arg(long, env = "ASSAY_CONTRACT", value_name = "L1_ADDRESS", value_parser = on_layer1)]
    contract: Option<L1Address>,
    /// How long to wait for the proof of its batch, and for the L1, seconds.
    #[arg(
        long,
        env = "ASSAY_WAIT_S",
        value_name = "SECONDS",
        default_value_t = 600
    )]
    wait_s: u32,
    /// Threads of the prover [default: one per core].
    #[arg(long, env = "ASSAY_THREADS", value_name = "NUMBER")]
    threads: Option<NonZeroUsize>,
    #[command(flatten)]
    keys: KeysDir,
    #[command(flatten)]
    l1: L1Args,
}

#[derive(Serialize)]
struct Answer {
    transaction: String,
    gas_used: u64,
    /// Who was paid: the receiver first, if it takes the money after all.
    to: String,
}

/// Proves that the wallet owns the account that paid, and has the claim paid elsewhere.
pub(super) async fn redirect(
    args: &RedirectArgs,
    session: &Session,
    key: &WalletKey,
    output: OutputArgs,
) -> Result<Outcome> {
    let timeout = Duration::from_secs(args.wait_s.into());
    let contract = session.trusted_contract(args.contract)?;
    session.check_receiver(args.to)?;
    let client = session.connect(&args.l1, contract).await?;
    args.consent.check(args.to, &client).await?;
    session.check_is_withdrawal(args.hash).await?;
    let number = session.proved_in(args.hash, timeout).await?;
    let detail = session.node.batch(number).await?;
    let (call, view) = contract_calls::claim(&detail, &args.hash.to_string())?;
    let RollupCall::Claim {
        batch,
        header,
        claims,
        which,
        ..
    } = call
    else {
        anyhow::bail!("the withdrawal makes no claim");
    };
    ensure!(
        !client.is_claimed(batch, which).await?,
        "this withdrawal was claimed already"
    );
    let claim = Claimed {
        batch,
        which,
        from: view.from,
    };
    let proved = unless_interrupted(prove(args, session, key, &client, claim)).await;
    let (packet, proof) = proved??;
    let root_batch = packet.state.batch.0;
    let root_header = contract_calls::header(&session.node.batch(root_batch).await?.header)?;
    let call = RollupCall::Redirect {
        batch,
        header,
        claims,
        which,
        to: EthAddress(args.to.0),
        root_batch,
        root_header,
        proof,
    };
    let receipt = contract_calls::send(&client, &call, timeout, Teller::Steps).await?;
    let events = client
        .events(receipt.block_number, receipt.block_number)
        .await?;
    let paid = events.iter().find_map(|logged| match logged.event {
        RollupEvent::Claimed { to, .. } if logged.transaction == receipt.hash => Some(to),
        _ => None,
    });
    let answer = Answer {
        transaction: Hex(&receipt.hash).to_string(),
        gas_used: receipt.gas_used,
        to: paid.context("the L1 transaction paid nothing")?.to_string(),
    };
    output.print_done(&answer, |answer| {
        let (to, transaction) = (&answer.to, &answer.transaction);
        let who = if *to == view.to {
            "the receiver took it after all: paid"
        } else {
            "paid"
        };
        format!("{who} to {to} in L1 transaction {transaction}")
    })?;
    Ok(Outcome::Done)
}

/// The claim that is redirected, and the account that paid.
struct Claimed {
    batch: u64,
    which: u16,
    from: u32,
}

/// Proves that the account is the wallet's, as it stands after the last proved batch.
async fn prove(
    args: &RedirectArgs,
    session: &Session,
    key: &WalletKey,
    client: &RollupClient,
    claim: Claimed,
) -> Result<(ExitPacket, ProofWords)> {
    let Claimed { batch, which, from } = claim;
    let from = AccountIndex::new(from)
        .context("this is a deposit that came back, and no account of the rollup paid it")?;
    let packet = packet::make(session, key, 0, None).await?;
    let order = ExitOrder {
        from,
        exit: Exit::Claim(ClaimReference::new(BatchNumber(batch), which)?),
        to: args.to,
    };
    let witness = packet.witness(order.sign(session.domain, key.secret()));
    let witness = witness.context(
        "only the owner of the account that paid can redirect this, and it is not this wallet's",
    )?;
    let progress = Progress::new();
    let prover = escape_prover::open(client, &args.keys, args.threads, &progress).await?;
    let step = progress.step("proving that the account is this wallet's", None);
    let proof = tokio::task::spawn_blocking(move || prove_escape(&prover, witness, &unobserved));
    let proof = proof.await.context("proving broke off")??.proof;
    step.finish("proved");
    Ok((packet, ProofWords(proof.to_words())))
}
