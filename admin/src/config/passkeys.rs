//! Whom passkeys belong to, and who must have one.

use super::{Config, Environment, InvalidSetting};
use crate::passkeys::RelyingParty;

impl Config {
    /// Where clients reach the server, as far as is known.
    pub fn own_url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        self.public_url.clone().unwrap_or_else(|| format!("{scheme}://{}", self.listen))
    }

    /// Whom the passkeys of this server belong to. Refused where everybody must have one and no browser would make any.
    pub fn relying_party(&self) -> Result<Option<RelyingParty>, InvalidSetting> {
        let url = self.own_url();
        let found = RelyingParty::at(&url);
        if found.is_none() && self.settings.passkey_required {
            return Err(InvalidSetting::NoNameForPasskeys(url));
        }
        Ok(found)
    }
}

impl Environment {
    pub(super) fn passkey_required(&self) -> Result<bool, InvalidSetting> {
        match self.text("SIGN_IN__PASSKEY") {
            None | Some("optional") => Ok(false),
            Some("required") => Ok(true),
            Some(other) => Err(self.not_a_choice("SIGN_IN__PASSKEY", "`optional` or `required`", other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, InvalidSetting> {
        Config::read(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())), None)
    }

    fn origin(variables: &[(&str, &str)]) -> Option<String> {
        let found = read(variables).unwrap().relying_party().unwrap();
        found.map(|it| it.origin().to_owned())
    }

    #[test]
    fn passkeys_belong_to_the_public_address_or_to_this_machine() {
        assert_eq!(origin(&[]).unwrap(), "http://localhost:8420");
        assert_eq!(origin(&[("KEYSTILE__LISTEN", "[::1]:9000")]).unwrap(), "http://localhost:9000");
        let behind_a_proxy =
            [("KEYSTILE__LISTEN", "0.0.0.0:80"), ("KEYSTILE__PUBLIC_URL", "https://keys.example/")];
        assert_eq!(origin(&behind_a_proxy).unwrap(), "https://keys.example");
        assert_eq!(origin(&[("KEYSTILE__LISTEN", "0.0.0.0:80")]), None);
    }

    #[test]
    fn nobody_must_have_a_passkey_that_no_browser_would_make() {
        let required = ("KEYSTILE__SIGN_IN__PASSKEY", "required");
        assert!(read(&[required]).unwrap().relying_party().unwrap().is_some());
        let in_clear = read(&[required, ("KEYSTILE__PUBLIC_URL", "http://keys.example")]).unwrap();
        assert!(matches!(in_clear.relying_party(), Err(InvalidSetting::NoNameForPasskeys(_))));
        assert!(read(&[("KEYSTILE__SIGN_IN__PASSKEY", "yes")]).is_err());
    }
}
