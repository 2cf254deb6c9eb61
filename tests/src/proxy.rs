use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use xtask::http::Client;
use xtask::place::Place;
use xtask::process::Service;
use xtask::proxies::Proxies;
use xtask::system::{any_free_port, wait_until};

/// A real proxy in front of the origin, which asks a gate first: configured as `examples/gate` shows, on ports of its own.
#[derive(Debug)]
pub struct Proxy {
    service: Service,
    url: String,
}

impl Proxy {
    /// nginx.
    pub fn nginx(place: &Place, proxies: &Proxies, folder: &Path, gate: u16, origin: &str) -> Result<Self> {
        let folder = folder.join("nginx");
        fs::create_dir_all(folder.join("logs"))?;
        let (server, port) = configured(place, "nginx.conf", gate, origin)?;
        // What stands around a server block: no daemon, one process, everything below its own folder.
        let whole = format!(
            "daemon off; master_process off; pid nginx.pid; error_log stderr warn;\n\
             events {{}}\nhttp {{ access_log off;\n{server}}}\n"
        );
        let file = folder.join("whole.conf");
        fs::write(&file, whole)?;
        let mut command = place.command(&proxies.nginx);
        command.arg("-p").arg(&folder).arg("-c").arg(&file);
        Self::start("nginx", Service::start("nginx", &mut command, &folder.join("nginx.log"))?, port)
    }

    /// Envoy.
    pub fn envoy(place: &Place, proxies: &Proxies, folder: &Path, gate: u16, origin: &str) -> Result<Self> {
        let folder = folder.join("envoy");
        fs::create_dir_all(&folder)?;
        let (whole, port) = configured(place, "envoy.yaml", gate, origin)?;
        let file = folder.join("envoy.yaml");
        fs::write(&file, whole)?;
        let mut command = place.command(&proxies.envoy);
        command
            .args(["--concurrency", "1", "--disable-hot-restart", "--log-level", "warn", "--config-path"])
            .arg(&file);
        Self::start("envoy", Service::start("envoy", &mut command, &folder.join("envoy.log"))?, port)
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn start(name: &str, mut service: Service, port: u16) -> Result<Self> {
        let (client, url) = (Client::new(), format!("http://127.0.0.1:{port}"));
        wait_until(&format!("{name} to answer"), || {
            service.still_running()?;
            Ok(client.get(&url, None).is_ok())
        })?;
        Ok(Self { service, url })
    }

    /// Fails when it has ended, with its last lines.
    pub fn still_running(&mut self) -> Result<()> {
        self.service.still_running()
    }
}

/// An example with our ports in the place of its own, and the one that the proxy listens on.
fn configured(place: &Place, example: &str, gate: u16, origin: &str) -> Result<(String, u16)> {
    let path = place.root().join("examples/gate").join(example);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let (_, origin) = origin.rsplit_once(':').context("the origin has no port")?;
    let port = any_free_port()?;
    let mut text = text;
    for (theirs, ours) in
        [("8000", port.to_string()), ("8430", gate.to_string()), ("8080", origin.to_owned())]
    {
        text = text.replace(&format!("127.0.0.1:{theirs}"), &format!("127.0.0.1:{ours}"));
        text = text.replace(&format!("port_value: {theirs}"), &format!("port_value: {ours}"));
    }
    Ok((text, port))
}
