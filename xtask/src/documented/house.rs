use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::Result;

use crate::http::Client;
use crate::place::Place;
use crate::process;
use crate::system::{Behind, Environment, Folder, PhoneManager, Settings, System, any_free_port};

/// Ends the backend and starts it with the variables in a file: it stands for whatever the reader's deployment does.
const DEPLOY: &str = r#"#!/bin/bash
set -euo pipefail
if [ -e backend.pid ]; then kill "$(cat backend.pid)" && tail --pid="$(cat backend.pid)" -f /dev/null; fi
set -a; . "$1"; set +a
phone-manager serve >>backend.log 2>&1 &
echo $! >backend.pid
until curl -fsS "$BACKEND/api/health" >/dev/null 2>&1; do sleep 0.1; done
"#;

/// A Keystile that has adopted the key of a phone manager, which stands behind its edge, and the folder of an operator.
pub(super) struct House {
    system: System,
    phone_manager: PhoneManager,
    _visitor: Visitor,
    folder: PathBuf,
}

impl House {
    pub(super) fn start(place: &Place, folder: PathBuf) -> Result<Self> {
        let pair = key_pair(place, &folder)?;
        let data = Folder::new(&folder.join("keystile-data"))?;
        let phone_manager = PhoneManager::on(place, &data, any_free_port()?);
        let mut environment = pair.clone();
        environment.extend(
            [
                ("KEYSTILE__ENV_PREFIX", "PM"),
                ("KEYSTILE__EDGE__REFRESH_SECS", "1"),
                ("KEYSTILE__EDGE__CACHE_TTL_SECS", "1"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let settings = Settings {
            folder: data,
            edge_port: any_free_port()?,
            admin_port: any_free_port()?,
            issuer: "phone-manager".to_owned(),
            audience: "phone-manager".to_owned(),
            behind: Behind::At(phone_manager.url()),
            environment,
            edge_variables: vec![("ALLOW_MISSING_KID".to_owned(), "true".to_owned())],
        };
        let system = System::start(place, &settings)?;
        phone_manager.add_user(&pair, "test@example.com", "testpass")?;
        fs::create_dir(folder.join("bin"))?;
        let deploy = folder.join("bin/deploy");
        fs::write(&deploy, DEPLOY)?;
        fs::set_permissions(&deploy, fs::Permissions::from_mode(0o755))?;
        let visitor = Visitor::of(system.edge.url());
        Ok(Self { system, phone_manager, _visitor: visitor, folder })
    }

    /// Where the commands run.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What an operator has in the environment: the settings of server and backend, and where everything is.
    pub(super) fn environment(&self) -> Environment {
        let admin = &self.system.admin;
        let mut environment = admin.environment().clone();
        // The backend finds its keys in the files it is deployed with.
        environment.retain(|(name, _)| !name.starts_with("PM__"));
        environment.extend(self.phone_manager.place());
        let more = [
            ("API", self.system.edge.url()),
            ("BACKEND", &self.phone_manager.url()),
            ("KEYSTILE", admin.url()),
            ("ADMIN_TOKEN", admin.token()),
        ];
        environment.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
        environment
    }
}

/// The pair that the phone manager has signed with so far, made by OpenSSL, and left in the folder.
fn key_pair(place: &Place, folder: &Path) -> Result<Environment> {
    let openssl =
        |arguments: &[&str]| process::run(place.command("openssl").current_dir(folder).args(arguments));
    openssl(&["genrsa", "-out", "jwt_private.pem", "2048"])?;
    openssl(&["rsa", "-in", "jwt_private.pem", "-pubout", "-out", "jwt_public.pem"])?;
    let read = |name: &str| fs::read_to_string(folder.join(name));
    Ok(vec![
        ("PM__JWT__PRIVATE_KEY".to_owned(), read("jwt_private.pem")?),
        ("PM__JWT__PUBLIC_KEY".to_owned(), read("jwt_public.pem")?),
    ])
}

/// Somebody who always sends requests, as the edge of a real service always has: it looks for news while it is visited.
struct Visitor {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Visitor {
    fn of(edge: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (url, stopped) = (format!("{edge}/.well-known/keystile"), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            let client = Client::new();
            while !stopped.load(Ordering::SeqCst) {
                // Whether the edge answers is for the commands to find out.
                let _ = client.get(&url, None);
                thread::sleep(Duration::from_millis(300));
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Visitor {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
