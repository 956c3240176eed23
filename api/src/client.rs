//! A typed client of the HTTP interface, for wallets, tests and tools.

mod error;

use std::{pin::Pin, time::Duration};

use assay_circuits::{
    address::{Address, Network},
    order::{Order, Signed, TxHash},
    quantity::AccountIndex,
};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep};

pub use error::ClientError;

use crate::{
    events::{EventFilter, Events},
    http,
    stage::Stage,
    wire::{
        AccountList, AccountProof, AccountView, BatchDetail, BatchList, BatchView, ClaimList,
        Claimant, CostsView, ErrorBody, ErrorDetail, FAUCET_PATH, FaucetGrant, FaucetRequest,
        FeeView, PaymentList, QueueEntryView, ReadyView, Receipt, Reference, SignedOperation,
        StatusView, TokenView, TransactionAnswer, TransactionAnswers, TransactionList,
        TransactionView, WaitingEntries,
    },
};

/// How often [`NodeClient::wait_for`] asks.
const POLL: Duration = Duration::from_millis(100);
/// A request that takes longer is given up.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// As good as none: a stream of events has no end.
const STREAM_TIMEOUT: Duration = Duration::from_secs(365 * 86_400);

/// What a call will answer. Boxed, so that what it is made of is compiled once, here, and not in
/// each crate that waits for it.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, ClientError>> + Send + 'a>>;

/// A client of one node. Cheap to clone.
#[derive(Debug, Clone)]
pub struct NodeClient {
    base: String,
    http: reqwest::Client,
}

impl NodeClient {
    /// A client of the node at a URL such as `http://127.0.0.1:8645`.
    ///
    /// # Errors
    /// [`ClientError::Url`].
    pub fn new(url: &str) -> Result<Self, ClientError> {
        let base = url.trim_end_matches('/').to_owned();
        if !base.starts_with("http://") && !base.starts_with("https://") {
            return Err(ClientError::Url(http::shown(url)));
        }
        let http = http::client().timeout(REQUEST_TIMEOUT).build();
        let http = http.map_err(|source| ClientError::Transport {
            url: http::shown(&base),
            source,
        })?;
        Ok(Self { base, http })
    }

    /// The node's URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.base
    }

    /// Hands a transaction in; `network` is that of the node ([`NodeClient::status`]).
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the node's reason, or what went wrong on the way.
    pub fn submit(&self, signed: &Signed<Order>, network: Network) -> Answer<'_, Receipt> {
        self.submit_operation(&SignedOperation::new(signed, network))
    }

    /// Hands a transaction in as JSON.
    ///
    /// # Errors
    /// As [`NodeClient::submit`].
    pub fn submit_operation(&self, operation: &SignedOperation) -> Answer<'_, Receipt> {
        let request = self.http.post(self.at("/v1/transactions")).json(operation);
        self.answer(request)
    }

    /// Hands in up to [`TransactionList::MOST`] transactions together, and gives what became of each, in
    /// their order. Those that the node could not take yet (`nonce_too_far`, `busy`) may be handed in
    /// again as they are.
    ///
    /// # Errors
    /// [`ClientError::Refused`] where the node took none of them, or what went wrong on the way: then
    /// some may have been taken.
    pub async fn submit_list(
        &self,
        list: &[Signed<Order>],
        network: Network,
    ) -> Result<Vec<TransactionAnswer>, ClientError> {
        let operation = |signed| SignedOperation::new(signed, network);
        let transactions = list.iter().map(operation).collect();
        let request = self.http.post(self.at("/v1/transactions/batch"));
        let request = request.json(&TransactionList { transactions });
        let answer: TransactionAnswers = self.answer(request).await?;
        Ok(answer.answers)
    }

    /// The receipt of a transaction that the node has acknowledged.
    ///
    /// # Errors
    /// [`ClientError`]; code `unknown_transaction` where it has not.
    pub fn receipt(&self, hash: TxHash) -> Answer<'_, Receipt> {
        self.get(&format!("/v1/transactions/{hash}/receipt"))
    }

    /// Puts a text beside a transaction that the node has acknowledged ([`crate::reference::sign`]).
    ///
    /// # Errors
    /// [`ClientError`]; code `reference_taken` where another stands there.
    pub fn refer(&self, hash: TxHash, reference: &Reference) -> Answer<'_, Reference> {
        let path = format!("/v1/transactions/{hash}/reference");
        self.answer(self.http.post(self.at(&path)).json(reference))
    }

    /// A transaction and how far it has come.
    ///
    /// # Errors
    /// [`ClientError`]; code `unknown_transaction` where the node does not know it.
    pub fn transaction(&self, hash: TxHash) -> Answer<'_, TransactionView> {
        self.get(&format!("/v1/transactions/{hash}"))
    }

    /// An account by its index.
    ///
    /// # Errors
    /// [`ClientError`]; code `unknown_account` where there is none.
    pub fn account(&self, index: AccountIndex) -> Answer<'_, AccountView> {
        self.get(&format!("/v1/accounts/{index}"))
    }

    /// All accounts of an owner.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn accounts(&self, owner: &Address) -> Result<Vec<AccountView>, ClientError> {
        let list: AccountList = self.get(&format!("/v1/accounts?owner={owner}")).await?;
        Ok(list.accounts)
    }

    /// What moves an account's money, newest first: at most `limit` of it, by default 20; for the next page
    /// `before` is the `next_before` of this one.
    ///
    /// # Errors
    /// [`ClientError`]; code `unknown_account` where there is none, `invalid_parameter` where `before` is
    /// of no page of this account.
    pub fn payments(
        &self,
        index: AccountIndex,
        limit: Option<u32>,
        before: Option<&str>,
    ) -> Answer<'_, PaymentList> {
        let query = page(limit, before);
        self.get(&format!("/v1/accounts/{index}/payments?{query}"))
    }

    /// A Merkle proof of a leaf against the root after a batch, by default the last proved one.
    ///
    /// # Errors
    /// [`ClientError`]; code `root_not_kept` where the node has no tree of that batch.
    pub fn account_proof(
        &self,
        index: AccountIndex,
        batch: Option<u64>,
    ) -> Answer<'_, AccountProof> {
        let query = batch.map_or(String::new(), |batch| format!("?batch={batch}"));
        self.get(&format!("/v1/accounts/{index}/proof{query}"))
    }

    /// Batches, latest first: at most `limit` of them, below number `before`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn batches(&self, limit: Option<u32>, before: Option<u64>) -> Answer<'_, BatchList> {
        self.get(&format!("/v1/batches?{}", page(limit, before)))
    }

    /// One batch with what it holds.
    ///
    /// # Errors
    /// [`ClientError`]; code `unknown_batch` where there is none.
    pub fn batch(&self, number: u64) -> Answer<'_, BatchDetail> {
        self.get(&format!("/v1/batches/{number}"))
    }

    /// What can be claimed on the layer 1 of what an account paid out, or by an address of the layer 1,
    /// latest first, and whether it was paid: at most `limit` of it, by default 20; for the next page
    /// `before` is the `next_before` of this one.
    ///
    /// # Errors
    /// [`ClientError`]; code `unknown_account` where there is none.
    pub fn claims(
        &self,
        of: Claimant,
        limit: Option<u32>,
        before: Option<&str>,
    ) -> Answer<'_, ClaimList> {
        self.get(&format!("/v1/claims?{of}&{}", page(limit, before)))
    }

    /// The file that `assay verify` takes, once the batch is proved.
    ///
    /// # Errors
    /// [`ClientError`]; code `not_proved_yet` before.
    pub async fn bundle(&self, number: u64) -> Result<Vec<u8>, ClientError> {
        let url = self.at(&format!("/v1/batches/{number}/bundle"));
        let (status, body) = self.send(self.http.get(&url)).await?;
        if status == 200 {
            Ok(body)
        } else {
            Err(refusal(http::shown(&url), status, &body))
        }
    }

    /// An entry of the layer 1's queue that is in a batch.
    ///
    /// # Errors
    /// [`ClientError`]; code `unknown_entry` while it is in none.
    pub fn queue_entry(&self, index: u64) -> Answer<'_, QueueEntryView> {
        self.get(&format!("/v1/queue/{index}"))
    }

    /// Entries of the layer 1's queue that are in no batch yet, the next to be taken first.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn waiting_entries(&self) -> Answer<'_, WaitingEntries> {
        self.get("/v1/queue")
    }

    /// The node and its network.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn status(&self) -> Answer<'_, StatusView> {
        self.get("/v1/status")
    }

    /// Whether the node is well, and what is wrong; also of one that answers nothing else yet.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn ready(&self) -> Answer<'_, ReadyView> {
        Box::pin(async move {
            let (status, body) = self.send(self.http.get(self.at("/readyz"))).await?;
            serde_json::from_slice(&body).map_err(|source| ClientError::Answer {
                url: http::shown(&self.base),
                status,
                source,
            })
        })
    }

    /// The node's metrics, as Prometheus reads them.
    ///
    /// # Errors
    /// [`ClientError`]; a proxy before the node may keep them for itself.
    pub fn metrics(&self) -> Answer<'_, String> {
        Box::pin(async move {
            let (status, body) = self.send(self.http.get(self.at("/metrics"))).await?;
            match status {
                200 => Ok(String::from_utf8_lossy(&body).into_owned()),
                _ => Err(refusal(http::shown(&self.base), status, &body)),
            }
        })
    }

    /// What moves from now on.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn events(&self) -> Answer<'_, Events> {
        self.events_after(None, &EventFilter::default())
    }

    /// What moves and passes a filter: after the event with an id ([`Events::last_id`]), or from now on.
    ///
    /// # Errors
    /// [`ClientError`]; code `unknown_account` where an account is named that is not there.
    pub fn events_after(&self, id: Option<&str>, filter: &EventFilter) -> Answer<'_, Events> {
        let request = self.http.get(self.at(&format!("/v1/events?{filter}")));
        let mut request = request.timeout(STREAM_TIMEOUT);
        if let Some(id) = id {
            request = request.header("last-event-id", id);
        }
        Box::pin(async move {
            let transport = |source: reqwest::Error| ClientError::Transport {
                url: http::shown(&self.base),
                source: source.without_url(),
            };
            let response = request.send().await.map_err(transport)?;
            let status = response.status().as_u16();
            if status == 200 {
                return Ok(Events::new(response));
            }
            let body = response.bytes().await.map_err(transport)?;
            Err(refusal(http::shown(&self.base), status, &body))
        })
    }

    /// Asks a development network for test money, and waits until its layer 1 has it.
    ///
    /// # Errors
    /// [`ClientError`]; code `unknown_path` where none is given.
    pub fn faucet(&self, request: &FaucetRequest) -> Answer<'_, FaucetGrant> {
        self.answer(self.http.post(self.at(FAUCET_PATH)).json(request))
    }

    /// Fees by token.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn fees(&self) -> Answer<'_, Vec<FeeView>> {
        self.get("/v1/fees")
    }

    /// What a batch and its parts cost now.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn costs(&self) -> Answer<'_, CostsView> {
        self.get("/v1/costs")
    }

    /// Tokens.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn tokens(&self) -> Answer<'_, Vec<TokenView>> {
        self.get("/v1/tokens")
    }

    /// Waits until a transaction has come to a stage, or past it; also while the node does not
    /// answer.
    ///
    /// # Errors
    /// [`ClientError::Rejected`] when it will not, [`ClientError::Timeout`] when it has not, or
    /// what [`NodeClient::transaction`] says.
    pub async fn wait_for(
        &self,
        hash: TxHash,
        stage: Stage,
        timeout: Duration,
    ) -> Result<TransactionView, ClientError> {
        let deadline = Instant::now() + timeout;
        loop {
            let found = match self.transaction(hash).await {
                Err(error) if error.is_unanswered() && Instant::now() < deadline => {
                    sleep(POLL).await;
                    continue;
                }
                found => found?,
            };
            if found.stage == Stage::Rejected && stage != Stage::Rejected {
                let error = found.rejection.unwrap_or_else(|| ErrorDetail {
                    code: "rejected".to_owned(),
                    message: "the node gives no reason".to_owned(),
                    details: serde_json::Value::Null,
                });
                return Err(ClientError::Rejected(error));
            }
            if found.stage >= stage {
                return Ok(found);
            }
            if Instant::now() >= deadline {
                let found = found.stage.to_string();
                return Err(timed_out(
                    format!("transaction {hash}"),
                    stage,
                    found,
                    timeout,
                ));
            }
            sleep(POLL).await;
        }
    }

    /// Waits until a batch has come to a stage, or past it. A batch that does not exist yet is
    /// waited for.
    ///
    /// # Errors
    /// [`ClientError::Timeout`], or what [`NodeClient::batch`] says.
    pub async fn wait_for_batch(
        &self,
        number: u64,
        stage: Stage,
        timeout: Duration,
    ) -> Result<BatchView, ClientError> {
        let deadline = Instant::now() + timeout;
        loop {
            let found = match self.batch(number).await {
                Ok(found) if found.batch.stage >= stage => return Ok(found.batch),
                Ok(found) => found.batch.stage.to_string(),
                Err(error) if error.code() == Some("unknown_batch") => "not there".to_owned(),
                Err(error) => return Err(error),
            };
            if Instant::now() >= deadline {
                return Err(timed_out(format!("batch {number}"), stage, found, timeout));
            }
            sleep(POLL).await;
        }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> Answer<'_, T> {
        self.answer(self.http.get(self.at(path)))
    }

    fn answer<T: DeserializeOwned>(&self, request: reqwest::RequestBuilder) -> Answer<'_, T> {
        Box::pin(async move {
            let (status, body) = self.send(request).await?;
            if !(200..300).contains(&status) {
                return Err(refusal(http::shown(&self.base), status, &body));
            }
            serde_json::from_slice(&body).map_err(|source| ClientError::Answer {
                url: http::shown(&self.base),
                status,
                source,
            })
        })
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<(u16, Vec<u8>), ClientError> {
        let sent = http::send(request).await;
        sent.map_err(|error| ClientError::Transport {
            url: http::shown(&self.base),
            source: error.without_url(),
        })
    }
}

/// Which page is asked for.
fn page(limit: Option<u32>, before: Option<impl std::fmt::Display>) -> String {
    let limit = limit.map(|limit| format!("limit={limit}"));
    let before = before.map(|before| format!("before={before}"));
    let query: Vec<String> = [limit, before].into_iter().flatten().collect();
    query.join("&")
}

fn refusal(url: String, status: u16, body: &[u8]) -> ClientError {
    match serde_json::from_slice::<ErrorBody>(body) {
        Ok(body) => ClientError::Refused {
            status,
            error: body.error,
        },
        Err(source) => ClientError::Answer {
            url,
            status,
            source,
        },
    }
}

fn timed_out(what: String, wanted: Stage, found: String, waited: Duration) -> ClientError {
    let waited_ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
    ClientError::Timeout {
        what,
        wanted,
        found,
        waited_ms,
    }
}
