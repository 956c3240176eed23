//! `assay wallet derive`: the key of an account of the layer 1, the same that the node's page makes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use assay_api::{client::NodeClient, ethereum_key};
use assay_circuits::address::{L1Address, Network};
use assay_l1::{address::EthAddress, client::TextSignature};
use clap::{Args, builder::BoolishValueParser};
use serde::Serialize;
use zeroize::Zeroizing;

use super::key::tell;
use crate::{
    files::wallet_key::WalletKey,
    options::{l1::L1AccountArgs, password::PasswordArgs},
    terminal::{
        outcome::{Outcome, Unreadable},
        output::OutputArgs,
    },
};

/// A file with a signature is far smaller.
const SIGNATURE_BYTES_MAX: u64 = 4096;

/// Options of `assay wallet derive`.
#[derive(Debug, Args)]
pub(super) struct DeriveArgs {
    #[command(flatten)]
    account: L1AccountArgs,
    /// The file with the account's signature (EIP-191, `personal_sign`) on the text that --message
    /// prints, where another program or a device has the key.
    #[arg(
        long,
        env = "ASSAY_SIGNATURE_FILE",
        value_name = "FILE",
        conflicts_with_all = ["l1_key", "l1_account"],
        requires = "l1_address"
    )]
    signature_file: Option<PathBuf>,
    /// The account whose signature is in the file.
    #[arg(
        long,
        env = "ASSAY_L1_ADDRESS",
        value_name = "ADDRESS",
        requires = "signature_file"
    )]
    l1_address: Option<EthAddress>,
    /// Print the text to be signed, and do nothing else.
    #[arg(long, env = "ASSAY_MESSAGE", value_parser = BoolishValueParser::new())]
    message: bool,
    /// The rollup contract [default: the one that the node serves].
    #[arg(
        long,
        env = "ASSAY_CONTRACT",
        value_name = "ADDRESS",
        requires = "chain_id"
    )]
    contract: Option<L1Address>,
    /// The chain of the contract [default: the node's].
    #[arg(
        long,
        env = "ASSAY_CHAIN_ID",
        value_name = "NUMBER",
        requires = "contract"
    )]
    chain_id: Option<u64>,
    /// Encrypt the key with a password, for which the terminal is asked unless there is
    /// --password-file.
    #[arg(long, env = "ASSAY_ENCRYPT", value_parser = BoolishValueParser::new())]
    encrypt: bool,
}

#[derive(Serialize)]
struct MessageAnswer {
    message: String,
}

#[derive(Serialize)]
struct DeriveAnswer {
    address: String,
    l1_account: String,
}

impl DeriveArgs {
    /// Makes the key and writes it to a new file.
    pub(super) async fn run(
        &self,
        node: &str,
        path: &Path,
        password: &PasswordArgs,
        output: OutputArgs,
    ) -> Result<Outcome> {
        if !self.message {
            // Before anybody is asked for anything.
            WalletKey::check_is_free(path)?;
        }
        let (chain_id, contract) = self.rollup(node).await?;
        let message = ethereum_key::message(chain_id, contract);
        if self.message {
            let answer = MessageAnswer { message };
            output.print(&answer, |answer| answer.message.clone())?;
            return Ok(Outcome::Done);
        }
        let network = Network::of_chain(chain_id);
        let (signature, account) = self.signature(&message, chain_id)?;
        let seed = ethereum_key::seed(&signature.words());
        let password = password.of_new(self.encrypt)?;
        let key = WalletKey::write(path, &seed, network, password.as_ref())?;
        tell(path, password.is_some());
        let answer = DeriveAnswer {
            address: key.address().to_string(),
            l1_account: account.to_string(),
        };
        output.print(&answer, |answer| {
            format!(
                "{}\nIt is the key of account {} in this rollup.",
                answer.address, answer.l1_account
            )
        })?;
        Ok(Outcome::Done)
    }

    async fn rollup(&self, node: &str) -> Result<(u64, L1Address)> {
        if let (Some(chain_id), Some(contract)) = (self.chain_id, self.contract) {
            return Ok((chain_id, contract));
        }
        let status = NodeClient::new(node)?.status().await?;
        let contract = status.contract.parse().context("the node's contract")?;
        ensure!(
            self.message || Network::of_chain(status.chain_id) == Network::Development,
            "on a public network the node's word for the rollup is not enough: give --chain-id {} and \
             --contract, from a source that you trust; the node says {contract}",
            status.chain_id
        );
        Ok((status.chain_id, contract))
    }

    fn signature(&self, message: &str, chain_id: u64) -> Result<(TextSignature, EthAddress)> {
        if let Some((file, account)) = self.signature_file.as_ref().zip(self.l1_address) {
            return Ok((signature_in(file, message, account)?, account));
        }
        self.account.check(chain_id)?;
        let Some(signer) = self.account.signer()? else {
            let text = "of which account is the key to be made? Give --l1-key, --signature-file, or on a \
                        development chain --l1-account NUMBER";
            return Err(Unreadable(text.to_owned()).into());
        };
        Ok((signer.sign_text(message)?, signer.address()))
    }
}

/// The signature in a file, which must be the account's: another's, or one of another text, would
/// make a key that nobody can make again.
fn signature_in(file: &Path, message: &str, account: EthAddress) -> Result<TextSignature> {
    let place = file.display();
    let about = fs::metadata(file).with_context(|| format!("cannot read {place}"))?;
    let no_signature = |why: &str| Unreadable(format!("{place} holds no signature: {why}"));
    ensure!(
        about.len() <= SIGNATURE_BYTES_MAX,
        no_signature("it is too long")
    );
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {place}"))?;
    let text = Zeroizing::new(text);
    let signature = TextSignature::parse(&text);
    let signature = signature.map_err(|error| no_signature(&error.to_string()))?;
    ensure!(
        signature.signer_of(message) == Some(account),
        "what is in {place} is not the signature of {account} on the text that `assay wallet derive \
         --message` prints, by EIP-191 (`personal_sign`). A contract's account has no such signature"
    );
    Ok(signature)
}
