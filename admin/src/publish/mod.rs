//! Brings a signed key set to the edge store: write, read back, compare; never an older set over a newer one.

mod cloudflare_kv;
mod emergency_channel;
mod error;
mod push;

pub use cloudflare_kv::CloudflareKv;
pub use emergency_channel::EmergencyChannel;
pub use error::PublishError;
pub use push::{Found, Pushed, Shipment, look, push};
