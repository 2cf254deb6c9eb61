//! What a client at the door needs beyond a credential: the rule against forged requests, where it comes from, the brake
//! on guessing, and how many credentials were refused.
//!
//! API tokens and sessions live in the store; what a role may do is decided in `domain`.

mod delays;
mod failures;
mod forgery;
mod proxies;
mod throttle;

pub use delays::Delays;
pub use failures::{Door, Failures};
pub use forgery::{Provenance, is_from_our_page};
pub use proxies::{ForwardingHeader, NotANetwork, TrustedProxies};
pub use throttle::{Allowance, GUESSES, REFILL_SECS, Throttle};
