//! Where people of the company sign in.

use super::{Environment, InvalidSetting, KNOWN};
use crate::domain::{Role, SecretText};
use crate::oidc::{ClientSecret, ProviderSettings, RoleMapping};

/// Below PUBLIC_URL; providers are told this address, and send browsers to no other.
const CALLBACK: &str = "/v1/session/provider/callback";
const SECRET: &str = "OIDC__CLIENT_SECRET";
const SECRET_FILE: &str = "OIDC__CLIENT_SECRET_FILE";

impl Environment {
    pub(super) fn provider(&self) -> Result<Option<ProviderSettings>, InvalidSetting> {
        let is_said =
            |(name, ..): &(&str, &str, &str)| name.starts_with("OIDC__") && self.text(name).is_some();
        if !KNOWN.iter().any(is_said) {
            return Ok(None);
        }
        let needed = |below: &str| {
            let missing = || InvalidSetting::HalfAProvider { missing: self.name(below) };
            self.text(below).ok_or_else(missing)
        };
        let (issuer, client_id) = (needed("OIDC__ISSUER")?.to_owned(), needed("OIDC__CLIENT_ID")?.to_owned());
        // For what it refuses: the issuer itself is compared to the letter, a slash at its end included.
        self.url("OIDC__ISSUER")?;
        needed("PUBLIC_URL")?;
        let public_url = self.url("PUBLIC_URL")?.unwrap_or_default();
        let text_or = |below: &str, default: &str| self.text(below).unwrap_or(default).to_owned();
        Ok(Some(ProviderSettings {
            client_id,
            client_secret: self.client_secret()?,
            redirect_uri: format!("{public_url}{CALLBACK}"),
            name: text_or("OIDC__NAME", host(&issuer)),
            scopes: self.scopes()?,
            name_claim: text_or("OIDC__NAME_CLAIM", "preferred_username"),
            roles: self.roles(text_or("OIDC__ROLE_CLAIM", "groups"))?,
            issuer,
        }))
    }

    fn client_secret(&self) -> Result<ClientSecret, InvalidSetting> {
        match (self.text(SECRET), self.text(SECRET_FILE)) {
            (Some(_), Some(_)) => Err(InvalidSetting::TwoSecrets { name: self.name(SECRET) }),
            (Some(secret), None) => Ok(ClientSecret::Given(SecretText::new(secret.to_owned()))),
            (None, Some(path)) => Ok(ClientSecret::File(path.into())),
            (None, None) => Err(InvalidSetting::HalfAProvider { missing: self.name(SECRET) }),
        }
    }

    fn scopes(&self) -> Result<String, InvalidSetting> {
        let scopes = self.text("OIDC__SCOPES").unwrap_or("openid profile");
        match scopes.split_ascii_whitespace().any(|scope| scope == "openid") {
            true => Ok(scopes.to_owned()),
            false => Err(self.not_a_choice("OIDC__SCOPES", "`openid` with others beside it", scopes)),
        }
    }

    fn roles(&self, claim: String) -> Result<RoleMapping, InvalidSetting> {
        let values = RoleMapping::ORDER.map(|role| {
            let below = setting(role);
            let listed = self.json_list(below)?;
            let one = || self.text(below).map(|value| vec![value.to_owned()]);
            Ok((role, listed.or_else(one).unwrap_or_default()))
        });
        let values = values.into_iter().collect::<Result<Vec<_>, InvalidSetting>>()?;
        if values.iter().all(|(_, values)| values.is_empty()) {
            return Err(InvalidSetting::NoRoles { name: self.name(setting(Role::Viewer)) });
        }
        Ok(RoleMapping { claim, values })
    }
}

/// Where the values of a role stand.
fn setting(role: Role) -> &'static str {
    match role {
        Role::Admin => "OIDC__ADMINS",
        Role::Operator => "OIDC__OPERATORS",
        Role::Auditor => "OIDC__AUDITORS",
        // Machines sign in nowhere, and RoleMapping::ORDER has none of them.
        Role::Viewer | Role::Signer | Role::Edge => "OIDC__VIEWERS",
    }
}

/// Host and port of an address.
fn host(address: &str) -> &str {
    address.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or(address)
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    const WHOLE: [(&str, &str); 5] = [
        ("OIDC__ISSUER", "https://login.example/realms/main/"),
        ("OIDC__CLIENT_ID", "keystile"),
        ("OIDC__CLIENT_SECRET", "very-secret"),
        ("OIDC__VIEWERS", "everybody"),
        ("PUBLIC_URL", "https://keys.example/"),
    ];

    fn read(variables: &[(&str, &str)]) -> Result<Option<ProviderSettings>, String> {
        let owned = variables.iter().map(|(name, value)| (format!("KEYSTILE__{name}"), (*value).to_owned()));
        Config::read(owned, None).map(|config| config.settings.provider).map_err(|error| error.to_string())
    }

    #[test]
    fn the_issuer_keeps_its_slash_and_the_way_back_is_below_the_public_url() {
        let provider = read(&WHOLE).unwrap().unwrap();
        assert_eq!(provider.issuer, "https://login.example/realms/main/");
        assert_eq!(provider.redirect_uri, "https://keys.example/v1/session/provider/callback");
        assert_eq!((provider.name.as_str(), provider.scopes.as_str()), ("login.example", "openid profile"));
        assert_eq!(
            (provider.name_claim.as_str(), provider.roles.claim.as_str()),
            ("preferred_username", "groups")
        );
    }

    #[test]
    fn without_any_of_it_there_is_none_and_without_a_part_it_says_which() {
        assert!(read(&[]).unwrap().is_none());
        assert!(read(&[("PUBLIC_URL", "https://keys.example")]).unwrap().is_none());
        assert!(read(&[("OIDC__VIEWERS", "everybody")]).err().unwrap().contains("`KEYSTILE__OIDC__ISSUER`"));
        for (missing, _) in WHOLE {
            let rest: Vec<_> = WHOLE.into_iter().filter(|(name, _)| *name != missing).collect();
            let refused = read(&rest).err().unwrap();
            assert!(refused.contains(&format!("`KEYSTILE__{missing}`")), "{missing}: {refused}");
        }
    }

    #[test]
    fn values_of_a_role_may_have_commas() {
        let mut said = WHOLE.to_vec();
        said.push(("OIDC__ADMINS", r#"["cn=leads,ou=ops","b"]"#));
        said.push(("OIDC__OPERATORS", "cn=all,ou=ops"));
        let values = read(&said).unwrap().unwrap().roles.values;
        let of = |role| values.iter().find(|(it, _)| *it == role).map(|(_, values)| values.clone()).unwrap();
        assert_eq!(of(Role::Admin), ["cn=leads,ou=ops", "b"]);
        assert_eq!(of(Role::Operator), ["cn=all,ou=ops"]);
        assert_eq!((of(Role::Viewer), of(Role::Auditor)), (vec!["everybody".to_owned()], Vec::new()));
    }

    #[test]
    fn what_would_not_work_is_refused() {
        let changes = [
            ("OIDC__SCOPES", "profile email"),
            ("OIDC__CLIENT_SECRET_FILE", "/run/secret"),
            ("OIDC__ADMINS", "[x"),
            ("OIDC__ISSUER", "login.example"),
        ];
        for (name, value) in changes {
            let mut said: Vec<_> = WHOLE.into_iter().filter(|(it, _)| *it != name).collect();
            said.push((name, value));
            let refused = read(&said).err().unwrap();
            assert!(!refused.contains("very-secret"), "{name}: {refused}");
        }
    }
}
