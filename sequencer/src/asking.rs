//! Asks new tokens for their names, beside everything else.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{l1::gateway::SharedGateway, standing::Standing, tokens::TokenBook};

/// Before those are asked again that did not answer; doubled each time.
const PAUSE: Duration = Duration::from_secs(5);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(600);

/// Asks whoever is new or did not answer, until `shutdown` is cancelled.
pub(crate) async fn ask_tokens(
    book: TokenBook,
    gateway: SharedGateway,
    standing: Standing,
    shutdown: CancellationToken,
) {
    let mut posted = standing.posted();
    let (mut asked, mut pause) = (0, PAUSE);
    loop {
        let registered = posted.borrow_and_update().look.tokens;
        if registered != asked {
            (asked, pause) = (registered, PAUSE);
        }
        let is_unknown = tokio::select! {
            () = shutdown.cancelled() => return,
            is_unknown = book.ask(&gateway, registered) => is_unknown,
        };
        tokio::select! {
            () = shutdown.cancelled() => return,
            is_new = posted.wait_for(|posted| posted.look.tokens != registered) => {
                if is_new.is_err() {
                    return;
                }
            }
            () = sleep(pause), if is_unknown => pause = (pause * 2).min(PAUSE_MAX),
        }
    }
}
