use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, ensure};

/// A process that answers each line with a line. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Dialogue {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Dialogue {
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().with_context(|| {
            format!("cannot start {:?}: run `cargo xtask test`, which installs it", command.get_program())
        })?;
        let requests = child.stdin.take().context("no input")?;
        let answers = BufReader::new(child.stdout.take().context("no output")?);
        Ok(Self { child, requests, answers })
    }

    pub(crate) fn ask(&mut self, line: &str) -> Result<String> {
        writeln!(self.requests, "{line}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        ensure!(!answer.is_empty(), "it ended instead of answering");
        Ok(answer.trim_end().to_owned())
    }
}

impl Drop for Dialogue {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
