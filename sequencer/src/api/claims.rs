//! What can be claimed on the layer 1, and whether it was.
//!
//! The node does not follow claims: whether one was paid is asked of the layer 1 when it is asked for here.

use std::{sync::Arc, time::Duration};

use assay_api::wire::{
    BatchClaims, ClaimList, ClaimView, Claimant, ErrorBody, OperationError, ProvedClaim, schema,
};
use assay_circuits::{address::L1Address, quantity::BatchNumber};
use axum::{Json, extract::State, http::request::Parts};
use futures::{StreamExt as _, stream};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};
use tracing::debug;

use super::{
    accounts,
    batches::{BatchCalls, claim_views, header_view},
    body::{QueryText, number},
    error::ApiError,
    rate_limit::Charge,
};
use crate::{
    accounts::Accounts,
    l1::gateway::SharedGateway,
    storage::{ClaimPlace, StorageError},
};

/// Questions to the layer 1 that are under way at a time, for all who ask.
const QUESTIONS_MOST: usize = 16;
/// Of these for one page.
const QUESTIONS_OF_A_PAGE: usize = 8;
/// What the layer 1 has not answered by then is not known.
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);

/// What this call uses.
#[derive(Clone)]
pub(super) struct ClaimCalls {
    accounts: Accounts,
    batches: BatchCalls,
    gateway: SharedGateway,
    questions: Arc<Semaphore>,
    charge: Charge,
}

/// What can be claimed on the layer 1, latest first, and whether it was paid.
///
/// Withdrawals of an account (`from`), or what an address of the layer 1 is paid (`to`), one of the two, of batches
/// that are on the layer 1. Each claim on the page is asked for on the layer 1, and counts as one more request.
#[utoipa::path(get, path = "/v1/claims", tag = "batches",
    operation_id = "listClaims",
    params(
        ("from" = inline(Option<schema::AccountIndex>), Query, description = "The account that pays"),
        ("to" = inline(Option<schema::L1Address>), Query, description = "Who is paid on the layer 1"),
        ("limit" = inline(Option<schema::PageLimit>), Query, description = "How many at most; 20 by default"),
        ("before" = inline(Option<schema::ClaimsCursor>), Query,
            description = "`next_before` of the page before"),
    ),
    responses(
        (status = 200, body = ClaimList),
        (status = 400, description = "`invalid_parameter`, `invalid_address`", body = ErrorBody),
        (status = 404, description = "`unknown_account`", body = ErrorBody),
    ))]
pub(super) async fn list(
    State(calls): State<ClaimCalls>,
    parts: Parts,
    query: QueryText,
) -> Result<Json<ClaimList>, ApiError> {
    let claimant = calls.claimant(&query)?;
    let limit = usize::try_from(query.page_limit("claims")?).unwrap_or(1);
    let before = query.get("before").map(read).transpose()?;
    // Batches come to the layer 1 in their order.
    let end = (calls.batches.standing.heights().proved.next(), 0);
    let before = before.map_or(end, |before| before.min(end));
    let page = calls.batches.storage.claims_of(claimant, before, limit)?;
    calls.charge.further(&parts, page.claims.len())?;
    let claimed = calls.ask(page.claims.clone()).await;
    let found = page.claims.into_iter().zip(claimed);
    let (claims, batches) = views(&calls.batches, claimant, found)?;
    Ok(Json(ClaimList {
        claims,
        batches,
        next_before: page.next.map(|(batch, which)| format!("{batch}-{which}")),
    }))
}

/// The place that [`list`] named.
fn read(text: &str) -> Result<ClaimPlace, ApiError> {
    let place = text.split_once('-').and_then(|(batch, which)| {
        let batch = BatchNumber(number("before", batch).ok()?);
        Some((batch, number("before", which).ok()?))
    });
    place.ok_or_else(|| ApiError::invalid("before", "it is not `next_before` of a page"))
}

impl ClaimCalls {
    pub(super) fn new(
        accounts: Accounts,
        batches: BatchCalls,
        gateway: SharedGateway,
        charge: Charge,
    ) -> Self {
        Self {
            accounts,
            batches,
            gateway,
            questions: Arc::new(Semaphore::new(QUESTIONS_MOST)),
            charge,
        }
    }

    fn claimant(&self, query: &QueryText) -> Result<Claimant, ApiError> {
        match (query.get("from"), query.get("to")) {
            (Some(from), None) => {
                let account = accounts::index("from", from)?;
                let known = self.accounts.get(account);
                known.ok_or(ApiError::UnknownAccount(account))?;
                Ok(Claimant::From(account))
            }
            (None, Some(to)) => {
                let to: L1Address = to.parse().map_err(OperationError::Address)?;
                Ok(Claimant::To(to))
            }
            _ => Err(ApiError::invalid(
                "query",
                "`from` or `to` must be given, and not both",
            )),
        }
    }

    /// Whether claims were paid, in their order; none where the layer 1 does not answer in time.
    async fn ask(&self, places: Vec<ClaimPlace>) -> Vec<Option<bool>> {
        let deadline = Instant::now() + ANSWERED_WITHIN;
        let question = |(batch, which): ClaimPlace| {
            let (gateway, questions) = (self.gateway.clone(), self.questions.clone());
            let answered = async move {
                let _turn = questions.acquire().await.ok()?;
                let claimed = gateway.is_claimed(batch.0, which).await;
                claimed
                    .inspect_err(|error| debug!(batch = batch.0, which, %error, "not known"))
                    .ok()
            };
            async move { timeout_at(deadline, answered).await.ok().flatten() }
        };
        let answers = stream::iter(places).map(question);
        answers.buffered(QUESTIONS_OF_A_PAGE).collect().await
    }
}

/// Somebody's claims with the batches that they are of. A batch may have been dropped since the claims were found,
/// and another may have its number: what is not this claimant's any more is left out.
pub(super) fn views(
    calls: &BatchCalls,
    claimant: Claimant,
    found: impl Iterator<Item = (ClaimPlace, Option<bool>)>,
) -> Result<(Vec<ProvedClaim>, Vec<BatchClaims>), StorageError> {
    let (mut claims, mut batches) = (Vec::<ProvedClaim>::new(), Vec::<BatchClaims>::new());
    for ((batch, which), claimed) in found {
        if batches.last().is_none_or(|last| last.number != batch.0) {
            batches.extend(batch_view(calls, batch)?);
        }
        let last = batches.last().filter(|last| last.number == batch.0);
        let claim = last.and_then(|last| last.claims.get(usize::from(which)));
        let claim = claim.filter(|claim| is_of(claim, claimant));
        claims.extend(claim.map(|claim| ProvedClaim {
            batch: batch.0,
            claim: claim.clone(),
            claimed,
        }));
    }
    batches.retain(|batch| claims.iter().any(|claim| claim.batch == batch.number));
    Ok((claims, batches))
}

fn is_of(claim: &ClaimView, claimant: Claimant) -> bool {
    match claimant {
        Claimant::From(account) => claim.from == account.get(),
        Claimant::To(receiver) => claim.to == receiver.to_string(),
    }
}

fn batch_view(
    calls: &BatchCalls,
    number: BatchNumber,
) -> Result<Option<BatchClaims>, StorageError> {
    let storage = &calls.storage;
    let Some(record) = storage.batch(number)? else {
        return Ok(None);
    };
    Ok(Some(BatchClaims {
        number: number.0,
        stage: storage.l1_record(number)?.stage(),
        header: header_view(&record),
        claims: claim_views(&storage.claims(number)?),
    }))
}
