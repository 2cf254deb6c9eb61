//! Answers to a proxy that asks whether a request may pass.

use hyper::{HeaderMap, Response, StatusCode, header::HeaderValue, http::request::Parts};
use keystile_gateway::{Answer, Decision, Pass, Refusal};

use crate::{
    body::{Body, full},
    convention::Convention,
    gate::Gate,
    head::{only, set},
};

/// What Envoy takes out of a request before it goes on.
const ENVOY_REMOVES: &str = "x-envoy-auth-headers-to-remove";

/// What nginx can be told to make of a refusal: the status that it should have, and the problem document.
const STATUS: &str = "x-keystile-status";
const PROBLEM: &str = "x-keystile-problem";

/// Answers a question.
pub(crate) async fn answer(gate: &Gate, convention: Convention, question: &Parts) -> Response<Body> {
    let request_id = gate.lasting.request_id(only(&question.headers, "x-request-id"));
    let refusal = match convention.original(question) {
        Err(refusal) => {
            gate.lasting.note_refusal(&refusal, &request_id);
            refusal
        }
        Ok(head) => {
            let decision = gate.decide(&head).await;
            gate.note(&decision, &head, &request_id);
            match decision {
                Decision::Pass(mut pass) => {
                    gate.assert(&mut pass, &head, &request_id);
                    return yes(convention, gate, &pass);
                }
                Decision::Refuse { refusal, .. } => refusal,
            }
        }
    };
    no(convention, &refusal, refusal.to_answer(gate.wording(), &request_id))
}

/// What the origin is to be told stands in the headers of the answer, and the proxy takes it from there.
fn yes(convention: Convention, gate: &Gate, pass: &Pass<'_>) -> Response<Body> {
    let mut response = Response::new(full(""));
    for (name, value) in &pass.set {
        set(response.headers_mut(), name, value);
    }
    if convention == Convention::Envoy {
        let removed = removed_by_envoy(gate, pass);
        set(response.headers_mut(), ENVOY_REMOVES, &removed.join(","));
    }
    response
}

/// What must not come from the client, whether we were shown it or not, and what the policy takes out. What is set
/// replaces what was there; Envoy takes out afterwards, so that it must not be named here.
fn removed_by_envoy<'a>(gate: &'a Gate, pass: &'a Pass<'_>) -> Vec<&'a str> {
    let mut removed: Vec<&str> =
        gate.policy.reserved_headers().chain(pass.remove.iter().map(String::as_str)).collect();
    removed.sort_unstable();
    removed.dedup();
    removed.retain(|name| !pass.set.iter().any(|(set, _)| set.eq_ignore_ascii_case(name)));
    removed
}

/// A refusal, as the proxy understands it.
pub(crate) fn no(
    convention: Convention,
    refusal: &Refusal,
    Answer { status, headers, body }: Answer,
) -> Response<Body> {
    let mut response = Response::new(full(""));
    for (name, value) in &headers {
        set(response.headers_mut(), name, value);
    }
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
    if convention == Convention::Nginx {
        tell_nginx(&mut response, status, &body);
    }
    tracing::trace!(code = refusal.code(), "no");
    *response.body_mut() = full(body);
    response
}

/// nginx takes 401 and 403 for a refusal, and everything else for a failure of ours; it throws the body away. So it gets
/// the status and the document in headers too, for a configuration that hands them on.
fn tell_nginx(response: &mut Response<Body>, status: u16, problem: &str) {
    if (400..500).contains(&status) && status != 401 {
        *response.status_mut() = StatusCode::FORBIDDEN;
    }
    set_problem(response.headers_mut(), problem);
    set(response.headers_mut(), STATUS, &status.to_string());
}

/// The document in one line of ASCII: JSON can say every other character by an escape.
fn set_problem(headers: &mut HeaderMap, problem: &str) {
    let mut line = String::with_capacity(problem.len());
    for unit in problem.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte @ 0x20..=0x7E) => line.push(char::from(byte)),
            _ => line.push_str(&format!("\\u{unit:04x}")),
        }
    }
    if let Ok(value) = HeaderValue::try_from(line) {
        headers.insert(PROBLEM, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keystile_gateway::{Detail, Wording};

    fn refused(convention: Convention, refusal: &Refusal) -> Response<Body> {
        let wording = Wording { realm: "realm", detail: Detail::Explain };
        no(convention, refusal, refusal.to_answer(wording, "id"))
    }

    #[test]
    fn nginx_is_told_in_the_two_statuses_that_it_understands() {
        for (refusal, status, meant) in [
            (Refusal::TokenAbsent, 401, "401"),
            (Refusal::NoRoute, 403, "403"),
            (Refusal::TokenAmbiguous, 403, "400"),
            (Refusal::KeySetUnavailable, 503, "503"),
        ] {
            let response = refused(Convention::Nginx, &refusal);
            assert_eq!(
                (response.status().as_u16(), &response.headers()[STATUS]),
                (status, &HeaderValue::from_static(meant))
            );
            let problem: serde_json::Value =
                serde_json::from_slice(response.headers()[PROBLEM].as_bytes()).unwrap();
            assert_eq!(problem["code"], refusal.code());
        }
    }

    #[test]
    fn the_others_hand_a_refusal_on_as_it_is() {
        for convention in [Convention::Traefik, Convention::Envoy] {
            let response = refused(convention, &Refusal::TokenAmbiguous);
            assert_eq!(response.status(), 400);
            assert!(
                !response.headers().contains_key(PROBLEM)
                    && response.headers().contains_key("www-authenticate")
            );
        }
    }

    #[test]
    fn a_document_in_a_header_is_the_same_document() {
        let mut headers = HeaderMap::new();
        let problem = serde_json::json!({ "detail": "Zoë\n\u{1f511}" });
        set_problem(&mut headers, &problem.to_string());
        let line = headers[PROBLEM].to_str().unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(line).unwrap(), problem);
    }
}
