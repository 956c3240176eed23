//! Accounts and their proofs.

use assay_api::{
    hexadecimal::Hex,
    wire::{
        AccountList, AccountProof, AccountView, ErrorBody, OperationError, operation::network_name,
        schema,
    },
};
use assay_circuits::{
    address::Address,
    quantity::{AccountIndex, BatchNumber},
    tree::SiblingTriple,
    word,
};
use axum::{Json, extract::State};

use super::{
    body::{PathText, QueryText, number},
    error::ApiError,
};
use crate::{
    accounts::{Accounts, PublishedAccount},
    leaf_proof::LeafProof,
    proved_state::ProvedState,
    rollup::Rollup,
    sealer::SealedTree,
    standing::Standing,
};

/// What these calls use.
#[derive(Clone)]
pub(crate) struct AccountCalls {
    pub(crate) rollup: Rollup,
    pub(crate) accounts: Accounts,
    pub(crate) proved: ProvedState,
    pub(crate) sealed: SealedTree,
    pub(crate) standing: Standing,
}

/// The index of an account in a path or query.
pub(super) fn index(what: &'static str, text: &str) -> Result<AccountIndex, ApiError> {
    let number: u32 = number(what, text)?;
    AccountIndex::new(number).map_err(|error| ApiError::invalid(what, error))
}

/// An account.
#[utoipa::path(get, path = "/v1/accounts/{index}", tag = "accounts",
    operation_id = "getAccount",
    params(("index" = inline(schema::AccountIndex), Path, description = "Index of its leaf")),
    responses(
        (status = 200, body = AccountView),
        (status = 404, description = "`unknown_account`", body = ErrorBody),
    ))]
pub(super) async fn show(
    State(calls): State<AccountCalls>,
    PathText(text): PathText,
) -> Result<Json<AccountView>, ApiError> {
    let index = index("index", &text)?;
    let found = calls.accounts.get(index);
    let found = found.ok_or(ApiError::UnknownAccount(index))?;
    Ok(Json(calls.view(index, &found).await))
}

/// All accounts of an owner.
#[utoipa::path(get, path = "/v1/accounts", tag = "accounts",
    operation_id = "listAccounts",
    params(("owner" = inline(schema::Address), Query, description = "The owner's address")),
    responses(
        (status = 200, body = AccountList),
        (status = 400, description = "`invalid_parameter`, `invalid_address`, `wrong_network`", body = ErrorBody),
    ))]
pub(super) async fn of_owner(
    State(calls): State<AccountCalls>,
    query: QueryText,
) -> Result<Json<AccountList>, ApiError> {
    let given = query.get("owner");
    let given = given.ok_or_else(|| ApiError::invalid("owner", "it must be given"))?;
    let address: Address = given.parse().map_err(OperationError::Address)?;
    let expected = calls.rollup.network;
    if address.network != expected {
        let (expected, found) = (network_name(expected), network_name(address.network));
        return Err(OperationError::WrongNetwork { expected, found }.into());
    }
    let mut accounts = Vec::new();
    for (index, found) in calls.accounts.of_owner(&address.owner) {
        accounts.push(calls.view(index, &found).await);
    }
    Ok(Json(AccountList { accounts }))
}

/// A Merkle proof of an account's leaf.
///
/// Against the root after the last proved batch, or after `batch`, which may be that one or the
/// last sealed one.
#[utoipa::path(get, path = "/v1/accounts/{index}/proof", tag = "accounts",
    operation_id = "getAccountProof",
    params(
        ("index" = inline(schema::AccountIndex), Path, description = "Index of the leaf"),
        ("batch" = Option<u64>, Query, description = "By default the last proved batch"),
    ),
    responses(
        (status = 200, body = AccountProof),
        (status = 404, description = "`root_not_kept`", body = ErrorBody),
    ))]
pub(super) async fn proof(
    State(calls): State<AccountCalls>,
    PathText(text): PathText,
    query: QueryText,
) -> Result<Json<AccountProof>, ApiError> {
    let index = index("index", &text)?;
    let asked: Option<u64> = query.number("batch")?;
    let found = calls.leaf_proof(index, asked.map(BatchNumber)).await;
    let heights = calls.standing.heights();
    let found = found.ok_or(ApiError::RootNotKept {
        asked: asked.unwrap_or(heights.proved.0),
        proved: heights.proved.0,
        sealed: heights.sealed.0,
    })?;
    Ok(Json(proof_view(&found)))
}

impl AccountCalls {
    /// An account, with what is proved and what waits.
    async fn view(&self, index: AccountIndex, found: &PublishedAccount) -> AccountView {
        let PublishedAccount {
            account,
            pending,
            next_nonce,
        } = *found;
        let proved = self.proved.account(index).await;
        AccountView {
            index: index.get(),
            owner: self.rollup.address(account.owner).to_string(),
            token: account.token.0,
            balance: account.balance.to_string(),
            nonce: account.nonce,
            proved_balance: proved.map(|account| account.balance.to_string()),
            proved_nonce: proved.map(|account| account.nonce),
            pending,
            next_nonce,
        }
    }

    /// A path to the root after `batch`, by default the last proved one; `None` where the node has
    /// no tree of that batch. It has those of the last proved and the last sealed batch.
    async fn leaf_proof(
        &self,
        index: AccountIndex,
        batch: Option<BatchNumber>,
    ) -> Option<LeafProof> {
        let proved = self.proved.leaf_proof(index).await;
        match batch {
            Some(batch) if batch != proved.batch => self.sealed.leaf_proof(batch, index).await,
            _ => Some(proved),
        }
    }
}

fn proof_view(proof: &LeafProof) -> AccountProof {
    let LeafProof {
        batch,
        root,
        index,
        account,
        siblings,
    } = proof;
    AccountProof {
        batch: batch.0,
        root: Hex(&word::to_bytes(*root)).to_string(),
        index: index.get(),
        owner: account.map(|account| [account.owner.x.to_string(), account.owner.y.to_string()]),
        token: account.map(|account| account.token.0),
        balance: account.map(|account| account.balance.to_string()),
        nonce: account.map(|account| account.nonce),
        leaf: account.map_or_else(|| "0".to_owned(), |account| account.leaf().to_string()),
        siblings: siblings
            .iter()
            .map(|SiblingTriple(a, b, c)| [a.to_string(), b.to_string(), c.to_string()])
            .collect(),
    }
}
