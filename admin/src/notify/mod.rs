//! Telling others: webhooks, by the Standard Webhooks specification (<https://www.standardwebhooks.com>), and mail.
//! Where webhooks may lead, [`outbound`](crate::outbound) says.

mod error;
mod mail;
mod signature;
mod webhook;

pub use error::DeliveryError;
pub use mail::{MAIL, Mailer};
pub use signature::{SECRET_BYTES, SECRET_PREFIX, sign};
pub use webhook::{Parcel, WebhookClient};
