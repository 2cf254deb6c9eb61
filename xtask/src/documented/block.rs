/// How commands that run are marked.
const COMMANDS: &str = "console";
/// Other marks for commands, which would keep them from being run.
const UNMARKED: [&str; 5] = ["sh", "bash", "shell", "zsh", "shell-session"];
/// A reason is a sentence, not a shrug.
const SHORTEST_REASON: usize = 20;

/// A fenced block of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The line of its fence.
    pub line: usize,
    /// What stands behind the fence.
    pub language: String,
    /// Its lines, without the fence's indentation.
    pub lines: Vec<String>,
    /// What the comment before it says.
    pub note: Option<Note>,
}

/// What is to be known about a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// It is not run, for this reason.
    NotRun(String),
    /// It is the file of this name.
    File(String),
}

/// A command, and what it prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Command {
    /// The line of the page on which it begins.
    pub(super) line: usize,
    pub(super) text: String,
    /// The lines it prints, as patterns; none if it does not matter.
    pub(super) prints: Vec<String>,
}

/// Every fenced block of a page.
pub(super) fn all(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut note = None;
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let Some(language) = line.trim_start().strip_prefix("```") else {
            // A comment speaks about the block below it; an empty line between them changes nothing.
            if !line.trim().is_empty() {
                note = Note::read(line);
            }
            continue;
        };
        let indent = line.len() - line.trim_start().len();
        let inside = lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim() != "```");
        let lines = inside.map(|line| line.get(indent..).unwrap_or_default().to_owned()).collect();
        found.push(Block { line: index + 1, language: language.trim().to_owned(), lines, note: note.take() });
    }
    found
}

impl Note {
    fn read(line: &str) -> Option<Self> {
        let words = line.trim().strip_prefix("<!--")?.strip_suffix("-->")?.trim();
        let (what, rest) = words.split_once(':')?;
        match what {
            "not run" => Some(Self::NotRun(rest.trim().to_owned())),
            "file" => Some(Self::File(rest.trim().to_owned())),
            _ => None,
        }
    }
}

impl Block {
    /// What keeps the block from being run without a word.
    pub fn fault(&self) -> Option<String> {
        if UNMARKED.contains(&self.language.as_str()) {
            return Some(format!(
                "commands marked `{}` would never run: mark them `{COMMANDS}`",
                self.language
            ));
        }
        match &self.note {
            Some(Note::NotRun(reason)) if reason.len() < SHORTEST_REASON => {
                Some(format!("`{reason}` does not say why the block is not run"))
            }
            _ => None,
        }
    }

    /// The tests that stand in for a block that is not run.
    pub fn cited(&self) -> impl Iterator<Item = &str> {
        let reason = match &self.note {
            Some(Note::NotRun(reason)) => reason.as_str(),
            _ => "",
        };
        reason.split('`').skip(1).step_by(2)
    }

    /// The commands that run.
    pub(super) fn commands(&self) -> Vec<Command> {
        if self.language != COMMANDS || matches!(self.note, Some(Note::NotRun(_))) {
            return Vec::new();
        }
        let is_dialogue = self.lines.iter().any(|line| line.starts_with("$ "));
        let mut found: Vec<Command> = Vec::new();
        let mut goes_on = false;
        for (index, line) in self.lines.iter().enumerate() {
            let begins =
                if is_dialogue { line.strip_prefix("$ ") } else { is_command(line).then_some(line.as_str()) };
            match (goes_on, begins, found.last_mut()) {
                (true, _, Some(command)) => {
                    command.text.push('\n');
                    command.text.push_str(line);
                }
                (_, Some(text), _) => {
                    found.push(Command {
                        line: self.line + 1 + index,
                        text: text.to_owned(),
                        prints: Vec::new(),
                    });
                }
                (_, None, Some(command)) if is_dialogue => command.prints.push(line.clone()),
                _ => {}
            }
            goes_on = line.ends_with('\\') && (goes_on || begins.is_some());
        }
        found
    }
}

fn is_command(line: &str) -> bool {
    !line.trim().is_empty() && !line.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(page: &str) -> Vec<(usize, String, Vec<String>)> {
        let blocks = all(page);
        let commands = blocks.iter().flat_map(Block::commands);
        commands.map(|command| (command.line, command.text, command.prints)).collect()
    }

    #[test]
    fn a_dialogue_has_commands_and_what_they_print() {
        let page = "text\n```console\n$ one \\\n  --two\nit\nprints\n$ three\n```\n";
        assert_eq!(
            commands(page),
            [
                (3, "one \\\n  --two".to_owned(), vec!["it".to_owned(), "prints".to_owned()]),
                (7, "three".to_owned(), vec![])
            ]
        );
    }

    #[test]
    fn a_plain_block_has_a_command_a_line() {
        let page = "1. text\n   ```console\n   # why\n   one   # this\n   two\n   ```\n";
        assert_eq!(commands(page), [(4, "one   # this".to_owned(), vec![]), (5, "two".to_owned(), vec![])]);
    }

    #[test]
    fn what_cannot_run_says_why_and_names_what_shows_it() {
        let page = "<!-- not run: it stays until Ctrl-C; `a_test` starts it -->\n\n```console\nserve\n```\n";
        let blocks = all(page);
        assert_eq!(commands(page), []);
        assert_eq!(blocks[0].fault(), None);
        assert_eq!(blocks[0].cited().collect::<Vec<_>>(), ["a_test"]);
        let silent = all("<!-- not run: because -->\n```console\nserve\n```\n");
        assert!(silent[0].fault().is_some());
    }

    #[test]
    fn no_block_of_commands_escapes_by_its_mark() {
        assert!(all("```bash\nrm\n```\n")[0].fault().is_some());
        assert!(all("```json\n{}\n```\n")[0].fault().is_none());
    }

    #[test]
    fn a_comment_speaks_about_the_next_block_alone() {
        let page = "<!-- file: a.json -->\n```json\n{}\n```\n```console\none\n```\n";
        let blocks = all(page);
        assert_eq!(blocks[0].note, Some(Note::File("a.json".to_owned())));
        assert_eq!(blocks[1].note, None);
        assert_eq!(
            all("<!-- not run: this speaks about a sentence -->\nword\n```console\none\n```\n")[0].note,
            None
        );
    }
}
