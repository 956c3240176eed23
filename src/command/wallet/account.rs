//! `assay wallet balance`.

use anyhow::Result;
use assay_api::wire::AccountView;

use super::session::Session;
use crate::{
    files::wallet_key::WalletKey,
    terminal::{outcome::Outcome, output::OutputArgs, table::Table},
};

/// Prints every account of the wallet.
pub(super) async fn balance(
    session: &Session,
    key: &WalletKey,
    output: OutputArgs,
) -> Result<Outcome> {
    let accounts = session.accounts(&key.address()).await?;
    let mut table = Table::new(["token", "balance", "proved", "account", "nonce", "waiting"]);
    for account in &accounts {
        let token = session.tokens.of(account.token)?;
        let shown = |base_units: &str| token.shown_text(base_units);
        table.row([
            token.label(),
            shown(&account.balance)?,
            account
                .proved_balance
                .as_deref()
                .map_or(Ok("-".to_owned()), shown)?,
            account.index.to_string(),
            account.nonce.to_string(),
            account.pending.to_string(),
        ]);
    }
    output.print(&accounts, |accounts: &Vec<AccountView>| {
        if accounts.is_empty() {
            "This wallet has no account yet; `assay wallet deposit` makes one.".to_owned()
        } else {
            table.render()
        }
    })?;
    Ok(Outcome::Done)
}
