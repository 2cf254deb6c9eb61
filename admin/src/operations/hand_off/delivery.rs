//! One step at one target: look, write, read back, and note it with its proof.

use serde_json::json;
use tracing::instrument;

use crate::audit::Action;
use crate::domain::{Actor, Attempt, HandOff, HandOffStep, HeldKey, IssuerId, IssuerState, Timestamp};
use crate::hand_off::{Content, HandOffError, Standing, Target, hex_digest};
use crate::operations::amendment::Amendment;
use crate::operations::environment::variables;
use crate::operations::lease::Lease;
use crate::operations::publication::backoff_secs;
use crate::operations::{Keystile, OperationError, random};
use crate::signing::public_to_der;
use crate::telemetry::SPANS;

/// A target at which something is due.
pub(super) struct Due {
    pub(super) issuer: IssuerId,
    pub(super) target: Target,
}

/// How a try ended.
enum Outcome {
    /// The key stands there, in this version; `was_there` says that nothing had to be written.
    Stands { version: String, was_there: bool },
    /// The older versions are gone.
    Removed(Vec<String>),
    /// The state has moved on since the step was decided.
    Overtaken,
}

impl Due {
    /// What it is known by.
    pub(super) fn place(&self) -> (String, String) {
        (self.issuer.to_string(), self.target.name.clone())
    }

    /// The step that is due there.
    pub(super) fn step(state: &IssuerState, target: &Target, now: Timestamp) -> Option<HandOffStep> {
        state.hand_off_step(known(state, target)?, now)
    }
}

/// Why a try failed: there, or here.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    There(#[from] HandOffError),
    #[error(transparent)]
    Here(#[from] OperationError),
}

/// Takes the step that is due, unless another process is at it. What fails is noted, and tried again later.
pub(super) async fn take_step(keystile: &Keystile, due: &Due) -> Result<(), OperationError> {
    let name = format!("hand-off/{}/{}", due.issuer, due.target.name);
    let Some(lease) = Lease::take(keystile, name).await? else { return Ok(()) };
    // Decided again under the lease: whoever held it before may have been there.
    let state = keystile.state(&mut keystile.store.read().await?, &due.issuer).await?;
    if let Some(step) = Due::step(&state, &due.target, keystile.now()) {
        note_wanted(keystile, due, &step).await?;
        let ended = tokio::select! {
            biased;
            ended = attempt(keystile, due, &state, &step) => ended,
            never = lease.keep() => match never {},
        };
        let kid = match &step {
            HandOffStep::Bring { kid } => kid.as_str(),
            HandOffStep::RemoveOlder { .. } => state.ring.active().kid(),
        };
        match ended {
            Ok(outcome) => note(keystile, due, kid, outcome).await?,
            Err(Trouble::There(error)) => note_failure(keystile, due, kid, &error).await?,
            Err(Trouble::Here(error)) => return Err(error),
        }
    }
    lease.release().await
}

/// Notes since when a key is wanted there, at the first try.
async fn note_wanted(keystile: &Keystile, due: &Due, step: &HandOffStep) -> Result<(), OperationError> {
    let HandOffStep::Bring { kid } = step else { return Ok(()) };
    let mut amendment = keystile.amend(&due.issuer).await?;
    let Some(known) = current(&mut amendment, due).await? else { return Ok(()) };
    if known.holds(kid) || known.attempt.as_ref().is_some_and(|attempt| attempt.kid == *kid) {
        return Ok(());
    }
    let attempt = attempt_of(&known, kid, amendment.now);
    amendment.change.save_hand_off(&due.issuer, &HandOff { attempt: Some(attempt), ..known }).await?;
    amendment.commit().await?;
    Ok(())
}

#[instrument(name = "hand_off.attempt", target = SPANS, skip_all, fields(keystile.issuer = %due.issuer, keystile.target = due.target.name))]
async fn attempt(
    keystile: &Keystile,
    due: &Due,
    state: &IssuerState,
    step: &HandOffStep,
) -> Result<Outcome, Trouble> {
    let versions = match step {
        HandOffStep::Bring { kid } => return bring(keystile, due, state, kid).await,
        HandOffStep::RemoveOlder { versions } => versions,
    };
    let open = keystile.surroundings.open(&due.target, keystile.now())?;
    for version in versions {
        open.remove(version).await?;
    }
    Ok(Outcome::Removed(versions.clone()))
}

/// Sees to it that the key stands there.
async fn bring(keystile: &Keystile, due: &Due, state: &IssuerState, kid: &str) -> Result<Outcome, Trouble> {
    let content = content(keystile, due, state, kid).await?;
    let open = keystile.surroundings.open(&due.target, keystile.now())?;
    let seen = open.look(&content).await?;
    if seen.is_content {
        return Ok(Outcome::Stands { version: seen.version.unwrap_or_default(), was_there: true });
    }
    // From here on it may stand there, whatever becomes of this process.
    if !begin(keystile, due, kid, &seen).await? {
        return Ok(Outcome::Overtaken);
    }
    let token: String = random::bytes::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect();
    open.write(&content, &seen, &token).await?;
    let read_back = open.look(&content).await?;
    match read_back.version {
        Some(version) if read_back.is_content => Ok(Outcome::Stands { version, was_there: false }),
        _ => Err(HandOffError::ReadBackDiffers.into()),
    }
}

async fn content(
    keystile: &Keystile,
    due: &Due,
    state: &IssuerState,
    kid: &str,
) -> Result<Content, OperationError> {
    let mut snapshot = keystile.store.read().await?;
    let private = keystile.token_key(&mut snapshot, &due.issuer, kid).await?;
    let (prefix, format) = (&due.target.prefix, due.target.private_key);
    let variables = variables(&state.issuer.policy, &private, prefix, format)?;
    Ok(Content::new(variables.into_iter().map(|variable| (variable.name, variable.value))))
}

/// Notes that the key is about to be written, and over what. Says `false` where it is not wanted there any more.
async fn begin(keystile: &Keystile, due: &Due, kid: &str, seen: &Standing) -> Result<bool, OperationError> {
    let mut amendment = keystile.amend(&due.issuer).await?;
    let Some(known) = current(&mut amendment, due).await? else { return Ok(false) };
    let now = amendment.now;
    if amendment.state.key_for(&known, now).is_none_or(|key| key.kid() != kid) {
        return Ok(false);
    }
    let mut older = known.older.clone();
    let replaced =
        seen.version.clone().filter(|version| due.target.keeps_versions() && !older.contains(version));
    older.extend(replaced);
    let attempt = Attempt { begun: true, ..attempt_of(&known, kid, now) };
    let known = HandOff { older, attempt: Some(attempt), ..known };
    amendment.change.save_hand_off(&due.issuer, &known).await?;
    amendment.commit().await?;
    Ok(true)
}

/// Notes what came of it, with the proof that it arrived.
async fn note(keystile: &Keystile, due: &Due, kid: &str, outcome: Outcome) -> Result<(), OperationError> {
    let mut amendment = keystile.amend(&due.issuer).await?;
    let Some(known) = current(&mut amendment, due).await? else { return Ok(()) };
    let known = match outcome {
        Outcome::Overtaken => return Ok(()),
        Outcome::Removed(versions) => {
            let after = json!({ "target": due.target.name, "versions": versions });
            let action = Action::OlderHandOverRemoved;
            amendment.record(&Actor::steward(), action, kid, None, None, Some(after)).await?;
            let older = known.older.iter().filter(|version| !versions.contains(version)).cloned().collect();
            HandOff { older, attempt: None, ..known }
        }
        Outcome::Stands { version, was_there } => {
            let is_news = !known.holds(kid) || !was_there;
            if is_news {
                record_arrival(&mut amendment, due, &known, kid, &version).await?;
            }
            arrived(&mut amendment, known, kid, version, is_news)
        }
    };
    amendment.change.save_hand_off(&due.issuer, &known).await?;
    amendment.commit().await?;
    Ok(())
}

/// The proof for an auditor: which half arrived where, as which version. Nothing of it is secret.
async fn record_arrival(
    amendment: &mut Amendment<'_>,
    due: &Due,
    known: &HandOff,
    kid: &str,
    version: &str,
) -> Result<(), OperationError> {
    // As OpenSSL tells it: `openssl pkey -pubin -outform DER | sha256sum`.
    let public = public_to_der(&amendment.state.ring.get(kid)?.facts().public)?;
    let wanted = known.attempt.as_ref().filter(|attempt| attempt.kid == kid);
    let after = json!({
        "target": due.target.name,
        "secret_version": version,
        "public_half_sha256": hex_digest(&public),
        "seconds_since_wanted": wanted.map(|attempt| amendment.now.since(attempt.since)),
    });
    let before = known.held.as_ref().map(|held| json!({ "kid": held.kid, "secret_version": held.version }));
    amendment.record(&Actor::steward(), Action::KeyHandedOver, kid, None, before, Some(after)).await
}

fn arrived(
    amendment: &mut Amendment<'_>,
    known: HandOff,
    kid: &str,
    version: String,
    is_news: bool,
) -> HandOff {
    let now = amendment.now;
    let before = known.held.filter(|_| is_news);
    let arrived_at = match &before {
        // It stood there before, and somebody else had changed that meanwhile: its backends have it still.
        Some(held) if held.kid == kid => held.arrived_at,
        _ => now,
    };
    if let Some(held) = before.filter(|held| held.kid != kid && amendment.state.ring.active().kid() == kid) {
        // It signs here already, and the backend goes on with the one before until it has taken this one up.
        amendment.state.ring.note_signed_until(&held.kid, now.plus(known.reload_secs));
    }
    let older = known.older.into_iter().filter(|older| *older != version).collect();
    let held = HeldKey { kid: kid.to_owned(), version, arrived_at };
    HandOff { held: Some(held), attempt: None, older, looked_at: now, ..known }
}

async fn note_failure(
    keystile: &Keystile,
    due: &Due,
    kid: &str,
    error: &HandOffError,
) -> Result<(), OperationError> {
    let mut amendment = keystile.amend(&due.issuer).await?;
    let Some(known) = current(&mut amendment, due).await? else { return Ok(()) };
    let attempt = attempt_of(&known, kid, amendment.now);
    let wait = backoff_secs(attempt.tries, keystile.dice()?);
    tracing::warn!(issuer = %due.issuer, target = due.target.name, %error, wait, "not handed over");
    let attempt = Attempt {
        tries: attempt.tries.saturating_add(1),
        error: Some(format!("{error}; {}", error.help())),
        next_try_at: amendment.now.plus(wait),
        ..attempt
    };
    amendment.change.save_hand_off(&due.issuer, &HandOff { attempt: Some(attempt), ..known }).await?;
    amendment.commit().await?;
    Ok(())
}

/// What is known about the target, unless it was set anew meanwhile.
async fn current(amendment: &mut Amendment<'_>, due: &Due) -> Result<Option<HandOff>, OperationError> {
    let set = amendment.change.hand_off_targets(&due.issuer).await?;
    Ok(known(&amendment.state, &due.target).filter(|_| set.contains(&due.target)).cloned())
}

fn known<'s>(state: &'s IssuerState, target: &Target) -> Option<&'s HandOff> {
    state.hand_offs.iter().find(|known| known.target == target.name)
}

/// The attempt that goes on with this key, or the first one.
fn attempt_of(known: &HandOff, kid: &str, now: Timestamp) -> Attempt {
    known.attempt.clone().filter(|attempt| attempt.kid == kid).unwrap_or(Attempt {
        kid: kid.to_owned(),
        since: now,
        begun: false,
        tries: 0,
        error: None,
        next_try_at: now,
    })
}
