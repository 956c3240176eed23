//! The proving keys: whoever carries on for the operator, or leaves, needs them.

use std::{
    fs::File,
    io::{self, Read as _},
    path::PathBuf,
    sync::Arc,
    time::SystemTime,
};

use assay_api::wire::{ErrorBody, schema};
use assay_circuits::circuit::CircuitId;
use assay_prover::keys::proving_key_path;
use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use futures::stream;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
};

use super::{
    body::PathText,
    caching::{Keep, unless_known},
    error::ApiError,
};

/// Downloads at a time.
const DOWNLOADS: usize = 4;
/// When to try again where there are so many, seconds.
const WAIT_S: u64 = 30;
/// Bytes that are read at a time.
const PIECE_BYTES: usize = 256 << 10;

/// What these calls use.
#[derive(Clone)]
pub(crate) struct KeyCalls {
    directory: Arc<PathBuf>,
    downloads: Arc<Semaphore>,
}

impl KeyCalls {
    /// Those of a directory of keys.
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self {
            directory: Arc::new(directory),
            downloads: Arc::new(Semaphore::new(DOWNLOADS)),
        }
    }
}

/// The proving key of a circuit. It is public: `assay keys fetch` compares it with the circuit and the contract.
#[utoipa::path(get, path = "/v1/keys/{file}", tag = "network",
    operation_id = "getProvingKey",
    params(("file" = inline(schema::ProvingKeyFile), Path, description = "SHAPE.proving.key, or escape.proving.key")),
    responses(
        (status = 200, description = "The key file", body = schema::KeyFile, content_type = "application/octet-stream",
            headers(("ETag" = String, description = "Of the file"))),
        (status = 304, description = "It is the one whose `ETag` is in `If-None-Match`"),
        (status = 404, description = "`unknown_key`: the node does not have it", body = ErrorBody),
        (status = 429, description = "`too_many_requests`: others are downloading", body = ErrorBody),
    ))]
pub(super) async fn proving_key(
    State(calls): State<KeyCalls>,
    PathText(name): PathText,
    asked: HeaderMap,
) -> Result<Response, ApiError> {
    let circuit = name.strip_suffix(".proving.key");
    let circuit = circuit.and_then(|circuit| circuit.parse::<CircuitId>().ok());
    let unknown = || ApiError::UnknownKey(name.clone());
    let path = proving_key_path(&calls.directory, circuit.ok_or_else(unknown)?);
    let permit = calls.downloads.clone().try_acquire_owned();
    let permit = permit.map_err(|_| ApiError::TooManyRequests { wait_s: WAIT_S })?;
    let open = move || {
        let file = File::open(path)?;
        let found = file.metadata()?;
        // Another file has another time: a hash of so many bytes is not taken at each question.
        let written = found.modified()?.duration_since(SystemTime::UNIX_EPOCH);
        let written_ns = written.map_or(0, |since| since.as_nanos());
        let size = found.len();
        io::Result::Ok((file, size, format!("\"{written_ns:x}-{size:x}\"")))
    };
    let opened = spawn_blocking(open).await.map_err(|_| ApiError::Internal)?;
    let (file, size, tag) = opened.map_err(|_| unknown())?;
    Ok(unless_known(&asked, &tag, Keep::AskAgain, || {
        let headers = [
            (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
            (header::CONTENT_LENGTH, size.to_string()),
        ];
        let pieces = stream::try_unfold((file, permit), read_piece);
        (headers, Body::from_stream(pieces)).into_response()
    }))
}

/// The next bytes of a file, which is read while the permit is held.
async fn read_piece(
    (mut file, permit): (File, OwnedSemaphorePermit),
) -> io::Result<Option<(Bytes, (File, OwnedSemaphorePermit))>> {
    let read = spawn_blocking(move || {
        let mut piece = vec![0; PIECE_BYTES];
        let count = file.read(&mut piece)?;
        piece.truncate(count);
        io::Result::Ok((piece, file))
    });
    let (piece, file) = read.await??;
    Ok((!piece.is_empty()).then(|| (Bytes::from(piece), (file, permit))))
}
