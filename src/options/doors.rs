//! The URL of a node where that of a layer 1 belongs, and the other way round: who answers is asked once
//! more in the other way, so that the error can say so.

use std::time::Duration;

use assay_api::client::{ClientError, NodeClient};
use assay_l1::{
    address::EthAddress,
    client::{L1Endpoint, L1Error, L1Url, RollupClient},
};
use tokio::time::timeout;

/// How long the other way may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Whether a node of Assay answers where a layer 1 gave this error.
pub(crate) async fn is_node(url: &L1Url, error: &L1Error) -> bool {
    // Only who is no layer 1 fails like this.
    let (L1Error::Transport { .. } | L1Error::Answer { .. }) = error else {
        return false;
    };
    let Ok(node) = NodeClient::new(url.reveal()) else {
        return false;
    };
    matches!(timeout(PATIENCE, node.status()).await, Ok(Ok(_)))
}

/// Whether a layer 1 answers where a node gave this error.
pub(crate) async fn is_layer1(url: &str, error: &ClientError) -> bool {
    let ClientError::Answer { .. } = error else {
        return false;
    };
    let Ok(url) = url.parse::<L1Url>();
    // Whatever contract it is: a layer 1 says that there is none.
    let asked = RollupClient::connect(L1Endpoint::from(url), EthAddress([0; 20]), None);
    let answered = timeout(PATIENCE, asked).await;
    matches!(answered, Ok(Ok(_) | Err(L1Error::NoContract(_))))
}
