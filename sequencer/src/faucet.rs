//! Test money: who runs a development network may hand its node a way to give some.

use std::{fmt, pin::Pin, sync::Arc};

use assay_api::wire::{FaucetGrant, FaucetRequest};

/// What comes of a request.
pub type Giving = Pin<Box<dyn Future<Output = Result<FaucetGrant, FaucetError>> + Send>>;

/// Why nothing is given.
#[derive(Debug, thiserror::Error)]
pub enum FaucetError {
    /// A field of the request is not what it should be.
    #[error("{message}")]
    Field {
        /// Which.
        field: &'static str,
        /// Why.
        message: String,
    },
    /// Too many ask at the same time.
    #[error("too many ask for test money")]
    Busy,
    /// The layer 1 did not do it.
    #[error("test money could not be sent: {0}")]
    Failed(String),
}

/// Gives test money. Clones give from the same.
#[derive(Clone)]
pub struct Faucet(Arc<dyn Fn(FaucetRequest) -> Giving + Send + Sync>);

impl Faucet {
    /// One that gives in this way.
    #[must_use]
    pub fn new(give: impl Fn(FaucetRequest) -> Giving + Send + Sync + 'static) -> Self {
        Self(Arc::new(give))
    }

    pub(crate) fn give(&self, request: FaucetRequest) -> Giving {
        (self.0)(request)
    }
}

impl fmt::Debug for Faucet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faucet(..)")
    }
}
