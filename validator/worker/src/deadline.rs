//! Waiting with an end.

use std::{pin::pin, time::Duration};

use futures_util::future::{Either, select};
use worker::Delay;

/// The outcome of `future`, or `None` if it takes longer than `limit`.
pub(crate) async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), pin!(Delay::from(limit))).await {
        Either::Left((outcome, _)) => Some(outcome),
        Either::Right(_) => None,
    }
}
