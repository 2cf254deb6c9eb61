//! How each proxy that asks us says which request it asks about. It is named by whoever starts the gate and never
//! guessed: a header that one proxy always sets is one that a client of another can make up.

use hyper::http::request::Parts;
use keystile_gateway::{Provider, Refusal};

use crate::head::{Head, only};

/// The proxy that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Convention {
    /// nginx with `auth_request`. It says what its configuration has it say: `X-Original-Method`, `X-Original-Host` and
    /// `X-Original-URI`, as `docs/gate.md` shows. It understands 401 and 403 alone.
    Nginx,
    /// Traefik with ForwardAuth: `X-Forwarded-Method`, `X-Forwarded-Host` and `X-Forwarded-Uri`.
    Traefik,
    /// Envoy with `ext_authz` over HTTP: method, host and path are those of the question itself.
    Envoy,
}

impl Convention {
    /// Every one, by its name on the command line.
    pub const ALL: [(&'static str, Self); 3] =
        [("nginx", Self::Nginx), ("traefik", Self::Traefik), ("envoy", Self::Envoy)];

    /// The name.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, convention)| *convention == self).map_or("", |(name, _)| name)
    }

    /// Envoy takes out the headers that it is told to, though it cannot change a query. The others can be told to set a
    /// header, but not that there is none.
    pub(crate) fn can_strip_tokens_of(self, provider: &Provider) -> bool {
        !provider.strips_tokens() || (self == Self::Envoy && !provider.takes_tokens_from_query())
    }

    /// The request that the question is about. A proxy that does not say it is set up wrong, and nothing passes.
    pub(crate) fn original(self, question: &Parts) -> Result<Head<'_>, Refusal> {
        let (method, host, target) = match self {
            Self::Nginx => said(question, ["x-original-method", "x-original-host", "x-original-uri"])?,
            Self::Traefik => said(question, ["x-forwarded-method", "x-forwarded-host", "x-forwarded-uri"])?,
            Self::Envoy => {
                let target = question.uri.path_and_query().map_or("", |it| it.as_str());
                (question.method.as_str(), host_of(question).unwrap_or_default(), target)
            }
        };
        Head::new(method, host, target, &question.headers).ok_or(Refusal::NoRoute)
    }
}

/// The host that a request is for. Where the request line names one, `Host` means nothing (RFC 9112 section 3.2.2).
/// `None` if there is more than one, or it is no text.
pub(crate) fn host_of(request: &Parts) -> Option<&str> {
    request.uri.authority().map(|it| it.as_str()).or_else(|| only(&request.headers, "host"))
}

fn said<'r>(question: &'r Parts, names: [&str; 3]) -> Result<(&'r str, &'r str, &'r str), Refusal> {
    let say = |name: &str| {
        only(&question.headers, name).ok_or_else(|| {
            Refusal::Misconfigured(format!(
                "the proxy in front of the gate must say `{name}` once; configure it as the gate's documentation shows"
            ))
        })
    };
    let [method, host, target] = names;
    Ok((say(method)?, say(host)?, say(target)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::Request;

    fn question(uri: &str, headers: &[(&str, &str)]) -> Parts {
        let request =
            headers.iter().fold(Request::builder().uri(uri), |it, (name, value)| it.header(*name, *value));
        request.body(()).unwrap().into_parts().0
    }

    fn asked(convention: Convention, question: &Parts) -> Result<(String, String, String), &'static str> {
        let head = convention.original(question).map_err(|refusal| refusal.code())?;
        Ok((head.method.to_owned(), head.host.to_owned(), head.path.to_owned()))
    }

    const NGINX: [(&str, &str); 3] =
        [("x-original-method", "PUT"), ("x-original-host", "api.example"), ("x-original-uri", "/a%2Fb?c")];

    const TRAEFIK: [(&str, &str); 3] =
        [("x-forwarded-method", "PUT"), ("x-forwarded-host", "api.example"), ("x-forwarded-uri", "/a%2Fb?c")];

    #[test]
    fn each_proxy_is_heard_in_its_own_words() {
        let expected = Ok(("PUT".to_owned(), "api.example".to_owned(), "/a%2Fb".to_owned()));
        assert_eq!(asked(Convention::Nginx, &question("/", &NGINX)), expected);
        assert_eq!(asked(Convention::Traefik, &question("/", &TRAEFIK)), expected);
        let mut envoy = question("/a%2Fb?c", &[("host", "api.example")]);
        envoy.method = hyper::Method::PUT;
        assert_eq!(asked(Convention::Envoy, &envoy), expected);
    }

    #[test]
    fn the_words_of_another_proxy_count_for_nothing() {
        let headers: Vec<_> = TRAEFIK.into_iter().chain([("host", "other.example")]).collect();
        assert_eq!(asked(Convention::Nginx, &question("/", &headers)), Err("gateway_misconfigured"));
        let envoy = asked(Convention::Envoy, &question("/real", &headers));
        assert_eq!(envoy.unwrap(), ("GET".to_owned(), "other.example".to_owned(), "/real".to_owned()));
    }

    #[test]
    fn what_is_said_twice_or_not_at_all_is_not_guessed() {
        for (left_out, said) in NGINX.into_iter().enumerate() {
            let mut some = NGINX.to_vec();
            some.remove(left_out);
            assert_eq!(asked(Convention::Nginx, &question("/", &some)), Err("gateway_misconfigured"));
            let mut twice = NGINX.to_vec();
            twice.push(said);
            assert_eq!(asked(Convention::Nginx, &question("/", &twice)), Err("gateway_misconfigured"));
        }
    }

    #[test]
    fn the_host_of_the_request_line_comes_before_the_header() {
        let absolute = question("http://line.example/x", &[("host", "header.example")]);
        assert_eq!(host_of(&absolute), Some("line.example"));
        let twice = question("/x", &[("host", "a.example"), ("host", "b.example")]);
        assert_eq!(host_of(&twice), None);
    }
}
