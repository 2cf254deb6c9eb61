use std::collections::HashSet;

use super::Crossing;
use super::source::Source;

/// What people read in the console stands in one folder, so that it is found, read as a whole and kept in one voice.
pub(super) fn crossings(sources: &[Source]) -> Vec<Crossing> {
    let classes: HashSet<&str> =
        sources.iter().filter(|source| source.has_extension("css")).flat_map(classes).collect();
    let scripts =
        sources.iter().filter(|source| source.is_below("www/js/") && !source.is_below("www/js/texts/"));
    let lines = scripts.flat_map(|source| source.code().map(move |(number, line)| (source, number, line)));
    lines
        .filter_map(|(source, line, text)| {
            let prose = literals(&without_comments(text)).into_iter().find(|it| is_prose(it, &classes))?;
            Some(Crossing {
                path: source.path.clone(),
                line,
                what: format!("says `{prose}`"),
                why: "what people read stands in `www/js/texts/`".to_owned(),
            })
        })
        .collect()
}

/// The classes that a style names.
fn classes(style: &Source) -> impl Iterator<Item = &str> {
    style
        .lines()
        .flat_map(|(_, line)| line.split('.').skip(1))
        .map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap_or_default())
}

/// Types stand in comments, and have quotes of their own.
fn without_comments(line: &str) -> String {
    let mut code = String::new();
    let mut rest = line;
    while let Some((before, comment)) = rest.split_once("/*") {
        code.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    code + rest.split_once(" // ").map_or(rest, |(before, _)| before)
}

/// The literals of a line, with `…` for each value that is put into one.
fn literals(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = code.chars();
    while let Some(quote) = rest.find(|c| matches!(c, '"' | '\'' | '`')) {
        let mut text = String::new();
        while let Some(c) = rest.next().filter(|c| *c != quote) {
            match c {
                '\\' => drop(rest.next()),
                '$' if quote == '`' && rest.as_str().starts_with('{') => {
                    text.push('…');
                    found.extend(literals(&value(&mut rest)));
                }
                _ => text.push(c),
            }
        }
        found.push(text);
    }
    found
}

/// The code of a value within a template, up to its brace.
fn value(rest: &mut std::str::Chars<'_>) -> String {
    let mut depth = 0_usize;
    rest.take_while(|c| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > 0
    })
    .collect()
}

/// Whether two words follow each other, or one begins as a sentence does. A single word in lower case is taken for a name.
fn is_prose(text: &str, classes: &HashSet<&str>) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_list_of_classes = words.iter().all(|word| classes.contains(word));
    let begins = words.first().is_some_and(|first| {
        let letters = first.trim_matches(|c: char| !c.is_alphanumeric());
        letters.starts_with(|c: char| c.is_ascii_uppercase())
            && is_word(first)
            && letters.chars().skip(1).all(|c| c.is_ascii_lowercase())
    });
    let follow = words.windows(2).any(|pair| pair.iter().all(|word| is_word(word)));
    !is_list_of_classes && (begins || follow)
}

fn is_word(text: &str) -> bool {
    let letters = text.trim_matches(|c: char| !c.is_alphanumeric());
    letters.len() > 1 && letters.chars().all(|c| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let style =
            Source::of("www/css/page.css", ".panel { a: b }\n.panel.quiet-one, .small:hover { a: b }\n");
        crossings(&[style, Source::of(path, text)]).into_iter().map(|it| it.what).collect()
    }

    #[test]
    fn what_people_read_stands_in_its_folder() {
        let script = r#"element("p", {}, "Nothing is here.")"#;
        assert_eq!(found("www/js/keys.js", script), ["says `Nothing is here.`"]);
        assert_eq!(
            found("www/js/keys.js", "tell(`of ${count(\"some old ones\")} keys`)"),
            ["says `some old ones`"]
        );
        assert_eq!(found("www/js/keys.js", "tell(`the ${one} key signs`)"), ["says `the … key signs`"]);
        assert_eq!(found("www/js/keys.js", "button('Rotate…')"), ["says `Rotate…`"]);
        assert!(found("www/js/texts/keys.js", script).is_empty());
        assert!(found("tests/console/flows.mjs", script).is_empty());
    }

    #[test]
    fn names_classes_and_comments_are_not_read() {
        for code in [
            r#"element("p", { class: "panel quiet-one small" }, texts.HERE)"#,
            r#"return name; // as "the page has it""#,
            r#"const all = /** @type {"one two" | "three"} */ (one);"#,
            "  // Nothing \"is here\".",
            r#"drawing("path", { d: "M-5 6 L0 -5 L5 6 Z", class: `mark ${name}` })"#,
            r#"fetch(path, { method: "DELETE" })"#,
            r#"document.addEventListener("DOMContentLoaded", start)"#,
        ] {
            assert!(found("www/js/keys.js", code).is_empty(), "{code}");
        }
    }
}
