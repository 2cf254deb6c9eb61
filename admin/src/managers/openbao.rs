use reqwest::header::HeaderValue;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::ManagerError;
use super::exchange::{Answer, json, refusal, send};
use crate::domain::SecretText;
use crate::outbound::{Destination, Outbound};

/// A server of OpenBao or Vault, with the token that it is asked with.
pub struct OpenBaoServer<'a> {
    /// How it is called.
    pub outbound: &'a Outbound,
    /// Where it answers, without `/v1`.
    pub address: Destination,
    /// The namespace, where there are any.
    pub namespace: Option<&'a str>,
    /// Who calls.
    pub token: SecretText,
}

impl OpenBaoServer<'_> {
    /// Reads a path below `/v1`, whatever the status of the answer.
    pub async fn get<'p>(&self, path: impl IntoIterator<Item = &'p str>) -> Result<Answer, ManagerError> {
        send(self.request(Method::GET, path)?).await
    }

    /// Posts JSON to a path below `/v1`. Refused where that does not succeed.
    pub async fn post<'p>(
        &self,
        path: impl IntoIterator<Item = &'p str>,
        body: String,
    ) -> Result<Answer, ManagerError> {
        let request = self.request(Method::POST, path)?.header("content-type", "application/json");
        let answer = send(request.body(body)).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(refused_by_openbao(&answer)) }
    }

    fn request<'p>(
        &self,
        method: Method,
        path: impl IntoIterator<Item = &'p str>,
    ) -> Result<RequestBuilder, ManagerError> {
        let place = self.address.below(["v1"].into_iter().chain(path));
        let unusable =
            |_| ManagerError::Misconfigured { detail: "the token has characters that none has".to_owned() };
        let mut token = HeaderValue::from_str(self.token.reveal()).map_err(unusable)?;
        // So that it is in no log of what goes over the wire.
        token.set_sensitive(true);
        let request = self.outbound.request(method, &place).header("x-vault-request", "true");
        let request = request.header("x-vault-token", token);
        Ok(match self.namespace {
            Some(namespace) => request.header("x-vault-namespace", namespace),
            None => request,
        })
    }
}

/// Whether the answer says why it is none: a missing secret answers with an empty list of errors, a missing engine says so.
pub fn says_why(answer: &Answer) -> bool {
    let errors = json(&answer.body).ok().and_then(|said| Some(said.get("errors")?.as_array()?.len()));
    errors.unwrap_or(0) > 0
}

/// What a refusal amounts to.
pub fn refused_by_openbao(answer: &Answer) -> ManagerError {
    let said = json(&answer.body).unwrap_or_default();
    let errors = said.get("errors").and_then(Value::as_array).into_iter().flatten();
    let errors: Vec<_> = errors.filter_map(Value::as_str).collect();
    refusal(answer.status, &errors.join("; "))
}
