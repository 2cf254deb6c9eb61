//! What a request is for: host, path and query, as they stand in its URL.

/// A URL, cut where its parts meet and otherwise unchanged, so that the origin sees the path that the client sent.
#[derive(Debug)]
pub(crate) struct Target {
    url: String,
    host: usize,
    path: usize,
    query: Option<usize>,
    end: usize,
}

impl Target {
    /// Cuts an absolute URL, as the runtime has it.
    pub(crate) fn of(url: String) -> Self {
        let host = url.find("://").map_or(0, |at| at + 3);
        let end = url.find('#').unwrap_or(url.len());
        let find = |from: usize, what: &[char]| {
            url.get(from..end).and_then(|rest| rest.find(what)).map(|at| from + at)
        };
        let path = find(host, &['/', '?']).unwrap_or(end);
        let query = find(path, &['?']);
        Self { url, host, path, query, end }
    }

    pub(crate) fn host(&self) -> &str {
        self.url.get(self.host..self.path).unwrap_or_default()
    }

    pub(crate) fn path(&self) -> &str {
        let path = self.url.get(self.path..self.query.unwrap_or(self.end)).unwrap_or_default();
        if path.is_empty() { "/" } else { path }
    }

    pub(crate) fn query(&self) -> Option<&str> {
        self.url.get(self.query? + 1..self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_url_are_taken_as_they_are() {
        for (url, host, path, query) in [
            ("https://edge.example/a%2Fb//c?d=%20#", "edge.example", "/a%2Fb//c", Some("d=%20")),
            ("https://edge.example//evil.example/x", "edge.example", "//evil.example/x", None),
            ("https://edge.example:8443/?q=https://x/", "edge.example:8443", "/", Some("q=https://x/")),
            ("https://edge.example?a", "edge.example", "/", Some("a")),
            ("https://edge.example#a?b", "edge.example", "/", None),
        ] {
            let target = Target::of(url.to_owned());
            assert_eq!((target.host(), target.path(), target.query()), (host, path, query), "{url}");
        }
    }
}
