//! `assay exit`: takes all that a wallet has out of a frozen rollup, with the layer 1 alone.

mod holdings;
mod payout;
mod source;
mod units;

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, bail, ensure};
use assay_circuits::{
    address::L1Address,
    quantity::{BatchNumber, StateRoot},
    word,
};
use assay_durable::Readers;
use assay_exit::{
    packet::ExitPacket,
    rollup::{Rollup, StateReference},
};
use assay_l1::{
    address::EthAddress,
    client::{RollupCall, RollupClient, RollupStatus},
};
use clap::{Args, builder::BoolishValueParser};

use crate::{
    contract_calls::{Teller, send},
    files::{directories, wallet_key::WalletKey},
    options::{address::on_layer1, keys::KeysDir, l1::L1Args, password::PasswordArgs},
    process::block_on,
    terminal::{moment::lasting, outcome::Outcome, output::OutputArgs, progress::Progress},
};
use holdings::Holdings;
use payout::Payout;
use units::Units;

/// Options of `assay exit`.
#[derive(Debug, Args)]
pub(crate) struct ExitArgs {
    /// The rollup contract on the layer 1.
    #[arg(long, env = "ASSAY_CONTRACT", value_name = "L1_ADDRESS", value_parser = on_layer1)]
    contract: L1Address,
    /// The file that holds the wallet's key [default: ~/.config/assay/wallet.json].
    #[arg(long, env = "ASSAY_KEY", value_name = "FILE")]
    key: Option<PathBuf>,
    #[command(flatten)]
    password: PasswordArgs,
    /// An exit packet or a published state: a file, or where it is served. Both are checked
    /// against the layer 1. Without it the state is rebuilt from the layer 1 alone.
    #[arg(long, env = "ASSAY_FROM", value_name = "FILE|URL")]
    from: Option<String>,
    /// Write the state that was rebuilt to this file, for others to leave with.
    #[arg(
        long,
        env = "ASSAY_PUBLISH",
        value_name = "FILE",
        conflicts_with = "from"
    )]
    publish: Option<PathBuf>,
    /// Who is paid on the layer 1 [default: the account that pays for the calls].
    #[arg(long, env = "ASSAY_TO", value_name = "L1_ADDRESS", value_parser = on_layer1)]
    to: Option<L1Address>,
    /// The block from which on to look for events: that of the contract.
    #[arg(
        long,
        env = "ASSAY_START_BLOCK",
        value_name = "NUMBER",
        default_value_t = 0
    )]
    start_block: u64,
    /// Show what would be taken out, and send nothing.
    #[arg(long, env = "ASSAY_DRY_RUN", value_parser = BoolishValueParser::new())]
    dry_run: bool,
    /// Threads of the prover [default: one per core].
    #[arg(long, env = "ASSAY_THREADS", value_name = "NUMBER")]
    threads: Option<NonZeroUsize>,
    /// How long to wait for each call to be mined, seconds.
    #[arg(
        long,
        env = "ASSAY_WAIT_S",
        value_name = "SECONDS",
        default_value_t = 600
    )]
    wait_s: u32,
    #[command(flatten)]
    keys: KeysDir,
    #[command(flatten)]
    l1: L1Args,
    #[command(flatten)]
    output: OutputArgs,
}

impl ExitArgs {
    pub(crate) fn run(self) -> Result<Outcome> {
        let path = match &self.key {
            Some(path) => path.clone(),
            None => directories::wallet_key()?,
        };
        let key = WalletKey::open(&path, || self.password.of(&path))?;
        block_on(self.take_out(&key))
    }

    async fn take_out(self, key: &WalletKey) -> Result<Outcome> {
        let progress = Progress::new();
        let client = self.l1.connect(self.contract).await?;
        let payer = client.account().context("the L1 account that pays")?;
        let to = self.to.map_or(payer, |to| EthAddress(to.0));
        ensure!(
            to.0 != [0; 20] && to != client.contract() && client.token_number(to).await?.is_none(),
            "{to} is nobody's address, the rollup contract, or a token's: what is paid to it is lost"
        );
        let status = self.frozen_status(&client, &progress).await?;
        let reference = reference(&client, &status)?;
        ensure!(
            key.address().network == reference.rollup.network(),
            "the wallet's key is for another kind of network than chain {}",
            client.chain_id()
        );
        let packet = self.packet(&client, key, [payer, to], &progress).await?;
        packet
            .state
            .expect(&reference)
            .context("this packet is of no use for the exit")?;
        let holdings =
            Holdings::find(&client, &status, packet, [payer, to], self.start_block).await?;
        let payout = Payout {
            client: &client,
            holdings: &holdings,
            units: &Units::of(&client, holdings.tokens()).await?,
            key: key.secret(),
            to,
            timeout: Duration::from_secs(self.wait_s.into()),
            progress: &progress,
        };
        let report = if self.dry_run {
            payout.plan()
        } else {
            let prover = payout.prover(&self.keys, self.threads).await?;
            payout.send(prover.as_ref()).await
        };
        if self.dry_run {
            self.output.print(&report, payout::Report::text)?;
        } else {
            self.output.print_done(&report, payout::Report::text)?;
        }
        Ok(report.outcome())
    }

    /// What the wallet has in the last proved state, from a file or from the layer 1.
    async fn packet(
        &self,
        client: &RollupClient,
        key: &WalletKey,
        receivers: [EthAddress; 2],
        progress: &Progress,
    ) -> Result<ExitPacket> {
        let owner = key.address().owner;
        if let Some(from) = &self.from {
            return source::read(from, owner, receivers, progress).await;
        }
        let state = source::rebuild(client, self.start_block).await?;
        if let Some(file) = &self.publish {
            assay_durable::write(file, Readers::All, &state.to_bytes())
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        Ok(state.packet(owner, &receivers))
    }

    /// Where the frozen rollup stands; freezes it where that is due.
    async fn frozen_status(
        &self,
        client: &RollupClient,
        progress: &Progress,
    ) -> Result<RollupStatus> {
        let status = client.status().await?;
        if status.frozen {
            return Ok(status);
        }
        let now_s = client.now_s().await?;
        let freeze_after_s = client.info().await?.parameters.freeze_after_s;
        let overdue_at =
            (status.head_due != 0).then(|| u64::from(status.head_due) + u64::from(freeze_after_s));
        let closing_at = (status.closing_at != 0).then_some(status.closing_at);
        let is_due =
            overdue_at.is_some_and(|at| now_s > at) || closing_at.is_some_and(|at| now_s >= at);
        if !is_due {
            let when = overdue_at.into_iter().chain(closing_at).min();
            let when = when.map_or_else(
                || "nothing waits in its queue for a batch".to_owned(),
                |at| {
                    format!(
                        "it can be frozen in {} if no batch comes",
                        lasting(at.saturating_sub(now_s))
                    )
                },
            );
            bail!(
                "the rollup is not frozen: take money out with `assay wallet withdraw`, or past the \
                 operator with `assay wallet force`; {when}"
            );
        }
        ensure!(
            !self.dry_run,
            "the rollup can be frozen now, and nothing leaves it before that; without --dry-run \
             this command freezes it"
        );
        let step = progress.step("freezing the rollup", None);
        let timeout = Duration::from_secs(self.wait_s.into());
        let frozen = send(client, &RollupCall::Freeze, timeout, Teller::Lines).await;
        let status = client.status().await?;
        // Somebody else may have been first.
        if !status.frozen {
            frozen?;
        }
        step.finish("frozen");
        Ok(status)
    }
}

/// The state that the layer 1 counts.
fn reference(client: &RollupClient, status: &RollupStatus) -> Result<StateReference> {
    let root = word::from_bytes(&status.proved_root).context("the root on the layer 1")?;
    Ok(StateReference {
        rollup: Rollup {
            chain_id: client.chain_id(),
            contract: L1Address(client.contract().0),
        },
        batch: BatchNumber(status.last_proved),
        root: StateRoot(root),
    })
}
