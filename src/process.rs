//! What a command takes from the system: a runtime, the signal to stop, a port.

use std::{
    future::{self, Future},
    net::SocketAddr,
    sync::OnceLock,
    time::Duration,
};

use anyhow::{Context as _, Result};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

/// How long a command that has ended waits for calculations that nobody waits for any more.
const LEFT_BEHIND: Duration = Duration::from_secs(1);

/// Runs a command that waits for the network or for time.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let done = runtime.block_on(work);
    runtime.shutdown_timeout(LEFT_BEHIND);
    done
}

/// A token that is cancelled at the first Ctrl-C or SIGTERM from now on.
pub(crate) fn shutdown_signal() -> Result<CancellationToken> {
    let token = CancellationToken::new();
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let cancelled = token.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        cancelled.cancel();
    });
    Ok(token)
}

/// Ctrl-C or SIGTERM came.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("interrupted")]
pub(crate) struct Interrupted;

/// Waits for what goes on without this process, at most until the first Ctrl-C or SIGTERM since anything
/// was waited for so: who waits has to say then what goes on.
///
/// # Errors
/// [`Interrupted`].
pub(crate) async fn unless_interrupted<T>(
    waited: impl Future<Output = T>,
) -> Result<T, Interrupted> {
    static SIGNAL: OnceLock<Option<CancellationToken>> = OnceLock::new();
    // Where signals cannot be heard they end the process as it is.
    let Some(interrupted) = SIGNAL.get_or_init(|| shutdown_signal().ok()) else {
        return Ok(waited.await);
    };
    tokio::select! {
        biased;
        () = interrupted.cancelled() => Err(Interrupted),
        done = waited => Ok(done),
    }
}

/// Refuses to begin anything more after what [`unless_interrupted`] has heard, and has it listen from now on.
///
/// # Errors
/// [`Interrupted`].
pub(crate) async fn check_goes_on() -> Result<(), Interrupted> {
    unless_interrupted(future::ready(())).await
}

/// Has the system allow as many open files as it does at most, and says how many that are: each
/// connection is one, and the store needs its own.
pub(crate) fn raise_open_files() -> u64 {
    rlimit::increase_nofile_limit(u64::MAX).unwrap_or_else(|error| {
        tracing::warn!(%error, "the limit of open files stays as it is");
        rlimit::getrlimit(rlimit::Resource::NOFILE).map_or(u64::MAX, |(soft, _)| soft)
    })
}

/// Takes a port; the option chooses another, should another program have it.
pub(crate) async fn listen((address, option): (SocketAddr, &str)) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: another program may have the port; choose one with {option}")
    })
}
