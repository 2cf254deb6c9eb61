//! Cross-site request forgery: a browser sends our cookie along with requests that other sites make it send.
//!
//! A request that the cookie authenticates may change something only if it carries a header of ours, which
//! another site can send only with our consent (CORS, never given), and if the browser says that our own page
//! sent it.

/// What a request says about where it comes from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Provenance<'a> {
    /// `x-keystile-csrf`.
    pub marker: Option<&'a str>,
    /// `sec-fetch-site`, which scripts cannot set.
    pub fetch_site: Option<&'a str>,
    /// `origin`.
    pub origin: Option<&'a str>,
    /// `host`.
    pub host: Option<&'a str>,
}

/// Returns `true` only if our own page sent the request.
pub fn is_from_our_page(request: Provenance<'_>) -> bool {
    request.marker == Some("1") && is_same_origin(request)
}

/// Browsers that send `sec-fetch-site` have the last word by it; for the others `origin` must name our host.
/// With neither, no browser of this decade sent it, and the marker alone decides.
fn is_same_origin(request: Provenance<'_>) -> bool {
    match (request.fetch_site, request.origin) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            authority.is_some() && authority == request.host
        }
        (None, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: Provenance<'_> = Provenance {
        marker: Some("1"),
        fetch_site: Some("same-origin"),
        origin: Some("https://keys.example"),
        host: Some("keys.example"),
    };

    #[test]
    fn our_own_page_may_change_things() {
        assert!(is_from_our_page(OURS));
        assert!(is_from_our_page(Provenance { fetch_site: None, ..OURS }));
        assert!(is_from_our_page(Provenance { fetch_site: None, origin: None, ..OURS }));
    }

    #[test]
    fn without_the_marker_nothing_changes() {
        assert!(!is_from_our_page(Provenance { marker: None, ..OURS }));
        assert!(!is_from_our_page(Provenance { marker: Some("0"), ..OURS }));
    }

    #[test]
    fn another_site_is_refused_even_with_the_marker() {
        for site in ["cross-site", "same-site", "none"] {
            assert!(!is_from_our_page(Provenance { fetch_site: Some(site), ..OURS }), "{site}");
        }
        for origin in ["https://evil.example", "null", "https://keys.example.evil", "keys.example"] {
            assert!(
                !is_from_our_page(Provenance { fetch_site: None, origin: Some(origin), ..OURS }),
                "{origin}"
            );
        }
    }
}
