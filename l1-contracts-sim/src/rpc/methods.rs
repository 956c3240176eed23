//! Methods of JSON-RPC, and the parameters they are called with.

use std::time::Instant;

use alloy::primitives::hex;
use jsonrpsee::{
    RpcModule,
    types::{ErrorObjectOwned, Params},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    chain::{ChainError, ChainHandle},
    telemetry,
};

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
    pub(super) fn add<P, T, F>(&mut self, name: &'static str, method: F)
    where
        P: Parameters,
        T: Serialize + Clone + Send + 'static,
        F: Fn(&ChainHandle, P) -> Answer<T> + Send + Sync + Clone + 'static,
    {
        telemetry::CALLS.begin_as(name);
        telemetry::REFUSED_CALLS.begin_as(name);
        self.module
            .register_blocking_method(name, move |params, chain, _| {
                let begin = Instant::now();
                let answer = parameters(&params).and_then(|parameters| method(&chain, parameters));
                telemetry::CALLS.count_as(name);
                telemetry::CALL_SECONDS.record(begin.elapsed().as_secs_f64());
                if answer.is_err() {
                    telemetry::REFUSED_CALLS.count_as(name);
                }
                answer.map_err(refusal)
            })
            .expect("each method has its own name");
    }

    /// Registers a method under several names.
    pub(super) fn add_all<P, T, F>(&mut self, names: &[&'static str], method: F)
    where
        P: Parameters,
        T: Serialize + Clone + Send + 'static,
        F: Fn(&ChainHandle, P) -> Answer<T> + Send + Sync + Clone + 'static,
    {
        for name in names {
            self.add(name, method.clone());
        }
    }
}

/// An error as JSON-RPC has it.
pub(super) fn refusal(error: ChainError) -> ErrorObjectOwned {
    let data = error.data().map(hex::encode_prefixed);
    ErrorObjectOwned::owned(error.code(), error.to_string(), data)
}

/// The parameters of a call.
pub(super) fn parameters<P: Parameters>(params: &Params<'_>) -> Answer<P> {
    let given: Vec<Value> = match params.as_str() {
        None => Vec::new(),
        Some(_) => params
            .parse()
            .map_err(|error| ChainError::Params(error.to_string()))?,
    };
    if let Some(extra) = given.iter().skip(P::COUNT).find(|value| !value.is_null()) {
        return Err(ChainError::Params(format!(
            "parameter {} is not supported: {}",
            P::COUNT + 1,
            shortened(extra)
        )));
    }
    P::of(given)
}

fn shortened(value: &Value) -> String {
    const CHARACTERS_MAX: usize = 80;
    value.to_string().chars().take(CHARACTERS_MAX).collect()
}

/// A tuple of parameters in their order. An [`Option`] may be absent or null.
pub(super) trait Parameters: Sized {
    /// How many there are at most.
    const COUNT: usize;

    /// Reads them all: none is left without being looked at.
    fn of(given: Vec<Value>) -> Answer<Self>;
}

fn parameter<T: DeserializeOwned>(given: &mut [Value], place: usize) -> Answer<T> {
    let value = given.get_mut(place).map(Value::take).unwrap_or_default();
    let absent = value.is_null();
    serde_json::from_value(value).map_err(|error| {
        let number = place + 1;
        ChainError::Params(if absent {
            format!("parameter {number} is missing")
        } else {
            format!("parameter {number}: {error}")
        })
    })
}

macro_rules! tuple {
    ($count:literal, $($place:literal $name:ident),*) => {
        impl<$($name: DeserializeOwned),*> Parameters for ($($name,)*) {
            const COUNT: usize = $count;

            fn of(mut given: Vec<Value>) -> Answer<Self> {
                Ok(($(parameter::<$name>(&mut given, $place)?,)*))
            }
        }
    };
}

impl Parameters for () {
    const COUNT: usize = 0;

    fn of(_none: Vec<Value>) -> Answer<Self> {
        Ok(())
    }
}

tuple!(1, 0 A);
tuple!(2, 0 A, 1 B);
tuple!(3, 0 A, 1 B, 2 C);
tuple!(4, 0 A, 1 B, 2 C, 3 D);
