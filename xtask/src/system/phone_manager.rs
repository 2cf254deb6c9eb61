use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::http::{Answer, Client};
use crate::place::Place;
use crate::process::Service;
use crate::system::{Folder, wait_until};

/// Variables of its environment, `PM__*`.
pub type Environment = Vec<(String, String)>;

/// The backend of `examples/phone-manager`, on a port and a database of its own, running or not.
#[derive(Debug)]
pub struct PhoneManager {
    program: PathBuf,
    folder: Folder,
    port: u16,
    client: Client,
    service: Option<Service>,
}

/// What a device holds that has signed in.
#[derive(Clone, Debug)]
pub struct Session {
    /// For an hour.
    pub access_token: String,
    /// For thirty days, and good once.
    pub refresh_token: String,
}

impl PhoneManager {
    /// The backend on this port of 127.0.0.1; it does not run yet.
    pub fn on(place: &Place, folder: &Folder, port: u16) -> Self {
        let (program, folder) = (place.phone_manager(), folder.clone());
        Self { program, folder, port, client: Client::new(), service: None }
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Runs it with these variables. One that runs is ended first, as a deployment does.
    pub fn deploy(&mut self, environment: &Environment) -> Result<()> {
        self.start(self.command(environment, &["serve"]))
    }

    /// Runs it at the end of this command, which gives it its keys, with these variables beside.
    pub fn deploy_under(&mut self, mut agent: Command, environment: &Environment) -> Result<()> {
        let (theirs, ours) = (environment.iter().cloned(), self.place());
        agent.envs(theirs.chain(ours)).arg(&self.program).arg("serve");
        self.start(agent)
    }

    /// What it, and whoever runs it, has said.
    pub fn log(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.folder.log("phone-manager"))?)
    }

    fn start(&mut self, mut command: Command) -> Result<()> {
        drop(self.service.take());
        self.service =
            Some(Service::start("phone manager", &mut command, &self.folder.log("phone-manager"))?);
        let health = format!("{}/api/health", self.url());
        wait_until("the phone manager to be healthy", || {
            self.still_running()?;
            Ok(self.client.get(&health, None).is_ok_and(|answer| answer.status == 200))
        })
    }

    /// Fails when it has ended, with its last lines.
    pub fn still_running(&mut self) -> Result<()> {
        self.service.as_mut().map_or(Ok(()), Service::still_running)
    }

    /// Adds a user.
    pub fn add_user(&self, environment: &Environment, email: &str, password: &str) -> Result<()> {
        let mut adding = self.command(environment, &["add-user", email]).stdin(Stdio::piped()).spawn()?;
        adding.stdin.take().context("no input")?.write_all(password.as_bytes())?;
        ensure!(adding.wait()?.success(), "`phone-manager add-user {email}` failed");
        Ok(())
    }

    /// Ends every session: the procedure's `TRUNCATE TABLE user_sessions`.
    pub fn end_all_sessions(&self, environment: &Environment) -> Result<()> {
        let ended = self.command(environment, &["end-all-sessions"]).status()?;
        ensure!(ended.success(), "`phone-manager end-all-sessions` failed");
        Ok(())
    }

    /// Signs a user in.
    pub fn sign_in(&self, email: &str, password: &str) -> Result<Session> {
        let answer = self.post("/api/v1/auth/login", &json!({ "email": email, "password": password }))?;
        Session::of(&answer.success()?)
    }

    /// Asks for new tokens; whatever comes, comes back.
    pub fn refresh(&self, session: &Session) -> Result<Answer> {
        self.post("/api/v1/auth/refresh", &json!({ "refresh_token": session.refresh_token }))
    }

    /// The value of one of its counters.
    pub fn counter(&self, name: &str) -> Result<u64> {
        let text = self.client.get(&format!("{}/metrics", self.url()), None)?.body;
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.with_context(|| format!("no `{name}` in {text}"))?.parse().context("a count")
    }

    fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.client.post(&format!("{}{path}", self.url()), None, body)
    }

    /// The variables that say where it listens and keeps its data.
    pub fn place(&self) -> Environment {
        let database = self.folder.data().join("phone-manager.db").display().to_string();
        let listen = format!("127.0.0.1:{}", self.port);
        vec![("PM__LISTEN".to_owned(), listen), ("PM__DATABASE".to_owned(), database)]
    }

    fn command(&self, environment: &Environment, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        let (theirs, ours) = (environment.iter().cloned(), self.place());
        command.args(arguments).envs(theirs.chain(ours));
        command
    }
}

impl Session {
    /// The tokens in an answer of `login` or `refresh`.
    pub fn of(answer: &Value) -> Result<Self> {
        let token = |name: &str| {
            let text = answer.get(name).and_then(Value::as_str);
            text.map(str::to_owned).with_context(|| format!("no `{name}` in the answer"))
        };
        Ok(Self { access_token: token("access_token")?, refresh_token: token("refresh_token")? })
    }
}
