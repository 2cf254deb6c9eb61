//! `GET /api/v1/users/me`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::Service;
use super::caller::Caller;
use super::failure::Failure;
use crate::accounts::{self, User};

pub(crate) async fn me(State(service): State<Arc<Service>>, caller: Caller) -> Result<Json<User>, Failure> {
    let user = accounts::find(&service.database, &caller.user_id).await?;
    user.map(Json).ok_or(Failure::Token)
}
