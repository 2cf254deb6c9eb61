//! The bodies of answers.

use std::convert::Infallible;

use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::body::{Bytes, Incoming};

/// Why a body ends before its end.
pub(crate) type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// The body of an answer: ours, or the origin's as it comes.
pub(crate) type Body = BoxBody<Bytes, BodyError>;

/// A body that is here already.
pub(crate) fn full(content: impl Into<Bytes>) -> Body {
    Full::new(content.into()).map_err(|never: Infallible| match never {}).boxed()
}

/// A body that comes from an origin.
pub(crate) fn streamed(body: Incoming) -> Body {
    body.map_err(BodyError::from).boxed()
}
