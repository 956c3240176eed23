//! Addresses of the layer 1 that are paid: those from which nothing comes back are refused.

use std::io::{IsTerminal as _, Write as _, stderr, stdin};

use anyhow::{Context as _, Result, bail, ensure};
use assay_circuits::address::L1Address;
use assay_l1::{address::EthAddress, client::RollupClient};
use clap::{Args, builder::BoolishValueParser};

use super::session::Session;
use crate::{options::l1::L1Connection, terminal::note::note};

/// Consent to pay a contract.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Consent {
    /// Pay also where the receiver is a contract on the layer 1; without it a terminal is asked.
    #[arg(long, env = "ASSAY_TO_CONTRACT", value_parser = BoolishValueParser::new())]
    to_contract: bool,
}

/// What is asked of a receiver on the layer 1 before anything is signed.
#[derive(Debug, Args)]
pub(super) struct ReceiverArgs {
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    l1: L1Connection,
}

impl ReceiverArgs {
    /// Refuses a receiver that cannot pass on what it is paid, as far as node and layer 1 tell.
    pub(super) async fn check(&self, to: L1Address, session: &Session) -> Result<()> {
        session.check_receiver(to)?;
        let contract = EthAddress(session.contract.0);
        let asked = RollupClient::connect(self.l1.endpoint(), contract, None).await;
        match asked {
            Ok(client) if client.chain_id() == session.chain_id => {
                self.consent.check(to, &client).await
            }
            Ok(_) => {
                note(format_args!(
                    "note: whether {to} is a contract is not known: --l1-url is another chain"
                ));
                Ok(())
            }
            Err(error) => {
                note(format_args!(
                    "note: whether {to} is a contract is not known (--l1-url): {error}"
                ));
                Ok(())
            }
        }
    }
}

impl Consent {
    /// Refuses a contract to which nobody has agreed.
    pub(super) async fn check(self, to: L1Address, client: &RollupClient) -> Result<()> {
        let address = EthAddress(to.0);
        ensure!(
            client.token_number(address).await?.is_none(),
            "{to} is a token's contract, which keeps what it is paid for ever"
        );
        if self.to_contract || !client.is_contract(address).await? {
            return Ok(());
        }
        let warning = format!(
            "{to} is a contract on the L1; one that cannot take the money, or not pass it on, keeps it \
             for ever"
        );
        if !stdin().is_terminal() || !stderr().is_terminal() {
            bail!("{warning}. Nothing was sent; say --to-contract if it is meant");
        }
        let question = format!("{warning}. Pay it? [y/N] ");
        let asked = stderr().write_all(question.as_bytes());
        asked.context("the terminal")?;
        let mut answer = String::new();
        stdin().read_line(&mut answer).context("the terminal")?;
        let agreed = matches!(answer.trim().to_lowercase().as_str(), "y" | "yes");
        ensure!(agreed, "nothing was sent");
        Ok(())
    }
}

/// Refuses the two receivers that nobody can ever be.
pub(super) fn check_nobody(to: L1Address, rollup: L1Address) -> Result<()> {
    ensure!(
        to.0 != [0; 20],
        "0x0 is nobody's address: what is paid to it is lost"
    );
    ensure!(
        to != rollup,
        "{to} is the rollup contract itself, which cannot pay itself"
    );
    Ok(())
}

impl Session {
    /// Refuses a receiver on the layer 1 from which nothing comes back.
    pub(super) fn check_receiver(&self, to: L1Address) -> Result<()> {
        check_nobody(to, self.contract)?;
        for (token, contract) in self.tokens.contracts() {
            ensure!(
                to != contract,
                "{to} is the contract of {}, which keeps what it is paid for ever",
                token.name
            );
        }
        Ok(())
    }
}
