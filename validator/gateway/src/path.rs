//! The path of a request as rules see it: taken apart, decoded once, and refused where two readers could differ.
//!
//! A rule that guards `/admin/**` is worth nothing if the origin takes `/x/..;/admin` for the same thing. What the
//! readers of paths are known to disagree about is therefore not decided here but refused.

use serde::Deserialize;

/// A path whose meaning is the same for every reader: segments without escapes.
///
/// An escape of an ordinary character means that character, and one slash at the end means nothing: `/%61dmin/` is
/// `/admin`. The form is for comparing only; the origin gets the path as the client sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CanonicalPath {
    segments: Vec<String>,
}

/// Why a path can be understood in more than one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmbiguousPath {
    /// It is empty, or an absolute URL, or `*`.
    #[error("does not begin with `/`")]
    NotAbsolute,
    /// A space, a control character or one beyond ASCII stands in it as it is.
    #[error("has a character that should be percent-encoded")]
    BareCharacter,
    /// A `%` without two hexadecimal digits.
    #[error("has a `%` that begins no escape")]
    BrokenEscape,
    /// `%2F`, `%5C` or a backslash: some readers take them for a slash.
    #[error("has a backslash, or a slash that is percent-encoded")]
    HiddenSlash,
    /// `%25` before two hexadecimal digits: decoded twice, it is something else than decoded once.
    #[error("has an escape that is itself percent-encoded")]
    EscapedEscape,
    /// The decoded bytes are not text, overlong forms of `/` among them.
    #[error("has escapes that are no UTF-8")]
    NotUtf8,
    /// A control character, encoded.
    #[error("has a control character")]
    ControlCharacter,
    /// A `;`, encoded or not: some readers cut the segment there, `..;` among them.
    #[error("has a `;`")]
    Parameter,
    /// `.` or `..`: some readers resolve them and some do not.
    #[error("has a segment `.` or `..`")]
    DotSegment,
    /// `//`: some readers merge the two slashes.
    #[error("has an empty segment")]
    EmptySegment,
}

impl CanonicalPath {
    /// Takes apart the path of a request, without its query.
    pub(crate) fn parse(path: &str) -> Result<Self, AmbiguousPath> {
        let relative = path.strip_prefix('/').ok_or(AmbiguousPath::NotAbsolute)?;
        let relative = relative.strip_suffix('/').unwrap_or(relative);
        if relative.is_empty() {
            return if path.len() <= 1 {
                Ok(Self { segments: Vec::new() })
            } else {
                Err(AmbiguousPath::EmptySegment)
            };
        }
        let segments = relative.split('/').map(decode_segment).collect::<Result<_, _>>()?;
        Ok(Self { segments })
    }
}

/// A pattern for paths: `/orders/*/items` or `/orders/**`.
///
/// `*` stands for one segment, `**` at the end for any number of them, none included.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct PathPattern {
    parts: Vec<Part>,
    is_open: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    AnySegment,
}

/// Whether `/Admin` is `/admin`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum PathCase {
    /// It is not (RFC 3986 section 6.2.2.1).
    #[default]
    Sensitive,
    /// It is, for ASCII letters: as origins on file systems without case have it.
    Insensitive,
}

impl PathPattern {
    pub(crate) fn matches(&self, path: &CanonicalPath, case: PathCase) -> bool {
        let is_long_enough = path.segments.len() >= self.parts.len();
        let is_short_enough = self.is_open || path.segments.len() == self.parts.len();
        let is_same = |literal: &str, segment: &str| match case {
            PathCase::Sensitive => literal == segment,
            PathCase::Insensitive => literal.eq_ignore_ascii_case(segment),
        };
        is_long_enough
            && is_short_enough
            && self.parts.iter().zip(&path.segments).all(|(part, segment)| match part {
                Part::AnySegment => true,
                Part::Literal(literal) => is_same(literal, segment),
            })
    }

    /// Whether every path matches.
    pub(crate) fn is_any(&self) -> bool {
        self.is_open && self.parts.is_empty()
    }
}

/// A path pattern that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PathPatternError {
    /// No request would match it.
    #[error("the path pattern {0}, so that no request can match it; write it as a URL would have it")]
    Ambiguous(#[from] AmbiguousPath),
    /// A star beside other characters, or two stars before the end.
    #[error("in a path pattern, `*` stands for one whole segment, and `**` for the end")]
    Star,
}

impl TryFrom<String> for PathPattern {
    type Error = PathPatternError;

    fn try_from(pattern: String) -> Result<Self, Self::Error> {
        if pattern.to_ascii_lowercase().contains("%2a") {
            return Err(PathPatternError::Star);
        }
        let mut segments = CanonicalPath::parse(&pattern)?.segments;
        let is_open = segments.last().is_some_and(|last| last == "**");
        if is_open {
            segments.pop();
        }
        let part = |segment: String| match segment.as_str() {
            "*" => Ok(Part::AnySegment),
            text if text.contains('*') => Err(PathPatternError::Star),
            _ => Ok(Part::Literal(segment)),
        };
        Ok(Self { parts: segments.into_iter().map(part).collect::<Result<_, _>>()?, is_open })
    }
}

fn decode_segment(segment: &str) -> Result<String, AmbiguousPath> {
    let mut decoded = Vec::with_capacity(segment.len());
    let mut bytes = segment.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => decoded.push(escaped_byte(&mut bytes)?),
            b'\\' => return Err(AmbiguousPath::HiddenSlash),
            0x21..=0x7E => decoded.push(byte),
            _ => return Err(AmbiguousPath::BareCharacter),
        }
    }
    let decoded = String::from_utf8(decoded).map_err(|_| AmbiguousPath::NotUtf8)?;
    if decoded.contains(';') {
        return Err(AmbiguousPath::Parameter);
    }
    if decoded.chars().any(char::is_control) {
        return Err(AmbiguousPath::ControlCharacter);
    }
    match decoded.as_str() {
        "" => Err(AmbiguousPath::EmptySegment),
        "." | ".." => Err(AmbiguousPath::DotSegment),
        _ => Ok(decoded),
    }
}

/// The byte that the two digits after a `%` stand for.
fn escaped_byte(digits: &mut std::str::Bytes) -> Result<u8, AmbiguousPath> {
    let byte = hex_byte(digits).ok_or(AmbiguousPath::BrokenEscape)?;
    match byte {
        b'/' | b'\\' => Err(AmbiguousPath::HiddenSlash),
        b'%' if hex_byte(&mut digits.clone()).is_some() => Err(AmbiguousPath::EscapedEscape),
        _ => Ok(byte),
    }
}

/// Takes two hexadecimal digits.
pub(crate) fn hex_byte(digits: &mut std::str::Bytes) -> Option<u8> {
    let mut digit = || digits.next().and_then(|byte| char::from(byte).to_digit(16));
    let (high, low) = (digit()?, digit()?);
    u8::try_from(high << 4 | low).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(pattern: &str) -> PathPattern {
        PathPattern::try_from(pattern.to_owned()).unwrap()
    }

    fn matches(pattern_text: &str, path: &str) -> bool {
        pattern(pattern_text).matches(&CanonicalPath::parse(path).unwrap(), PathCase::Sensitive)
    }

    #[test]
    fn a_star_is_one_segment_and_two_are_the_rest() {
        assert!(matches("/orders/*/items", "/orders/7/items"));
        assert!(!matches("/orders/*/items", "/orders/items") && !matches("/orders/*", "/orders/7/items"));
        for below in ["/orders", "/orders/", "/orders/7", "/orders/7/items/9"] {
            assert!(matches("/orders/**", below), "{below}");
        }
        assert!(!matches("/orders/**", "/ordersx") && !matches("/orders/**", "/order"));
        assert!(matches("/**", "/") && matches("/**", "/a/b") && matches("/", "/") && !matches("/", "/a"));
    }

    #[test]
    fn one_way_of_writing_a_path_is_as_good_as_another() {
        for same in ["/admin", "/admin/", "/%61dmin", "/%61%64min/"] {
            assert!(matches("/admin", same) && matches(same, "/admin"), "{same}");
        }
        assert!(matches("/caf%C3%A9", "/caf%c3%a9") && matches("/a%20b", "/a%20b"));
    }

    #[test]
    fn case_counts_unless_the_policy_says_otherwise() {
        assert!(!matches("/admin", "/Admin"));
        let path = CanonicalPath::parse("/ADM%49N").unwrap();
        assert!(pattern("/admin").matches(&path, PathCase::Insensitive));
    }

    #[test]
    fn what_readers_disagree_about_is_refused() {
        use AmbiguousPath::*;
        for (path, why) in [
            ("", NotAbsolute),
            ("*", NotAbsolute),
            ("http://x/", NotAbsolute),
            ("/a b", BareCharacter),
            ("/a\u{e9}", BareCharacter),
            ("/a\0", BareCharacter),
            ("/a%", BrokenEscape),
            ("/a%2", BrokenEscape),
            ("/a%zz", BrokenEscape),
            ("/a%2Fb", HiddenSlash),
            ("/a%5cb", HiddenSlash),
            ("/a\\b", HiddenSlash),
            ("/a%252Fb", EscapedEscape),
            ("/a%2561", EscapedEscape),
            ("/%C0%AF", NotUtf8),
            ("/%ff", NotUtf8),
            ("/a%00", ControlCharacter),
            ("/a%0d%0ab", ControlCharacter),
            ("/a%7f", ControlCharacter),
            ("/a/..;/b", Parameter),
            ("/a;x=1", Parameter),
            ("/a%3bx", Parameter),
            ("/a/../b", DotSegment),
            ("/a/%2e%2E/b", DotSegment),
            ("/./a", DotSegment),
            ("/a/.", DotSegment),
            ("//", EmptySegment),
            ("//a", EmptySegment),
            ("/a//b", EmptySegment),
            ("/a//", EmptySegment),
        ] {
            assert_eq!(CanonicalPath::parse(path), Err(why), "{path}");
        }
        assert!(CanonicalPath::parse("/100%25").is_ok() && CanonicalPath::parse("/a.b/...").is_ok());
    }

    #[test]
    fn a_pattern_that_no_request_can_match_is_refused() {
        for wrong in ["orders", "/a//b", "/a/../b", "/a b", "/a*", "/**/a", "/a/b**", "/%2a"] {
            assert!(PathPattern::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
