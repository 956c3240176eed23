//! Reading a node's server-sent events.

mod filter;

use std::{pin::Pin, time::Duration};

use reqwest::Response;

pub use filter::{EventFilter, FilterError};

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
    /// So many events were missed, because the listener was too slow or away for too long.
    Lagged(u64),
    /// The node was started anew: what happened since the event that was named is not known.
    Reset,
}

/// What will be heard; nothing once the stream has ended.
pub type Hearing<'a> = Pin<Box<dyn Future<Output = Option<Heard>> + Send + 'a>>;

/// A stream of events.
#[derive(Debug)]
pub struct Events {
    response: Response,
    read: Vec<u8>,
    last_id: Option<String>,
}

impl Events {
    pub(crate) fn new(response: Response) -> Self {
        Self {
            response,
            read: Vec::new(),
            last_id: None,
        }
    }

    /// After which event another stream would go on where this one is: nothing before the node has said.
    #[must_use]
    pub fn last_id(&self) -> Option<&str> {
        self.last_id.as_deref()
    }

    /// Waits for the next event. Nothing comes any more where the connection broke, the node was silent
    /// for a minute, or what comes are no events: then listen anew. Events of other kinds are passed over.
    pub fn hear(&mut self) -> Hearing<'_> {
        Box::pin(async move {
            loop {
                while let Some(block) = take_block(&mut self.read) {
                    if let Some(id) = field(&block, "id") {
                        self.last_id = Some(id.to_owned());
                    }
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

fn field<'a>(block: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = block.lines();
    lines.find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim_start()))
}

fn heard(block: &str) -> Option<Heard> {
    let data = field(block, "data")?;
    match field(block, "event") {
        Some("lagged") => data.parse().ok().map(Heard::Lagged),
        Some("reset") => Some(Heard::Reset),
        _ => serde_json::from_str(data).ok().map(Heard::Event),
    }
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
        assert_eq!(
            heard("id: ab-1\nevent: reset\ndata: anew"),
            Some(Heard::Reset)
        );
        assert_eq!(field(": \nid: ab-1", "id"), Some("ab-1"));
    }
}
