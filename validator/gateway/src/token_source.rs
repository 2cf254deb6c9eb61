//! Where a request carries its token (RFC 6750 section 2).

use std::borrow::Cow;

use serde::Deserialize;

use crate::{header::HeaderName, path::hex_byte, request::RequestHead};

/// A place that may carry a token: `bearer`, `header:x-token`, `cookie:session` or `query:access_token`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum TokenSource {
    /// The header `Authorization`, under the scheme `Bearer`.
    Bearer,
    /// A header that is nothing but the token.
    Header(HeaderName),
    /// A cookie.
    Cookie(String),
    /// A parameter of the query, which ends up in logs (RFC 6750 section 5.3).
    Query(String),
}

/// A token source that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a token source is `bearer`, `header:NAME`, `cookie:NAME` or `query:NAME`")]
pub(crate) struct TokenSourceError;

/// What a request presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Presented<'a> {
    /// No token.
    Nothing,
    /// One token.
    Token(Cow<'a, str>),
    /// Several, so that the gateway and the origin might each believe another one.
    Several,
}

impl<'a> Presented<'a> {
    /// What several sources together present. A client must not use more than one (RFC 6750 section 2).
    pub(crate) fn by<'s>(head: &RequestHead<'a>, sources: impl IntoIterator<Item = &'s TokenSource>) -> Self {
        sources.into_iter().fold(Self::Nothing, |found, source| match (found, source.find(head)) {
            (Self::Nothing, presented) | (presented, Self::Nothing) => presented,
            _ => Self::Several,
        })
    }

    fn one_of(mut tokens: impl Iterator<Item = Cow<'a, str>>) -> Self {
        match (tokens.next(), tokens.next()) {
            (None, _) => Self::Nothing,
            (Some(token), None) => Self::Token(token),
            (Some(_), Some(_)) => Self::Several,
        }
    }
}

impl TokenSource {
    fn find<'a>(&self, head: &RequestHead<'a>) -> Presented<'a> {
        match self {
            Self::Bearer => bearer_token(head),
            // Several headers of one name reach some of us as one, joined by commas. No token contains a comma.
            Self::Header(name) => match Presented::one_of(name.found_in(head).map(|(_, value)| value.into()))
            {
                Presented::Token(token) if token.contains(',') => Presented::Several,
                presented => presented,
            },
            Self::Cookie(name) => {
                Presented::one_of(cookies(head).filter_map(|pair| value_of(pair, name)).map(Cow::Borrowed))
            }
            Self::Query(name) => Presented::one_of(
                parameters(head.query.unwrap_or_default())
                    .filter(|it| it.is_named(name))
                    .map(|it| it.value()),
            ),
        }
    }
}

impl TryFrom<String> for TokenSource {
    type Error = TokenSourceError;

    fn try_from(source: String) -> Result<Self, Self::Error> {
        let (kind, name) = source.split_once(':').unwrap_or((&source, ""));
        let is_name =
            !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it));
        match kind {
            "bearer" if source == kind => Ok(Self::Bearer),
            "header" => {
                let name = HeaderName::try_from(name.to_owned()).map_err(|_| TokenSourceError)?;
                if name.as_str() == "authorization" { Err(TokenSourceError) } else { Ok(Self::Header(name)) }
            }
            "cookie" if is_name => Ok(Self::Cookie(name.to_owned())),
            "query" if is_name => Ok(Self::Query(name.to_owned())),
            _ => Err(TokenSourceError),
        }
    }
}

/// The cookies of a request without those of these names; `None` if nothing is left.
pub(crate) fn without_cookies(head: &RequestHead, names: &[&str]) -> Option<String> {
    let is_named = |pair: &&str| names.iter().any(|name| value_of(pair, name).is_some());
    let kept: Vec<&str> = cookies(head).filter(|pair| !is_named(pair)).collect();
    if kept.is_empty() { None } else { Some(kept.join("; ")) }
}

/// A query without the parameters of these names; `None` if nothing is left.
pub(crate) fn without_parameters(query: &str, names: &[&str]) -> Option<String> {
    let is_named = |it: &Parameter| names.iter().any(|name| it.is_named(name));
    let kept: Vec<&str> = parameters(query).filter(|it| !is_named(it)).map(|it| it.0).collect();
    if kept.is_empty() { None } else { Some(kept.join("&")) }
}

fn bearer_token<'a>(head: &RequestHead<'a>) -> Presented<'a> {
    let mut values = head.values("authorization");
    let (Some(value), None) = (values.next(), values.next()) else {
        let several = head.values("authorization").count() > 1;
        return if several { Presented::Several } else { Presented::Nothing };
    };
    // Whatever ends the scheme, a tab as well, some reader takes what follows for the token. One that is not parted by
    // spaces is refused, for what is left before it.
    let is_of_scheme = |character: char| character.is_ascii_alphanumeric() || character == '-';
    let (scheme, token) = value.split_at(value.find(|it| !is_of_scheme(it)).unwrap_or(value.len()));
    let is_bearer =
        |scheme: &str| scheme.trim_start().get(..6).is_some_and(|it| it.eq_ignore_ascii_case("bearer"));
    // Two headers joined by a comma, of whichever one the origin may take the second.
    if value.contains(',') && value.split(',').any(is_bearer) {
        return Presented::Several;
    }
    if scheme.eq_ignore_ascii_case("bearer") {
        Presented::Token(Cow::Borrowed(token.trim_matches(' ')))
    } else {
        Presented::Nothing
    }
}

fn cookies<'a>(head: &RequestHead<'a>) -> impl Iterator<Item = &'a str> {
    head.values("cookie")
        .flat_map(|cookies| cookies.split(';'))
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
}

fn value_of<'a>(cookie: &'a str, name: &str) -> Option<&'a str> {
    cookie.split_once('=').filter(|(found, _)| found.trim() == name).map(|(_, value)| value.trim())
}

/// A parameter of a query, as it is spelled.
struct Parameter<'a>(&'a str);

fn parameters(query: &str) -> impl Iterator<Item = Parameter<'_>> {
    query.split('&').filter(|it| !it.is_empty()).map(Parameter)
}

impl<'a> Parameter<'a> {
    fn is_named(&self, name: &str) -> bool {
        decoded(self.0.split_once('=').map_or(self.0, |(name, _)| name)) == name
    }

    fn value(&self) -> Cow<'a, str> {
        decoded(self.0.split_once('=').map_or("", |(_, value)| value))
    }
}

/// Percent-decoded. What is no UTF-8 then is no token either, and stays as it is.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let escaped = if byte == b'%' { hex_byte(&mut bytes.clone()) } else { None };
        if escaped.is_some() {
            bytes.nth(1);
        }
        decoded.push(escaped.unwrap_or(byte));
    }
    String::from_utf8(decoded).map_or(Cow::Borrowed(text), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find<'a>(
        headers: &'a [(&'a str, &'a str)],
        query: Option<&'a str>,
        sources: &[&str],
    ) -> Presented<'a> {
        let head = RequestHead { method: "GET", host: "a.example", path: "/", query, headers };
        let sources: Vec<_> =
            sources.iter().map(|it| TokenSource::try_from((*it).to_owned()).unwrap()).collect();
        Presented::by(&head, &sources)
    }

    fn token(token: &str) -> Presented<'_> {
        Presented::Token(Cow::Borrowed(token))
    }

    #[test]
    fn the_scheme_is_compared_without_case() {
        for value in ["Bearer a.b.c", "bEARER   a.b.c "] {
            assert_eq!(find(&[("Authorization", value)], None, &["bearer"]), token("a.b.c"));
        }
    }

    #[test]
    fn another_scheme_presents_no_token() {
        for value in ["Basic YTpi", "Bearerish a.b.c", "Digest a=1, b=2", ""] {
            assert_eq!(find(&[("authorization", value)], None, &["bearer"]), Presented::Nothing, "{value}");
        }
    }

    #[test]
    fn whatever_follows_the_scheme_is_presented_even_if_no_space_does() {
        for value in ["\ta.b.c", "\u{a0}a.b.c", "=a.b.c", ":a.b.c", "\"a.b.c\""] {
            let header = format!("Bearer{value}");
            assert_eq!(find(&[("authorization", &header)], None, &["bearer"]), token(value), "{header}");
        }
        assert_eq!(find(&[("authorization", "Bearer \ta.b.c")], None, &["bearer"]), token("\ta.b.c"));
    }

    #[test]
    fn bearer_without_a_token_presents_an_empty_one() {
        assert_eq!(find(&[("authorization", "Bearer")], None, &["bearer"]), token(""));
    }

    #[test]
    fn two_authorization_headers_are_ambiguous_joined_or_not() {
        for value in ["Bearer a.b.c, Bearer d.e.f", "Basic YTpi, Bearer a.b.c", "Bearer a.b.c,Basic YTpi"] {
            assert_eq!(find(&[("authorization", value)], None, &["bearer"]), Presented::Several, "{value}");
        }
        let twice = [("authorization", "Basic YTpi"), ("Authorization", "Bearer a.b.c")];
        assert_eq!(find(&twice, None, &["bearer"]), Presented::Several);
    }

    #[test]
    fn two_sources_are_ambiguous_even_if_they_agree() {
        let headers = [("authorization", "Bearer a.b.c"), ("cookie", "session=a.b.c")];
        assert_eq!(find(&headers, None, &["bearer", "cookie:session"]), Presented::Several);
        assert_eq!(find(&headers, None, &["bearer"]), token("a.b.c"));
    }

    #[test]
    fn a_cookie_counts_only_under_its_whole_name_and_only_once() {
        let cookies = [("cookie", "theme=dark; session=a.b.c; mysession=d.e.f")];
        assert_eq!(find(&cookies, None, &["cookie:session"]), token("a.b.c"));
        assert_eq!(find(&cookies, None, &["cookie:Session"]), Presented::Nothing);
        let twice = [("cookie", "session=a"), ("cookie", "x=1; session=b")];
        assert_eq!(find(&twice, None, &["cookie:session"]), Presented::Several);
    }

    #[test]
    fn a_header_of_its_own_is_the_token() {
        assert_eq!(find(&[("X-Token", "a.b.c")], None, &["header:x-token"]), token("a.b.c"));
        assert_eq!(find(&[("x-token", "a.b.c, d.e.f")], None, &["header:x-token"]), Presented::Several);
        assert_eq!(
            find(&[("x-token", "a"), ("x-token", "a")], None, &["header:x-token"]),
            Presented::Several
        );
    }

    #[test]
    fn a_header_that_an_origin_might_take_for_the_tokens_is_no_way_around_it() {
        assert_eq!(find(&[("x_token", "a.b.c")], None, &["header:x-token"]), token("a.b.c"));
        let both = [("x-token", "a.b.c"), ("X_Token", "d.e.f")];
        assert_eq!(find(&both, None, &["header:x-token"]), Presented::Several);
    }

    #[test]
    fn a_parameter_counts_only_if_the_policy_names_it() {
        let query = Some("a=1&access%5Ftoken=a%2eb.c&b");
        assert_eq!(find(&[], query, &["bearer"]), Presented::Nothing);
        assert_eq!(find(&[], query, &["query:access_token"]), token("a.b.c"));
        assert_eq!(find(&[], Some("t=a&t=a"), &["query:t"]), Presented::Several);
        assert_eq!(without_parameters("a=1&access%5Ftoken=x&b", &["access_token"]).as_deref(), Some("a=1&b"));
        assert_eq!(without_parameters("access_token=x", &["access_token"]), None);
    }

    #[test]
    fn the_token_cookie_can_be_taken_out() {
        let take = |cookies: &str| {
            let headers = [("cookie", cookies)];
            let head = RequestHead { method: "GET", host: "", path: "/", query: None, headers: &headers };
            without_cookies(&head, &["session"])
        };
        assert_eq!(take("a=1; session=x; b=2").as_deref(), Some("a=1; b=2"));
        assert_eq!(take("session=x"), None);
    }

    #[test]
    fn a_source_that_names_nothing_is_refused() {
        for wrong in [
            "",
            "Bearer",
            "bearer:x",
            "cookie",
            "cookie:",
            "cookie:a b",
            "header:a b",
            "header:authorization",
        ] {
            assert!(TokenSource::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
