//! What a browser at the door needs beyond a credential: the rule against forged requests, and the brake on
//! guessing.
//!
//! API tokens and sessions live in the store; what a role may do is decided in `domain`.

mod forgery;
mod throttle;

pub use forgery::{Provenance, is_from_our_page};
pub use throttle::Throttle;
