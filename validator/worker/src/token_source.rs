//! Where a request carries its token: the `Authorization` header, or a cookie if one is configured. Never the query,
//! which ends up in logs (RFC 6750 section 5.3).

/// What a request presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Presented<'a> {
    /// No token.
    Nothing,
    /// One token.
    Token(&'a str),
    /// Several, so that the gateway and the origin might each believe another one.
    Several,
}

/// Finds the token in the two headers that may carry it. `cookie_name` is the cookie to look for in `cookies`.
pub(crate) fn find<'a>(
    authorization: Option<&'a str>,
    cookies: Option<&'a str>,
    cookie_name: Option<&str>,
) -> Presented<'a> {
    let from_header = authorization.and_then(bearer_token);
    // Several `Authorization` headers reach us as one, joined by commas. No token contains a comma.
    if from_header.is_some_and(|token| token.contains(',')) {
        return Presented::Several;
    }
    let from_cookie =
        cookie_name.into_iter().flat_map(|name| cookie_values(cookies.unwrap_or_default(), name));
    let mut found = from_header.into_iter().chain(from_cookie);
    match (found.next(), found.next()) {
        (None, _) => Presented::Nothing,
        (Some(token), None) => Presented::Token(token),
        (Some(_), Some(_)) => Presented::Several,
    }
}

/// The cookie header without the cookie `name`; `None` if nothing is left.
pub(crate) fn without_cookie(cookies: &str, name: &str) -> Option<String> {
    let kept: Vec<&str> =
        cookies.split(';').map(str::trim).filter(|pair| cookie_value(pair, name).is_none()).collect();
    if kept.is_empty() { None } else { Some(kept.join("; ")) }
}

fn bearer_token(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ').unwrap_or((authorization, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn cookie_values<'a>(cookies: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    cookies.split(';').filter_map(move |pair| cookie_value(pair.trim(), name))
}

fn cookie_value<'a>(pair: &'a str, name: &str) -> Option<&'a str> {
    pair.split_once('=').filter(|(found, _)| found.trim() == name).map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_is_compared_without_case() {
        assert_eq!(find(Some("Bearer a.b.c"), None, None), Presented::Token("a.b.c"));
        assert_eq!(find(Some("bEARER   a.b.c "), None, None), Presented::Token("a.b.c"));
    }

    #[test]
    fn another_scheme_presents_no_token() {
        assert_eq!(find(Some("Basic YTpi"), None, None), Presented::Nothing);
        assert_eq!(find(Some("Bearerish a.b.c"), None, None), Presented::Nothing);
        assert_eq!(find(None, None, Some("session")), Presented::Nothing);
    }

    #[test]
    fn bearer_without_a_token_presents_an_empty_one() {
        assert_eq!(find(Some("Bearer"), None, None), Presented::Token(""));
    }

    #[test]
    fn two_authorization_headers_are_ambiguous() {
        assert_eq!(find(Some("Bearer a.b.c, Bearer d.e.f"), None, None), Presented::Several);
    }

    #[test]
    fn a_header_and_a_cookie_are_ambiguous_even_if_they_agree() {
        assert_eq!(find(Some("Bearer a.b.c"), Some("session=a.b.c"), Some("session")), Presented::Several);
    }

    #[test]
    fn the_same_cookie_twice_is_ambiguous() {
        assert_eq!(find(None, Some("session=a; session=b"), Some("session")), Presented::Several);
    }

    #[test]
    fn a_cookie_counts_only_under_its_whole_name_and_only_if_configured() {
        let cookies = Some("theme=dark; session=a.b.c; mysession=d.e.f");
        assert_eq!(find(None, cookies, Some("session")), Presented::Token("a.b.c"));
        assert_eq!(find(None, cookies, Some("Session")), Presented::Nothing);
        assert_eq!(find(None, cookies, None), Presented::Nothing);
    }

    #[test]
    fn the_token_cookie_can_be_taken_out() {
        assert_eq!(without_cookie("a=1; session=x; b=2", "session").as_deref(), Some("a=1; b=2"));
        assert_eq!(without_cookie("session=x", "session"), None);
    }
}
