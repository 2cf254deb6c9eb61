//! The head of a request, as any HTTP library has it.

/// What is known of a request before its body.
///
/// Nothing here is decoded: the path and the query are as the client sent them.
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a> {
    /// The method, case and all.
    pub method: &'a str,
    /// The host that the request is for, with or without port; empty if it names none.
    pub host: &'a str,
    /// The path, from its first slash up to the query.
    pub path: &'a str,
    /// The query, without its question mark.
    pub query: Option<&'a str>,
    /// Every header. One that came several times may stand here several times, or once with its values joined.
    pub headers: &'a [(&'a str, &'a str)],
}

impl<'a> RequestHead<'a> {
    /// The values of the headers of this name, spelled in lower case.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &'a str> {
        let is_named = move |(found, _): &&(&str, &str)| found.eq_ignore_ascii_case(name);
        self.headers.iter().filter(is_named).map(|(_, value)| *value)
    }

    /// The method that a browser asks leave for, if this is the question (Fetch, "CORS-preflight fetch"). It is sent
    /// without credentials.
    pub(crate) fn preflight(&self) -> Option<&'a str> {
        let mut wanted = self.values("access-control-request-method");
        let (Some(method), None) = (wanted.next(), wanted.next()) else { return None };
        let is_token =
            !method.is_empty() && method.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
        let is_asked = self.method == "OPTIONS" && is_token && self.values("origin").next().is_some();
        is_asked.then_some(method)
    }
}
