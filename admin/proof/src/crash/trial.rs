//! One operation, killed at one step after the other. After each crash the folder is opened again, and must be whole.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use anyhow::{Context, Error, Result, bail, ensure};
use keystile_admin::domain::{Clock, ManualClock, Timestamp};
use keystile_admin::operations::{
    Keystile, audit_log, epochs, key_set, keys, revocations, rotation, status, steward,
};
use keystile_admin::signing::PublishedSet;
use keystile_validator::{
    Expected, Filter, FilterReference, Floor, Limits, Policy, RootKeys, SignedKeySet, UnverifiedKeySet,
    Validator,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use super::operation::mint;
use super::{Operation, Stage, stage};
use crate::house::{AUDIENCE, ISS, KeyPool, copy_folder, main_issuer, operator, settings, temporary_folder};
use crate::shelf::{Content, ShelfStore};

/// Longer than any lease and any pause between two pushes.
const PATIENCE_SECS: u64 = 120;

/// What all trials share: the program that is killed, the keys it uses, and the store it pushes to.
pub struct Trials {
    program: PathBuf,
    pool: Arc<KeyPool>,
    keys: TempDir,
    store: ShelfStore,
}

/// What was learned about one operation.
#[derive(Debug)]
pub struct Trial {
    /// The points that the operation passes, in their order.
    pub points: Vec<String>,
    /// What it writes into the audit log.
    pub actions: BTreeSet<String>,
    /// At how many of them it was killed.
    pub kills: usize,
}

/// Everything that a person can see, without what is drawn by lot.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sight {
    version: u64,
    all: Value,
}

impl Trials {
    /// Prepares trials of `program`, the binary `keystile-crash`.
    pub async fn prepare(program: PathBuf) -> Result<Self> {
        let (pool, keys) = (KeyPool::make(8)?, temporary_folder()?);
        pool.write(keys.path())?;
        Ok(Self { program, pool, keys, store: ShelfStore::start().await? })
    }

    /// Lets the operation of `stage` run once, then kills it at each of its steps that `chosen` picks by number, from 1.
    pub async fn run(&self, stage: &Stage, chosen: impl Fn(usize) -> bool) -> Result<Trial> {
        let before = temporary_folder()?;
        self.store.restore(Content::new());
        let now = stage.set(before.path(), &self.store, &self.pool).await?;
        let at = Setting { stage, now, folder: before.path(), content: self.store.content() };
        let (points, actions) = self.trace(&at).await.context("the operation itself")?;
        let mut sights: Vec<(usize, Option<Sight>)> = Vec::new();
        for number in (1..=points.len()).filter(|number| chosen(*number)) {
            let seen = self.kill_at(&at, number).await;
            let point = points.get(number - 1).map_or("?", String::as_str);
            let seen = seen.with_context(|| format!("{}: killed at step {number}, `{point}`", stage.name))?;
            if let Some((earlier, last)) = sights.last() {
                let steps = points.get(earlier - 1..number - 1).unwrap_or_default();
                ensure!(
                    *last == seen || steps.iter().any(|point| point == "commit"),
                    "{}: something changed between the steps {earlier} and {number} without a commit",
                    stage.name
                );
            }
            sights.push((number, seen));
        }
        Ok(Trial { points, actions, kills: sights.len() })
    }

    /// The points that the operation passes when nobody kills it, and what it writes into the audit log.
    async fn trace(&self, at: &Setting<'_>) -> Result<(Vec<String>, BTreeSet<String>)> {
        let (folder, trace) = (self.restore(at)?, self.keys.path().join("trace"));
        std::fs::write(&trace, "")?;
        let mut command = self.command(at, folder.path())?;
        let output = command.env("KEYSTILE_FAULT_TRACE", &trace).stderr(Stdio::piped()).output().await?;
        ensure!(output.status.success(), "{}: {}", at.stage.name, String::from_utf8_lossy(&output.stderr));
        let points = std::fs::read_to_string(&trace)?.lines().map(str::to_owned).collect();
        Ok((points, self.new_actions(at, folder.path()).await?))
    }

    /// What was done in `folder` since the setting, by the audit log.
    async fn new_actions(&self, at: &Setting<'_>, folder: &Path) -> Result<BTreeSet<String>> {
        let entries = async |folder: &Path| -> Result<Vec<_>> {
            let server = self.open(folder, at.now).await?;
            let entries = audit_log::list(&server, &operator(), u32::MAX, None).await?;
            server.close().await;
            Ok(entries)
        };
        let before = if at.stage.before.is_empty() { Vec::new() } else { entries(at.folder).await? };
        // Newest first.
        let known = before.first().map_or(0, |entry| entry.seq);
        let new = entries(folder).await?.into_iter().filter(|entry| entry.seq > known);
        Ok(new.map(|entry| entry.action).collect())
    }

    /// Kills the operation at its `number`th step, and looks at what it leaves behind.
    async fn kill_at(&self, at: &Setting<'_>, number: usize) -> Result<Option<Sight>> {
        let folder = self.restore(at)?;
        let status =
            self.command(at, folder.path())?.env("KEYSTILE_FAULT", number.to_string()).status().await?;
        ensure!(was_killed(status), "it was not killed: {status}");
        if at.stage.operation == Operation::Init {
            // There may be nothing to open yet; the same command makes it.
            let again = self.command(at, folder.path())?.status().await?;
            ensure!(again.success(), "the first start does not go on: {again}");
            self.live_on(at, folder.path()).await?;
            return Ok(None);
        }
        let server = self.open(folder.path(), at.now).await?;
        let seen = self.look(&server).await?;
        drop(server);
        self.live_on(at, folder.path()).await?;
        Ok(Some(seen))
    }

    /// A copy of the folder as it was before the operation, and the store as it was.
    fn restore(&self, at: &Setting<'_>) -> Result<TempDir> {
        let folder = temporary_folder()?;
        copy_folder(at.folder, folder.path())?;
        self.store.restore(at.content.clone());
        Ok(folder)
    }

    fn command(&self, at: &Setting<'_>, folder: &Path) -> Result<Command> {
        let name =
            clap::ValueEnum::to_possible_value(&at.stage.operation).context("an operation has a name")?;
        let mut command = Command::new(&self.program);
        command.arg(name.get_name()).arg("--data").arg(folder).arg("--keys").arg(self.keys.path());
        command.args(["--kv", self.store.base_url(), "--at", &at.now.as_secs().to_string()]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        Ok(command)
    }

    async fn open(&self, folder: &Path, now: Timestamp) -> Result<Keystile> {
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(now));
        Ok(Keystile::open(settings(folder, Some(self.store.settings())), clock).await?)
    }

    /// Holds what a crash left against the rules of a key's life.
    async fn look(&self, server: &Keystile) -> Result<Sight> {
        let (actor, issuer) = (operator(), main_issuer()?);
        let known = keys::list(server, &actor, &issuer).await?;
        let active = known.iter().filter(|key| key.state == "active").count();
        ensure!(active == 1, "{active} keys are active");
        let chain = audit_log::verify(server, &actor).await?;
        ensure!(chain.ok, "the audit chain is broken");
        let current = key_set::current(server, &issuer).await?;
        believe(server, &current.document, current.version).await?;
        let published = PublishedSet::read(current.document.as_bytes()).context("no key set")?.keys;
        let published: BTreeSet<_> = published.iter().map(|key| key.thumbprint().to_string()).collect();
        let expected = known.iter().filter(|key| ["pending", "active", "retiring"].contains(&key.state));
        let expected: BTreeSet<_> = expected.map(|key| key.kid.clone()).collect();
        ensure!(published == expected, "the key set names {published:?}, the database {expected:?}");
        let issuers = status::status(server, &actor).await?.issuers;
        let rotation = rotation::get(server, &actor, &issuer).await?.map(|rotation| rotation.stage);
        let keys: Vec<_> = known.iter().map(|key| json!([key.kid, key.state, key.has_private_key])).collect();
        let pushed = issuers.first().and_then(|issuer| issuer.pushed_version);
        let revoked = revocations::status(server, &actor, &issuer).await?;
        let epochs = epochs::list(server, &actor, &issuer).await?;
        let all = json!({ "keys": keys, "entries": chain.entries, "rotation": rotation, "pushed": pushed,
                          "revoked": revoked, "epochs": epochs });
        Ok(Sight { version: current.version, all })
    }

    /// The server goes on as if nothing had been: the order is given again, which may be refused now, the outbox is
    /// delivered, a token is signed and believed, and a new key comes in under a higher version.
    async fn live_on(&self, at: &Setting<'_>, folder: &Path) -> Result<()> {
        let later = at.now.plus(PATIENCE_SECS);
        let open = |operation, at| stage::open(operation, folder, self.store.settings(), &self.pool, at);
        let server = open(at.stage.operation, later).await?;
        let _ = at.stage.operation.perform(&server, &self.pool).await;
        self.settle(&server).await?;
        let before = self.look(&server).await?;
        self.judge_a_token(&server).await?;
        self.count_revocations(&server, at.stage.operation).await?;
        server.close().await;
        // Opened again, because what was done may have brought a key of the pool with it; and a moment later, because the
        // version after an overtaking is the second itself.
        let server = open(Operation::CreateKey, later.plus(1)).await?;
        Operation::CreateKey.perform(&server, &self.pool).await?;
        self.settle(&server).await?;
        let after = self.look(&server).await?;
        ensure!(after.version > before.version, "the version did not rise");
        Ok(())
    }

    /// Does what is due until nothing is; the store must then hold the current set.
    async fn settle(&self, server: &Keystile) -> Result<()> {
        for _ in 0..20 {
            if !steward::go_round(server).await? {
                let current = key_set::current(server, &main_issuer()?).await?;
                let held = self.store.key_set();
                ensure!(held.as_deref() == Some(current.document.as_bytes()), "the outbox is not delivered");
                return Ok(());
            }
        }
        bail!("the server does not come to rest")
    }

    async fn judge_a_token(&self, server: &Keystile) -> Result<()> {
        let issuer = main_issuer()?;
        let token = mint(server, &operator(), &issuer).await?;
        let current = key_set::current(server, &issuer).await?;
        let signed = believe(server, &current.document, current.version).await?;
        let filters = self.filters(&signed)?;
        let key_set = signed.with_filters(&filters).trusted(
            ISS,
            server.now().into(),
            &Floor::at_version(current.version),
        )?;
        let policy = Policy::builder()
            .issuer(Expected::one_of([ISS]))
            .audience(Expected::one_of([AUDIENCE]))
            .build()
            .context("the policy")?;
        let judged = Validator::new(key_set, policy).validate(token.as_bytes(), server.now().into());
        judged.map(drop).context("a fresh token is refused")
    }

    /// The filters that a key set names, from the store, each with its lists.
    fn filters(&self, signed: &SignedKeySet) -> Result<Vec<Filter>> {
        let open = |reference: &FilterReference| -> Result<Filter> {
            let value = |name: &str| self.store.get(name).with_context(|| format!("`{name}` is not there"));
            let filter = reference.open(value(reference.name())?)?;
            filter
                .lists()
                .try_for_each(|list| list.open(value(list.name())?).map(drop).map_err(Error::from))?;
            Ok(filter)
        };
        signed.filters().iter().map(open).collect()
    }

    /// What was revoked is published, all of it.
    async fn count_revocations(&self, server: &Keystile, operation: Operation) -> Result<()> {
        let status = revocations::status(server, &operator(), &main_issuer()?).await?;
        ensure!(status.waiting == 0, "{} revocations are not published", status.waiting);
        let (expected, found) = (operation.revokes(), status.tokens + status.sessions);
        ensure!(expected == 0 || expected == found, "{found} are revoked instead of {expected}");
        Ok(())
    }
}

/// Where a trial begins.
struct Setting<'a> {
    stage: &'a Stage,
    now: Timestamp,
    folder: &'a Path,
    content: Content,
}

/// The key set as an edge believes it that has the server's roots pinned; its filters are still to come.
async fn believe(server: &Keystile, document: &str, version: u64) -> Result<SignedKeySet> {
    let roots = RootKeys::from_jwks(key_set::roots(server).await?.to_string().as_bytes())?;
    let signed = UnverifiedKeySet::parse(document.as_bytes(), &Limits::default())?.verify(&roots)?;
    signed.check(ISS, server.now().into(), &Floor::at_version(version))?;
    Ok(signed)
}

fn was_killed(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    const KILL: i32 = 9;
    status.signal() == Some(KILL)
}
