use super::Crossing;
use super::source::Source;

/// The console keeps to a strict content policy, and one file knows where the server is.
pub(super) fn crossings(sources: &[Source]) -> Vec<Crossing> {
    let lines = sources
        .iter()
        .filter(|source| source.is_below("www/"))
        .flat_map(|source| source.lines().map(move |(number, line)| (source, number, line)));
    lines
        .filter_map(|(source, line, text)| {
            let (what, why) = inline(source, text).or_else(|| address(source, text))?;
            Some(Crossing { path: source.path.clone(), line, what: what.to_owned(), why: why.to_owned() })
        })
        .collect()
}

fn inline(source: &Source, line: &str) -> Option<(&'static str, &'static str)> {
    if !source.has_extension("html") {
        return None;
    }
    let is_script = line.contains("<script") && !line.contains("src=");
    let is_style = line.contains("<style") || line.contains(" style=");
    let is_handler = ["onclick", "onsubmit", "onload", "onchange", "oninput", "onerror"]
        .iter()
        .any(|handler| line.contains(&format!(" {handler}=")));
    (is_script || is_style || is_handler).then_some((
        "script or style inside the document",
        "the content policy allows files of our own alone",
    ))
}

fn address(source: &Source, line: &str) -> Option<(&'static str, &'static str)> {
    let is_script = source.has_extension("js");
    if !is_script || source.path == "www/js/api.js" || line.trim_start().starts_with("//") {
        return None;
    }
    // A namespace looks like an address and is a name.
    let line = line.replace("http://www.w3.org/", "");
    let asks =
        ["fetch(", "XMLHttpRequest", "EventSource(", "WebSocket(", "\"/v1", "`/v1", "http://", "https://"];
    asks.iter()
        .any(|sign| line.contains(sign))
        .then_some(("an address or a request", "only `js/api.js` knows where the server is"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crosses(path: &str, text: &str) -> bool {
        !crossings(&[Source::of(path, text)]).is_empty()
    }

    #[test]
    fn a_document_holds_no_script_and_no_style() {
        assert!(crosses("www/index.html", "<script>alert(1)</script>"));
        assert!(crosses("www/index.html", "<p style=\"color: red\">"));
        assert!(crosses("www/index.html", "<a onclick=\"go()\">"));
        assert!(!crosses("www/index.html", "<script type=\"module\" src=\"js/page.js\"></script>"));
    }

    #[test]
    fn one_file_knows_the_server() {
        assert!(crosses("www/js/keys.js", "await fetch(path)"));
        assert!(crosses("www/js/keys.js", "get(\"/v1/keys\")"));
        assert!(!crosses("www/js/api.js", "await fetch(path)"));
        assert!(!crosses("www/js/icon.js", "createElementNS(\"http://www.w3.org/2000/svg\", name)"));
    }
}
