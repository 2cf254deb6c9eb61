use std::path::Path;

use anyhow::Result;

use crate::written;

/// One file that people write.
#[derive(Debug)]
pub(super) struct Source {
    /// From the root of the repository, with `/`.
    pub(super) path: String,
    text: String,
}

impl Source {
    #[cfg(test)]
    pub(super) fn of(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    pub(super) fn is_below(&self, folder: &str) -> bool {
        self.path.starts_with(folder)
    }

    pub(super) fn has_extension(&self, extension: &str) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, found)| found == extension)
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// The lines that are code: no comment lines, and nothing from the inline tests on, which stand last in a file.
    pub(super) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines()
            .take_while(|(_, line)| *line != "#[cfg(test)]")
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// Every Rust, JavaScript, style and HTML file that people write.
pub(super) fn all(root: &Path) -> Result<Vec<Source>> {
    let files = written::files(root, &[".rs", ".js", ".mjs", ".ts", ".css", ".html"])?.into_iter();
    Ok(files.map(|(path, text)| Source { path, text }).collect())
}

/// Whether a line names something, as a whole word: `time` is not named by `lifetime`.
pub(super) fn names(line: &str, word: &str) -> bool {
    let is_part = |character: Option<char>| character.is_some_and(|it| it.is_alphanumeric() || it == '_');
    line.match_indices(word).any(|(start, _)| {
        let before = line.get(..start).and_then(|it| it.chars().next_back());
        let after = line.get(start + word.len()..).and_then(|it| it.chars().next());
        !is_part(before) && !is_part(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_inline_tests_are_not_code() {
        let source =
            Source::of("a.rs", "//! tokio\nuse a;\n    // tokio\n#[cfg(test)]\nmod tests { use tokio; }\n");
        assert_eq!(source.code().collect::<Vec<_>>(), [(2, "use a;")]);
    }

    #[test]
    fn a_name_is_a_whole_word() {
        assert!(names("use sqlx::Row;", "sqlx"));
        assert!(!names("let lifetime = 1;", "time"));
        assert!(!names("worker_build()", "worker"));
    }
}
