//! The door as its clients see it: requests in, answers out.

mod answers;
mod approvals;
mod conditional;
mod console;
mod events;
mod forgery;
mod idempotency;
mod pages;
mod passkeys;
mod session;
mod users;
mod walk;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use futures_util::StreamExt;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

use super::{Server, router};
use crate::domain::{Actor, Audience, ManualClock, Policy, Role, Timestamp};
use crate::operations::{Keystile, api_tokens, first_start, sessions};
use crate::passkeys::RelyingParty;
use crate::settings::{FirstIssuer, Settings};

/// A server just set up, with an API token of each role. Its clock stands still.
struct House {
    router: Router,
    keystile: Arc<Keystile>,
    tokens: BTreeMap<&'static str, String>,
    _data: TempDir,
}

/// What came back.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl House {
    async fn new() -> Self {
        Self::reached_over(false).await
    }

    async fn reached_over(https: bool) -> Self {
        Self::set_up(https, |settings| settings).await
    }

    async fn set_up(https: bool, change: impl FnOnce(Settings) -> Settings) -> Self {
        let data = TempDir::new().unwrap();
        let hand_off_folder = Some(data.path().to_owned());
        let relying_party = RelyingParty::at("https://keys.example");
        let settings = Settings { hand_off_folder, relying_party, ..Settings::at(data.path().join("data")) };
        let settings = change(settings);
        let first = FirstIssuer {
            id: "main".parse().unwrap(),
            iss: "https://issuer.example".to_owned(),
            audience: Some(Audience::One("api".to_owned())),
            policy: Policy::default(),
            adopt: None,
        };
        let clock = Arc::new(ManualClock::at(Timestamp::from_secs(1_800_000_000)));
        let (keystile, _) = first_start::init(settings, clock, first).await.unwrap();
        let mut tokens = BTreeMap::new();
        for role in Role::ALL {
            let made = api_tokens::create(&keystile, &Actor::local("test"), role.as_str(), role, None).await;
            tokens.insert(role.as_str(), made.unwrap().secret.reveal().to_owned());
        }
        let keystile = Arc::new(keystile);
        let router = router(Arc::new(Server::new(keystile.clone(), https)));
        Self { router, keystile, tokens, _data: data }
    }

    fn bearer(&self, role: &str) -> (&'static str, String) {
        ("authorization", format!("Bearer {}", self.tokens[role]))
    }

    async fn cookie(&self, role: &str) -> (&'static str, String) {
        let session = sessions::create(&self.keystile, &self.tokens[role]).await.unwrap();
        ("cookie", format!("keystile_session={}", session.cookie.reveal()))
    }

    async fn ask(&self, method: Method, path: &str, headers: &[(&str, String)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "keys.example");
        if !body.is_empty() && !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = match parts.headers.get(header::CONTENT_TYPE) {
            // A stream of events has no end: the first of them is the answer.
            Some(kind) if kind == "text/event-stream" => {
                body.into_data_stream().next().await.unwrap().unwrap()
            }
            _ => to_bytes(body, usize::MAX).await.unwrap(),
        };
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    async fn get(&self, path: &str, headers: &[(&str, String)]) -> Answer {
        self.ask(Method::GET, path, headers, "").await
    }
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The code of the refusal, after checking that it is a whole problem document.
    fn code(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{} {}", self.status, self.text);
        let problem = self.json();
        let code = problem["code"].as_str().unwrap();
        assert_eq!(problem["type"], format!("https://keystile.dev/errors/{code}"));
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["request_id"], self.header("x-request-id"));
        assert!(!problem["title"].as_str().unwrap().is_empty());
        assert!(!problem["detail"].as_str().unwrap().is_empty());
        code.to_owned()
    }
}
