//! The funded accounts of a development chain, and what each is for.

use anyhow::{Context as _, Result};
use assay_l1::{chain::dev_accounts, client::L1Signer};

/// The development account that submits batches.
pub(crate) const OPERATOR_ACCOUNT: usize = 0;
/// The development account that deploys and governs.
pub(crate) const DEPLOYER_ACCOUNT: usize = 1;
/// The development account that pays for the operator's own deposits.
pub(crate) const TREASURY_ACCOUNT: usize = 2;
/// The first development account that is nobody's.
pub(crate) const USER_ACCOUNT: usize = 3;

/// The key of a funded account.
pub(crate) fn signer(number: usize) -> Result<L1Signer> {
    let accounts = dev_accounts();
    let account = accounts.get(number).with_context(|| {
        format!(
            "there is no development account {number}: they are 0 to {}",
            accounts.len() - 1
        )
    })?;
    Ok(L1Signer::from_secret(&account.secret)?)
}
