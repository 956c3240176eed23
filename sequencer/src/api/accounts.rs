//! Accounts and their proofs.

use assay_api::wire::{
    AccountList, AccountProof, AccountView, ErrorBody, OperationError, operation::network_name,
};
use assay_circuits::{
    address::Address,
    quantity::{AccountIndex, BatchNumber},
};
use axum::{
    Json,
    extract::{Path, RawQuery, State},
};

use super::{ApiState, body::parameter, error::ApiError};
use crate::view;

fn index(text: &str) -> Result<AccountIndex, ApiError> {
    let number: u32 = parameter("index", text)?;
    AccountIndex::new(number).map_err(|error| ApiError::InvalidParameter {
        what: "index",
        reason: error.to_string(),
    })
}

/// The value of a query's only parameter.
pub(super) fn query(
    query: Option<&str>,
    known: &[&'static str],
) -> Result<Vec<(&'static str, String)>, ApiError> {
    let pairs = query
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty());
    let value = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let known = known.iter().find(|known| **known == name);
        let known = known.ok_or_else(|| ApiError::InvalidParameter {
            what: "query",
            reason: format!("there is no parameter `{name}`"),
        })?;
        Ok((*known, value.to_owned()))
    };
    pairs.map(value).collect()
}

/// An account.
#[utoipa::path(get, path = "/v1/accounts/{index}", tag = "accounts",
    params(("index" = u32, Path, description = "Index of its leaf")),
    responses(
        (status = 200, body = AccountView),
        (status = 404, description = "`unknown_account`", body = ErrorBody),
    ))]
pub(super) async fn show(
    State(state): State<ApiState>,
    Path(text): Path<String>,
) -> Result<Json<AccountView>, ApiError> {
    let index = index(&text)?;
    let account = state.context.soft().account(index).copied();
    let account = account.ok_or(ApiError::UnknownAccount(text))?;
    Ok(Json(view::account(&state.context, index, &account)))
}

/// All accounts of an owner.
#[utoipa::path(get, path = "/v1/accounts", tag = "accounts",
    params(("owner" = String, Query, description = "The owner's address")),
    responses(
        (status = 200, body = AccountList),
        (status = 400, description = "`invalid_address`, `wrong_network`", body = ErrorBody),
    ))]
pub(super) async fn of_owner(
    State(state): State<ApiState>,
    RawQuery(text): RawQuery,
) -> Result<Json<AccountList>, ApiError> {
    let given = query(text.as_deref(), &["owner"])?
        .pop()
        .unwrap_or_default()
        .1;
    let address: Address = given.parse().map_err(OperationError::Address)?;
    let expected = state.context.network;
    if address.network != expected {
        let (expected, found) = (network_name(expected), network_name(address.network));
        return Err(OperationError::WrongNetwork { expected, found }.into());
    }
    Ok(Json(AccountList {
        accounts: view::accounts_of(&state.context, &address.owner),
    }))
}

/// A Merkle proof of an account's leaf.
///
/// Against the root after the last proved batch, or after `batch`, which may be that one or the
/// last sealed one.
#[utoipa::path(get, path = "/v1/accounts/{index}/proof", tag = "accounts",
    params(
        ("index" = u32, Path, description = "Index of the leaf"),
        ("batch" = Option<u64>, Query, description = "By default the last proved batch"),
    ),
    responses(
        (status = 200, body = AccountProof),
        (status = 404, description = "`root_not_kept`", body = ErrorBody),
    ))]
pub(super) async fn proof(
    State(state): State<ApiState>,
    Path(text): Path<String>,
    RawQuery(query_text): RawQuery,
) -> Result<Json<AccountProof>, ApiError> {
    let index = index(&text)?;
    let given = query(query_text.as_deref(), &["batch"])?.pop();
    let asked: Option<u64> = given
        .map(|(_, text)| parameter("batch", &text))
        .transpose()?;
    let found = view::account_proof(&state.context, index, asked.map(BatchNumber));
    let heights = state.context.heights();
    let found = found.ok_or(ApiError::RootNotKept {
        asked: asked.unwrap_or(heights.proved),
        proved: heights.proved,
        sealed: heights.sealed,
    })?;
    Ok(Json(found))
}
