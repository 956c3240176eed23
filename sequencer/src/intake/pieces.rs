//! Work that keeps a processor busy, on several threads at a time, away from those that serve
//! requests.

use std::sync::Arc;

use tokio::task::spawn_blocking;

use crate::admission::error::AdmissionError;

/// Does the work with each item, on so many threads at a time at most, and gives what comes of it in
/// the order of the items. `permits` are held until the last of them is done, also where the one who
/// asked has gone away.
pub(super) async fn in_pieces<T, R, P>(
    items: Vec<T>,
    threads: usize,
    work: impl Fn(T) -> R + Send + Sync + 'static,
    permits: P,
) -> Result<Vec<R>, AdmissionError>
where
    T: Send + 'static,
    R: Send + 'static,
    P: Send + Sync + 'static,
{
    let mut done = Vec::with_capacity(items.len());
    let size = items.len().div_ceil(threads.max(1)).max(1);
    let shared = Arc::new((work, permits));
    let mut items = items.into_iter();
    let mut under_way = Vec::new();
    loop {
        let piece: Vec<T> = items.by_ref().take(size).collect();
        if piece.is_empty() {
            break;
        }
        let shared = shared.clone();
        let work = move || piece.into_iter().map(&shared.0).collect::<Vec<R>>();
        under_way.push(spawn_blocking(work));
    }
    drop(shared);
    for piece in under_way {
        done.extend(piece.await.map_err(|_| AdmissionError::Halted)?);
    }
    Ok(done)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_comes_of_it_is_in_the_order_of_the_items_however_they_are_split() {
        for count in [0, 1, 2, 7, 100] {
            let expected: Vec<u32> = (0..count).map(|item| item * item).collect();
            for threads in [0, 1, 2, 3, 1_000] {
                let items = (0..count).collect();
                let found = in_pieces(items, threads, |item: u32| item * item, ()).await;
                assert_eq!(found.unwrap(), expected, "{count} on {threads}");
            }
        }
    }

    #[tokio::test]
    async fn permits_are_held_as_long_as_work_is_under_way() {
        let permits = Arc::new(());
        let seen = permits.clone();
        let held = move |()| Arc::strong_count(&seen);
        let counts = in_pieces(vec![(), ()], 2, held, permits.clone()).await;
        // This one, the one that looks, and the one that is held.
        assert_eq!(counts.unwrap(), [3, 3]);
        assert_eq!(Arc::strong_count(&permits), 1);
    }
}
