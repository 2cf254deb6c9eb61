use std::fs;
use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};
use xtask::http::Client;
use xtask::place::Place;
use xtask::process::Service;
use xtask::system::{PhoneManager, any_free_port, wait_until};

use crate::dialogue::Dialogue;
use crate::{AUDIENCE, ISSUER};

/// Software of others that checks tokens by a plain key set.
#[derive(Debug)]
pub struct Verifier {
    /// What it is called.
    pub name: &'static str,
    how: How,
}

#[derive(Debug)]
enum How {
    Dialogue(Dialogue),
    /// It answers 200 at this URL to whom it believes; what runs it is kept.
    Http {
        url: String,
        client: Client,
        _runs: Runs,
    },
}

#[derive(Debug)]
enum Runs {
    Service { _service: Service },
    Backend { _backend: Box<PhoneManager> },
}

impl Verifier {
    /// npm's `jose`: it reads the set again after so many seconds, and on an unknown `kid` if that was not just done.
    pub fn jose(place: &Place, jwks: &str, seconds: u64) -> Result<Self> {
        let mut node = place.command("node");
        node.arg("tests/verifiers/jose.mjs").args([jwks, &seconds.to_string(), ISSUER, AUDIENCE]);
        Ok(Self { name: "jose", how: How::Dialogue(Dialogue::start(&mut node)?) })
    }

    /// PyJWT's `PyJWKClient`: it reads the set again after so many seconds, and on an unknown `kid` if that was not just done.
    pub fn pyjwt(place: &Place, jwks: &str, seconds: u64) -> Result<Self> {
        let mut python = place.command(place.python("python"));
        python.arg("tests/verifiers/pyjwt.py").args([jwks, &seconds.to_string(), ISSUER, AUDIENCE]);
        Ok(Self { name: "PyJWT", how: How::Dialogue(Dialogue::start(&mut python)?) })
    }

    /// Envoy's `jwt_authn`: it reads the set again after so many seconds, whatever a token names.
    pub fn envoy(place: &Place, folder: &Path, jwks: &str, seconds: u64) -> Result<Self> {
        let port = any_free_port()?;
        let configuration = folder.join("envoy.json");
        fs::write(&configuration, envoy_configuration(port, jwks, seconds).to_string())?;
        let mut envoy = place.command(place.python("envoy"));
        envoy
            .args(["--use-dynamic-base-id", "--concurrency", "1", "--log-level", "warning", "-c"])
            .arg(configuration);
        let mut service = Service::start("envoy", &mut envoy, &folder.join("envoy.log"))?;
        let (url, client) = (format!("http://127.0.0.1:{port}/"), Client::new());
        wait_until("envoy to answer", || {
            service.still_running()?;
            Ok(client.get(&url, None).is_ok())
        })?;
        Ok(Self { name: "Envoy", how: How::Http { url, client, _runs: Runs::Service { _service: service } } })
    }

    /// The crate `jsonwebtoken`, in the phone manager: it reads the set on an unknown `kid` if that was not just done.
    pub fn jsonwebtoken(backend: PhoneManager) -> Self {
        let (url, client) = (format!("{}/api/v1/users/me", backend.url()), Client::new());
        let runs = Runs::Backend { _backend: Box::new(backend) };
        Self { name: "jsonwebtoken", how: How::Http { url, client, _runs: runs } }
    }

    /// Whether it believes this token now.
    pub fn believes(&mut self, token: &str) -> Result<bool> {
        match &mut self.how {
            How::Dialogue(dialogue) => Ok(dialogue.ask(token)? == "ok"),
            How::Http { url, client, .. } => Ok(client.get(url, Some(token))?.status == 200),
        }
    }
}

fn envoy_configuration(port: u16, jwks: &str, seconds: u64) -> Value {
    let address = |port: Value| json!({ "socket_address": { "address": "127.0.0.1", "port_value": port } });
    let jwks_port =
        jwks.split(':').nth(2).and_then(|rest| rest.split('/').next()).and_then(|it| it.parse::<u16>().ok());
    let typed = |name: &str, path: &str, mut content: Value| {
        content["@type"] = json!(format!("type.googleapis.com/envoy.extensions.filters.{path}"));
        json!({ "name": name, "typed_config": content })
    };
    let provider = json!({
        "issuer": ISSUER,
        "audiences": [AUDIENCE],
        "remote_jwks": {
            "http_uri": { "uri": jwks, "cluster": "keystile", "timeout": "5s" },
            "cache_duration": format!("{seconds}s"),
        },
    });
    let jwt_authn = json!({
        "providers": { "keystile": provider },
        "rules": [{ "match": { "prefix": "/" }, "requires": { "provider_name": "keystile" } }],
    });
    let everything = json!({ "match": { "prefix": "/" }, "direct_response": { "status": 200 } });
    let manager = json!({
        "stat_prefix": "verifier",
        "route_config": { "virtual_hosts": [{ "name": "all", "domains": ["*"], "routes": [everything] }] },
        "http_filters": [
            typed("envoy.filters.http.jwt_authn", "http.jwt_authn.v3.JwtAuthentication", jwt_authn),
            typed("envoy.filters.http.router", "http.router.v3.Router", json!({})),
        ],
    });
    let filter = typed(
        "envoy.filters.network.http_connection_manager",
        "network.http_connection_manager.v3.HttpConnectionManager",
        manager,
    );
    let endpoint = json!({ "endpoint": { "address": address(json!(jwks_port)) } });
    let endpoints = json!({ "cluster_name": "keystile", "endpoints": [{ "lb_endpoints": [endpoint] }] });
    json!({
        "static_resources": {
            "listeners": [{ "address": address(json!(port)), "filter_chains": [{ "filters": [filter] }] }],
            "clusters": [{ "name": "keystile", "type": "STATIC", "load_assignment": endpoints }],
        },
    })
}
