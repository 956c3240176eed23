//! Methods of JSON-RPC, and the parameters they are called with.

use alloy::primitives::hex;
use jsonrpsee::{
    RpcModule,
    types::{ErrorObjectOwned, Params},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::chain::{ChainError, ChainHandle};

/// What a method answers.
pub(super) type Answer<T> = Result<T, ChainError>;

/// The methods, each a function of the chain and its parameters.
pub(super) struct Methods {
    module: RpcModule<ChainHandle>,
}

impl Methods {
    /// None yet, on this chain.
    pub(super) fn new(chain: ChainHandle) -> Self {
        Self {
            module: RpcModule::new(chain),
        }
    }

    /// All that were added.
    pub(super) fn into_module(self) -> RpcModule<ChainHandle> {
        self.module
    }

    /// Registers a method. It runs on a thread of its own, because the EVM takes its time.
    pub(super) fn add<T, F>(&mut self, name: &'static str, method: F)
    where
        T: Serialize + Clone + Send + 'static,
        F: Fn(&ChainHandle, &mut Arguments) -> Answer<T> + Send + Sync + Clone + 'static,
    {
        let run = move |params: Params<'_>, chain: &ChainHandle| {
            let mut arguments = Arguments::new(&params)?;
            method(chain, &mut arguments)
        };
        self.module
            .register_blocking_method(name, move |params, chain, _| {
                run(params, &chain).map_err(|error| {
                    let data = error.data().map(hex::encode_prefixed);
                    ErrorObjectOwned::owned(error.code(), error.to_string(), data)
                })
            })
            .expect("each method has its own name");
    }
}

/// The parameters of a call, in their order.
pub(super) struct Arguments {
    values: std::vec::IntoIter<serde_json::Value>,
}

impl Arguments {
    fn new(params: &Params<'_>) -> Answer<Self> {
        let values = match params.as_str() {
            None => Vec::new(),
            Some(_) => params
                .parse()
                .map_err(|error| ChainError::Params(error.to_string()))?,
        };
        Ok(Self {
            values: Vec::into_iter(values),
        })
    }

    /// The next parameter.
    pub(super) fn next<T: DeserializeOwned>(&mut self) -> Answer<T> {
        self.optional()?
            .ok_or_else(|| ChainError::Params("too few parameters".to_owned()))
    }

    /// The next parameter; `None` where it is absent or null.
    pub(super) fn optional<T: DeserializeOwned>(&mut self) -> Answer<Option<T>> {
        match self.values.next() {
            None | Some(serde_json::Value::Null) => Ok(None),
            Some(value) => serde_json::from_value(value)
                .map(Some)
                .map_err(|error| ChainError::Params(error.to_string())),
        }
    }
}
