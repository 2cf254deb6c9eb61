use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use xtask::place::Place;

use crate::{descendants, signal};

/// `cargo xtask up`, running.
#[derive(Debug)]
pub struct Up {
    child: Child,
    errors: Option<JoinHandle<String>>,
    /// The line it printed when all was ready.
    pub line: Value,
}

impl Up {
    /// The command on these ports, with what is built already.
    pub fn command(data: &Path, port: &str, admin_port: &str) -> Result<Command> {
        let place = Place::find()?;
        let mut command = place.command(place.target().join("debug/xtask"));
        // Nobody makes up a `kid` here, so that a published key need not wait.
        command
            .env("KEYSTILE__EDGE__CACHE_TTL_SECS", "1")
            .args(["up", "--json", "--no-build", "--port", port, "--admin-port", admin_port, "--data"])
            .arg(data);
        Ok(command)
    }

    /// Starts it on free ports, with more options, and waits for its line.
    pub fn start(data: &Path, more: &[&str]) -> Result<Self> {
        let mut command = Self::command(data, "0", "0")?;
        let mut child = command.args(more).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let errors = child.stderr.take().map(|errors| thread::spawn(move || whole(errors)));
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
        let mut up = Self { child, errors, line: Value::Null };
        if line.is_empty() {
            let (status, said) = up.ended()?;
            bail!("it ended with {status} before all was ready: {said}");
        }
        up.line = serde_json::from_str(&line).with_context(|| format!("not JSON: `{line}`"))?;
        Ok(up)
    }

    /// A member of the line.
    pub fn get(&self, member: &str) -> Result<&str> {
        self.line[member].as_str().with_context(|| format!("no `{member}` in {}", self.line))
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal and waits for its end: how it ended, and what it said on standard error.
    pub fn stop(mut self, name: &str) -> Result<(ExitStatus, String)> {
        signal(name, self.child.id())?;
        self.ended()
    }

    /// Waits for its end by itself.
    pub fn ended(&mut self) -> Result<(ExitStatus, String)> {
        let status = self.child.wait()?;
        let said = self.errors.take().and_then(|errors| errors.join().ok()).unwrap_or_default();
        Ok((status, said))
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let below = descendants(self.child.id()).unwrap_or_default();
            let _ = signal("TERM", self.child.id());
            let _ = self.child.wait();
            below.into_iter().for_each(|id| drop(signal("KILL", id)));
        }
    }
}

fn whole(mut output: impl Read) -> String {
    let mut text = String::new();
    // What cannot be read is missing from a message, no more.
    let _ = output.read_to_string(&mut text);
    text
}
