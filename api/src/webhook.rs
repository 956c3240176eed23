//! Webhooks: deliveries signed as [Standard Webhooks](https://www.standardwebhooks.com) says, so that the
//! libraries for it check them. Here for the node that posts them, and for those in Rust who take them.

use std::{pin::Pin, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::redirect::Policy;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    events::{EventFilter, FilterError},
    http,
};

/// Header with the delivery's id: the same whenever it is tried again.
pub const ID_HEADER: &str = "webhook-id";
/// Header with the time of the attempt, Unix seconds.
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
/// Header with the signature.
pub const SIGNATURE_HEADER: &str = "webhook-signature";

/// How a secret begins.
const SECRET_PREFIX: &str = "whsec_";
/// How a signature by HMAC-SHA-256 begins.
const SIGNATURE_PREFIX: &str = "v1,";
/// Bytes of a secret.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// Whoever takes longer to answer has not taken a delivery.
const TIMEOUT: Duration = Duration::from_secs(15);

/// What signs deliveries, known to those who post and to those who take them.
#[derive(Clone)]
pub struct WebhookSecret(Zeroizing<Vec<u8>>);

/// Text that is no secret of webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a secret of webhooks is `whsec_` and 24 to 64 bytes in base64")]
pub struct NotAWebhookSecret;

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookSecret")
    }
}

impl std::str::FromStr for WebhookSecret {
    type Err = NotAWebhookSecret;

    fn from_str(text: &str) -> Result<Self, NotAWebhookSecret> {
        let bytes = text.strip_prefix(SECRET_PREFIX).ok_or(NotAWebhookSecret)?;
        let bytes = BASE64.decode(bytes).map_err(|_| NotAWebhookSecret)?;
        let bytes = Zeroizing::new(bytes);
        if SECRET_BYTES.contains(&bytes.len()) {
            Ok(Self(bytes))
        } else {
            Err(NotAWebhookSecret)
        }
    }
}

impl WebhookSecret {
    /// The text of a secret of these bytes.
    #[must_use]
    pub fn text(bytes: &[u8; 32]) -> Zeroizing<String> {
        let digits = Zeroizing::new(BASE64.encode(bytes));
        Zeroizing::new(format!("{SECRET_PREFIX}{}", *digits))
    }

    /// The signature of a delivery.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp_s: u64, body: &[u8]) -> String {
        let digest = self.mac(id, timestamp_s, body).finalize().into_bytes();
        format!("{SIGNATURE_PREFIX}{}", BASE64.encode(digest))
    }

    /// Whether one of the signatures in the header, with spaces between, is of this delivery. Whoever
    /// takes it also refuses a timestamp that is some minutes from its own clock, and an id that it has taken.
    #[must_use]
    pub fn verify(&self, id: &str, timestamp_s: u64, body: &[u8], signatures: &str) -> bool {
        signatures.split(' ').any(|signature| {
            let digest = signature.strip_prefix(SIGNATURE_PREFIX);
            let digest = digest.and_then(|digest| BASE64.decode(digest).ok());
            digest.is_some_and(|digest| {
                let mac = self.mac(id, timestamp_s, body);
                mac.verify_slice(&digest).is_ok()
            })
        })
    }

    fn mac(&self, id: &str, timestamp_s: u64, body: &[u8]) -> Hmac<Sha256> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.0);
        let mut mac = mac.expect("a key may have any length");
        mac.update(format!("{id}.{timestamp_s}.").as_bytes());
        mac.update(body);
        mac
    }
}

/// Why a delivery was not taken.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// Nobody answered.
    #[error("{url} does not answer: {source}")]
    Transport {
        /// Where, without what may be secret.
        url: String,
        /// Why.
        source: reqwest::Error,
    },
    /// The answer is none of 200 to 299.
    #[error("{url} answers with HTTP {status}")]
    Refused {
        /// Where, without what may be secret.
        url: String,
        /// HTTP status.
        status: u16,
    },
}

/// A URL to which deliveries are posted, and of what.
#[derive(Clone)]
pub struct Webhook {
    url: reqwest::Url,
    filter: EventFilter,
    secret: WebhookSecret,
    http: reqwest::Client,
}

/// Why a URL is none for webhooks.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// Not an HTTP URL.
    #[error("`{0}` is no URL of a webhook: it begins with http:// or https://")]
    Url(String),
    /// What stands behind its `#` is no filter.
    #[error("behind `#` of the webhook {url}: {source}")]
    Filter {
        /// Where, without what may be secret.
        url: String,
        /// Why.
        source: FilterError,
    },
    /// The client cannot be made.
    #[error("the HTTP client of webhooks: {0}")]
    Client(#[source] reqwest::Error),
}

/// What becomes of a delivery. Boxed, so that what it is made of is compiled once, here.
pub type Delivered<'a> = Pin<Box<dyn Future<Output = Result<(), DeliveryError>> + Send + 'a>>;

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Webhook").field(&self.shown()).finish()
    }
}

impl Webhook {
    /// A URL, which may hold what is secret, and what signs what is posted there. What stands behind a `#` in
    /// it narrows that, as the query of `GET /v1/events` does, and is not sent.
    ///
    /// # Errors
    /// [`WebhookError`].
    pub fn new(url: &str, secret: WebhookSecret) -> Result<Self, WebhookError> {
        let parsed = reqwest::Url::parse(url).ok();
        let parsed = parsed.filter(|url| ["http", "https"].contains(&url.scheme()));
        let mut parsed = parsed.ok_or_else(|| WebhookError::Url(http::shown(url)))?;
        let filter = parsed.fragment().unwrap_or_default().parse();
        let filter = filter.map_err(|source| WebhookError::Filter {
            url: http::shown(url),
            source,
        })?;
        parsed.set_fragment(None);
        // Whoever is sent elsewhere did not choose to be told there.
        let http = http::client().redirect(Policy::none()).timeout(TIMEOUT);
        Ok(Self {
            url: parsed,
            filter,
            secret,
            http: http.build().map_err(WebhookError::Client)?,
        })
    }

    /// The URL, without what may be secret in it.
    #[must_use]
    pub fn shown(&self) -> String {
        http::shown(self.url.as_str())
    }

    /// What is posted there.
    #[must_use]
    pub fn filter(&self) -> &EventFilter {
        &self.filter
    }

    /// Posts a body of JSON, once.
    pub fn post(&self, id: &str, timestamp_s: u64, body: String) -> Delivered<'_> {
        let signature = self.secret.sign(id, timestamp_s, body.as_bytes());
        let request = self.http.post(self.url.clone());
        let request = request
            .header("content-type", "application/json")
            .header(ID_HEADER, id)
            .header(TIMESTAMP_HEADER, timestamp_s)
            .header(SIGNATURE_HEADER, signature)
            .body(body);
        Box::pin(async move {
            let answer = request.send().await;
            let answer = answer.map_err(|source| DeliveryError::Transport {
                url: self.shown(),
                source: source.without_url(),
            })?;
            let status = answer.status();
            if status.is_success() {
                return Ok(());
            }
            Err(DeliveryError::Refused {
                url: self.shown(),
                status: status.as_u16(),
            })
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    /// The expected signature is of Python's `hmac`.
    #[test]
    fn signatures_are_those_of_another_implementation() {
        let secret: WebhookSecret = SECRET.parse().unwrap();
        let (id, at_s, body) = ("00000000000000ab-70", 1_800_000_000, br#"{"events":[]}"#);
        let expected = "v1,p12wFFhOTavN5ceyDvbWgmoqilqSJwVzwazfit3PEZg=";
        assert_eq!(secret.sign(id, at_s, body), expected);
        assert!(secret.verify(id, at_s, body, expected));
        assert!(secret.verify(id, at_s, body, &format!("v1,AAAA v2,x {expected}")));
        assert!(!secret.verify("00000000000000ab-71", at_s, body, expected));
        assert!(!secret.verify(id, at_s + 1, body, expected));
        assert!(!secret.verify(id, at_s, b"{}", expected));
        assert!(!secret.verify(id, at_s, body, &expected[3..]));
    }

    /// The example of Standard Webhooks, whose secret is shorter than it asks for itself.
    #[test]
    fn signatures_are_those_of_the_standards_example() {
        let secret = BASE64.decode("plJ3nmyCDGBKInavdOK15jsl").unwrap();
        let secret = WebhookSecret(Zeroizing::new(secret));
        let body = br#"{"event_type":"ping","data":{"success":true}}"#;
        let signature = secret.sign("msg_loFOjxBNrRLzqYUf", 1_731_705_121, body);
        assert_eq!(signature, "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=");
    }

    #[test]
    fn a_secret_has_enough_bytes_and_is_not_shown() {
        let bytes: [u8; 32] = std::array::from_fn(|at| u8::try_from(at).unwrap());
        assert_eq!(*WebhookSecret::text(&bytes), SECRET);
        for wrong in ["", "whsec_", "whsec_AAAA", "whsec_!", &SECRET[6..]] {
            assert_eq!(
                wrong.parse::<WebhookSecret>().unwrap_err(),
                NotAWebhookSecret
            );
        }
        let secret: WebhookSecret = SECRET.parse().unwrap();
        assert_eq!(format!("{secret:?}"), "WebhookSecret");
        let hook = Webhook::new("https://u:p@shop.example/hook?key=x", secret.clone()).unwrap();
        assert_eq!(
            format!("{hook:?}"),
            "Webhook(\"https://shop.example/hook\")"
        );
        assert!(Webhook::new("ftp://shop.example", secret).is_err());
    }

    #[test]
    fn what_is_posted_stands_behind_the_url() {
        let secret: WebhookSecret = SECRET.parse().unwrap();
        let hook = |url: &str| Webhook::new(url, secret.clone());
        let all = hook("https://shop.example/hook?key=x").unwrap();
        assert_eq!(*all.filter(), EventFilter::default());
        let some = hook("https://shop.example/hook?key=x#account=3,4&type=transaction").unwrap();
        assert_eq!(some.filter().to_string(), "account=3,4&type=transaction");
        assert_eq!(some.url, all.url);
        let wrong = hook("https://u:p@shop.example/hook?key=x#account=0").unwrap_err();
        let said = wrong.to_string();
        assert!(
            said.contains("https://shop.example/hook: account: "),
            "{said}"
        );
    }
}
