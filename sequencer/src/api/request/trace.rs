//! W3C Trace Context, version 00: `00-TRACE-PARENT-FLAGS` in lower-case hexadecimal.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};

/// The header that says where in a trace a request is.
pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The flag that says that whoever began the trace keeps it. Of the others nothing is known.
const SAMPLED: u8 = 1;

/// The place of a request in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trace {
    trace: u128,
    /// The client's part of it.
    parent: Option<u64>,
    /// The request's own part of it.
    span: u64,
    flags: u8,
}

impl Trace {
    /// That which the client is in; a new one where it is in none, or says so badly.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut given = headers.get_all(TRACEPARENT).iter();
        let parent = match (given.next(), given.next()) {
            (Some(one), None) => one.to_str().ok().and_then(parent),
            _ => None,
        };
        let new = || (not_zero(rand::random), None, 0);
        let known = parent.map(|(trace, span, flags)| (trace, Some(span), flags));
        let (trace, parent, flags) = known.unwrap_or_else(new);
        Self {
            trace,
            parent,
            span: not_zero(rand::random),
            flags,
        }
    }

    /// The trace's name.
    pub(super) fn id(&self) -> String {
        format!("{:032x}", self.trace)
    }

    /// What a span of the request goes on from.
    pub(super) fn parent(&self) -> Context {
        let Some(parent) = self.parent else {
            return Context::new();
        };
        let remote = SpanContext::new(
            TraceId::from(self.trace),
            SpanId::from(parent),
            TraceFlags::new(self.flags),
            true,
            TraceState::default(),
        );
        Context::new().with_remote_span_context(remote)
    }

    /// With the span that was begun for it.
    pub(super) fn with_span(self, begun: &SpanContext) -> Self {
        Self {
            trace: u128::from_be_bytes(begun.trace_id().to_bytes()),
            span: u64::from_be_bytes(begun.span_id().to_bytes()),
            flags: begun.trace_flags().to_u8() & SAMPLED,
            ..self
        }
    }

    /// What the answer says of it.
    pub(super) fn header(&self) -> HeaderValue {
        let Self {
            trace, span, flags, ..
        } = self;
        let text = format!("00-{trace:032x}-{span:016x}-{flags:02x}");
        HeaderValue::try_from(text).expect("it is hexadecimal")
    }
}

/// The trace, the client's span and the flags of a `traceparent`. Of a version to come the beginning is what it is in this one.
fn parent(text: &str) -> Option<(u128, u64, u8)> {
    let mut parts = text.split('-');
    let version: u8 = hexadecimal(parts.next()?, 2)?.try_into().ok()?;
    let trace = hexadecimal(parts.next()?, 32)?;
    let span: u64 = hexadecimal(parts.next()?, 16)?.try_into().ok()?;
    let flags: u8 = hexadecimal(parts.next()?, 2)?.try_into().ok()?;
    let is_whole = version != 0 || parts.next().is_none();
    let fits = version != u8::MAX && trace != 0 && span != 0 && is_whole;
    fits.then_some((trace, span, flags & SAMPLED))
}

fn hexadecimal(text: &str, digits: usize) -> Option<u128> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let fits = text.len() == digits && text.bytes().all(is_digit);
    fits.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

/// Zero names nothing.
fn not_zero<N: Default + PartialEq>(random: fn() -> N) -> N {
    loop {
        let number = random();
        if number != N::default() {
            return number;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: u64 = 0x00f0_67aa_0ba9_02b7;

    /// The first is the example of the recommendation.
    #[test]
    fn a_trace_is_taken_up_where_it_is_well_formed() {
        let trace = u128::from_str_radix(TRACE, 16).unwrap();
        for (text, expected) in [
            (
                format!("00-{TRACE}-00f067aa0ba902b7-01"),
                Some((trace, SPAN, 1)),
            ),
            (
                format!("00-{TRACE}-00f067aa0ba902b7-00"),
                Some((trace, SPAN, 0)),
            ),
            (
                format!("00-{TRACE}-00f067aa0ba902b7-ff"),
                Some((trace, SPAN, 1)),
            ),
            (
                format!("cc-{TRACE}-00f067aa0ba902b7-01-what"),
                Some((trace, SPAN, 1)),
            ),
            (format!("00-{TRACE}-00f067aa0ba902b7-01-what"), None),
            (format!("ff-{TRACE}-00f067aa0ba902b7-01"), None),
            (format!("00-{TRACE}-0000000000000000-01"), None),
            (format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)), None),
            (
                format!("00-{}-00f067aa0ba902b7-01", TRACE.to_uppercase()),
                None,
            ),
            (format!("00-{TRACE}-00f067aa0ba902b7-1"), None),
            (format!("00-{TRACE}-00f067aa0ba902b7"), None),
            (format!("0-{TRACE}-00f067aa0ba902b7-01"), None),
            (format!("00-+{}-00f067aa0ba902b7-01", &TRACE[1..]), None),
            (String::new(), None),
        ] {
            assert_eq!(parent(&text), expected, "{text}");
        }
    }

    #[test]
    fn a_trace_goes_on_under_its_name_with_a_span_of_its_own() {
        let mut headers = HeaderMap::new();
        let given = format!("00-{TRACE}-00f067aa0ba902b7-01");
        headers.insert(TRACEPARENT, given.parse().unwrap());
        let (one, other) = (Trace::of(&headers), Trace::of(&headers));
        assert_eq!((one.id().as_str(), one.flags), (TRACE, 1));
        assert_ne!(one.span, other.span);
        let answered = one.header();
        let answered = parent(answered.to_str().unwrap());
        assert_eq!(answered, Some((one.trace, one.span, 1)));
        // Which of two is meant nobody knows.
        headers.append(TRACEPARENT, given.parse().unwrap());
        assert_ne!(Trace::of(&headers).id(), TRACE);
        let (one, other) = (Trace::of(&HeaderMap::new()), Trace::of(&HeaderMap::new()));
        assert_ne!(one.id(), other.id());
    }
}
