//! An accepted request on its way to the origin. Method, query and body pass through as they are: the body as a
//! stream, and an upgrade to WebSocket as the runtime's own.

use worker::{
    Headers, Request, console_error, js_sys, wasm_bindgen::JsCast, wasm_bindgen_futures::JsFuture, web_sys,
};

use crate::{gate::Passport, refusal::Refusal, settings::Settings, token_source};

/// What we say about a token. Nobody else may say it.
const OUR_PREFIX: &str = "x-keystile-";

/// Sends the request to the origin and returns its answer untouched.
pub(crate) async fn forward(
    request: &Request,
    settings: &Settings,
    passport: &Passport,
) -> Result<web_sys::Response, Refusal> {
    let forwarded = prepare(request.inner(), settings, passport)?;
    let runtime: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    match JsFuture::from(runtime.fetch_with_request(&forwarded)).await {
        Ok(response) => Ok(response.unchecked_into()),
        Err(error) => {
            console_error!("the origin: {error:?}");
            Err(Refusal::OriginUnreachable)
        }
    }
}

fn prepare(
    request: &web_sys::Request,
    settings: &Settings,
    passport: &Passport,
) -> worker::Result<web_sys::Request> {
    let url = format!("{}{}", settings.origin, path_and_query(&request.url()));
    // `new Request(url, request)` takes everything but the URL from `request`, as if it were the options.
    let forwarded = web_sys::Request::new_with_str_and_init(&url, request.unchecked_ref())?;
    let headers = Headers(forwarded.headers());
    let names: Vec<String> = headers.keys().filter(|name| is_ours(name)).collect();
    for name in names {
        headers.delete(&name)?;
    }
    if let Some(subject) = &passport.subject {
        headers.set("x-keystile-subject", &header_value(subject))?;
    }
    headers.set("x-keystile-kid", &header_value(&passport.kid))?;
    if !settings.forward_token {
        strip_token(&headers, settings.token_cookie.as_deref())?;
    }
    Ok(forwarded)
}

fn strip_token(headers: &Headers, token_cookie: Option<&str>) -> worker::Result<()> {
    headers.delete("authorization")?;
    let (Some(name), Some(cookies)) = (token_cookie, headers.get("cookie")?) else { return Ok(()) };
    match token_source::without_cookie(&cookies, name) {
        Some(kept) => headers.set("cookie", &kept),
        None => headers.delete("cookie"),
    }
}

/// Whether a header could be taken for one of ours. CGI and its heirs do not tell `_` from `-`.
fn is_ours(name: &str) -> bool {
    name.to_ascii_lowercase().replace('_', "-").starts_with(OUR_PREFIX)
}

/// A claim as a header value: percent-encoded UTF-8, except for visible ASCII other than `%`. No claim can thus end
/// the header, begin another, or arrive as something else; `decodeURIComponent` gives it back.
fn header_value(claim: &str) -> String {
    let mut value = String::with_capacity(claim.len());
    for byte in claim.bytes() {
        match byte {
            b'%' | 0..=0x20 | 0x7F.. => value.push_str(&format!("%{byte:02X}")),
            visible => value.push(char::from(visible)),
        }
    }
    value
}

/// The part of an absolute URL after the host, unchanged, so that the origin sees the path that the client sent.
fn path_and_query(url: &str) -> &str {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    url.get(after_scheme..).and_then(|rest| rest.find('/').and_then(|at| rest.get(at..))).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_subject_arrives_as_it_is() {
        for subject in ["user-42", "ada@example.com", "auth0|5f7c8ec7", "urn:x:1"] {
            assert_eq!(header_value(subject), subject);
        }
    }

    #[test]
    fn no_subject_can_break_out_of_its_header() {
        assert_eq!(header_value("a\r\nx-admin: 1"), "a%0D%0Ax-admin:%201");
        assert_eq!(header_value("\0\u{7f}\u{85}"), "%00%7F%C2%85");
        assert_eq!(header_value("Zoë 100%"), "Zo%C3%AB%20100%25");
    }

    #[test]
    fn a_header_that_an_origin_might_take_for_ours_is_recognised() {
        assert!(is_ours("x-keystile-subject") && is_ours("X_Keystile_Subject"));
        assert!(!is_ours("x-keystilesubject") && !is_ours("x-request-id"));
    }

    #[test]
    fn path_and_query_are_taken_as_they_are() {
        assert_eq!(path_and_query("https://edge.example/a%2Fb//c?d=%20#"), "/a%2Fb//c?d=%20#");
        assert_eq!(path_and_query("https://edge.example//evil.example/x"), "//evil.example/x");
        assert_eq!(path_and_query("https://edge.example:8443/?q=https://x/"), "/?q=https://x/");
    }
}
