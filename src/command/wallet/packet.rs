//! `assay wallet packet`: keeps what is needed to leave the rollup without the node.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use assay_api::{
    account_proof::{self, Leaf},
    stage::Stage,
    wire::{AccountProof, AccountView, BatchDetail},
};
use assay_circuits::quantity::{AccountIndex, BatchNumber, StateRoot};
use assay_durable::Readers;
use assay_exit::{
    claims::OpenClaims,
    packet::{ExitPacket, ProvedAccount},
    rollup::StateReference,
};
use clap::{Args, builder::BoolishValueParser};
use serde::Serialize;

use super::session::Session;
use crate::{
    contract_calls,
    files::wallet_key::WalletKey,
    terminal::{
        note::note,
        outcome::{Outcome, sentence},
        output::OutputArgs,
    },
};

/// Batches asked for at once.
const PAGE: u32 = 100;
/// How often paths are asked for again, where a batch was proved between one and the next.
const ATTEMPTS: u32 = 5;
/// How often the node is asked whether a batch was proved.
const POLL: Duration = Duration::from_secs(1);
/// Batches looked through where there is no packet yet and nobody asked for one.
const FIRST_BATCHES: u32 = 100;
/// Batches that are looked through again, since a reorganisation may have changed them.
const UNSETTLED_BATCHES: u64 = 64;

/// Where the packet goes.
#[derive(Debug, Args)]
pub(super) struct PacketArgs {
    /// The file to write [default: beside the wallet's key, named .exit.json].
    #[arg(long, env = "ASSAY_OUT", value_name = "FILE")]
    out: Option<PathBuf>,
    /// How many batches to look through for withdrawals, from the latest back.
    #[arg(
        long,
        env = "ASSAY_BATCHES",
        value_name = "NUMBER",
        default_value_t = 1000
    )]
    batches: u32,
    /// Stay, and write it again after every proved batch.
    #[arg(long, env = "ASSAY_FOLLOW", value_parser = BoolishValueParser::new())]
    follow: bool,
}

#[derive(Serialize)]
struct PacketAnswer {
    file: PathBuf,
    batch: u64,
    root: String,
    accounts: usize,
    claims: usize,
}

/// Writes the packet of the last proved batch, and with `--follow` of each one after it.
pub(super) async fn packet(
    args: &PacketArgs,
    session: &Session,
    key: &WalletKey,
    key_path: &Path,
    output: OutputArgs,
) -> Result<Outcome> {
    let file = match &args.out {
        Some(file) => file.clone(),
        None => beside(key_path),
    };
    let mut written = None;
    loop {
        let proved = session.node.status().await?.heights.proved;
        if written != Some(proved) {
            let packet = renew(&file, session, key, args.batches).await?;
            written = Some(packet.state.batch.0);
            output.print(&answer(&file, &packet), |answer| {
                format!(
                    "batch {}: {} accounts and {} open claims in {}",
                    answer.batch,
                    answer.accounts,
                    answer.claims,
                    answer.file.display()
                )
            })?;
        }
        if !args.follow {
            return Ok(Outcome::Done);
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Renews the packet beside the key where a batch was proved since. What a command did stays done
/// when this fails: then the user reads why.
pub(super) async fn keep(session: &Session, key: &WalletKey, key_path: &Path) {
    let file = beside(key_path);
    let kept = async {
        let proved = session.node.status().await?.heights.proved;
        let is_new = read(&file, session, key).is_none_or(|kept| kept.state.batch.0 != proved);
        let own = session.accounts(&key.address()).await?;
        if is_new && own.iter().any(|own| own.proved_balance.is_some()) {
            renew(&file, session, key, FIRST_BATCHES).await?;
        }
        anyhow::Ok(())
    };
    if let Err(error) = kept.await {
        note(format_args!(
            "the exit packet in {} was not renewed, `assay wallet packet` tries again: {}",
            file.display(),
            sentence(&error)
        ));
    }
}

fn beside(key_path: &Path) -> PathBuf {
    key_path.with_extension("exit.json")
}

/// Writes the packet of the last proved batch. Claims that the file already held stay in it.
async fn renew(
    file: &Path,
    session: &Session,
    key: &WalletKey,
    batches: u32,
) -> Result<ExitPacket> {
    let packet = make(session, key, batches, read(file, session, key)).await?;
    // The balances are public in the rollup's data; whose they are is this file's.
    assay_durable::write(file, Readers::Owner, packet.to_json().as_bytes())
        .with_context(|| format!("cannot write {}", file.display()))?;
    Ok(packet)
}

/// The packet that is there, when it is this wallet's and of this rollup.
fn read(file: &Path, session: &Session, key: &WalletKey) -> Option<ExitPacket> {
    let packet = ExitPacket::parse(&std::fs::read(file).ok()?).ok()?;
    let is_own = packet.owner == key.address().owner && packet.state.rollup == session.rollup();
    is_own.then_some(packet)
}

fn answer(file: &Path, packet: &ExitPacket) -> PacketAnswer {
    PacketAnswer {
        file: file.to_owned(),
        batch: packet.state.batch.0,
        root: packet.state.root.to_string(),
        accounts: packet.accounts.len(),
        claims: packet.claims.iter().map(|open| open.which.len()).sum(),
    }
}

/// The packet of the last proved batch, by the node's word; its paths are checked. Claims are looked
/// for in so many batches, but not in those that an older packet tells of.
pub(super) async fn make(
    session: &Session,
    key: &WalletKey,
    batches: u32,
    older: Option<ExitPacket>,
) -> Result<ExitPacket> {
    let owner = key.address();
    let own = session.accounts(&owner).await?;
    let proved: Vec<_> = own
        .iter()
        .filter(|own| own.proved_balance.is_some())
        .collect();
    ensure!(
        !proved.is_empty(),
        "this wallet has nothing in a proved batch yet"
    );
    let paths = paths(session, &proved).await?;
    let first = paths.first().context("an account has a path")?;
    let (batch, root) = (BatchNumber(first.batch), parse_root(&first.root)?);
    let packet = ExitPacket {
        state: StateReference {
            rollup: session.rollup(),
            batch,
            root,
        },
        owner: owner.owner,
        accounts: paths.iter().map(proved_account).collect::<Result<_>>()?,
        claims: open_claims(session, &own, batch, batches, older).await?,
    };
    packet
        .check()
        .context("the node's answers do not fit each other")?;
    Ok(packet)
}

/// The paths of accounts to one root.
async fn paths(session: &Session, accounts: &[&AccountView]) -> Result<Vec<AccountProof>> {
    for _ in 0..ATTEMPTS {
        let mut paths = Vec::new();
        for account in accounts {
            let index = AccountIndex::new(account.index)?;
            paths.push(session.node.account_proof(index, None).await?);
        }
        if paths.windows(2).all(|pair| pair[0].batch == pair[1].batch) {
            return Ok(paths);
        }
    }
    bail!("batches are proved faster than paths can be asked for")
}

fn proved_account(path: &AccountProof) -> Result<ProvedAccount> {
    let Leaf {
        index,
        account,
        path,
    } = account_proof::read(path)?;
    Ok(ProvedAccount {
        index,
        account: account.context("the node's path is of an empty leaf")?,
        path,
    })
}

fn parse_root(text: &str) -> Result<StateRoot> {
    serde_json::from_value(text.into()).context("the node's root")
}

/// The claims of these accounts in the latest batches up to `last`, and those of an older packet:
/// which of them were paid, whoever uses the packet asks the layer 1.
async fn open_claims(
    session: &Session,
    own: &[AccountView],
    last: BatchNumber,
    batches: u32,
    older: Option<ExitPacket>,
) -> Result<Vec<OpenClaims>> {
    let known = older
        .as_ref()
        .map_or(0, |older| older.state.batch.min(last).0)
        .saturating_sub(UNSETTLED_BATCHES);
    let mut found = Vec::new();
    // A node that began with a restored state does not tell of the batches before it.
    let mut first = last.0.saturating_add(1);
    let (mut left, mut before) = (batches, Some(first));
    while let Some(end) = before.filter(|end| left > 0 && *end > known.saturating_add(1)) {
        let page = session
            .node
            .batches(Some(left.min(PAGE)), Some(end))
            .await?;
        for batch in page.batches.iter().filter(|batch| batch.number > known) {
            let detail = session.node.batch(batch.number).await?;
            found.extend(claims_of(own, &detail)?);
            first = first.min(batch.number);
        }
        left = left.saturating_sub(u32::try_from(page.batches.len()).unwrap_or(u32::MAX));
        before = page.next_before;
    }
    let older = older.into_iter().flat_map(|older| older.claims);
    let older = older.filter(|open| open.batch < first);
    Ok(older.chain(found.into_iter().rev()).collect())
}

fn claims_of(own: &[AccountView], detail: &BatchDetail) -> Result<Option<OpenClaims>> {
    if detail.batch.stage < Stage::Proved {
        return Ok(None);
    }
    let claims = contract_calls::claims(&detail.claims)?;
    let all = OpenClaims {
        batch: detail.batch.number,
        header: contract_calls::header(&detail.header)?,
        which: (0..u16::try_from(claims.len())?).collect(),
        claims,
    };
    Ok(all.of(|claim| own.iter().any(|own| own.index == claim.from)))
}
