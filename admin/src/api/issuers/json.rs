//! Shapes.

use serde::Serialize;
use utoipa::ToSchema;

use crate::operations::IssuerView;

/// Every issuer.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct IssuerList {
    /// In the order of their ids.
    pub(super) issuers: Vec<IssuerView>,
}
