//! Patterns in which one character stands for any text.

/// Whether `text` is `pattern`, in which `star` stands for any text.
pub fn matches(text: &str, pattern: &str, star: char) -> bool {
    match pattern.split_once(star) {
        None => text == pattern,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.into_iter().any(|at| text.get(at..).is_some_and(|text| matches(text, rest, star)))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for pattern in ["*", "001-a-b", "*-b", "001-*", "*-a-*", "0*a*b"] {
            assert!(matches("001-a-b", pattern, '*'), "{pattern}");
        }
        for pattern in ["", "a-b", "*-a", "001", "*b*a*"] {
            assert!(!matches("001-a-b", pattern, '*'), "{pattern}");
        }
        assert!(matches("version 7, pushed", "version …, pushed", '…'));
    }
}
