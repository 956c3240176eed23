//! How much a client may ask for: so many requests at once, and so many a second on average. A request
//! that brings many things counts as many.

use std::{net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

use axum::http::request::Parts;
use tower_governor::{GovernorLayer, governor::GovernorConfigBuilder};
use utoipa_axum::router::OpenApiRouter;

use super::{
    client_address::{ClientAddress, household},
    error::{self, ApiError},
};
use crate::config::Limits;

/// The limit of a node, in its parts. What they are made of has no name outside of the crate that
/// counts.
pub(super) struct RateLimit {
    /// Puts the limit before calls.
    pub(super) layer: Box<dyn FnOnce(OpenApiRouter) -> OpenApiRouter>,
    /// Counts more for a request than the one that it is.
    pub(super) charge: Charge,
    /// Forgets the clients that need not be remembered.
    pub(super) sweep: Sweep,
}

pub(super) type Sweep = Box<dyn Fn() + Send + Sync>;

/// Whether a client may ask for so much more, which then counts as asked.
type Take = Arc<dyn Fn(&Option<IpAddr>, NonZeroU32) -> bool + Send + Sync>;

/// Counts more for a request than the one that it is. Cheap to clone.
#[derive(Clone)]
pub(super) struct Charge {
    client: ClientAddress,
    requests_per_s: u32,
    burst: u32,
    /// None where there is no limit.
    take: Option<Take>,
}

impl RateLimit {
    pub(super) fn new(limits: &Limits, client: ClientAddress) -> Self {
        let burst = limits.request_burst.max(1);
        let mut charge = Charge {
            client: client.clone(),
            requests_per_s: limits.requests_per_s,
            burst,
            take: None,
        };
        let mut config = None;
        if limits.requests_per_s > 0 {
            let mut builder = GovernorConfigBuilder::default().key_extractor(client);
            builder
                .period(Duration::from_secs(1) / limits.requests_per_s)
                .burst_size(burst);
            config = builder.finish().map(Arc::new);
        }
        let Some(config) = config else {
            return Self {
                layer: Box::new(|router| router),
                charge,
                sweep: Box::new(|| {}),
            };
        };
        let limiter = config.limiter().clone();
        charge.take = Some(Arc::new(move |client, count| {
            matches!(limiter.check_key_n(client, count), Ok(Ok(())))
        }));
        let limiter = config.limiter().clone();
        let layer = GovernorLayer::new(config).error_handler(error::too_many_requests);
        Self {
            layer: Box::new(|router| router.layer(layer)),
            charge,
            sweep: Box::new(move || {
                limiter.retain_recent();
                limiter.shrink_to_fit();
            }),
        }
    }
}

impl Charge {
    /// Counts so much more for a request, which itself counted as one. More than the burst holds counts
    /// as the whole burst: it could never be asked for otherwise.
    ///
    /// # Errors
    /// [`ApiError::TooManyRequests`], with the time after which there is room in any case.
    pub(super) fn further(&self, request: &Parts, count: usize) -> Result<(), ApiError> {
        let count = u32::try_from(count).unwrap_or(u32::MAX).min(self.burst - 1);
        let (Some(take), Some(count)) = (&self.take, NonZeroU32::new(count)) else {
            return Ok(());
        };
        let client = self.client.by(&request.extensions, &request.headers);
        let client = client.map(household);
        if take(&client, count) {
            return Ok(());
        }
        let wait_s = count.get().div_ceil(self.requests_per_s.max(1));
        Err(ApiError::TooManyRequests {
            wait_s: wait_s.into(),
        })
    }
}
