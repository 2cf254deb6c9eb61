//! Telling others: webhooks, by the Standard Webhooks specification (<https://www.standardwebhooks.com>), and mail.
//!
//! The addresses of webhooks come in over the API, so that whoever may add one could otherwise have this server knock at
//! doors that only it can reach. `target` and `address` say which it may.

mod address;
mod error;
mod mail;
mod signature;
mod target;
mod webhook;

pub use address::is_public;
pub use error::DeliveryError;
pub use mail::{MAIL, Mailer};
pub use signature::{SECRET_BYTES, SECRET_PREFIX, sign};
pub use target::{AllowedHosts, Target};
pub use webhook::{Names, Parcel, SystemNames, WebhookClient};
