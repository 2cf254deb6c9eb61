//! The gateway as a program of its own, for those who have no edge in front: `keystile gate`.
//!
//! The same policy and the same decisions as in the edge worker ([`keystile_gateway`]), behind another proxy that asks
//! before it lets a request pass ([`Convention`]), or as a reverse proxy itself ([`Origin`]). What is here fetches, keeps,
//! carries and tells; what may pass is decided elsewhere. See `docs/gate.md`.
//!
//! | module | job |
//! |---|---|
//! | `serve` | from settings to a gate that answers |
//! | `connection`, `tls` | connections, and their bounds |
//! | `convention`, `forward_auth` | what other proxies ask, and what they are answered |
//! | `proxy` | the way to an origin |
//! | `deployment` | the policy, which may change |
//! | `gate` | what all requests under a policy share; the decision |
//! | `key_sets` | key sets followed, kept on disk, and chased |
//! | `status`, `metrics`, `report`, `log` | what it tells |

mod body;
mod client;
mod clock;
mod connection;
mod convention;
mod deployment;
mod forward_auth;
mod gate;
mod head;
mod key_sets;
mod log;
mod metrics;
mod proxy;
mod report;
mod serve;
mod settings;
mod status;
mod tls;

// The public interface is:
pub use crate::{
    convention::Convention,
    key_sets::UnreachablePlace,
    serve::{GateError, run},
    settings::{Bounds, Job, Origin, PolicySource, Reports, Settings, SettingsError, SignedSource},
    tls::{CertificateError, TlsFiles},
};
