//! What is answered while the node has no parts: it starts, or makes them anew.

use std::{io, pin::pin, sync::Arc, time::Duration};

use assay_circuits::quantity::BatchNumber;
use tokio::{net::TcpListener, time::sleep};
use tokio_util::sync::CancellationToken;

use super::error::NodeError;
use crate::{
    api::{self, CallsMeanwhile, operations::OperationCalls},
    config::NodeConfig,
    health::{Fault, Health},
    standing,
    tokens::TokenBook,
};

/// Who asks waits so long for the parts; then they hear that there are none.
const PATIENCE: Duration = Duration::from_secs(5);

/// The node's address, where somebody answers at all times.
pub(super) struct Meanwhile {
    listener: std::net::TcpListener,
    calls: CallsMeanwhile,
    /// What is wrong as long as there are no parts.
    pub(super) health: Arc<Health>,
}

impl Meanwhile {
    pub(super) fn new(config: &NodeConfig, listener: TcpListener) -> io::Result<Self> {
        let health = Arc::new(Health::default());
        let (_, standing) = standing::channels(BatchNumber::GENESIS, TokenBook::default());
        Ok(Self {
            listener: listener.into_std()?,
            calls: CallsMeanwhile {
                operations: OperationCalls {
                    health: health.clone(),
                    standing,
                },
                limits: config.limits,
                trusted_proxies: config.trusted_proxies.clone().into(),
                pages: config.pages.clone(),
                traces: config.traces.clone(),
            },
            health,
        })
    }

    /// The node's address, for those who answer there.
    pub(super) fn listener(&self) -> io::Result<TcpListener> {
        TcpListener::from_std(self.listener.try_clone()?)
    }

    /// Does something, and where it takes long says meanwhile why.
    pub(super) async fn until<T>(
        &self,
        done: impl Future<Output = Result<T, NodeError>>,
    ) -> Result<T, NodeError> {
        let mut done = pin!(done);
        tokio::select! {
            biased;
            done = &mut done => return done,
            () = sleep(PATIENCE) => {}
        }
        self.health
            .raise(Fault::CatchingUp, "the node takes up its state");
        let over = CancellationToken::new();
        let answers = api::serve_meanwhile(self.calls.clone(), self.listener()?, over.clone());
        let done = async {
            let _over = over.drop_guard();
            done.await
        };
        tokio::join!(done, answers).0
    }
}
