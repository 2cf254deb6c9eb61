//! The engine: what every operation needs, in one place.

use std::sync::Arc;

use crate::domain::{Clock, Timestamp};
use crate::operations::OperationError;
use crate::settings::Settings;

/// An opened data folder, and everything that works on it. Shared by all requests of one process.
pub struct Keystile {
    clock: Arc<dyn Clock>,
    settings: Settings,
}

impl Keystile {
    /// Opens the data folder that `settings` names.
    ///
    /// Refused with `not_initialised` where there is none: [`first_start::init`](super::first_start::init) makes it.
    pub async fn open(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, OperationError> {
        Ok(Self { clock, settings })
    }

    /// The present, by this server's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Where the data is.
    pub fn data(&self) -> &std::path::Path {
        &self.settings.data
    }
}
