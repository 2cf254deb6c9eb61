//! What a support engineer would ask about a data folder and the store of the edge. Changes nothing, and runs beside a
//! server or without one.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

mod finding;
mod provider;
mod records;

pub use finding::{Finding, Verdict};

use super::keystile::database;
use super::{IssuerStatus, Keystile, OperationError, publication, scheduled_backups, status};
use crate::domain::{Actor, AlertKind, Clock, IssuerId};
use crate::publish::{Found, look};
use crate::settings::Settings;
use crate::store::Store;

/// Half of what is added to every window for clocks that differ.
const CLOCK_TOLERANCE_SECS: u64 = 15;
/// A key set that ends within a day, while the server would renew it long before.
const ENDS_SOON_SECS: u64 = 24 * 3600;

/// Looks at everything below the data folder and at the store of the edge. `user` is who runs the server.
pub async fn examine(settings: Settings, clock: Arc<dyn Clock>, user: u32) -> Vec<Finding> {
    let mut findings = vec![folder(&settings.data, user)];
    let store = match opened(&settings).await {
        Ok(store) => store,
        Err(finding) => return with(findings, finding),
    };
    let (fits, finding) = schema(&store).await;
    findings.push(finding);
    if !fits {
        return findings;
    }
    match Keystile::assemble(settings, clock, store) {
        Ok(keystile) => findings.extend(examine_engine(&keystile).await),
        Err(error) => findings.push(Finding::failed("configuration", &error)),
    }
    findings
}

fn with(mut findings: Vec<Finding>, last: Finding) -> Vec<Finding> {
    findings.push(last);
    findings
}

/// The folder is its owner's alone, and its owner is who runs the server.
fn folder(data: &Path, user: u32) -> Finding {
    const CHECK: &str = "data folder";
    let shown = data.display();
    let metadata = match std::fs::metadata(data) {
        Ok(metadata) => metadata,
        Err(error) => {
            return Finding::problem(
                CHECK,
                format!("`{shown}`: {error}"),
                "run `keystile init`, or name the right folder with `--data`",
            );
        }
    };
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Finding::problem(
            CHECK,
            format!("`{shown}` is open to other users (mode {mode:03o})"),
            format!("chmod 700 {shown}"),
        );
    }
    if metadata.uid() != user {
        return Finding::warning(
            CHECK,
            format!("`{shown}` belongs to user {}, and this is {user}", metadata.uid()),
            "run this as the user who runs the server",
        );
    }
    Finding::fine(CHECK, format!("`{shown}` is its owner's alone"))
}

async fn opened(settings: &Settings) -> Result<Store, Finding> {
    const CHECK: &str = "database";
    if let Some(url) = &settings.database {
        let remedy = "see that PostgreSQL runs where KEYSTILE__DATABASE__URL says";
        return Store::connect_to_read(url)
            .await
            .map_err(|error| Finding::problem(CHECK, error.to_string(), remedy));
    }
    let path = database(&settings.data);
    if !path.exists() {
        return Err(Finding::problem(
            CHECK,
            format!("`{}` is not there", path.display()),
            "run `keystile init`, or restore a backup",
        ));
    }
    Store::open_to_read(&path).await.map_err(|error| {
        Finding::problem(
            CHECK,
            error.to_string(),
            "check who may read the files of the data folder, and restore a backup if they are damaged",
        )
    })
}

async fn schema(store: &Store) -> (bool, Finding) {
    const CHECK: &str = "database";
    let looked = async {
        let mut snapshot = store.read().await?;
        Ok::<_, crate::store::StoreError>((snapshot.schema().await?, snapshot.damage().await?))
    };
    match looked.await {
        Ok((_, Some(damage))) => (
            false,
            Finding::problem(
                CHECK,
                format!("it is damaged: {damage}"),
                "stop the server and restore the newest backup",
            ),
        ),
        Ok((schema, None)) if schema.unknown > 0 => (
            false,
            Finding::problem(
                CHECK,
                "a newer keystile wrote it",
                "run that version, or restore a backup from before the upgrade",
            ),
        ),
        Ok((schema, None)) if schema.missing > 0 => (
            false,
            Finding::warning(
                CHECK,
                format!("{} changes of its schema are waiting", schema.missing),
                "start the server, which makes them; take a backup before",
            ),
        ),
        Ok(_) => (true, Finding::fine(CHECK, "whole, and of this version")),
        Err(error) => (false, Finding::problem(CHECK, error.to_string(), "restore the newest backup")),
    }
}

async fn examine_engine(keystile: &Keystile) -> Vec<Finding> {
    let mut findings = vec![master_key(keystile).await];
    let issuers = match status::status(keystile, &Actor::local("doctor")).await {
        Ok(status) => status.issuers,
        Err(error) => return with(findings, Finding::failed("issuers", &error)),
    };
    findings.push(clock(keystile).await);
    findings.extend(backups(keystile).await);
    findings.extend(provider::look(keystile).await);
    findings.push(records::finding(keystile).await);
    for issuer in &issuers {
        findings.push(key_set(keystile, issuer).await);
        findings.push(pushes(keystile, issuer));
        findings.push(edge(issuer));
        let Ok(id) = issuer.id.parse::<IssuerId>() else { continue };
        findings.extend(edge_store(keystile, &id).await);
    }
    findings
}

async fn master_key(keystile: &Keystile) -> Finding {
    const CHECK: &str = "master key";
    let noted = match async { keystile.store.read().await?.master_key().await }.await {
        Ok(Some(noted)) => noted,
        Ok(None) => {
            return Finding::warning(
                CHECK,
                "the database does not say which one sealed it",
                "start the server, which notes it",
            );
        }
        Err(error) => return Finding::failed(CHECK, &error.into()),
    };
    // Nothing is in memory here yet: this is what a server that starts would find.
    if let Err(error) = keystile.keys.keys(&noted).await {
        return Finding::failed(CHECK, &error.into());
    }
    let fingerprint = &noted.fingerprint;
    match (&noted.wrapped, keystile.keys.local().file().filter(|file| file.exists())) {
        (Some(_), Some(file)) => Finding::warning(
            CHECK,
            format!("`{}` is there too, and this data needs none of its keys", file.display()),
            "keep it away from the server if backups from before need it, and remove it here",
        ),
        (Some(wrapped), None) => Finding::fine(
            CHECK,
            format!("`{}` opens the one that sealed this data ({fingerprint})", wrapped.by),
        ),
        (None, _) => Finding::fine(CHECK, format!("the one that sealed this data ({fingerprint})")),
    }
}

/// The clock against what was signed last, and against the store's.
async fn clock(keystile: &Keystile) -> Finding {
    const CHECK: &str = "clock";
    const REMEDY: &str = "set this machine's clock by NTP: nothing is signed before what was signed last";
    let now = keystile.now();
    let Some(kv) = &keystile.kv else {
        return Finding::fine(CHECK, format!("{now}; there is no store to compare it with"));
    };
    match kv.clock().await {
        Ok(Some(theirs)) => match now.since(theirs).max(theirs.since(now)) {
            apart if apart > CLOCK_TOLERANCE_SECS => {
                Finding::problem(CHECK, format!("{now} here, {theirs} at the store: {apart} s apart"), REMEDY)
            }
            apart => Finding::fine(CHECK, format!("{now}, within {apart} s of the store's")),
        },
        Ok(None) | Err(_) => Finding::fine(CHECK, format!("{now}; the store does not say the time")),
    }
}

async fn backups(keystile: &Keystile) -> Option<Finding> {
    const CHECK: &str = "backups";
    keystile.backups.as_ref()?;
    scheduled_backups::look_once(keystile).await;
    Some(match scheduled_backups::trouble(keystile) {
        Some(trouble) => Finding::problem(CHECK, trouble, AlertKind::BackupOverdue.help()),
        None => Finding::fine(CHECK, "none of those that are scheduled is missing"),
    })
}

async fn key_set(keystile: &Keystile, issuer: &IssuerStatus) -> Finding {
    const CHECK: &str = "key set";
    let read = async {
        let id =
            issuer.id.parse().map_err(|_| OperationError::IssuerNotFound { issuer: issuer.id.clone() })?;
        Ok::<_, OperationError>(keystile.state(&mut keystile.store.read().await?, &id).await?.current)
    };
    let (id, now) = (&issuer.id, keystile.now());
    match read.await {
        Err(error) => Finding::failed(CHECK, &error),
        Ok(current) if now < current.issued_at => Finding::problem(
            CHECK,
            format!(
                "`{id}`: version {} was signed at {}, which is to come",
                current.version, current.issued_at
            ),
            "set this machine's clock right",
        ),
        Ok(current) if current.expires_at <= now => Finding::problem(
            CHECK,
            format!(
                "`{id}`: version {} has ended at {}: edges refuse every token",
                current.version, current.expires_at
            ),
            "start the server, which renews it, and see why it was not running",
        ),
        Ok(current) if current.expires_at.since(now) < ENDS_SOON_SECS => Finding::warning(
            CHECK,
            format!("`{id}`: version {} ends at {}", current.version, current.expires_at),
            "see that the server runs: it renews the key set long before",
        ),
        Ok(current) => {
            Finding::fine(CHECK, format!("`{id}`: version {} until {}", current.version, current.expires_at))
        }
    }
}

/// Whether the last write arrived, which is what shows that the API token may write.
fn pushes(keystile: &Keystile, issuer: &IssuerStatus) -> Finding {
    const CHECK: &str = "pushes";
    let (id, push) = (&issuer.id, &issuer.push);
    match (&keystile.kv, &push.last_error) {
        (None, _) => Finding::warning(
            CHECK,
            format!("`{id}`: no store is configured, so this server alone serves the key set"),
            "set KEYSTILE__KV__NAMESPACE_ID and what belongs to it, if an edge is to read it",
        ),
        (Some(_), Some(error)) if push.pending => Finding::problem(
            CHECK,
            format!("`{id}`: version {} was tried {} times: {error}", issuer.version, push.attempts),
            "do what the message says; the server tries again by itself",
        ),
        (Some(_), _) if push.pending => Finding::warning(
            CHECK,
            format!("`{id}`: version {} is not pushed yet", issuer.version),
            "see that the server runs, or push with `keystile publish`",
        ),
        (Some(_), _) => {
            Finding::fine(CHECK, format!("`{id}`: version {} was written and read back", issuer.version))
        }
    }
}

fn edge(issuer: &IssuerStatus) -> Finding {
    const CHECK: &str = "edge";
    let (id, edge) = (&issuer.id, &issuer.edge);
    let silent: Vec<_> =
        edge.regions.iter().filter(|region| region.stale).map(|region| region.region.as_str()).collect();
    if !edge.waiting_for.is_empty() {
        let names = edge.waiting_for.join(", ");
        return Finding::warning(
            CHECK,
            format!("`{id}`: not yet on version {}: {names}", edge.version),
            "wait for the propagation bound, then look at the workers there",
        );
    }
    if edge.regions.is_empty() {
        return Finding::warning(
            CHECK,
            format!("`{id}`: no region has ever reported"),
            "give the workers ADMIN_URL and an API token with the role edge",
        );
    }
    if !silent.is_empty() {
        return Finding::warning(
            CHECK,
            format!("`{id}`: silent: {}", silent.join(", ")),
            "without traffic a region reports nothing; otherwise check its ADMIN_URL and token",
        );
    }
    Finding::fine(CHECK, format!("`{id}`: {} regions on version {}", edge.regions.len(), edge.version))
}

/// What stands in the store, judged as an edge would: signature, issuer and version.
async fn edge_store(keystile: &Keystile, issuer: &IssuerId) -> Option<Finding> {
    const CHECK: &str = "store";
    let kv = keystile.kv.as_ref()?;
    let asked = async {
        let genuine = publication::genuine(keystile, issuer).await?;
        let settled = keystile.store.read().await?.settled_push(issuer).await?;
        Ok::<_, OperationError>((genuine, settled))
    };
    let (genuine, settled) = match asked.await {
        Ok((genuine, Some(settled))) => (genuine, settled),
        Ok((_, None)) => return None,
        Err(error) => return Some(Finding::failed(CHECK, &error)),
    };
    let key = publication::store_key(issuer);
    Some(match look(kv, settled.shipment(&key), genuine).await {
        Ok(Found::Ours) => Finding::fine(
            CHECK,
            format!("`{key}` holds version {}, signed under a root of this server", settled.version),
        ),
        Ok(Found::OtherHistory(version)) => Finding::problem(
            CHECK,
            format!("`{key}` holds version {version}, which this database does not know"),
            "`keystile overtake`, if this database was restored from a backup",
        ),
        Ok(found) => Finding::problem(
            CHECK,
            format!("`{key}` holds {found}"),
            "find out who else may write the namespace; the server puts it right within 15 s",
        ),
        Err(error) => Finding::problem(CHECK, error.to_string(), error.help()),
    })
}
