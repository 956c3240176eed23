//! Every metric of the node, named once. `docs/metrics.md` lists them, and a test compares the two.

use crate::health::Fault;

/// The stages that a batch comes to.
const BATCH_STAGES: &[&str] = &["sealed", "proved", "final"];
/// The stages of which there is a last batch.
const HEIGHTS: &[&str] = &["executed", "sealed", "proved", "final"];
/// What may be announced at the contract.
const ANNOUNCED_KINDS: &[&str] = &["shape", "operator", "closing"];
/// What may be made again in the store.
const REPAIRS: &[&str] = &["batches", "rows", "transactions", "waiting", "witness"];
/// What is answered to requests.
const STATUSES: &[&str] = &[
    "200", "202", "204", "304", "400", "401", "403", "404", "405", "408", "409", "410", "413",
    "415", "422", "429", "500", "503",
];

assay_telemetry::table! {
    Counter ADMITTED = "assay_transactions_admitted_total",
        "Transactions that were acknowledged.";
    Counter REFUSED = "assay_transactions_refused_total" ["code" in &[]],
        "Transactions that were refused when they were handed in, by error code.";
    Counter EXECUTED = "assay_transactions_executed_total",
        "Transactions that came into a batch.";
    Counter REJECTED = "assay_transactions_rejected_total" ["code" in &[]],
        "Transactions that were acknowledged and given up, by error code.";
    Gauge POOL = "assay_pool_transactions",
        "Transactions that wait for their turn.";
    Gauge POOL_GAPPED = "assay_pool_gapped_transactions",
        "Of them, those that wait for one with an earlier nonce which is not there.";
    Gauge ENTRIES_WAITING = "assay_queue_entries_waiting",
        "Confirmed entries of the contract's queue that are in no batch.";
    Gauge QUEUE_HEAD_DUE = "assay_queue_head_due_timestamp_seconds",
        "Until when the first entry that no proved batch took must be taken, Unix seconds; 0 for none.";

    Counter BATCHES = "assay_batches_total" ["stage" in BATCH_STAGES],
        "Batches that came to a stage.";
    Gauge HEIGHT = "assay_batch_height" ["stage" in HEIGHTS],
        "Number of the last batch at a stage; proved means on the layer 1.";
    Histogram BATCH_SECONDS = "assay_batch_seconds" ["stage" in BATCH_STAGES],
        "Seconds until a batch came to a stage: sealed since it was closed, the others since it was sealed.";
    Gauge OLDEST_UNSEALED = "assay_oldest_unsealed_seconds",
        "Age of the oldest transaction that could be executed and is in no sealed batch, seconds; 0 for none.";
    Gauge OLDEST_UNPROVED = "assay_oldest_unproved_seconds",
        "How long ago the first batch without a proof was sealed, seconds; 0 for none.";
    Gauge OLDEST_UNPOSTED = "assay_oldest_unposted_seconds",
        "How long ago the first batch that is not on the layer 1 was sealed, seconds; 0 for none.";
    Counter ROLL_BACKS = "assay_roll_backs_total",
        "How often batches that the layer 1 does not have were dropped.";

    Gauge JOBS_OPEN = "assay_jobs_open",
        "Batches that want a proof and that no worker has.";
    Gauge JOBS_LEASED = "assay_jobs_leased",
        "Batches that a worker proves now.";
    Counter PROOFS = "assay_proofs_total",
        "Proofs that were verified and taken.";
    Counter WRONG_PROOFS = "assay_wrong_proofs_total",
        "Proofs that workers handed in and that did not verify.";
    Counter LEASE_TIMEOUTS = "assay_lease_timeouts_total",
        "Jobs that a worker lost because it gave no sign of life or made no progress.";
    Histogram PROVE_SECONDS = "assay_prove_seconds",
        "Seconds that a proof took, as its worker says.";

    Gauge L1_BLOCK = "assay_l1_block",
        "The latest block of the layer 1 that was seen.";
    Gauge L1_SEEN = "assay_l1_seen_timestamp_seconds",
        "When the layer 1 answered a look last, Unix seconds; 0 before the first time.";
    Gauge L1_BALANCE = "assay_l1_balance_wei",
        "Ether of the account that sends batches, wei; looked at once in 30 looks.";
    Gauge L1_BASE_FEE = "assay_l1_base_fee_wei",
        "Base fee of the latest block that was seen, wei per gas.";
    Counter L1_GAS_USED = "assay_l1_gas_used_total",
        "Gas of this node's batches that came to the layer 1, and of its transactions there that failed.";
    Gauge L1_SPENT = "assay_l1_spent_wei",
        "What that gas cost since the process started, wei.";
    Gauge FEES_EARNED = "assay_fees_earned" ["token" in &["0"]],
        "Fees of this node's batches that came to the layer 1 since the process started, base units by token number.";
    Gauge LEAST_FEE = "assay_least_fee_wei",
        "What is asked for a transfer in ether, wei.";
    Counter L1_FAILURES = "assay_l1_failures_total",
        "Steps of a look at the layer 1 that failed.";
    Counter L1_SENT = "assay_l1_sent_total",
        "Transactions that were signed and sent to the layer 1.";
    Counter L1_RESUBMISSIONS = "assay_l1_resubmissions_total",
        "Transactions that were sent again with a higher fee.";
    Counter L1_REFUSALS = "assay_l1_refusals_total",
        "Transactions that the layer 1 or the contract refused.";
    Counter L1_REORGANISATIONS = "assay_l1_reorganisations_total",
        "Reorganisations of the layer 1 that took entries of the queue back.";
    Gauge CLOCK_APART = "assay_clock_apart_seconds",
        "How far the node's time of day and the layer 1's are apart, seconds.";

    Gauge ANNOUNCED = "assay_announced" ["what" in ANNOUNCED_KINDS],
        "What is announced at the contract and may still come: shapes with a verifier of their own, the next operator, closing.";
    Gauge ANNOUNCED_BLOCK = "assay_announced_block",
        "The block of the layer 1 after which the node read what is announced; 0 before the first time.";

    Gauge DISK_FREE = "assay_disk_free_bytes",
        "What is free for the node on the disk of its data directory, bytes.";
    Gauge DISK_SIZE = "assay_disk_size_bytes",
        "Size of that disk, bytes.";
    Gauge FAULT = "assay_fault" ["code" in &Fault::CODES],
        "1 while a fault holds, else 0.";
    Counter STORE_REPAIRS = "assay_store_repairs_total" ["what" in REPAIRS],
        "Parts of the store that were damaged or missing and were made again.";

    Counter HTTP_REQUESTS = "assay_http_requests_total" ["status" in STATUSES],
        "Requests that were answered, by HTTP status.";
    Histogram HTTP_SECONDS = "assay_http_request_seconds",
        "Seconds until the head of an answer was there.";
    Gauge CONNECTIONS = "assay_connections",
        "Open connections to the HTTP interface.";
    Gauge LISTENERS = "assay_event_listeners",
        "Open streams of events.";
    Counter LAGGED = "assay_event_listeners_lagged_total",
        "How often a stream of events was too slow, or came back too late, and missed some.";
    Counter WEBHOOK_DELIVERIES = "assay_webhook_deliveries_total",
        "Deliveries that a webhook took.";
    Counter WEBHOOK_FAILURES = "assay_webhook_failures_total",
        "Attempts to post to a webhook that it did not take.";
    Counter WEBHOOK_LAGGED = "assay_webhook_lagged_total",
        "How often a webhook took nothing for so long that it missed events.";
}
