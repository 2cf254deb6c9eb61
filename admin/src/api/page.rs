//! Lists that grow are read in pages: `limit`, `cursor`, and the header `Link` (RFC 8288) to the next page.

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::AppendHeaders;
use serde::Deserialize;
use utoipa::IntoParams;

use super::problem::Refusal;
use super::query::Query;

/// The most items of a page; also what the audit log is read in.
pub(super) const LARGEST: u32 = 1000;

/// Which part of a list is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Window {
    /// How many items at most.
    #[serde(default = "usual")]
    #[param(default = usual, minimum = 1, maximum = 1000)]
    limit: u32,
    /// Where to go on, as the `Link` of the page before says.
    cursor: Option<String>,
}

fn usual() -> u32 {
    100
}

/// A wanted part of the list at this address.
pub(super) struct Paged {
    window: Window,
    path: String,
}

/// The header that leads to the next page, if there is one.
pub(super) type Next = AppendHeaders<Option<(HeaderName, String)>>;

impl<S: Send + Sync> FromRequestParts<S> for Paged {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Query(window) = Query::<Window>::from_request_parts(parts, state).await?;
        within_bounds(window.limit)?;
        Ok(Self { window, path: path(parts) })
    }
}

impl Paged {
    /// The page, and the way to the next. `id` names an item, and the item that a cursor names is looked up anew: what came meanwhile stands before it.
    pub(super) fn of<T>(self, items: Vec<T>, id: impl Fn(&T) -> &str) -> Result<(Vec<T>, Next), Refusal> {
        let start = match &self.window.cursor {
            None => 0,
            Some(cursor) => items.iter().position(|item| id(item) == cursor).ok_or_else(unknown)? + 1,
        };
        let limit = usize::try_from(self.window.limit).unwrap_or(usize::MAX);
        let more = items.len().saturating_sub(start) > limit;
        let page: Vec<T> = items.into_iter().skip(start).take(limit).collect();
        let last = page.last().filter(|_| more).map(id);
        let next = last.map(|last| link(&self.path, self.window.limit, "cursor", last));
        Ok((page, AppendHeaders(next)))
    }
}

/// The path that was asked for.
pub(super) fn path(parts: &Parts) -> String {
    let original = parts.extensions.get::<OriginalUri>().map(|OriginalUri(uri)| uri);
    original.unwrap_or(&parts.uri).path().to_owned()
}

/// Refuses a page of nothing, and one that is too large to be read at once.
pub(super) fn within_bounds(limit: u32) -> Result<(), Refusal> {
    if (1..=LARGEST).contains(&limit) {
        return Ok(());
    }
    Err(Refusal::invalid_input(format!("limit: a page has 1 to {LARGEST} items, not {limit}")))
}

/// Ids are of letters that a URL takes as they are.
pub(super) fn link(path: &str, limit: u32, name: &str, last: &str) -> (HeaderName, String) {
    (header::LINK, format!("<{path}?limit={limit}&{name}={last}>; rel=\"next\""))
}

fn unknown() -> Refusal {
    Refusal::new(
        StatusCode::NOT_FOUND,
        "cursor_not_found",
        "the list has no such item any more: read it again from its beginning",
    )
}
