//! The simulated chain's metrics: one table.

assay_telemetry::table! {
    Gauge BLOCK = "assay_chain_block",
        "Height of the simulated chain's latest block.";
    Gauge BASE_FEE = "assay_chain_base_fee_wei",
        "Base fee of its latest block, wei per gas.";
    Gauge TIMESTAMP = "assay_chain_timestamp_seconds",
        "Time of its latest block, Unix seconds.";
    Gauge POOL = "assay_chain_pool_transactions",
        "Transactions that wait for a block of it.";
    Gauge SNAPSHOTS = "assay_chain_snapshots",
        "Points that a client may go back to.";
    Counter BLOCKS = "assay_chain_blocks_total",
        "Blocks that were made, those that were removed again among them.";
    Counter TRANSACTIONS = "assay_chain_transactions_total",
        "Transactions in these blocks.";
    Counter REORGANISATIONS = "assay_chain_reorganisations_total",
        "How often blocks were removed.";
    Counter CALLS = "assay_chain_calls_total" ["method" in &[]],
        "Calls of its JSON-RPC, by method; methods that it has not are not counted.";
    Counter REFUSED_CALLS = "assay_chain_refused_calls_total" ["method" in &[]],
        "Calls that were answered with an error, by method.";
    Histogram CALL_SECONDS = "assay_chain_call_seconds",
        "Seconds that a call of its JSON-RPC took.";
}
