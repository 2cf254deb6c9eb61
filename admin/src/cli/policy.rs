//! `keystile policy …`

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use keystile_gateway::{
    Believed, Decision, Distrust, Explanation, GatewayPolicy, Judge, Mismatch, Profile, RequestHead, schema,
};
use keystile_validator::{Floor, KeySet, UnixTime, Validator};
use serde_json::{Value, json};

use super::context::Context;
use super::failure::Failure;
use super::output::{Output, print};
use crate::domain::{Clock, SystemClock};
use crate::operations::gateway_policy::{publish, sign};

#[derive(Subcommand)]
pub(super) enum Policy {
    /// Check a policy document, and explain which of its routes would decide about a request
    #[command(after_help = "Examples:
  keystile policy check policy.json
  keystile policy check policy.json --request 'GET https://api.example.com/v1/orders'
  keystile policy check policy.json --request 'GET https://api.example.com/v1/orders' \\
    --token \"$TOKEN\" --keys main=jwks.json")]
    Check(Check),
    /// Sign a policy document and bring it to the store of the edge
    #[command(after_help = "Example:\n  keystile policy publish policy.json\n\nGateways with \
        `POLICY=kv:policy/<issuer id>`, ISSUER and ROOT_KEYS follow it within the bound of the store.")]
    Publish(Publish),
    /// Sign a policy document for gateways that have no store, and print it
    #[command(after_help = "Example:\n  keystile policy sign policy.json > policy.jwt\n\n`keystile gate \
        --signed-policy` follows it at a URL or as a file. Write it whole or not at all: rename it into its place.")]
    Sign(Sign),
    /// Print the JSON Schema of policy documents
    #[command(after_help = "Example:\n  keystile policy schema > policy.schema.json")]
    Schema,
}

#[derive(Args)]
pub(super) struct Check {
    /// The policy document
    file: PathBuf,
    /// Request to decide about: a method and a URL
    #[arg(long, value_name = "METHOD URL", value_parser = Request::read)]
    request: Option<Request>,
    /// Header of that request; may be given several times
    #[arg(long, value_name = "NAME: VALUE", requires = "request", value_parser = header)]
    header: Vec<(String, String)>,
    /// Token of that request, as `Authorization: Bearer`
    #[arg(long, requires = "request")]
    token: Option<String>,
    /// Key set that a provider has, as its gateway would read it; may be given several times
    #[arg(long, value_name = "PROVIDER=FILE", requires = "request", value_parser = keys)]
    keys: Vec<(String, PathBuf)>,
}

#[derive(Args)]
pub(super) struct Publish {
    /// The policy document
    file: PathBuf,
}

#[derive(Args)]
pub(super) struct Sign {
    /// The policy document
    file: PathBuf,
}

impl Sign {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let text = read(&self.file)?;
        let opened = context.open().await?;
        let signed = sign(&opened.keystile, &opened.actor, &opened.issuer, &text).await?;
        opened.output.answer(&signed, || signed.document.clone())
    }
}

impl Publish {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let text = read(&self.file)?;
        let opened = context.open().await?;
        let published = publish(&opened.keystile, &opened.actor, &opened.issuer, &text).await?;
        opened.output.answer(&published, || {
            let arrived = format!("version {} is at `{}`", published.version, published.key);
            let warnings = published.warnings.iter().map(|it| format!("warning: {it}"));
            std::iter::once(arrived).chain(warnings).collect::<Vec<_>>().join("\n")
        })
    }
}

impl Policy {
    /// Whether it works on the data folder.
    pub(super) fn needs_data(&self) -> bool {
        matches!(self, Self::Publish(_) | Self::Sign(_))
    }

    pub(super) fn run(self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Schema => print(&format!("{:#}", schema())),
            Self::Check(check) => check.run(output),
            // They are run with a context.
            Self::Publish(_) | Self::Sign(_) => Ok(()),
        }
    }
}

impl Check {
    fn run(self, output: Output) -> Result<(), Failure> {
        let policy = read_policy(&self.file)?;
        let warnings = policy.warnings();
        let Some(request) = &self.request else {
            let answer = json!({ "ok": true, "routes": policy.routes().len(), "warnings": warnings });
            return output.answer(&answer, || words(&policy, &warnings));
        };
        let now = UnixTime::from_secs(SystemClock.now().as_secs());
        let key_sets = KeySets::read(&policy, &self.keys, now)?;
        let authorization = self.token.as_deref().map(|token| format!("Bearer {}", token.trim()));
        let given = self.header.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let headers: Vec<_> = given.chain(authorization.as_deref().map(|it| ("authorization", it))).collect();
        let explanation = policy.explain(&request.head(&headers), &key_sets);
        output.answer(&in_json(&explanation, &warnings), || in_words(&explanation, &warnings))
    }
}

/// Reads a policy document, and says where it is wrong.
pub(super) fn read_policy(file: &Path) -> Result<GatewayPolicy, Failure> {
    GatewayPolicy::from_json(&read(file)?).map_err(|fault| {
        let (path, line, column) = (file.display(), fault.line(), fault.column());
        Failure::Negative(format!("{path}:{line}:{column}: {}", fault.problem()))
    })
}

/// The method and the parts of a URL.
#[derive(Clone)]
struct Request {
    method: String,
    host: String,
    path: String,
    query: Option<String>,
}

impl Request {
    /// Takes the path as it is written: what a URL parser makes of it is what the policy is to be asked about.
    fn read(text: &str) -> Result<Self, String> {
        let wrong = || "write a request as `GET https://api.example.com/path`".to_owned();
        let (method, url) = text.trim().split_once(' ').ok_or_else(wrong)?;
        let url = url.trim();
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).ok_or_else(wrong)?;
        let rest = rest.split('#').next().unwrap_or_default();
        let (host, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let path = if path.is_empty() { "/" } else { path };
        Ok(Self {
            method: method.to_owned(),
            host: host.to_owned(),
            path: path.to_owned(),
            query: query.map(str::to_owned),
        })
    }

    fn head<'a>(&'a self, headers: &'a [(&'a str, &'a str)]) -> RequestHead<'a> {
        let Self { method, host, path, query } = self;
        RequestHead { method, host, path, query: query.as_deref(), headers }
    }
}

/// The key sets that were given, by the position of their provider.
struct KeySets<'p> {
    policy: &'p GatewayPolicy,
    by_provider: BTreeMap<usize, KeySet>,
    now: UnixTime,
}

impl<'p> KeySets<'p> {
    fn read(policy: &'p GatewayPolicy, files: &[(String, PathBuf)], now: UnixTime) -> Result<Self, Failure> {
        let mut by_provider = BTreeMap::new();
        for (name, path) in files {
            let found = policy.providers().enumerate().find(|(_, provider)| provider.name() == name);
            let (index, provider) = found.ok_or_else(|| {
                Failure::Negative(format!("the policy has no provider `{name}`; see --keys"))
            })?;
            let key_set = provider.believe(read(path)?.trim(), now, &Floor::default()).map_err(|error| {
                Failure::Negative(format!("the keys in `{}` cannot be used: {error}", path.display()))
            })?;
            by_provider.insert(index, key_set);
        }
        Ok(Self { policy, by_provider, now })
    }
}

impl Judge for KeySets<'_> {
    fn judge(&self, profile: &Profile, token: &str) -> Result<Arc<Believed>, Distrust> {
        let key_set = self.by_provider.get(&profile.provider()).ok_or(Distrust::NoKeySet)?;
        let provider = self.policy.providers().nth(profile.provider()).ok_or(Distrust::NoKeySet)?;
        let validator = Validator::new(key_set.clone(), profile.policy().clone());
        Ok(Arc::new(Believed::new(&validator.validate(token.as_bytes(), self.now)?, provider)))
    }
}

fn words(policy: &GatewayPolicy, warnings: &[String]) -> String {
    let good = format!("the policy can be used: {} routes", policy.routes().len());
    std::iter::once(good)
        .chain(warnings.iter().map(|it| format!("warning: {it}")))
        .collect::<Vec<_>>()
        .join("\n")
}

fn in_words(explanation: &Explanation<'_>, warnings: &[String]) -> String {
    let mut lines: Vec<String> = warnings.iter().map(|it| format!("warning: {it}")).collect();
    lines.extend(
        explanation
            .tried
            .iter()
            .map(|it| format!("route `{}`: {}", it.route, it.mismatch.map_or("matches, and decides", other))),
    );
    lines.extend(explanation.verdicts.iter().map(|verdict| {
        let outcome = match &verdict.refusal {
            None => "met".to_owned(),
            Some(refusal) => format!("not met, {}: {refusal}", refusal.code()),
        };
        format!("  a token of `{}`: {outcome}", verdict.provider)
    }));
    lines.push(match &explanation.decision {
        Decision::Pass(pass) => match &pass.shadowed {
            Some(refusal) => {
                format!("it passes; enforced, it would be refused: {} {}", refusal.status(), refusal.code())
            }
            None => "it passes".to_owned(),
        },
        Decision::Refuse { refusal, .. } => format!("it is refused: {} {}", refusal.status(), refusal.code()),
    });
    if explanation.needs_keys() {
        lines.push(
            "give the keys of the provider with --keys PROVIDER=FILE to have the token judged".to_owned(),
        );
    }
    lines.join("\n")
}

fn in_json(explanation: &Explanation<'_>, warnings: &[String]) -> Value {
    let tried =
        explanation.tried.iter().map(|it| json!({ "route": it.route, "mismatch": it.mismatch.map(other) }));
    let verdicts = explanation.verdicts.iter().map(|it| {
        let refusal = it.refusal.as_ref().map(|refusal| refusal.code());
        json!({ "provider": it.provider, "met": refusal.is_none(), "code": refusal })
    });
    let (route, refusal, shadowed) = match &explanation.decision {
        Decision::Pass(pass) => (Some(pass.route), None, pass.shadowed.as_ref()),
        Decision::Refuse { route, refusal } => (*route, Some(refusal), None),
    };
    json!({
        "passes": refusal.is_none(),
        "route": route.map(|route| route.id()),
        "status": refusal.map(|refusal| refusal.status()),
        "code": refusal.map(|refusal| refusal.code()),
        "would_be_refused": shadowed.map(|refusal| refusal.code()),
        "tried": tried.collect::<Vec<_>>(),
        "demands": verdicts.collect::<Vec<_>>(),
        "warnings": warnings,
    })
}

fn other(mismatch: Mismatch) -> &'static str {
    match mismatch {
        Mismatch::Host => "is for another host",
        Mismatch::Method => "is for another method",
        Mismatch::Path => "is for another path",
    }
}

pub(super) fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|source| Failure::File { path: path.to_owned(), source })
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or_else(|| "write a header as `NAME: VALUE`".to_owned())?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn keys(text: &str) -> Result<(String, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or_else(|| "write keys as PROVIDER=FILE".to_owned())?;
    Ok((name.to_owned(), PathBuf::from(path)))
}
