//! Shapes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::operations::{RotationPlan, RotationView};

/// A rotation to start.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedRotation {
    /// 2048, 3072 or 4096; otherwise what the policy names.
    #[schema(minimum = 2048, maximum = 4096, multiple_of = 1024)]
    pub(super) bits: Option<u32>,
    /// Why, for the audit log.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub(super) reason: Option<String>,
    /// Whether to say only what would happen.
    #[serde(default)]
    pub(super) dry_run: bool,
}

/// What was started, or in a dry run what would be.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(in crate::api) enum RotationStep {
    /// It goes on by itself.
    Started(CurrentRotation),
    /// Nothing was done.
    Plan(RotationPlan),
}

/// Why a rotation is paused or goes on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WhyHeld {
    /// For the audit log.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub(super) reason: Option<String>,
}

/// The latest rotation.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct CurrentRotation {
    /// Null if there never was one.
    pub(super) rotation: Option<RotationView>,
}
