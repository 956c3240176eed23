//! `assay wallet packet`: keeps what is needed to leave the rollup without the node.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use assay_api::{
    stage::Stage,
    wire::{AccountProof, AccountView, BatchDetail},
};
use assay_circuits::{
    account::Account,
    babyjubjub::Point,
    quantity::{AccountIndex, BatchNumber, StateRoot, TokenId},
    tree::{MerkleProof, SiblingTriple},
};
use assay_durable::Readers;
use assay_exit::{
    claims::OpenClaims,
    packet::{ExitPacket, ProvedAccount},
    rollup::{Rollup, StateReference},
};
use clap::{Args, builder::BoolishValueParser};
use serde::Serialize;

use super::session::Session;
use crate::{
    contract_calls,
    files::wallet_key::WalletKey,
    terminal::{outcome::Outcome, output::OutputArgs},
};

/// Batches asked for at once.
const PAGE: u32 = 100;
/// How often paths are asked for again, where a batch was proved between one and the next.
const ATTEMPTS: u32 = 5;
/// How often the node is asked whether a batch was proved.
const POLL: Duration = Duration::from_secs(1);

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
        None => key_path.with_extension("exit.json"),
    };
    let mut written = None;
    loop {
        let proved = session.node.status().await?.heights.proved;
        if written != Some(proved) {
            let packet = make(session, key, args.batches).await?;
            let json = packet.to_json();
            // The balances are public in the rollup's data; whose they are is this file's.
            assay_durable::write(&file, Readers::Owner, json.as_bytes())
                .with_context(|| format!("cannot write {}", file.display()))?;
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

fn answer(file: &Path, packet: &ExitPacket) -> PacketAnswer {
    PacketAnswer {
        file: file.to_owned(),
        batch: packet.state.batch.0,
        root: packet.state.root.to_string(),
        accounts: packet.accounts.len(),
        claims: packet.claims.iter().map(|open| open.which.len()).sum(),
    }
}

/// The packet of the last proved batch, by the node's word; its paths are checked.
pub(super) async fn make(session: &Session, key: &WalletKey, batches: u32) -> Result<ExitPacket> {
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
            rollup: Rollup {
                chain_id: session.chain_id,
                contract: session.contract,
            },
            batch,
            root,
        },
        owner: owner.owner,
        accounts: paths
            .iter()
            .map(|path| proved_account(owner.owner, path))
            .collect::<Result<_>>()?,
        claims: open_claims(session, &own, batch, batches).await?,
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

fn proved_account(owner: Point, path: &AccountProof) -> Result<ProvedAccount> {
    let missing = "the node's path is of an empty leaf";
    let account = Account {
        owner,
        token: TokenId(path.token.context(missing)?),
        balance: path.balance.as_ref().context(missing)?.parse()?,
        nonce: path.nonce.context(missing)?,
    };
    let number = |text: &String| {
        let parsed = text.parse().ok();
        parsed.with_context(|| format!("`{text}` in the node's path is no field element"))
    };
    let triples = path
        .siblings
        .iter()
        .map(|[a, b, c]| Ok(SiblingTriple(number(a)?, number(b)?, number(c)?)));
    let triples: Vec<_> = triples.collect::<Result<_>>()?;
    let path_length = triples.len();
    let triples: Option<MerkleProof> = triples.try_into().ok();
    Ok(ProvedAccount {
        index: AccountIndex::new(path.index)?,
        account,
        path: triples.with_context(|| format!("the node's path has {path_length} levels"))?,
    })
}

fn parse_root(text: &str) -> Result<StateRoot> {
    serde_json::from_value(text.into()).context("the node's root")
}

/// The claims of these accounts in the latest batches up to `last`: which of them were paid, the
/// node does not know, and whoever uses the packet asks the layer 1.
async fn open_claims(
    session: &Session,
    own: &[AccountView],
    last: BatchNumber,
    batches: u32,
) -> Result<Vec<OpenClaims>> {
    let mut found = Vec::new();
    let (mut left, mut before) = (batches, Some(last.0.saturating_add(1)));
    while let Some(end) = before.filter(|_| left > 0) {
        let page = session
            .node
            .batches(Some(left.min(PAGE)), Some(end))
            .await?;
        for batch in &page.batches {
            let detail = session.node.batch(batch.number).await?;
            found.extend(claims_of(own, &detail)?);
        }
        left = left.saturating_sub(u32::try_from(page.batches.len()).unwrap_or(u32::MAX));
        before = page.next_before;
    }
    found.reverse();
    Ok(found)
}

fn claims_of(own: &[AccountView], detail: &BatchDetail) -> Result<Option<OpenClaims>> {
    if detail.batch.stage < Stage::Proved {
        return Ok(None);
    }
    let claims = contract_calls::claims(detail)?;
    let all = OpenClaims {
        batch: detail.batch.number,
        header: contract_calls::header(&detail.header)?,
        which: (0..u16::try_from(claims.len())?).collect(),
        claims,
    };
    Ok(all.of(|claim| own.iter().any(|own| own.index == claim.from)))
}
