use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) struct Backend {
    process: Child,
    url: String,
    pub(crate) folder: TempDir,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Backend {
    pub(crate) fn start() -> Self {
        let folder = TempDir::new().unwrap();
        make_keys(folder.path());
        add_user(folder.path());
        let mut process = program(folder.path(), &["serve"]).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let listening =
            lines.find_map(|line| line.unwrap().split("address=").nth(1).map(str::to_owned)).unwrap();
        // What it logs later must go somewhere, or it would block.
        std::thread::spawn(move || lines.for_each(drop));
        let address = listening.trim().trim_matches(|c: char| !c.is_ascii_digit()).to_owned();
        Self { process, url: format!("http://{address}"), folder }
    }

    pub(crate) fn get(&self, path: &str, token: Option<&str>) -> Answer {
        let mut request = agent().get(format!("{}{path}", self.url));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        answer(request.call().unwrap())
    }

    pub(crate) fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Answer {
        let mut request = agent().post(format!("{}{path}", self.url));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        answer(request.send_json(body).unwrap())
    }

    pub(crate) fn sign_in(&self) -> (String, String) {
        let answer = self.post(
            "/api/v1/auth/login",
            None,
            &json!({ "email": "test@example.com", "password": "testpass" }),
        );
        assert_eq!(answer.status, 200, "{}", answer.body);
        let text = |name: &str| answer.body[name].as_str().unwrap().to_owned();
        (text("access_token"), text("refresh_token"))
    }

    pub(crate) fn me(&self, access_token: &str) -> u16 {
        self.get("/api/v1/users/me", Some(access_token)).status
    }

    pub(crate) fn refresh(&self, refresh_token: &str) -> Answer {
        self.post("/api/v1/auth/refresh", None, &json!({ "refresh_token": refresh_token }))
    }

    pub(crate) fn counter(&self, name: &str) -> u64 {
        let text =
            agent().get(format!("{}/metrics", self.url)).call().unwrap().body_mut().read_to_string().unwrap();
        let value =
            text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).map(str::to_owned);
        value.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

fn answer(mut response: ureq::http::Response<ureq::Body>) -> Answer {
    let text = response.body_mut().read_to_string().unwrap();
    Answer { status: response.status().as_u16(), body: serde_json::from_str(&text).unwrap_or(Value::Null) }
}

pub(crate) fn program(folder: &Path, arguments: &[&str]) -> Command {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_phone-manager"));
    command
        .args(arguments)
        .env("PM__JWT__PRIVATE_KEY", read("jwt_private.pem"))
        .env("PM__JWT__PUBLIC_KEY", read("jwt_public.pem"))
        .env("PM__LISTEN", "127.0.0.1:0")
        .env("PM__DATABASE", folder.join("phone-manager.db"))
        .env("NO_COLOR", "1");
    command
}

fn make_keys(folder: &Path) {
    let openssl = |arguments: &[&str], out: &PathBuf| {
        let done = Command::new("openssl").args(arguments).arg("-out").arg(out).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    };
    let private = folder.join("jwt_private.pem");
    openssl(&["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], &private);
    openssl(&["pkey", "-in", private.to_str().unwrap(), "-pubout"], &folder.join("jwt_public.pem"));
}

fn add_user(folder: &Path) {
    let mut adding =
        program(folder, &["add-user", "test@example.com"]).stdin(Stdio::piped()).spawn().unwrap();
    adding.stdin.take().unwrap().write_all(b"testpass\n").unwrap();
    assert!(adding.wait().unwrap().success());
}
