use std::fs;
use std::path::Path;
use std::process::Command as Process;

use anyhow::{Context, Result};

use super::block::Command;
use super::{Note, Page};
use crate::place::Place;
use crate::system::Environment;
use crate::{process, wildcard};

/// Before the number of a command and how it ended; no program prints it.
const MARK: char = '\u{1e}';
/// What a command that fails says first, as all of ours do.
const FAILURE: &str = "error: ";
/// Far more than the longest page takes; a command that hangs must not hold everything up.
const PATIENCE_SECS: &str = "300";

/// The commands of a page and the files they read, in one shell.
pub(super) struct Script {
    page: String,
    files: Vec<(String, String)>,
    pub(super) commands: Vec<Command>,
}

impl Script {
    pub(super) fn of(page: &Page) -> Self {
        let file = |block: &super::Block| match &block.note {
            Some(Note::File(name)) => Some((name.clone(), block.lines.join("\n") + "\n")),
            _ => None,
        };
        Self {
            page: page.path.clone(),
            files: page.blocks.iter().filter_map(file).collect(),
            commands: page.blocks.iter().flat_map(super::Block::commands).collect(),
        }
    }

    /// Runs them in this folder, and says which did not do what the page says. The first that ends otherwise is the last.
    pub(super) fn run(&self, place: &Place, folder: &Path, environment: &Environment) -> Result<Vec<String>> {
        let mut said: Vec<Vec<String>> = vec![Vec::new()];
        let mut shell = self.shell(place, folder)?;
        let ended = process::watch(shell.envs(environment.iter().cloned()), |line| {
            if line.starts_with(MARK) {
                // The mark begins a line of its own, whether or not the last line before it was ended.
                said.last_mut().map(|lines| lines.pop_if(|last| last.is_empty()));
                said.push(Vec::new());
            }
            if let Some(lines) = said.last_mut() {
                lines.push(line.to_owned());
            }
        });
        let mut faults = Vec::new();
        for (number, command) in self.commands.iter().enumerate() {
            match self.judge(number, command, &said) {
                Ok(()) => {}
                Err(Fault::Printed(what)) => faults.push(what),
                Err(Fault::Ended(what)) => {
                    faults.push(what);
                    break;
                }
            }
        }
        if let (Err(error), true) = (ended, faults.is_empty()) {
            faults.push(format!("{}: {error:#}", self.page));
        }
        Ok(faults)
    }

    /// The shell that runs the page, with what is built here and what lies in `bin` of the folder at hand.
    fn shell(&self, place: &Place, folder: &Path) -> Result<Process> {
        for (name, text) in &self.files {
            fs::write(folder.join(name), text)?;
        }
        let script = folder.join("page.sh");
        fs::write(&script, self.text())?;
        let (own, built) = (folder.join("bin"), place.target().join("debug"));
        let path = std::env::var("PATH").context("PATH is not set")?;
        let mut shell = place.command("timeout");
        shell.args([PATIENCE_SECS, "bash"]).arg(script).current_dir(folder);
        shell.env("PATH", format!("{}:{}:{path}", own.display(), built.display())).env("NO_COLOR", "1");
        Ok(shell)
    }

    /// Each command, then a line with the mark that says how it ended. What must not go on ends there.
    fn text(&self) -> String {
        let mut text = "exec 2>&1 </dev/null\n".to_owned();
        for command in &self.commands {
            let must = if command.fails() { "-ne" } else { "-eq" };
            text.push_str(&format!(
                "{}\nended=$?; printf '\\n{MARK}%d\\n' $ended; [ $ended {must} 0 ] || exit 1\n",
                command.text
            ));
        }
        text
    }

    /// Whether a command went as its page says. `said[n]` begins with how command n - 1 ended, and then has what n said.
    fn judge(&self, number: usize, command: &Command, said: &[Vec<String>]) -> Result<(), Fault> {
        let lines = said.get(number).map(Vec::as_slice).unwrap_or_default();
        let said_by = lines.get(usize::from(number > 0)..).unwrap_or_default();
        let place = format!("{}:{}: `{}`", self.page, command.line, command.text);
        let Some(ended) = said.get(number + 1).and_then(|next| next.first()) else {
            return Err(Fault::Ended(format!("{place} did not end; it said:\n{}", said_by.join("\n"))));
        };
        if (ended.trim_start_matches(MARK) == "0") == command.fails() {
            let ended = ended.trim_start_matches(MARK);
            return Err(Fault::Ended(format!(
                "{place} ended with {ended}; it said:\n{}",
                said_by.join("\n")
            )));
        }
        if command.prints.is_empty() || prints(said_by, &command.prints) {
            return Ok(());
        }
        let expected = command.prints.join("\n");
        Err(Fault::Printed(format!("{place} printed:\n{}\ninstead of:\n{expected}", said_by.join("\n"))))
    }
}

/// How a command did not go as its page says.
enum Fault {
    /// It printed something else; what follows may be right.
    Printed(String),
    /// It ended otherwise, or not at all; nothing followed.
    Ended(String),
}

impl Command {
    fn fails(&self) -> bool {
        self.prints.first().is_some_and(|line| line.starts_with(FAILURE))
    }
}

/// Whether lines are as the patterns say.
fn prints(lines: &[String], patterns: &[String]) -> bool {
    match patterns.split_first() {
        None => lines.is_empty(),
        Some((pattern, rest)) if pattern.trim() == "…" => {
            (0..=lines.len()).any(|skipped| lines.get(skipped..).is_some_and(|lines| prints(lines, rest)))
        }
        Some((pattern, rest)) => lines.split_first().is_some_and(|(line, lines)| {
            wildcard::matches(line.trim_end(), pattern.trim_end(), '…') && prints(lines, rest)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::block;
    use super::*;

    fn run(page: &str) -> Vec<String> {
        let page = Page { path: "a.md".to_owned(), blocks: block::all(page) };
        let folder = tempfile::TempDir::new().unwrap();
        Script::of(&page).run(&Place::find().unwrap(), folder.path(), &Vec::new()).unwrap()
    }

    #[test]
    fn commands_of_a_page_share_a_shell_and_its_files() {
        let page = "<!-- file: a.txt -->\n```text\nhello\n```\n```console\n$ export A=1\n```\n\
                    ```console\n$ cat a.txt; echo \"$A and 2 and 3\"\nhello\n1 … 3\n$ seq 9\n1\n…\n9\n```\n";
        assert_eq!(run(page), [""; 0]);
    }

    #[test]
    fn a_command_that_prints_something_else_is_told_with_both() {
        let faults = run("```console\n$ echo two\none\n$ echo three\nthree\n```\n");
        assert_eq!(faults, ["a.md:2: `echo two` printed:\ntwo\ninstead of:\none"]);
    }

    #[test]
    fn a_command_that_fails_is_the_last_unless_the_page_says_so() {
        let faults = run("```console\n$ sh -c 'echo why; exit 3'\n$ echo later\nno\n```\n");
        assert_eq!(faults, ["a.md:2: `sh -c 'echo why; exit 3'` ended with 3; it said:\nwhy"]);
        let told = "```console\n$ sh -c 'echo error: why; exit 3'\nerror: why\n$ echo later\nlater\n```\n";
        assert_eq!(run(told), [""; 0]);
        let wrong = "```console\n$ echo error: why\nerror: why\n```\n";
        assert_eq!(run(wrong), ["a.md:2: `echo error: why` ended with 0; it said:\nerror: why"]);
    }
}
