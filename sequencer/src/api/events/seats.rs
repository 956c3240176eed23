//! How many may listen. A stream of events has no end, and its connection never gives way to another: so
//! streams have but half of the connections, and no client has many.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use crate::{api::error::ApiError, config::Limits};

/// Streams of one client. One is enough for a wallet, or for an exchange with a hundred accounts.
const OF_CLIENT_MAX: usize = 32;

/// Places for those who listen. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Seats {
    most: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    of_client: HashMap<Option<IpAddr>, usize>,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Seats,
    client: Option<IpAddr>,
}

impl Seats {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            most: (limits.connections / 2).max(1),
            taken: Arc::default(),
        }
    }

    /// How many are taken.
    pub(crate) fn taken(&self) -> usize {
        self.lock().all
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().expect("no holder panics")
    }

    /// A place for a client, if there is one.
    pub(super) fn take(&self, client: Option<IpAddr>) -> Result<Seat, ApiError> {
        let mut taken = self.lock();
        let theirs = taken.of_client.get(&client).copied().unwrap_or(0);
        if theirs >= OF_CLIENT_MAX {
            return Err(ApiError::TooManyStreams {
                most: OF_CLIENT_MAX,
            });
        }
        if taken.all >= self.most {
            return Err(ApiError::NoStreamLeft { most: self.most });
        }
        taken.all += 1;
        taken.of_client.insert(client, theirs + 1);
        Ok(Seat {
            seats: self.clone(),
            client,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.lock();
        taken.all -= 1;
        if let Some(theirs) = taken.of_client.get_mut(&self.client) {
            *theirs -= 1;
            if *theirs == 0 {
                taken.of_client.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn client(number: u8) -> Option<IpAddr> {
        Some(IpAddr::from([192, 0, 2, number]))
    }

    #[test]
    fn no_client_has_many_streams_and_all_have_half_of_the_connections() {
        let limits = Limits {
            connections: 4 * OF_CLIENT_MAX,
            ..Limits::default()
        };
        let seats = Seats::new(&limits);
        let mut taken = Vec::new();
        for number in 1..=2 {
            for _ in 0..OF_CLIENT_MAX {
                taken.push(seats.take(client(number)).unwrap());
            }
            let refused = seats.take(client(number));
            assert!(matches!(refused, Err(ApiError::TooManyStreams { .. })));
        }
        assert_eq!(seats.taken(), 2 * OF_CLIENT_MAX);
        let refused = seats.take(client(3));
        assert!(matches!(refused, Err(ApiError::NoStreamLeft { .. })));
        // The last one that was taken is the second client's.
        taken.pop();
        drop(seats.take(client(3)).unwrap());
        taken.push(seats.take(client(2)).unwrap());
        drop(taken);
        assert_eq!(seats.taken(), 0);
        assert!(seats.lock().of_client.is_empty());
    }
}
