//! Running a mined transaction once more.

use alloy::primitives::B256;
use alloy_rpc_types_trace::geth::{CallConfig, CallFrame};

use super::Node;
use crate::chain::{error::ChainError, execute};

impl Node {
    /// The calls of a mined transaction; `None` where there is none.
    pub(crate) fn trace(
        &self,
        hash: B256,
        config: CallConfig,
    ) -> Result<Option<CallFrame>, ChainError> {
        let Some((block, index)) = self.place(hash) else {
            return Ok(None);
        };
        let number = block.header.number;
        // A transaction is never in the genesis block.
        let parent = self.history.at(number - 1)?;
        let parent = parent.ok_or(ChainError::UnknownBlock)?;
        let mut view = self.after(parent)?;
        let env = self.env_of(block);
        for earlier in &block.mined[..index] {
            let (_, changes) = execute::transact(&view, &env, &earlier.transaction)?;
            view.commit(changes);
        }
        let mined = &block.mined[index];
        let (calls, used) = execute::trace(&view, &env, &mined.transaction, config)?;
        if used != mined.gas_used {
            return Err(ChainError::Invalid(format!(
                "accounts were set by hand before block {number}: its transactions cannot be run again"
            )));
        }
        Ok(Some(calls))
    }
}
