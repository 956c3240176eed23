//! Methods of development chains: mining, time, reorgs, snapshots.

use alloy::primitives::{U64, U256};
use serde::Deserialize;

use super::methods::{Answer, Arguments, Methods};
use crate::chain::{ChainError, ChainHandle, Mining, Removed};

/// A number that clients send as a JSON number or as a hexadecimal string.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Plain(u64),
    Hex(U64),
}

impl Number {
    fn get(self) -> u64 {
        match self {
            Self::Plain(number) => number,
            Self::Hex(number) => number.to(),
        }
    }
}

pub(super) fn register(methods: &mut Methods) {
    methods.add("evm_mine", |chain, _| chain.mine(1).map(|()| "0x0"));
    for name in ["anvil_mine", "hardhat_mine"] {
        methods.add(name, |chain, arguments| {
            let blocks = arguments.optional::<Number>()?.map_or(1, Number::get);
            chain.mine(blocks)
        });
    }
    methods.add("evm_increaseTime", |chain, arguments| {
        let seconds: Number = arguments.next()?;
        Ok(chain.increase_time(seconds.get()))
    });
    methods.add("evm_setNextBlockTimestamp", |chain, arguments| {
        let timestamp: Number = arguments.next()?;
        chain.set_next_timestamp(timestamp.get())
    });
    methods.add("evm_setAutomine", |chain, arguments| {
        let automatic: bool = arguments.next()?;
        chain.set_mining(if automatic {
            Mining::Automatic
        } else {
            Mining::Manual
        });
        Ok(())
    });
    methods.add("evm_setIntervalMining", |chain, arguments| {
        // Seconds, as anvil takes it; 0 ends it.
        let seconds = arguments.next::<Number>()?.get();
        let ms = seconds
            .checked_mul(1000)
            .ok_or_else(|| ChainError::Params("interval too long".to_owned()))?;
        chain.set_mining(if ms == 0 {
            Mining::Manual
        } else {
            Mining::Interval { ms }
        });
        Ok(())
    });
    methods.add("anvil_reorg", reorg);
    methods.add("assay_reorg", |chain, arguments| {
        let depth: Number = arguments.next()?;
        let keep = arguments.optional()?.unwrap_or(false);
        chain.reorg(
            depth.get(),
            if keep {
                Removed::WaitAgain
            } else {
                Removed::Forgotten
            },
        )
    });
    methods.add("evm_snapshot", |chain, _| {
        Ok(U256::from(chain.block_number()))
    });
    methods.add("evm_revert", |chain, arguments| {
        let snapshot: U64 = arguments.next()?;
        chain.roll_back_to(snapshot.to())
    });
}

/// `(depth, transactions)`, as anvil has it; transactions of the new blocks are not taken.
fn reorg(chain: &ChainHandle, arguments: &mut Arguments) -> Answer<()> {
    let depth: Number = arguments.next()?;
    let transactions: Option<Vec<serde_json::Value>> = arguments.optional()?;
    if transactions.is_some_and(|list| !list.is_empty()) {
        return Err(ChainError::Params(
            "transactions for the new blocks are not supported".to_owned(),
        ));
    }
    chain.reorg(depth.get(), Removed::Forgotten)
}
