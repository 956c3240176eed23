//! Methods of development chains: mining, time, reorgs, snapshots, accounts.

use alloy::primitives::{Address, B256, Bytes, U256};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    methods::{Answer, Methods},
    request::{Number, Word},
};
use crate::chain::{ChainError, ChainHandle, Mining, Pool, Removed};

/// What `evm_mine` takes: the block's time alone, or this.
#[derive(Deserialize)]
#[serde(untagged)]
enum MineOptions {
    Time(Number),
    Fields(MineFields),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MineFields {
    timestamp: Option<Number>,
    blocks: Option<Number>,
}

pub(super) fn register(methods: &mut Methods) {
    mining(methods);
    time(methods);
    accounts(methods);
    methods.add("anvil_reorg", reorg);
    methods.add("assay_reorg", |chain, parameters| {
        let (depth, keep): (Number, Option<bool>) = parameters;
        chain.reorg(
            depth.get(),
            if keep.unwrap_or(false) {
                Removed::WaitAgain
            } else {
                Removed::Forgotten
            },
        )
    });
    methods.add_all(&["evm_snapshot", "anvil_snapshot"], |chain, ()| {
        Ok(U256::from(chain.snapshot()))
    });
    methods.add_all(&["evm_revert", "anvil_revert"], |chain, (id,): (U256,)| {
        Ok(u64::try_from(id).is_ok_and(|id| chain.revert(id)))
    });
    methods.add_all(&["anvil_nodeInfo"], |chain, ()| Ok(node_info(chain)));
}

fn mining(methods: &mut Methods) {
    methods.add("evm_mine", |chain, (options,): (Option<MineOptions>,)| {
        let (timestamp, blocks) = match options {
            None => (None, None),
            Some(MineOptions::Time(timestamp)) => (Some(timestamp), None),
            Some(MineOptions::Fields(fields)) => (fields.timestamp, fields.blocks),
        };
        if let Some(timestamp) = timestamp {
            chain.set_next_timestamp(timestamp.get())?;
        }
        chain.mine(blocks.map_or(1, Number::get)).map(|()| "0x0")
    });
    methods.add_all(&["anvil_mine", "hardhat_mine"], |chain, parameters| {
        let (blocks, interval_s): (Option<Number>, Option<Number>) = parameters;
        let interval_s = interval_s.map_or(0, Number::get);
        chain.mine_apart(blocks.map_or(1, Number::get), interval_s)
    });
    methods.add_all(
        &["evm_setAutomine", "anvil_setAutomine"],
        |chain, (automatic,): (bool,)| {
            chain.set_mining(if automatic {
                Mining::Automatic
            } else {
                Mining::Manual
            });
            Ok(())
        },
    );
    methods.add_all(
        &["anvil_getAutomine", "hardhat_getAutomine"],
        |chain, ()| Ok(chain.mining() == Mining::Automatic),
    );
    methods.add_all(
        &["evm_setIntervalMining", "anvil_setIntervalMining"],
        |chain, (seconds,): (Number,)| {
            // Seconds, as anvil takes it; 0 ends it.
            let ms = seconds.get().checked_mul(1000);
            let ms = ms.ok_or_else(|| ChainError::Params("interval too long".to_owned()))?;
            chain.set_mining(if ms == 0 {
                Mining::Manual
            } else {
                Mining::Interval { ms }
            });
            Ok(())
        },
    );
    methods.add_all(
        &[
            "anvil_setNextBlockBaseFeePerGas",
            "hardhat_setNextBlockBaseFeePerGas",
        ],
        |chain, (base_fee,): (Number,)| {
            chain.node().timing.next_base_fee = Some(base_fee.get());
            Ok(())
        },
    );
    methods.add_all(
        &["anvil_dropTransaction", "hardhat_dropTransaction"],
        |chain, (hash,): (B256,)| {
            let dropped = chain.node().pool.drop_transaction(hash);
            Ok(dropped.then_some(hash))
        },
    );
    methods.add("anvil_dropAllTransactions", |chain, ()| {
        chain.node().pool = Pool::default();
        Ok(())
    });
}

fn time(methods: &mut Methods) {
    methods.add_all(
        &["evm_increaseTime", "anvil_increaseTime"],
        |chain, (seconds,): (Number,)| Ok(chain.increase_time(seconds.get())),
    );
    methods.add_all(
        &["evm_setTime", "anvil_setTime"],
        |chain, (timestamp,): (Number,)| chain.node().set_time(timestamp.get()),
    );
    methods.add_all(
        &["evm_setNextBlockTimestamp", "anvil_setNextBlockTimestamp"],
        |chain, (timestamp,): (Number,)| chain.set_next_timestamp(timestamp.get()),
    );
}

fn accounts(methods: &mut Methods) {
    methods.add_all(
        &["anvil_setBalance", "hardhat_setBalance"],
        |chain, (account, balance): (Address, U256)| {
            chain.node().set_balance(account, balance);
            Ok(())
        },
    );
    methods.add_all(
        &["anvil_setNonce", "hardhat_setNonce"],
        |chain, (account, nonce): (Address, Number)| {
            chain.node().set_nonce(account, nonce.get());
            Ok(())
        },
    );
    methods.add_all(
        &["anvil_setCode", "hardhat_setCode"],
        |chain, (account, code): (Address, Bytes)| chain.node().set_code(account, code),
    );
    methods.add_all(
        &["anvil_setStorageAt", "hardhat_setStorageAt"],
        |chain, (account, slot, value): (Address, Word, Word)| {
            chain.node().set_slot(account, slot.get(), value.get());
            Ok(true)
        },
    );
    methods.add_all(
        &["anvil_impersonateAccount", "hardhat_impersonateAccount"],
        |chain, (account,): (Address,)| {
            chain.node().impersonated.insert(account);
            Ok(())
        },
    );
    methods.add_all(
        &[
            "anvil_stopImpersonatingAccount",
            "hardhat_stopImpersonatingAccount",
        ],
        |chain, (account,): (Address,)| {
            chain.node().impersonated.remove(&account);
            Ok(())
        },
    );
    methods.add("anvil_autoImpersonateAccount", |chain, (all,): (bool,)| {
        chain.node().impersonate_all = all;
        Ok(())
    });
    methods.add("anvil_dumpState", |chain, ()| {
        let saved = chain.save();
        saved
            .map(Bytes::from)
            .map_err(|error| ChainError::Invalid(format!("the chain cannot be encoded: {error}")))
    });
    methods.add("anvil_loadState", |chain, (saved,): (Bytes,)| {
        chain.restore(&saved)?;
        Ok(true)
    });
}

/// `(depth, transactions)`, as anvil has it; transactions of the new blocks are not taken.
fn reorg(chain: &ChainHandle, (depth, transactions): (Number, Option<Vec<Value>>)) -> Answer<()> {
    if transactions.is_some_and(|list| !list.is_empty()) {
        return Err(ChainError::Params(
            "parameter 2: transactions for the new blocks are not supported".to_owned(),
        ));
    }
    chain.reorg(depth.get(), Removed::Forgotten)
}

fn node_info(chain: &ChainHandle) -> Value {
    let node = chain.node();
    let (head, next) = (node.head(), node.next_env());
    json!({
        "currentBlockNumber": U256::from(head.header.number),
        "currentBlockTimestamp": head.header.timestamp,
        "currentBlockHash": head.hash,
        "hardFork": "osaka",
        "transactionOrder": "fees",
        "environment": {
            "baseFee": U256::from(next.base_fee),
            "chainId": next.chain_id,
            "gasLimit": U256::from(next.gas_limit),
            "gasPrice": U256::from(next.base_fee + super::state::SUGGESTED_TIP_WEI),
        },
        "forkConfig": { "forkUrl": null, "forkBlockNumber": null, "forkRetryBackoff": null },
    })
}
