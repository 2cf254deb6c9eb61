//! What a key is, what may happen to it and when: pure, without a database, a network or a clock of its own.
//!
//! Time comes in as an argument. Nothing here names another module of this crate.

mod actor;
mod clock;
mod issuer;
mod policy;
mod secret;
mod timestamp;

pub use actor::{Actor, Forbidden, Permission, Role, UnknownRole};
pub use clock::{Clock, ManualClock, SystemClock};
pub use issuer::{Audience, InvalidIssuerId, Issuer, IssuerId};
pub use policy::{InvalidPolicy, KeySize, Policy, Propagation, UnsupportedKeySize};
pub use secret::{SecretBytes, SecretText};
pub use timestamp::Timestamp;
