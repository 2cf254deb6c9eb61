//! From the entries of the log to rotations, emergencies, decisions and acts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Act, EmergencyEvidence, Period, Quote, RotationEvidence, Spell, Window};
use crate::audit::{Action, Record};
use crate::domain::Timestamp;

/// What the log says about a period. It also knows what came after, such as the end of a rotation that began in it, and
/// since when each key has signed.
#[derive(Debug)]
pub struct Story {
    period: Period,
    records: Vec<Record>,
    /// Of each issuer the key that signed where the log begins, and since when, if entries from before were deleted.
    signing: Option<Signing>,
}

/// By issuer: a key, and since when it signed.
pub type Signing = BTreeMap<String, (String, Timestamp)>;

/// Of these the log has one a token, and the pack only their number.
const COUNTED: Action = Action::TokenMinted;
/// What concerns access rather than keys.
const ACCESS: [&str; 10] = [
    "api_token.",
    "session.",
    "user.",
    "passkey.",
    "approval.",
    "key.handed_o",
    "key.older_hand_over",
    "hand_off.",
    "audit.",
    "backup.",
];
/// What concerns for how long records are kept.
const KEEPING: [Action; 4] =
    [Action::AuditRetentionSet, Action::AuditEntriesDeleted, Action::LegalHoldSet, Action::LegalHoldReleased];
/// Nobody decided that, and it changes nothing but a date.
const ROUTINE: Action = Action::KeySetSignedAgain;

/// From when on which key signs: the first key of an issuer, and each that took over.
const TAKING_OVER: [Action; 6] = [
    Action::KeyCreated,
    Action::KeyAdopted,
    Action::KeyImported,
    Action::KeyActivated,
    Action::KeyActivatedUnconfirmed,
    Action::EmergencyDeclared,
];

/// Whether an entry from before the period matters to it.
pub fn matters_later(record: &Record) -> bool {
    TAKING_OVER.iter().any(|action| record.action == action.as_str())
}

/// Whether an entry is told, rather than only counted.
pub fn tells(record: &Record) -> bool {
    record.action != COUNTED.as_str()
}

impl Story {
    /// Records in the order of the log.
    pub fn new(period: Period, records: Vec<Record>) -> Self {
        Self { period, records, signing: None }
    }

    /// The same where the beginning of the log was deleted, and these keys signed then.
    #[must_use]
    pub fn going_on(self, signing: Signing) -> Self {
        Self { signing: Some(signing), ..self }
    }

    /// The rotations of an issuer that began in the period. `counted` says what the edges counted between two instants.
    pub fn rotations(
        &self,
        issuer: &str,
        counted: &impl Fn(Timestamp, Timestamp) -> Window,
    ) -> Vec<RotationEvidence> {
        let started = self.of(issuer, Action::RotationStarted);
        started.map(|(position, record)| self.rotation(position, record, counted)).collect()
    }

    /// The emergencies of an issuer that were declared in the period.
    pub fn emergencies(
        &self,
        issuer: &str,
        counted: &impl Fn(Timestamp, Timestamp) -> Window,
    ) -> Vec<EmergencyEvidence> {
        const DAY_SECS: u64 = 86_400;
        let declared = self.of(issuer, Action::EmergencyDeclared);
        declared
            .map(|(position, record)| {
                let confirmed = self.later(position, Action::EmergencyConfirmed, &record.subject);
                let at = record.timestamp();
                EmergencyEvidence {
                    revoked_kid: record.subject.clone(),
                    new_kid: text(record.after.as_ref(), "new_kid"),
                    confirmed: confirmed.map(quote),
                    seconds_to_last_region: confirmed
                        .and_then(|it| it.after.as_ref()?.get("seconds_to_last_region")?.as_u64()),
                    window: counted(at, at.plus(DAY_SECS)),
                    approval: self.approval_of("emergency", record),
                    declared: act(record),
                }
            })
            .collect()
    }

    /// While this key signed.
    pub fn spells(&self, issuer: &str, kid: &str) -> Vec<Spell> {
        let before = self.signing.as_ref().and_then(|signing| signing.get(issuer));
        let going_on =
            |(kid, from): &(String, Timestamp)| (kid.clone(), Spell { entry: None, from: *from, to: None });
        let mut found: Vec<(String, Spell)> = before.map(going_on).into_iter().collect();
        let ours = self.records.iter().filter(|record| record.issuer.as_deref() == Some(issuer));
        for record in ours.filter(|record| matters_later(record)) {
            let is_emergency = record.action == Action::EmergencyDeclared.as_str();
            let took_over = is_emergency || record.action.starts_with("key.activated");
            // A key that is made later is pending; the first one signs at once.
            if !took_over && (self.signing.is_some() || !found.is_empty()) {
                continue;
            }
            let new = match is_emergency {
                true => text(record.after.as_ref(), "new_kid").unwrap_or_default(),
                false => record.subject.clone(),
            };
            let from = record.timestamp();
            if let Some((_, spell)) = found.last_mut() {
                spell.to = Some(from);
            }
            found.push((new, Spell { entry: Some(record.seq), from, to: None }));
        }
        found.into_iter().filter(|(of, _)| of == kid).map(|(_, spell)| spell).collect()
    }

    /// Everything about an issuer, or about the roots of all, that no other part tells.
    pub fn decisions(
        &self,
        issuer: &str,
        rotations: &[RotationEvidence],
        emergencies: &[EmergencyEvidence],
    ) -> Vec<Act> {
        let turned =
            rotations.iter().flat_map(|it| it.steps.iter().map(|step| step.seq).chain([it.started.seq]));
        let declared =
            |it: &EmergencyEvidence| [Some(it.declared.seq), it.confirmed.as_ref().map(|it| it.seq)];
        let told: BTreeSet<u64> = turned.chain(emergencies.iter().flat_map(declared).flatten()).collect();
        let is_told = |record: &Record| {
            told.contains(&record.seq)
                || record.action == ROUTINE.as_str()
                || is_access(record)
                || is_keeping(record)
        };
        let concerns = |record: &&Record| record.issuer.as_deref().is_none_or(|id| id == issuer);
        self.within().filter(concerns).filter(|record| !is_told(record)).map(act).collect()
    }

    /// Who was let in, and what they took out.
    pub fn access(&self) -> Vec<Act> {
        self.within().filter(|record| is_access(record)).map(act).collect()
    }

    /// When somebody went through who has access.
    pub fn reviews(&self) -> Vec<Act> {
        self.within().filter(|record| record.action == Action::AccessReviewed.as_str()).map(act).collect()
    }

    /// For how long records are kept, what of them was deleted, and what must not be.
    pub fn keeping(&self) -> Vec<Act> {
        self.within().filter(|record| is_keeping(record)).map(act).collect()
    }

    fn rotation(
        &self,
        position: usize,
        started: &Record,
        counted: &impl Fn(Timestamp, Timestamp) -> Window,
    ) -> RotationEvidence {
        let new = &started.subject;
        let old_kid = text(started.after.as_ref(), "old_kid").unwrap_or_default();
        let told = |action, kid: &str| self.later(position, action, kid);
        let [published, confirmed] =
            [Action::KeyPublished, Action::KeyConfirmed].map(|action| told(action, new));
        let overridden = told(Action::KeyActivatedUnconfirmed, new);
        let activated = told(Action::KeyActivated, new).or(overridden);
        let retired = told(Action::KeyRetired, &old_kid);
        let cancelled = told(Action::RotationCancelled, new);
        let [published_at, confirmed_at, activated_at, retired_at, cancelled_at] =
            [published, confirmed, activated, retired, cancelled].map(|it| it.map(Record::timestamp));
        let end = retired_at.or(cancelled_at).unwrap_or(self.period.to);
        let steps = [published, confirmed, activated, retired, cancelled].into_iter().flatten();
        RotationEvidence {
            propagation_secs: published_at.zip(confirmed_at).map(|(from, to)| to.since(from)),
            activated_at,
            steps: steps.map(quote).collect(),
            override_reason: overridden.and_then(|record| record.reason.clone()),
            window: counted(started.timestamp(), end),
            new_kid: new.clone(),
            started: act(started),
            old_kid,
            published_at,
            confirmed_at,
            retired_at,
            cancelled_at,
        }
    }

    /// Every entry from the beginning of the period on.
    pub(super) fn all(&self) -> impl Iterator<Item = &Record> {
        self.records.iter()
    }

    pub(super) fn within(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().filter(|record| self.period.contains(record.timestamp()))
    }

    fn of(&self, issuer: &str, action: Action) -> impl Iterator<Item = (usize, &Record)> {
        let issuer = issuer.to_owned();
        self.records.iter().enumerate().filter(move |(_, record)| {
            record.action == action.as_str()
                && record.issuer.as_ref() == Some(&issuer)
                && self.period.contains(record.timestamp())
        })
    }

    /// The first entry about this after that position.
    fn later(&self, position: usize, action: Action, subject: &str) -> Option<&Record> {
        let mut after = self.records.iter().skip(position);
        after.find(|record| record.action == action.as_str() && record.subject == subject)
    }
}

fn is_access(record: &Record) -> bool {
    let named = ACCESS.iter().any(|prefix| record.action.starts_with(prefix));
    (named && !is_keeping(record)) || record.action == Action::AccessReviewed.as_str()
}

fn is_keeping(record: &Record) -> bool {
    KEEPING.iter().any(|action| record.action == action.as_str())
}

fn quote(record: &Record) -> Quote {
    Quote {
        seq: record.seq,
        at: record.timestamp(),
        actor: record.actor.clone(),
        action: record.action.clone(),
        subject: record.subject.clone(),
    }
}

pub(super) fn text(value: Option<&Value>, member: &str) -> Option<String> {
    value?.get(member)?.as_str().map(ToOwned::to_owned)
}

pub(super) fn act(record: &Record) -> Act {
    Act {
        seq: record.seq,
        at: record.timestamp(),
        actor: record.actor.clone(),
        from: record.from.clone(),
        action: record.action.clone(),
        subject: record.subject.clone(),
        reason: record.reason.clone(),
        request_id: record.request_id.clone(),
        before: record.before.clone(),
        after: record.after.clone(),
    }
}
