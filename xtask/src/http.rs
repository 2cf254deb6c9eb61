//! The little HTTP that the commands and the tests speak: to servers on this machine, without TLS.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use ureq::{Agent, Body, http};

/// A client that hands over every answer, whatever its status, and never waits for ever.
#[derive(Clone, Debug)]
pub struct Client(Agent);

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The header fields.
    pub headers: http::HeaderMap,
    /// The body, as text.
    pub body: String,
}

impl Client {
    /// A client with its own connections.
    pub fn new() -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(20)))
            .build();
        Self(config.into())
    }

    /// Asks; `bearer` goes into `Authorization`.
    pub fn get(&self, url: &str, bearer: Option<&str>) -> Result<Answer> {
        self.send("GET", url, bearer, None)
    }

    /// Sends JSON.
    pub fn post(&self, url: &str, bearer: Option<&str>, body: &Value) -> Result<Answer> {
        self.send("POST", url, bearer, Some(("application/json", &body.to_string())))
    }

    /// Sends JSON that is to take effect once, however often it is sent under this `Idempotency-Key`.
    pub fn post_once(&self, url: &str, bearer: &str, key: &str, body: &Value) -> Result<Answer> {
        let request = http::Request::post(url)
            .header("authorization", format!("Bearer {bearer}"))
            .header("idempotency-key", format!("\"{key}\""))
            .header("content-type", "application/json");
        let answer = self.0.run(request.body(body.to_string())?);
        Answer::read(answer.with_context(|| format!("no answer to POST `{url}`"))?)
    }

    /// Sends any request; the body comes with its media type.
    pub fn send(
        &self,
        method: &str,
        url: &str,
        bearer: Option<&str>,
        body: Option<(&str, &str)>,
    ) -> Result<Answer> {
        let mut request = http::Request::builder().method(method).uri(url);
        if let Some(bearer) = bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        let answer = match body {
            Some((media_type, text)) => {
                self.0.run(request.header("content-type", media_type).body(text.to_owned())?)
            }
            None => self.0.run(request.body(())?),
        };
        Answer::read(answer.with_context(|| format!("no answer to {method} `{url}`"))?)
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl Answer {
    fn read(answer: http::Response<Body>) -> Result<Self> {
        let (head, mut body) = answer.into_parts();
        Ok(Self { status: head.status.as_u16(), headers: head.headers, body: body.read_to_string()? })
    }

    /// A header field as text; empty when it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.body).with_context(|| format!("not JSON: `{}`", self.body))
    }

    /// The body as JSON when the status says success; otherwise an error that shows what came.
    pub fn success(&self) -> Result<Value> {
        if !(200..300).contains(&self.status) {
            bail!("answered {}: {}", self.status, self.body);
        }
        if self.body.is_empty() { Ok(Value::Null) } else { self.json() }
    }
}
