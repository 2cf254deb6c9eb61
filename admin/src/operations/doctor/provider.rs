use super::Finding;
use crate::operations::Keystile;

/// Whether people can sign in with the identity provider, as far as can be said without one of them.
pub(super) async fn look(keystile: &Keystile) -> Option<Finding> {
    const CHECK: &str = "sign-in";
    let provider = keystile.provider.as_ref()?;
    let (name, issuer) = (provider.name(), provider.issuer());
    Some(match provider.examine(keystile.now()).await {
        Ok(found) if !found.announces_pkce => Finding::fine(
            CHECK,
            format!(
                "{name} at {issuer} answers, with {} keys for RS256; it does not say that it knows PKCE",
                found.keys
            ),
        ),
        Ok(found) => {
            Finding::fine(CHECK, format!("{name} at {issuer} answers, with {} keys for RS256", found.keys))
        }
        Err(error) => Finding::problem(
            CHECK,
            format!("{name} at {issuer}: {error}"),
            "correct KEYSTILE__OIDC__ISSUER and what belongs to it, or the provider; names and API tokens work meanwhile",
        ),
    })
}
