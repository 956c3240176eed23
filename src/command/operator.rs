//! `assay operator`: where a rollup stands by its contract, and what its operator, or anybody,
//! may do about it.

use anyhow::{Error, Result};
use assay_api::hexadecimal::Hex;
use assay_circuits::address::L1Address;
use assay_l1::{
    address::EthAddress,
    client::{L1Error, RollupCall, RollupClient, RollupInfo, RollupStatus},
};
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::{
    contract_calls::{Teller, send},
    options::l1::{L1Args, L1Wait},
    process::block_on,
    terminal::{outcome::Outcome, output::OutputArgs},
};

/// Options of `assay operator`.
#[derive(Debug, Args)]
pub(crate) struct OperatorArgs {
    /// The rollup contract.
    #[arg(long, env = "ASSAY_CONTRACT", value_name = "L1_ADDRESS")]
    contract: L1Address,
    #[command(flatten)]
    l1: L1Args,
    #[command(flatten)]
    wait: L1Wait,
    #[command(flatten)]
    output: OutputArgs,
    #[command(subcommand)]
    command: OperatorCommand,
}

#[derive(Debug, Subcommand)]
enum OperatorCommand {
    /// Show what the contract says, with the countdowns to what may happen next.
    Status,
    /// Name who may become the operator; of the operator.
    Propose {
        /// The next operator; the zero address takes the name back.
        next: EthAddress,
    },
    /// Become the operator; of the one who was named.
    Accept,
    /// End deposits now, and let anybody freeze after the delay of an upgrade; of the governor, or
    /// of the operator where there is none. It cannot be taken back.
    AnnounceClosing,
    /// End the rollup, where an entry of the queue is overdue or closing's time has come; of
    /// anybody. It cannot be taken back.
    Freeze,
}

#[derive(Serialize)]
struct Sent {
    transaction: String,
    gas_used: u64,
}

impl OperatorArgs {
    pub(crate) fn run(self) -> Result<Outcome> {
        let call = match &self.command {
            OperatorCommand::Status => return block_on(self.status()),
            OperatorCommand::Propose { next } => RollupCall::ProposeOperator { next: *next },
            OperatorCommand::Accept => RollupCall::AcceptOperator,
            OperatorCommand::AnnounceClosing => RollupCall::AnnounceClosing,
            OperatorCommand::Freeze => RollupCall::Freeze,
        };
        block_on(self.send(call))
    }

    async fn send(&self, call: RollupCall) -> Result<Outcome> {
        let client = self.l1.connect(self.contract).await?;
        let timeout = self.wait.timeout();
        let sent = send(&client, &call, timeout, Teller::Steps).await;
        let receipt = match sent {
            Ok(receipt) => receipt,
            Err(error) => return Err(self.explained(&client, error).await),
        };
        let sent = Sent {
            transaction: Hex(&receipt.hash).to_string(),
            gas_used: receipt.gas_used,
        };
        self.output.print_done(&sent, |sent| {
            format!("{} in L1 transaction {}", call.name(), sent.transaction)
        })?;
        Ok(Outcome::Done)
    }

    /// What the contract refuses, with who may do it, or when.
    async fn explained(&self, client: &RollupClient, error: Error) -> Error {
        let Some(L1Error::Reverted { .. }) = error.downcast_ref() else {
            return error;
        };
        // Where the layer 1 says no more, its refusal is all there is.
        match (Standing::read(client).await, client.account()) {
            (Ok(standing), Some(account)) => {
                error.context(self.command.who_may(&standing, account))
            }
            _ => error,
        }
    }

    async fn status(&self) -> Result<Outcome> {
        let contract = EthAddress(self.contract.0);
        let client = self.l1.url.client(contract, None).await?;
        let standing = Standing::read(&client).await?;
        self.output.print(&standing, Standing::text)?;
        Ok(Outcome::Done)
    }
}

impl OperatorCommand {
    /// Who may do it, or when, where the contract refuses it to an account.
    fn who_may(&self, standing: &Standing, account: EthAddress) -> String {
        let operator = &standing.operator;
        let whom = match self {
            Self::Accept => match &standing.proposed {
                Some(named) => format!("{named} was named as the next operator"),
                None => format!(
                    "nobody was named as the next operator; the operator, {operator}, does that with \
                     `assay operator propose`"
                ),
            },
            Self::AnnounceClosing => match &standing.governor {
                Some(governor) => format!("the governor is {governor}"),
                None => format!("there is no governor, and the operator is {operator}"),
            },
            Self::Propose { .. } => format!("the operator is {operator}"),
            Self::Freeze | Self::Status => {
                return "`assay operator status` says from when anybody may freeze".to_owned();
            }
        };
        format!("{whom}, and this account is {account}")
    }
}

/// What the contract says, and until when what holds. Times are Unix seconds.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Standing {
    now: u64,
    operator: String,
    /// Who may become the operator.
    proposed: Option<String>,
    governor: Option<String>,
    guardian: Option<String>,
    batches: u64,
    root: String,
    accounts: u32,
    last_proved_at: u32,
    /// Entries of the queue that no batch took.
    waiting: u64,
    /// From when the next batch must take the first of them.
    head_due: Option<u64>,
    /// From when others than the operator may submit, unless a batch comes before.
    silent_from: Option<u64>,
    /// Until when others may submit, because one of them did.
    open_until: Option<u64>,
    /// From when anybody may freeze, unless the entry is taken before.
    freezable_from: Option<u64>,
    /// From when anybody may freeze because closing was announced.
    closing_at: Option<u64>,
    frozen: bool,
}

impl Standing {
    async fn read(client: &RollupClient) -> Result<Self, L1Error> {
        let (info, status) = (client.info().await?, client.status().await?);
        let proposed = client.proposed_operator().await?;
        Ok(Self::of(&info, &status, proposed, client.now_s().await?))
    }

    fn of(
        info: &RollupInfo,
        status: &RollupStatus,
        proposed: Option<EthAddress>,
        now: u64,
    ) -> Self {
        let parameters = info.parameters;
        let head_due = (status.head_due != 0).then(|| u64::from(status.head_due));
        let silent_from = head_due.map(|due| {
            let queued = due.saturating_sub(parameters.queue_delay_s.into());
            queued.max(status.last_proved_at.into()) + u64::from(parameters.silence_s)
        });
        let address = |address: EthAddress| address.to_string();
        Self {
            now,
            operator: status.operator.to_string(),
            proposed: proposed.map(address),
            governor: info.governor.map(address),
            guardian: info.guardian.map(address),
            batches: status.last_proved,
            root: Hex(&status.proved_root).to_string(),
            accounts: status.accounts,
            last_proved_at: status.last_proved_at,
            waiting: status.queue_length.saturating_sub(status.queue_consumed),
            head_due,
            silent_from,
            open_until: Some(u64::from(status.open_until)).filter(|until| *until >= now),
            freezable_from: head_due.map(|due| due + u64::from(parameters.freeze_after_s)),
            closing_at: Some(status.closing_at).filter(|at| *at != 0),
            frozen: status.frozen,
        }
    }

    fn text(&self) -> String {
        let nobody = || "nobody".to_owned();
        let next = self.proposed.as_ref();
        let next = next.map_or(String::new(), |next| {
            format!(" ({next} was named as the next)")
        });
        let mut lines = vec![
            format!("operator   {}{next}", self.operator),
            format!(
                "governor   {}",
                self.governor.clone().unwrap_or_else(nobody)
            ),
            format!(
                "guardian   {}",
                self.guardian.clone().unwrap_or_else(nobody)
            ),
            format!("batches    {}, root {}", self.batches, self.root),
            format!("accounts   {}", self.accounts.saturating_sub(1)),
            format!("queue      {} entries wait", self.waiting),
        ];
        if self.frozen {
            lines.push("frozen     for good: `assay exit` takes money out".to_owned());
            return lines.join("\n");
        }
        let countdowns = [
            (
                "due        ",
                self.head_due,
                "every batch must take the first entry",
            ),
            (
                "silence    ",
                self.silent_from,
                "others than the operator may submit",
            ),
            (
                "open       ",
                self.open_until,
                "others may not submit any more",
            ),
            (
                "freeze     ",
                self.freezable_from,
                "anybody may freeze for the entry",
            ),
            (
                "closing    ",
                self.closing_at,
                "anybody may freeze, as announced",
            ),
        ];
        for (name, at, what) in countdowns {
            if let Some(at) = at {
                lines.push(format!("{name}{}: {what}", countdown(self.now, at)));
            }
        }
        lines.join("\n")
    }
}

/// `in 3 d 04:05 h`, or `since` so long.
fn countdown(now: u64, at: u64) -> String {
    let (word, seconds) = if at > now {
        ("in", at - now)
    } else {
        ("since", now - at)
    };
    let minutes = seconds / 60;
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    format!("{word} {days} d {hours:02}:{minutes:02} h")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn standing(head_due: u32, last_proved_at: u32, now: u64) -> Standing {
        let mut parameters = assay_l1::client::RollupParameters::for_shapes(6);
        parameters.queue_delay_s = 1_000;
        parameters.silence_s = 300;
        parameters.freeze_after_s = 2_000;
        let info = RollupInfo {
            operator: EthAddress([1; 20]),
            governor: None,
            guardian: None,
            verifier_factory: EthAddress([2; 20]),
            domain: [0; 32],
            parameters,
        };
        let status = RollupStatus {
            last_proved: 7,
            last_timestamp: 0,
            last_proved_at,
            accounts: 4,
            proved_root: [0; 32],
            last_batch_hash: [0; 32],
            queue_consumed: 2,
            queue_length: 5,
            head_due,
            open_until: 5_000,
            frozen: false,
            closing_at: 0,
            tokens: 0,
            operator: EthAddress([1; 20]),
        };
        Standing::of(&info, &status, None, now)
    }

    #[test]
    fn who_is_refused_is_told_who_may() {
        let (stranger, named) = (EthAddress([5; 20]), EthAddress([6; 20]));
        let mut standing = standing(0, 0, 6_000);
        let next = EthAddress([7; 20]);
        let says =
            |command: &OperatorCommand, standing: &Standing| command.who_may(standing, stranger);
        let nobody = says(&OperatorCommand::Accept, &standing);
        assert!(nobody.starts_with("nobody was named"), "{nobody}");
        assert!(
            nobody.contains(&EthAddress([1; 20]).to_string()),
            "{nobody}"
        );
        standing.proposed = Some(named.to_string());
        for (command, who) in [
            (OperatorCommand::Accept, named),
            (OperatorCommand::Propose { next }, EthAddress([1; 20])),
            (OperatorCommand::AnnounceClosing, EthAddress([1; 20])),
        ] {
            let said = says(&command, &standing);
            assert!(said.contains(&who.to_string()), "{said}");
            assert!(
                said.ends_with(&format!("this account is {stranger}")),
                "{said}"
            );
        }
        standing.governor = Some(EthAddress([8; 20]).to_string());
        let said = says(&OperatorCommand::AnnounceClosing, &standing);
        assert!(said.contains("the governor is 0x0808"), "{said}");
        assert!(standing.text().contains("was named as the next"));
    }

    /// The contract's own formulas: silence counts from the later of queueing and the last proof.
    #[test]
    fn countdowns_are_the_contract_s() {
        let found = standing(11_000, 9_000, 6_000);
        assert_eq!(found.silent_from, Some(10_300));
        assert_eq!(found.freezable_from, Some(13_000));
        assert_eq!((found.open_until, found.waiting), (None, 3));
        assert_eq!(standing(11_000, 10_500, 4_000).silent_from, Some(10_800));
        assert_eq!(standing(11_000, 10_500, 4_000).open_until, Some(5_000));
        let quiet = standing(0, 9_000, 6_000);
        assert_eq!((quiet.silent_from, quiet.freezable_from), (None, None));
    }

    #[test]
    fn a_countdown_says_how_long() {
        assert_eq!(
            countdown(0, 3 * 86_400 + 4 * 3_600 + 5 * 60),
            "in 3 d 04:05 h"
        );
        assert_eq!(countdown(120, 60), "since 0 d 00:01 h");
    }
}
