//! Reading a node's server-sent events.

use std::{pin::Pin, time::Duration};

use reqwest::Response;

use crate::wire::EventView;

/// Longest event that is read, bytes.
const EVENT_BYTES_MAX: usize = 64 << 10;
/// A node that is there says something within this time, if only that it is there.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// What a listener hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Something moved.
    Event(EventView),
    /// So many events were missed, because the listener was too slow.
    Lagged(u64),
}

/// What will be heard; nothing once the stream has ended.
pub type Hearing<'a> = Pin<Box<dyn Future<Output = Option<Heard>> + Send + 'a>>;

/// A stream of events.
#[derive(Debug)]
pub struct Events {
    response: Response,
    read: Vec<u8>,
}

impl Events {
    pub(crate) fn new(response: Response) -> Self {
        let read = Vec::new();
        Self { response, read }
    }

    /// Waits for the next event. Nothing comes any more where the connection broke, the node was silent
    /// for a minute, or what comes are no events: then listen anew. Events of other kinds are passed over.
    pub fn hear(&mut self) -> Hearing<'_> {
        Box::pin(async move {
            loop {
                while let Some(block) = take_block(&mut self.read) {
                    if let Some(heard) = heard(&block) {
                        return Some(heard);
                    }
                }
                if self.read.len() > EVENT_BYTES_MAX {
                    return None;
                }
                let chunk = tokio::time::timeout(SILENCE_MAX, self.response.chunk());
                self.read.extend_from_slice(&chunk.await.ok()?.ok()??);
            }
        })
    }
}

/// Takes what stands before the first empty line.
fn take_block(read: &mut Vec<u8>) -> Option<String> {
    let end = read.windows(2).position(|two| two == b"\n\n")?;
    let block: Vec<u8> = read.drain(..end + 2).collect();
    Some(String::from_utf8_lossy(&block).into_owned())
}

fn heard(block: &str) -> Option<Heard> {
    let field = |name: &str| {
        let mut lines = block.lines();
        lines.find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim_start()))
    };
    let data = field("data")?;
    if field("event") == Some("lagged") {
        return data.parse().ok().map(Heard::Lagged);
    }
    serde_json::from_str(data).ok().map(Heard::Event)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::Stage;

    #[test]
    fn events_are_read_as_they_come_in_pieces() {
        let mut read = b": keep-alive\n\nevent: batch\nid: 7\ndata: {\"type\":\"batch\",".to_vec();
        assert_eq!(take_block(&mut read).as_deref().and_then(heard), None);
        assert_eq!(take_block(&mut read), None);
        let rest = b"\"number\":3,\"stage\":\"sealed\",\"at_ms\":5}\n\nevent: lagged\ndata: 12\n\n";
        read.extend_from_slice(rest);
        let batch = take_block(&mut read).as_deref().and_then(heard);
        let Some(Heard::Event(EventView::Batch { number, stage, .. })) = batch else {
            panic!("{batch:?}");
        };
        assert_eq!((number, stage), (3, Stage::Sealed));
        let lagged = take_block(&mut read).as_deref().and_then(heard);
        assert_eq!(lagged, Some(Heard::Lagged(12)));
        assert!(read.is_empty());
    }
}
