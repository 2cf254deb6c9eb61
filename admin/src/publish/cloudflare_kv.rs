//! One namespace of Workers KV, through Cloudflare's REST API. Local workerd serves the same API.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url, redirect};

use serde_json::{Value, json};

use crate::domain::Timestamp;
use crate::fault::{self, FaultPoint};
use crate::publish::PublishError;
use crate::settings::KvSettings;
use crate::telemetry::send;

/// A whole exchange. The API answers in well under a second; what takes longer is retried from the outbox.
const EXCHANGE: Duration = Duration::from_secs(10);
/// The most that is read of an answer: the largest value that the store takes, and room for an error document.
const ANSWER_BYTES: usize = 26 << 20;
/// The most keys of one bulk request, by the platform's limits.
const BULK_KEYS: usize = 10_000;
/// The most bytes of one, before they are encoded. The platform takes 100 MB; this much travels in time over 2 MB/s.
const BULK_BYTES: usize = 32 << 20;
/// A whole exchange of that many bytes.
const BULK_EXCHANGE: Duration = Duration::from_secs(30);
/// Nothing is kept there; whether it is there does not matter.
const CLOCK_KEY: &str = "clock";
/// How much of an error document is worth showing.
const DETAIL_CHARS: usize = 300;

/// A client of one KV namespace.
pub struct CloudflareKv {
    client: Client,
    namespace: Url,
    settings: KvSettings,
}

impl CloudflareKv {
    /// Returns `Ok` only if a client could be made of these settings. Asks nobody.
    pub fn check(settings: &KvSettings) -> Result<(), PublishError> {
        namespace(settings).map(|_| ())
    }

    /// Prepares a client.
    pub fn new(settings: KvSettings) -> Result<Self, PublishError> {
        let namespace = namespace(&settings)?;
        let invalid = |detail: String| PublishError::Misconfigured { detail };
        let client = Client::builder()
            .timeout(EXCHANGE)
            .redirect(redirect::Policy::none())
            .user_agent(concat!("keystile/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| invalid(error.without_url().to_string()))?;
        Ok(Self { client, namespace, settings })
    }

    /// The value of `key`, or `None` where there is none.
    pub async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, PublishError> {
        fault::reach(FaultPoint::StoreRead);
        let answer = self.send(self.request(Method::GET, key)?).await?;
        let status = answer.status();
        let retry_after = retry_after(&answer);
        let body = body(answer).await?;
        match status {
            StatusCode::OK => Ok(Some(body)),
            // The API answers 404 for a missing key and for a missing namespace; only its error code tells them apart.
            StatusCode::NOT_FOUND if !names_missing_namespace(&body) => Ok(None),
            _ => Err(self.refusal(status, retry_after, &body)),
        }
    }

    /// What time it is there, if it says so: the `Date` of an answer (RFC 9110, section 6.6.1).
    pub async fn clock(&self) -> Result<Option<Timestamp>, PublishError> {
        let answer = self.send(self.request(Method::GET, CLOCK_KEY)?).await?;
        let date = answer.headers().get("date").and_then(|date| date.to_str().ok());
        Ok(date.and_then(Timestamp::from_http_date))
    }

    /// Writes the value of `key`.
    pub async fn write(&self, key: &str, value: &[u8]) -> Result<(), PublishError> {
        let request = self.request(Method::PUT, key)?.body(value.to_vec());
        fault::reach(FaultPoint::StoreWrite);
        let answer = self.send(request).await?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let retry_after = retry_after(&answer);
        Err(self.refusal(status, retry_after, &body(answer).await?))
    }

    /// Writes many values, or a part of them where it fails.
    pub async fn write_many(&self, values: &[(String, Vec<u8>)]) -> Result<(), PublishError> {
        let mut rest = values;
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = rest.iter().take(BULK_KEYS).take_while(|(_, value)| {
                bytes += value.len();
                bytes <= BULK_BYTES
            });
            // One that is larger goes alone.
            let (some, others) = rest.split_at(fits.count().clamp(1, rest.len()));
            let pair = |(key, value): &(String, Vec<u8>)| json!({ "key": key, "value": STANDARD.encode(value), "base64": true });
            self.bulk(Method::PUT, &["bulk"], some.iter().map(pair).collect()).await?;
            rest = others;
        }
        Ok(())
    }

    /// Deletes many values. One that is not there is no error.
    pub async fn delete_many(&self, keys: &[String]) -> Result<(), PublishError> {
        for some in keys.chunks(BULK_KEYS) {
            self.bulk(Method::POST, &["bulk", "delete"], some.iter().map(|key| json!(key)).collect()).await?;
        }
        Ok(())
    }

    /// The API says for each key whether it could be written; one that could not fails the whole.
    async fn bulk(&self, method: Method, path: &[&str], items: Vec<Value>) -> Result<(), PublishError> {
        let request = self.request_below(method, path)?.timeout(BULK_EXCHANGE).json(&items);
        fault::reach(FaultPoint::StoreWrite);
        let answer = self.send(request).await?;
        let status = answer.status();
        let retry_after = retry_after(&answer);
        let body = body(answer).await?;
        if !status.is_success() {
            return Err(self.refusal(status, retry_after, &body));
        }
        let said: Value = serde_json::from_slice(&body).unwrap_or_default();
        let failed = said.pointer("/result/unsuccessful_keys").and_then(Value::as_array);
        match failed.and_then(|keys| keys.first()).and_then(Value::as_str) {
            Some(name) => Err(PublishError::FilterMissing { name: name.to_owned() }),
            None => Ok(()),
        }
    }

    fn request(&self, method: Method, key: &str) -> Result<RequestBuilder, PublishError> {
        self.request_below(method, &["values", key])
    }

    fn request_below(&self, method: Method, path: &[&str]) -> Result<RequestBuilder, PublishError> {
        let mut url = self.namespace.clone();
        // Each part becomes one path segment, its slashes escaped.
        url.path_segments_mut()
            .map_err(|()| PublishError::Misconfigured { detail: "the KV base URL has no path".to_owned() })?
            .pop_if_empty()
            .push(&self.settings.namespace_id)
            .extend(path);
        Ok(self.client.request(method, url).bearer_auth(self.settings.api_token.reveal()))
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, PublishError> {
        let answer = send(request).await;
        fault::reach(FaultPoint::StoreAnswer);
        answer.map_err(|error| transport(&error))
    }

    fn refusal(&self, status: StatusCode, retry_after: Option<Duration>, body: &[u8]) -> PublishError {
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                PublishError::Unauthorized { status: status.as_u16() }
            }
            StatusCode::NOT_FOUND => {
                PublishError::NamespaceMissing { namespace: self.settings.namespace_id.clone() }
            }
            StatusCode::TOO_MANY_REQUESTS => PublishError::RateLimited { retry_after },
            _ => PublishError::Refused { status: status.as_u16(), detail: excerpt(body) },
        }
    }
}

/// Where the namespaces are. The token would travel in clear over plain HTTP, so that is for loopback alone.
fn namespace(settings: &KvSettings) -> Result<Url, PublishError> {
    let invalid = |detail: String| PublishError::Misconfigured { detail };
    let base = settings.base_url.trim_end_matches('/');
    let url = Url::parse(&format!("{base}/storage/kv/namespaces/"))
        .map_err(|error| invalid(format!("the KV base URL `{base}`: {error}")))?;
    if url.scheme() == "https" || is_loopback(&url) {
        Ok(url)
    } else {
        Err(invalid(format!("the KV base URL `{base}` must begin with https://")))
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn transport(error: &reqwest::Error) -> PublishError {
    if error.is_timeout() {
        return PublishError::TimedOut { after: EXCHANGE };
    }
    // The outermost message only says that a request failed; the innermost one says why.
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    PublishError::Unreachable { detail: cause.to_string() }
}

async fn body(mut answer: Response) -> Result<Vec<u8>, PublishError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| transport(&error))? {
        if body.len() + chunk.len() > ANSWER_BYTES {
            return Err(PublishError::AnswerTooLarge { limit: ANSWER_BYTES });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn retry_after(answer: &Response) -> Option<Duration> {
    let value = answer.headers().get("retry-after")?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

/// Cloudflare's error 10013, "namespace not found", against 10009, "key not found".
fn names_missing_namespace(body: &[u8]) -> bool {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let errors = document.get("errors").and_then(Value::as_array);
    errors.is_some_and(|errors| errors.iter().any(|error| error.get("code") == Some(&10013.into())))
}

fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.chars().take(DETAIL_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
