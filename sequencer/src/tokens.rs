//! What registered tokens call themselves. Tokens are anyone's, so they are asked beside the main
//! path: one that answers slowly, or not at all, keeps nobody waiting.
//!
//! That a token did not answer is not known to be so for good: it is asked again, less and less often.
//! What was known once is kept.

use std::sync::Arc;

use assay_l1::client::TokenInfo;
use futures::StreamExt as _;
use tokio::sync::watch;
use tracing::debug;

use crate::l1::gateway::SharedGateway;

/// Tokens that are asked at a time.
const ASKED_AT_ONCE: usize = 8;

/// The tokens that are known, in the order of their numbers, ether first. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct TokenBook(watch::Sender<Arc<[TokenInfo]>>);

impl Default for TokenBook {
    /// Of ether alone.
    fn default() -> Self {
        Self(watch::Sender::new([TokenInfo::ether()].into()))
    }
}

impl TokenBook {
    /// The tokens, as far as they are known.
    pub(crate) fn tokens(&self) -> Arc<[TokenInfo]> {
        self.0.borrow().clone()
    }

    /// Asks those of the registered tokens of which something is unknown. Says whether something still
    /// is.
    pub(crate) async fn ask(&self, gateway: &SharedGateway, registered: u16) -> bool {
        let known = self.tokens();
        let unknown = (1..=registered).filter(|number| {
            let known = known.get(usize::from(*number));
            known.is_none_or(|token| token.symbol.is_none() || token.decimals.is_none())
        });
        let asked = futures::stream::iter(unknown).map(|number| gateway.token(number));
        // In order: the list has no gaps.
        let mut answers = std::pin::pin!(asked.buffered(ASKED_AT_ONCE));
        let mut is_whole = true;
        while let Some(answer) = answers.next().await {
            match answer {
                Ok(token) => {
                    is_whole &= token.symbol.is_some() && token.decimals.is_some();
                    is_whole &= self.note(token);
                }
                Err(error) => {
                    debug!(%error, "a token is not known yet");
                    is_whole = false;
                }
            }
        }
        !is_whole
    }

    /// Notes what a token says, and keeps what it said before. Those after one that is missing wait.
    fn note(&self, token: TokenInfo) -> bool {
        let mut tokens = self.tokens().to_vec();
        let (at, known) = (usize::from(token.number), tokens.len());
        match tokens.get_mut(at) {
            Some(known) => {
                known.symbol = token.symbol.or(known.symbol.take());
                known.decimals = token.decimals.or(known.decimals);
            }
            None if at == known => tokens.push(token),
            None => return false,
        }
        self.0.send_replace(tokens.into());
        true
    }
}
