//! Reaching the layer 1: its URL, and the key that pays there.

use std::{fmt, str::FromStr, time::Duration};

use anyhow::{Context as _, Error, Result, anyhow, ensure};
use assay_circuits::address::{L1Address, Network};
use assay_l1::{
    address::EthAddress,
    client::{L1Endpoint, L1Error, L1Signer, L1Url, RollupClient},
};
use clap::Args;
use zeroize::Zeroizing;

use super::doors;
use crate::{development::account, terminal::shell::quoted};

/// A secret of 32 bytes as 0x hex. It is wiped when dropped and never printed.
#[derive(Clone)]
pub(crate) struct SecretHex(pub Zeroizing<[u8; 32]>);

impl FromStr for SecretHex {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = Zeroizing::new([0; 32]);
        let digits = text.strip_prefix("0x").unwrap_or(text);
        hex::decode_to_slice(digits, &mut *bytes).map_err(|_| "a key is 64 hex digits")?;
        Ok(Self(bytes))
    }
}

impl fmt::Debug for SecretHex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHex(..)")
    }
}

/// Where the layer 1 is.
#[derive(Debug, Clone, Args)]
pub(crate) struct L1Connection {
    /// Ethereum JSON-RPC of the layer 1. Of a URL with a provider's key only scheme and host are
    /// ever printed; better in the environment than on the command line, where other users see it.
    #[arg(
        long,
        alias = "rpc-url",
        env = "ASSAY_L1_URL",
        value_name = "URL",
        default_value = DEFAULT_L1_URL,
        hide_env_values = true
    )]
    pub l1_url: L1Url,
    /// A call to the L1 that takes longer has failed, milliseconds.
    #[arg(
        long,
        env = "ASSAY_L1_TIMEOUT_MS",
        value_name = "MS",
        default_value_t = L1Endpoint::TIMEOUT_MS
    )]
    pub l1_timeout_ms: u64,
    /// Ask the L1 for the events of so many blocks at first; what it gives in one answer is found out.
    #[arg(
        long,
        env = "ASSAY_L1_LOG_BLOCKS",
        value_name = "BLOCKS",
        default_value_t = L1Endpoint::LOG_BLOCKS
    )]
    pub l1_log_blocks: u64,
}

impl L1Connection {
    /// How the L1 is reached.
    pub(crate) fn endpoint(&self) -> L1Endpoint {
        L1Endpoint {
            url: self.l1_url.clone(),
            timeout_ms: self.l1_timeout_ms,
            log_blocks: self.l1_log_blocks,
        }
    }

    /// A client of a rollup contract, once the L1 has answered.
    pub(crate) async fn client(
        &self,
        contract: EthAddress,
        signer: Option<L1Signer>,
    ) -> Result<RollupClient> {
        match RollupClient::connect(self.endpoint(), contract, signer).await {
            Ok(client) => Ok(client),
            Err(error) => Err(self.explained(error).await),
        }
    }

    /// Why the L1 is not reached, with where it was looked for.
    pub(crate) async fn explained(&self, error: L1Error) -> Error {
        let url = &self.l1_url;
        if doors::is_node(url, &error).await {
            return anyhow!(
                "a node of Assay answers at {url}, and no layer 1: --l1-url takes the Ethereum JSON-RPC \
                 of the chain that the contract is on"
            );
        }
        match error {
            L1Error::Transport { .. } => {
                Error::from(error).context(format!("no layer 1 is reached at {url} (--l1-url)"))
            }
            error => error.into(),
        }
    }

    /// The URL as it can be typed again: a secret in it is not printed.
    pub(crate) fn typed(&self) -> String {
        let shown = self.l1_url.to_string();
        match shown.trim_end_matches('/') == self.l1_url.reveal().trim_end_matches('/') {
            true => quoted(&shown),
            false => "\"$ASSAY_L1_URL\"".to_owned(),
        }
    }
}

/// An account of the layer 1.
#[derive(Debug, Clone, Args)]
pub(crate) struct L1AccountArgs {
    /// Secret key of the layer 1 account, 0x hex; better in the environment than on the command
    /// line, where other users see it.
    #[arg(
        long,
        env = "ASSAY_L1_KEY",
        value_name = "SECRET",
        hide_env_values = true
    )]
    l1_key: Option<SecretHex>,
    /// Use this funded account of a development chain instead of a key.
    #[arg(
        long,
        env = "ASSAY_L1_ACCOUNT",
        value_name = "NUMBER",
        conflicts_with = "l1_key"
    )]
    l1_account: Option<usize>,
}

/// Who pays on the layer 1, and where that is.
#[derive(Debug, Clone, Args)]
pub(crate) struct L1Args {
    #[command(flatten)]
    pub url: L1Connection,
    #[command(flatten)]
    pub account: L1AccountArgs,
}

/// Patience with the layer 1.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct L1Wait {
    /// How long to wait for the L1 at most, seconds.
    #[arg(
        long,
        env = "ASSAY_WAIT_S",
        value_name = "SECONDS",
        default_value_t = 600
    )]
    wait_s: u32,
}

impl L1Wait {
    pub(crate) fn timeout(self) -> Duration {
        Duration::from_secs(self.wait_s.into())
    }
}

/// Where `assay l1` listens by default.
const DEFAULT_L1_URL: &str = "http://127.0.0.1:8545";

impl L1AccountArgs {
    /// Its key; none where no account is given.
    pub(crate) fn signer(&self) -> Result<Option<L1Signer>> {
        Ok(match (&self.l1_key, self.l1_account) {
            (Some(key), _) => Some(L1Signer::from_secret(&key.0)?),
            (None, Some(number)) => Some(account::signer(number)?),
            (None, None) => None,
        })
    }

    /// The keys of development accounts are public.
    pub(crate) fn check(&self, chain_id: u64) -> Result<()> {
        ensure!(
            self.l1_account.is_none() || Network::of_chain(chain_id) == Network::Development,
            "--l1-account is for development chains, and this is chain {chain_id}"
        );
        Ok(())
    }
}

impl L1Args {
    /// The key of the account that pays.
    pub(crate) fn signer(&self) -> Result<L1Signer> {
        self.account.signer()?.context(
            "who pays on the L1? Give --l1-key, or on a development chain --l1-account NUMBER",
        )
    }

    /// The keys of development accounts are public.
    pub(crate) fn check_account(&self, chain_id: u64) -> Result<()> {
        self.account.check(chain_id)
    }

    /// A client of the rollup contract that signs with the chosen account.
    pub(crate) async fn connect(&self, contract: L1Address) -> Result<RollupClient> {
        let signer = self.signer()?;
        let contract = EthAddress(contract.0);
        let client = self.url.client(contract, Some(signer)).await?;
        self.check_account(client.chain_id())?;
        Ok(client)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::Command;

    use super::*;

    fn parsed<T: Args>(arguments: &[&str]) -> T {
        let command = T::augment_args(Command::new("x"));
        let matches = command.try_get_matches_from([&["x"], arguments].concat());
        T::from_arg_matches(&matches.unwrap()).unwrap()
    }

    #[test]
    fn public_secrets_pay_on_development_chains_alone() {
        let development: L1AccountArgs = parsed(&["--l1-account", "0"]);
        assert!(development.check(31_337).is_ok() && development.check(1).is_err());
        let secret = "11".repeat(32);
        let own: L1AccountArgs = parsed(&["--l1-key", &secret]);
        assert!(own.check(1).is_ok());
        assert!(own.signer().unwrap().is_some());
        let nobody: L1Args = parsed(&[]);
        assert!(nobody.account.signer().unwrap().is_none() && nobody.signer().is_err());
        for short in ["", "0x11", &secret[2..]] {
            assert!(short.parse::<SecretHex>().is_err(), "{short}");
        }
    }

    #[test]
    fn a_url_is_printed_to_be_typed_where_there_is_no_secret_in_it() {
        let typed = |url: &str| parsed::<L1Connection>(&["--l1-url", url]).typed();
        assert_eq!(typed("http://127.0.0.1:8545"), "http://127.0.0.1:8545");
        for secret in ["https://rpc.example/v3/key", "https://user:key@rpc.example"] {
            assert_eq!(typed(secret), "\"$ASSAY_L1_URL\"");
        }
    }
}
