use super::Crossing;
use super::source::Source;

const LONGEST: usize = 350;

/// Files that may be longer, each with its reason.
const LONGER: [(&str, &str); 0] = [];

/// What does not fit in a file is two things.
pub(super) fn crossings(sources: &[Source]) -> Vec<Crossing> {
    let long = sources.iter().filter(|source| !LONGER.iter().any(|(path, _)| source.path == *path));
    long.map(|source| (source, source.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(source, lines)| Crossing {
            path: source.path.clone(),
            line: LONGEST,
            what: format!("has {lines} lines"),
            why: format!("a file has {LONGEST} lines at most; what does not fit is two things"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_too_long_is_two_things() {
        let long = "\n".repeat(LONGEST + 1);
        assert_eq!(crossings(&[Source::of("a.rs", &long)]).len(), 1);
        assert!(crossings(&[Source::of("a.rs", &long[1..])]).is_empty());
    }
}
