//! The files of the console, which are part of the binary.

use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::problem::{self, Refusal};

#[derive(RustEmbed)]
#[folder = "../www"]
struct Files;

/// The page that runs the edge's validator, and so needs leave to compile WebAssembly; no other page has it.
pub(super) const INSPECTOR: &str = "/inspector";

/// The addresses of pages. All are the same document, which shows what its address says; the addresses stay when it is
/// loaded anew, sent to somebody, or kept.
const PAGES: [&str; 11] = [
    "/",
    "/keys",
    "/edge",
    INSPECTOR,
    "/take-back",
    "/audit",
    "/people",
    "/passkeys",
    "/approvals",
    "/settings",
    "/emergency",
];

/// Answers with a file of the console. Where there is none, nothing else is there either.
pub(super) async fn file(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = match uri.path() {
        page if is_page(page) => "index.html",
        path => path.trim_start_matches('/'),
    };
    let Some(found) = Files::get(path) else { return not_found().into_response() };
    if ![Method::GET, Method::HEAD].contains(&method) {
        return ([(header::ALLOW, "GET,HEAD")], problem::wrong_method().await).into_response();
    }
    let etag = etag(&found.metadata.sha256_hash());
    // `no-cache` means "ask before use": a new version of the server shows at once, at the price of a 304.
    let caching = [(header::CACHE_CONTROL, "no-cache".to_owned()), (header::ETAG, etag.clone())];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    ([(header::CONTENT_TYPE, content_type(path))], caching, found.data).into_response()
}

/// The page of a key is named after the key.
fn is_page(path: &str) -> bool {
    PAGES.contains(&path)
        || path.strip_prefix("/keys/").is_some_and(|kid| !kid.is_empty() && !kid.contains('/'))
}

fn not_found() -> Refusal {
    Refusal::new(
        StatusCode::NOT_FOUND,
        "not_found",
        "nothing is at this address: /openapi.json lists what is",
    )
}

fn etag(hash: &[u8]) -> String {
    let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
