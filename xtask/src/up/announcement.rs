use std::io::{self, Write};

use anyhow::Result;
use serde::Serialize;

use crate::place::Place;
use crate::system::{Settings, System};
use crate::up::demo::{Demo, Door};

/// What a person or a program needs to know to use the running system.
#[derive(Debug, Serialize)]
pub(super) struct Announcement {
    admin: String,
    edge: String,
    console: String,
    admin_token: String,
    sample_token: String,
    issuer: String,
    audience: String,
    data: String,
    /// The example backend, if it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_manager: Option<Door>,
}

impl Announcement {
    pub(super) fn of(system: &System, settings: &Settings, demo: Option<&Demo>) -> Result<Self> {
        let sample_token = match demo {
            Some(demo) => demo.sign_in()?.access_token,
            None => system.admin.sample_token("alice")?,
        };
        Ok(Self {
            admin: system.admin.url().to_owned(),
            edge: system.edge.url().to_owned(),
            console: format!("{}/", system.admin.url()),
            admin_token: system.admin.token().to_owned(),
            sample_token,
            issuer: settings.issuer.clone(),
            audience: settings.audience.clone(),
            data: settings.folder.data().display().to_string(),
            phone_manager: demo.map(Demo::door),
        })
    }

    pub(super) fn make(&self, place: &Place, json: bool) -> Result<()> {
        let text = if json { serde_json::to_string(self)? + "\n" } else { self.for_people(place) };
        let mut output = io::stdout().lock();
        output.write_all(text.as_bytes())?;
        Ok(output.flush()?)
    }

    fn for_people(&self, place: &Place) -> String {
        let Self { edge, console, admin_token, sample_token, issuer, audience, data, .. } = self;
        let tampered = tampered(sample_token);
        let keystile = place.keystile();
        let keystile = keystile.display();
        let path = if self.phone_manager.is_some() { "/api/v1/users/me" } else { "/hello" };
        let backend = self.phone_manager.as_ref().map(Door::for_people).unwrap_or_default();
        format!(
            "
Keystile is up.

  console       {console}
  sign in with  {admin_token}
  edge          {edge}
  tokens        iss `{issuer}`, aud `{audience}`
  data          {data} (logs in up/logs, the token above in up/admin-token)
{backend}  sample token  {sample_token}

A good token reaches the origin:

curl -i -H 'Authorization: Bearer {sample_token}' {edge}{path}

A tampered one is refused at the edge:

curl -i -H 'Authorization: Bearer {tampered}' {edge}{path}

Turn the key, and send the first token again: it is still good. The console shows the edge confirm the new key.

{keystile} --data '{data}' rotate

Ctrl-C stops everything; the next run goes on with the same data.
"
        )
    }
}

impl Door {
    fn for_people(&self) -> String {
        let Self { url, email, password } = self;
        format!("  backend       {url}, where `{email}` signs in with `{password}`\n")
    }
}

/// The token with one character of its signature changed to another that decodes as well.
fn tampered(token: &str) -> String {
    let Some((signed, signature)) = token.rsplit_once('.') else { return token.to_owned() };
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{signed}.{other}{}", signature.chars().skip(1).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tampered_token_differs_in_its_signature_alone() {
        assert_eq!(tampered("head.claims.Sign"), "head.claims.Aign");
        assert_eq!(tampered("head.claims.Align"), "head.claims.Blign");
    }
}
