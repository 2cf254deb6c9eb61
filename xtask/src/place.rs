//! Where things are: the sources, what is built from them, and the tools installed for them.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// The repository and its build folder.
#[derive(Clone, Debug)]
pub struct Place {
    root: PathBuf,
    target: PathBuf,
}

impl Place {
    /// Finds the repository this program was built from; its build folder is `CARGO_TARGET_DIR`, or `target`.
    pub fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in no repository")?;
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
        Ok(Self { root: root.to_owned(), target: root.join(target) })
    }

    /// The repository.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What is built from the sources.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Where `cargo install` puts the tools.
    pub fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// A tool that `cargo install` put there.
    pub fn tool(&self, name: &str) -> PathBuf {
        self.tools().join("bin").join(name)
    }

    /// Where the npm packages are installed.
    pub fn npm(&self) -> PathBuf {
        self.target.join("npm")
    }

    /// A program of an installed npm package.
    pub fn npm_program(&self, name: &str) -> PathBuf {
        self.npm().join("node_modules/.bin").join(name)
    }

    /// Where the runtimes, bundlers and frameworks are installed that the npm package must get on with.
    pub fn runtimes(&self) -> PathBuf {
        self.target.join("runtimes")
    }

    /// Where the PostgreSQL is installed that tests start for themselves.
    pub fn postgres(&self) -> PathBuf {
        self.target.join("postgres")
    }

    /// A program of the Python packages that are installed: verifiers of other makes.
    pub fn python(&self, name: &str) -> PathBuf {
        self.target.join("python/bin").join(name)
    }

    /// The admin server's binary, as `cargo build` leaves it.
    pub fn keystile(&self) -> PathBuf {
        self.target.join("debug/keystile")
    }

    /// The example backend, as `cargo build` leaves it.
    pub fn phone_manager(&self) -> PathBuf {
        self.target.join("debug/phone-manager")
    }

    /// A command that runs in the repository and finds the installed tools and npm packages first.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .current_dir(&self.root)
            .env("PATH", self.path())
            .env("NODE_PATH", self.node_path())
            .env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// `cargo`, the one that runs this program.
    pub fn cargo(&self) -> Command {
        self.command(env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from))
    }

    /// Where `require` looks for what no package asks for by itself: what a test compares with.
    fn node_path(&self) -> OsString {
        let folders = [self.npm(), self.runtimes()].map(|folder| folder.join("node_modules"));
        env::join_paths(folders).unwrap_or_default()
    }

    fn path(&self) -> OsString {
        let ours = [self.npm().join("node_modules/.bin"), self.tools().join("bin")];
        let theirs = env::var_os("PATH").unwrap_or_default();
        let all = ours.into_iter().chain(env::split_paths(&theirs));
        env::join_paths(all).unwrap_or(theirs)
    }
}
