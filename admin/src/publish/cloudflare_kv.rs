//! One namespace of Workers KV, through Cloudflare's REST API. Local workerd serves the same API.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url, redirect};

use crate::fault::{self, FaultPoint};
use crate::publish::PublishError;
use crate::settings::KvSettings;

/// A whole exchange. The API answers in well under a second; what takes longer is retried from the outbox.
const EXCHANGE: Duration = Duration::from_secs(10);
/// The most that is read of an answer: the largest key set a validator takes, and room for an error document.
const ANSWER_BYTES: usize = 1 << 20;
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

    fn request(&self, method: Method, key: &str) -> Result<RequestBuilder, PublishError> {
        let mut url = self.namespace.clone();
        // Each part becomes one path segment, its slashes escaped.
        url.path_segments_mut()
            .map_err(|()| PublishError::Misconfigured { detail: "the KV base URL has no path".to_owned() })?
            .pop_if_empty()
            .extend([self.settings.namespace_id.as_str(), "values", key]);
        Ok(self.client.request(method, url).bearer_auth(self.settings.api_token.reveal()))
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, PublishError> {
        let answer = request.send().await;
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
    let document: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let errors = document.get("errors").and_then(serde_json::Value::as_array);
    errors.is_some_and(|errors| errors.iter().any(|error| error.get("code") == Some(&10013.into())))
}

fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.chars().take(DETAIL_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
