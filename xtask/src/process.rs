//! Child processes: each in a process group of its own, so that ending it ends what it started.

use std::collections::VecDeque;
use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::progress::Stopwatch;

static STOP: AtomicBool = AtomicBool::new(false);

const GLANCE: Duration = Duration::from_millis(30);
const PATIENCE: Duration = Duration::from_secs(8);
const LINES_KEPT: usize = 30;

/// From here on Ctrl-C, SIGTERM and SIGHUP do not kill: every wait in this module ends, and children end with it.
pub fn heed_signals() -> Result<()> {
    ctrlc::set_handler(|| STOP.store(true, Ordering::SeqCst)).context("cannot listen for Ctrl-C")
}

/// Whether somebody asked this program to stop.
pub fn stop_requested() -> bool {
    STOP.load(Ordering::SeqCst)
}

/// Waits a moment, and fails when somebody asked to stop.
pub fn glance() -> Result<()> {
    thread::sleep(GLANCE);
    if stop_requested() {
        bail!("stopped");
    }
    Ok(())
}

/// Runs a command to its end; its output goes to standard error. Fails when it fails, naming it.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let mut group = Group::spawn(command.stdin(Stdio::null()).stdout(io::stderr()), &shown)?;
    let status = group.wait()?;
    if !status.success() {
        bail!("`{shown}` ended with {status}");
    }
    Ok(())
}

/// Runs a command to its end and returns what it wrote on standard output; its errors go to standard error.
pub fn read(command: &mut Command) -> Result<String> {
    let mut seen = String::new();
    watch(command, |line| {
        seen.push_str(line);
        seen.push('\n');
    })?;
    Ok(seen)
}

/// Runs a command to its end and hands over each line it writes on standard output as it comes.
pub fn watch(command: &mut Command, mut each: impl FnMut(&str)) -> Result<()> {
    let shown = shown(command);
    let mut group = Group::spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()), &shown)?;
    let output = group.child.stdout.take().context("no output to read")?;
    let (sender, lines) = std::sync::mpsc::channel();
    let reader = thread::spawn(move || lines_of(output, |line| drop(sender.send(line.to_owned()))));
    let status = loop {
        while let Ok(line) = lines.try_recv() {
            each(&line);
        }
        if let Some(status) = group.child.try_wait()? {
            break status;
        }
        glance()?;
    };
    // What the child left behind may still hold the pipe; it ends here, and with it the reader.
    drop(group);
    let _ = reader.join();
    lines.try_iter().for_each(|line| each(&line));
    if !status.success() {
        bail!("`{shown}` ended with {status}");
    }
    Ok(())
}

/// A child that keeps running, whose output goes to a log file.
#[derive(Debug)]
pub struct Service {
    name: String,
    group: Group,
    tail: Arc<Mutex<VecDeque<String>>>,
}

impl Service {
    /// Starts the command; what it says is appended to `log`, and the last lines are remembered.
    pub fn start(name: &str, command: &mut Command, log: &Path) -> Result<Self> {
        fs::create_dir_all(log.parent().unwrap_or(Path::new(".")))?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut group = Group::spawn(command, name)?;
        let tail = Arc::new(Mutex::new(VecDeque::new()));
        let outputs: [Option<Box<dyn Read + Send>>; 2] = [
            group.child.stdout.take().map(|it| Box::new(it) as _),
            group.child.stderr.take().map(|it| Box::new(it) as _),
        ];
        for output in outputs.into_iter().flatten() {
            let mut file = OpenOptions::new()
                .create(true)
                .append(true)
                .open(log)
                .with_context(|| format!("cannot write `{}`", log.display()))?;
            let tail = Arc::clone(&tail);
            thread::spawn(move || {
                lines_of(output, |line| {
                    let _ = writeln!(file, "{line}");
                    remember(&tail, line);
                });
            });
        }
        Ok(Self { name: name.to_owned(), group, tail })
    }

    /// Fails with the child's last lines when it has ended.
    pub fn still_running(&mut self) -> Result<()> {
        let Some(status) = self.group.child.try_wait()? else { return Ok(()) };
        // The readers get a moment to take in what the child said last.
        thread::sleep(GLANCE * 3);
        bail!("the {} ended with {status}; its last lines were:\n{}", self.name, self.last_lines());
    }

    /// The last lines it wrote, on either output.
    pub fn last_lines(&self) -> String {
        let tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.iter().map(|line| format!("    {line}\n")).collect()
    }

    /// Waits until it ends by itself.
    pub fn wait(mut self) -> Result<ExitStatus> {
        let status = self.group.wait()?;
        // The readers get a moment to take in what the child said last.
        thread::sleep(GLANCE * 3);
        Ok(status)
    }

    /// Ends it at once, as `kill -9` does: nothing is written any more, nothing is finished.
    pub fn kill(self) {
        self.group.signal(Signal::SIGKILL);
    }
}

/// A child and all that it starts. Dropping it ends them.
#[derive(Debug)]
struct Group {
    child: Child,
    id: Pid,
}

impl Group {
    fn spawn(command: &mut Command, name: &str) -> Result<Self> {
        let child = command.process_group(0).spawn().with_context(|| format!("cannot start `{name}`"))?;
        let id = Pid::from_raw(i32::try_from(child.id())?);
        Ok(Self { child, id })
    }

    fn wait(&mut self) -> Result<ExitStatus> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            glance()?;
        }
    }

    /// A group that has ended cannot be signalled, and that is what was wanted.
    fn signal(&self, signal: impl Into<Option<Signal>>) -> bool {
        killpg(self.id, signal).is_ok()
    }

    /// Whether the group was seen empty in time. The child itself must be reaped before it can be.
    fn ends_within(&mut self, patience: Duration) -> bool {
        let since = Stopwatch::start();
        while since.elapsed() < patience {
            let _ = self.child.try_wait();
            if !self.signal(None) {
                return true;
            }
            thread::sleep(GLANCE);
        }
        false
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::SIGTERM);
        if !self.ends_within(PATIENCE) {
            self.signal(Signal::SIGKILL);
            self.ends_within(PATIENCE / 4);
        }
    }
}

fn lines_of(output: impl Read, mut each: impl FnMut(&str)) {
    let mut reader = BufReader::new(output);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        each(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
}

fn remember(tail: &Mutex<VecDeque<String>>, line: &str) {
    let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
    if tail.len() == LINES_KEPT {
        tail.pop_front();
    }
    tail.push_back(line.to_owned());
}

fn shown(command: &Command) -> String {
    let program =
        Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    command.get_args().fold(program, |shown, argument| shown + " " + &argument.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_fails_is_named() {
        let error = run(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert!(error.to_string().contains("`sh -c exit 3` ended with exit status: 3"), "{error}");
    }

    #[test]
    fn ending_a_service_ends_what_it_started() {
        let folder = std::env::temp_dir().join(format!("keystile-process-{}", std::process::id()));
        let log = folder.join("child.log");
        let mut parent = Command::new("sh");
        let service =
            Service::start("parent", parent.args(["-c", "sleep 600 & echo $!; wait"]), &log).unwrap();
        let grandchild = loop {
            if let Ok(id) = service.last_lines().trim().parse::<u32>() {
                break id;
            }
            thread::sleep(GLANCE);
        };
        drop(service);
        // An orphan that nobody reaps stays in the table as a zombie; it runs no more.
        let state = fs::read_to_string(format!("/proc/{grandchild}/stat")).unwrap_or_default();
        assert!(state.is_empty() || state.contains(") Z "), "still there: {state}");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_service_that_ended_is_reported_with_its_last_lines() {
        let folder = std::env::temp_dir().join(format!("keystile-ended-{}", std::process::id()));
        let mut child = Command::new("sh");
        let mut service = Service::start(
            "worker",
            child.args(["-c", "echo no such thing >&2; exit 1"]),
            &folder.join("log"),
        )
        .unwrap();
        let error = loop {
            if let Err(error) = service.still_running() {
                break error.to_string();
            }
            thread::sleep(GLANCE);
        };
        assert!(
            error.contains("the worker ended with exit status: 1") && error.contains("no such thing"),
            "{error}"
        );
        fs::remove_dir_all(folder).unwrap();
    }
}
