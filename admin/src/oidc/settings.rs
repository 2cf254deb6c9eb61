//! What the operator says about the provider.

use std::path::PathBuf;

use serde_json::Value;

use super::SignInError;
use crate::domain::{Role, SecretText};

/// Longer than any client secret: a larger file is none.
const SECRET_MOST: usize = 4096;

/// The identity provider, and what its people may do here.
pub struct ProviderSettings {
    /// Its issuer identifier, to the letter.
    pub issuer: String,
    /// What this server is called there.
    pub client_id: String,
    /// How this server shows who it is there.
    pub client_secret: ClientSecret,
    /// Where the provider sends the browser back. It is said, and never taken from a request.
    pub redirect_uri: String,
    /// What people call the provider: it stands on the button.
    pub name: String,
    /// What is asked for, `openid` among it, with spaces between.
    pub scopes: String,
    /// The claim that a person is called by here. It is no identity: that is `iss` and `sub`.
    pub name_claim: String,
    /// Who gets which role.
    pub roles: RoleMapping,
}

/// The client secret, or where it is.
pub enum ClientSecret {
    /// Itself.
    Given(SecretText),
    /// A file that is read at each sign-in, so that whoever renews it need not tell the server.
    File(PathBuf),
}

impl ClientSecret {
    /// The secret as it is now.
    pub(super) fn read(&self) -> Result<SecretText, SignInError> {
        let path = match self {
            Self::Given(secret) => return Ok(SecretText::new(secret.reveal().to_owned())),
            Self::File(path) => path,
        };
        let unreadable = |cause: &str| {
            SignInError::Unusable(format!("the client secret in `{}`: {cause}", path.display()))
        };
        let text = std::fs::read_to_string(path)
            .map(SecretText::new)
            .map_err(|error| unreadable(&error.to_string()))?;
        match text.reveal().trim() {
            "" => Err(unreadable("it is empty")),
            secret if secret.len() > SECRET_MOST => Err(unreadable("it is longer than any secret")),
            secret => Ok(SecretText::new(secret.to_owned())),
        }
    }
}

/// Which values of one claim stand for which role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleMapping {
    /// The claim: a text, or a list of texts.
    pub claim: String,
    /// The values of each role. Who has several gets the role that comes first.
    pub values: Vec<(Role, Vec<String>)>,
}

impl RoleMapping {
    /// The roles that people can have, in the order in which they are looked for.
    pub const ORDER: [Role; 4] = [Role::Admin, Role::Operator, Role::Auditor, Role::Viewer];

    /// The role of whoever has these claims; none where nothing says so.
    pub fn role(&self, claims: &Value) -> Option<Role> {
        let has = |value: &String| match claims.get(&self.claim) {
            Some(Value::String(one)) => one == value,
            Some(Value::Array(many)) => many.iter().any(|one| one.as_str() == Some(value)),
            _ => false,
        };
        self.values.iter().find(|(_, values)| values.iter().any(has)).map(|(role, _)| *role)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mapping() -> RoleMapping {
        let values = [
            (Role::Admin, vec!["/ops/leads"]),
            (Role::Operator, vec!["/ops", "on-call"]),
            (Role::Viewer, vec!["everybody"]),
        ];
        let values = values.map(|(role, names)| (role, names.into_iter().map(str::to_owned).collect()));
        RoleMapping { claim: "groups".to_owned(), values: values.into() }
    }

    #[test]
    fn the_first_role_that_a_value_stands_for_is_given() {
        let of = |groups: Value| mapping().role(&json!({ "groups": groups }));
        assert_eq!(of(json!(["everybody", "/ops/leads"])), Some(Role::Admin));
        assert_eq!(of(json!(["everybody", "on-call"])), Some(Role::Operator));
        assert_eq!(of(json!("everybody")), Some(Role::Viewer));
    }

    #[test]
    fn nothing_else_gives_a_role() {
        let of = |claims: Value| mapping().role(&claims);
        for groups in [
            json!([]),
            json!(["/OPS"]),
            json!(["/ops/"]),
            json!("every"),
            json!(null),
            json!(true),
            json!([["/ops"]]),
            json!({ "/ops": true }),
        ] {
            assert_eq!(of(json!({ "groups": groups })), None, "{groups}");
        }
        assert_eq!(of(json!({})), None);
        assert_eq!(of(json!({ "roles": ["/ops"] })), None);
    }

    #[test]
    fn a_secret_in_a_file_is_read_anew_and_never_empty() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let secret = ClientSecret::File(path.clone());
        assert!(matches!(secret.read(), Err(SignInError::Unusable(_))));
        for (written, read) in [("one\n", Some("one")), ("two", Some("two")), (" \n", None)] {
            std::fs::write(&path, written).unwrap();
            assert_eq!(secret.read().ok().as_ref().map(|it| it.reveal()), read);
        }
    }
}
