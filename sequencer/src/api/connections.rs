//! Connections: how many there may be, and how long one may be silent.
//!
//! Where there are too many, of an address or in all, the oldest that is doing nothing gives way: so
//! silent ones, however many, keep nobody out.

mod reasoned;

use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::{Request, Response},
};
use hyper::{
    body::{Body as HttpBody, Frame, Incoming, SizeHint},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tracing::{debug, warn};

use super::{
    client_address::{TrustedProxies, household},
    error,
};
use crate::{config::Limits, telemetry};
use reasoned::Reasoned;

/// After a connection that could not be accepted: files may be free again then.
const PAUSE: Duration = Duration::from_millis(100);
/// For a last word to a client that was silent.
const FAREWELL: Duration = Duration::from_secs(1);

/// For the last answers, when no more requests are taken.
const LAST_ANSWERS: Duration = Duration::from_secs(5);
/// Who reads nothing of an answer for so long is not waited for. A stream of events says something more
/// often.
const UNREAD: Duration = Duration::from_secs(60);

/// A connection.
#[derive(Debug)]
struct Connection {
    household: IpAddr,
    /// Requests that are answered, and answers that are read.
    busy: AtomicUsize,
    /// When something was asked or taken last.
    moved: Mutex<Instant>,
    end: CancellationToken,
}

impl Connection {
    fn moves(&self) {
        *self.moved.lock().expect("no holder panics") = Instant::now();
    }

    /// Ends when the client has left an answer unread for long, which may take so long to come.
    async fn unread(&self, answer: Duration) {
        loop {
            sleep(UNREAD / 4).await;
            let moved = *self.moved.lock().expect("no holder panics");
            let is_busy = self.busy.load(Ordering::Acquire) > 0;
            if is_busy && moved.elapsed() >= UNREAD + answer {
                return;
            }
        }
    }
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    /// In the order in which they came.
    connections: BTreeMap<u64, Arc<Connection>>,
    of_household: HashMap<IpAddr, usize>,
}

/// All connections.
#[derive(Debug, Clone)]
struct Connections {
    limits: Limits,
    trusted: TrustedProxies,
    open: Arc<Mutex<Open>>,
}

/// A connection's place, until it is dropped.
#[derive(Debug)]
struct Place {
    connections: Connections,
    number: u64,
    connection: Arc<Connection>,
}

impl Open {
    fn tell(&self) {
        telemetry::CONNECTIONS.set(self.connections.len() as f64);
    }

    fn remove(&mut self, number: u64) -> Option<Arc<Connection>> {
        let connection = self.connections.remove(&number)?;
        self.tell();
        if let Some(count) = self.of_household.get_mut(&connection.household) {
            *count -= 1;
            if *count == 0 {
                self.of_household.remove(&connection.household);
            }
        }
        Some(connection)
    }

    /// Ends the oldest connection that does nothing: of one household, or of the one that has most.
    fn make_room(&mut self, household: Option<IpAddr>) -> bool {
        let idle = self.connections.iter().filter(|(_, connection)| {
            let theirs = household.is_none_or(|household| household == connection.household);
            theirs && connection.busy.load(Ordering::Acquire) == 0
        });
        let count = |connection: &Connection| self.of_household.get(&connection.household);
        let first = idle
            .min_by_key(|(number, connection)| (std::cmp::Reverse(count(connection)), **number));
        let Some(number) = first.map(|(number, _)| *number) else {
            return false;
        };
        if let Some(connection) = self.remove(number) {
            connection.end.cancel();
        }
        true
    }
}

impl Connections {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().expect("no holder panics")
    }

    /// A place for a connection, where there is one or another gives way.
    fn admit(&self, peer: IpAddr) -> Option<Place> {
        let household = household(peer);
        let mut open = self.open();
        let of_household = open.of_household.get(&household).copied().unwrap_or(0);
        let too_many = of_household >= self.limits.connections_per_address;
        // A proxy asks for many.
        if too_many && !self.trusted.has(peer) && !open.make_room(Some(household)) {
            return None;
        }
        if open.connections.len() >= self.limits.connections && !open.make_room(None) {
            return None;
        }
        let number = open.next;
        open.next += 1;
        let connection = Arc::new(Connection {
            household,
            busy: AtomicUsize::new(0),
            moved: Mutex::new(Instant::now()),
            end: CancellationToken::new(),
        });
        open.connections.insert(number, connection.clone());
        *open.of_household.entry(household).or_default() += 1;
        open.tell();
        Some(Place {
            connections: self.clone(),
            number,
            connection,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.open().remove(self.number);
    }
}

/// While it is held a connection is not idle.
#[derive(Debug)]
struct Busy(Arc<Connection>);

impl Busy {
    fn new(connection: &Arc<Connection>) -> Self {
        connection.moves();
        connection.busy.fetch_add(1, Ordering::AcqRel);
        Self(connection.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::AcqRel);
    }
}

/// An answer that is read.
#[derive(Debug)]
struct Answer {
    body: Body,
    busy: Busy,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if frame.is_ready() {
            self.busy.0.moves();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Serves until `shutdown` is cancelled and the requests under way are answered. Who does not read an
/// answer then is not waited for.
pub(super) async fn serve(
    router: Router,
    listener: TcpListener,
    (limits, trusted): (Limits, TrustedProxies),
    shutdown: CancellationToken,
) {
    let connections = Connections {
        limits,
        trusted,
        open: Arc::default(),
    };
    let mut tasks = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            Some(_) = tasks.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => match connections.admit(peer.ip()) {
                Some(place) => {
                    let (router, shutdown) = (router.clone(), shutdown.clone());
                    tasks.spawn(converse(stream, peer, router, place, shutdown));
                }
                None => debug!(%peer, "too many connections, and each is busy"),
            },
            Err(error) => {
                warn!(%error, "a connection could not be accepted");
                sleep(PAUSE).await;
            }
        }
    }
    let answered = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(LAST_ANSWERS, answered).await.is_err() {
        debug!("not everybody reads the last answers");
    }
}

/// One connection, from its first request to its end.
async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    place: Place,
    shutdown: CancellationToken,
) {
    let connection = place.connection.clone();
    let limits = place.connections.limits;
    let header_timeout = Duration::from_millis(limits.header_timeout_ms);
    let answer_time = Duration::from_millis(limits.request_timeout_ms);
    let answer = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let (busy, router) = (Busy::new(&connection), router.clone());
        async move {
            let response = router.oneshot(request.map(Body::new)).await?;
            Ok::<Response<Answer>, Infallible>(response.map(|body| Answer { body, busy }))
        }
    });
    let mut conversation = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .serve_connection(TokioIo::new(Reasoned::new(stream)), answer);
    let mut stopping = pin!(shutdown.cancelled());
    let mut unread = pin!(connection.unread(answer_time));
    let mut is_stopping = false;
    let ended = loop {
        tokio::select! {
            ended = &mut conversation => break ended,
            () = place.connection.end.cancelled() => return,
            () = &mut unread => return,
            () = &mut stopping, if !is_stopping => {
                // Half a request's head is waited for no longer.
                if connection.busy.load(Ordering::Acquire) == 0 {
                    return;
                }
                is_stopping = true;
                Pin::new(&mut conversation).graceful_shutdown();
            }
        }
    };
    if ended.is_err_and(|error| error.is_timeout()) {
        let mut stream = conversation.into_parts().io.into_inner();
        let told = stream.write_all(error::TIMED_OUT_ON_THE_WIRE.as_bytes());
        // The client may have gone away.
        let _ = tokio::time::timeout(FAREWELL, told).await;
    }
}
