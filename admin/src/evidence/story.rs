//! From the entries of the log to rotations, emergencies, decisions and acts.

use serde_json::Value;

use super::{Act, EmergencyEvidence, Period, RotationEvidence, Spell, Window};
use crate::audit::{Action, Record};
use crate::domain::Timestamp;

/// What the log says about a period. It also knows what came after, such as the end of a rotation that began in it, and
/// since when each key has signed.
#[derive(Debug)]
pub struct Story {
    period: Period,
    records: Vec<Record>,
}

/// Of these the log has one a token, and the pack only their number.
const COUNTED: Action = Action::TokenMinted;
/// What concerns access rather than keys.
const ACCESS: [&str; 9] = [
    "api_token.",
    "session.",
    "user.",
    "approval.",
    "key.handed_o",
    "key.older_hand_over",
    "hand_off.",
    "audit.",
    "backup.",
];
/// What the parts about rotations and emergencies tell.
const TOLD_ELSEWHERE: [Action; 8] = [
    Action::RotationStarted,
    Action::KeyPublished,
    Action::KeyConfirmed,
    Action::KeyActivated,
    Action::KeyRetired,
    Action::EmergencyDeclared,
    Action::EmergencyConfirmed,
    Action::KeySetSignedAgain,
];

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
        Self { period, records }
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
        let mut found: Vec<(String, Spell)> = Vec::new();
        let ours = self.records.iter().filter(|record| record.issuer.as_deref() == Some(issuer));
        for record in ours.filter(|record| matters_later(record)) {
            let is_emergency = record.action == Action::EmergencyDeclared.as_str();
            let took_over = is_emergency || record.action.starts_with("key.activated");
            // A key that is made later is pending; the first one signs at once.
            if !took_over && !found.is_empty() {
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
            found.push((new, Spell { from, to: None }));
        }
        found.into_iter().filter(|(of, _)| of == kid).map(|(_, spell)| spell).collect()
    }

    /// What somebody decided about an issuer, or about the roots of all, and no other part tells.
    pub fn decisions(&self, issuer: &str) -> Vec<Act> {
        let concerns = |record: &&Record| record.issuer.as_deref().is_none_or(|id| id == issuer);
        let told = |record: &&Record| {
            TOLD_ELSEWHERE.iter().any(|action| record.action == action.as_str()) || is_access(record)
        };
        self.within().filter(concerns).filter(|record| !told(record)).map(act).collect()
    }

    /// Who was let in, and what they took out.
    pub fn access(&self) -> Vec<Act> {
        self.within().filter(|record| is_access(record)).map(act).collect()
    }

    /// When somebody went through who has access.
    pub fn reviews(&self) -> Vec<Act> {
        self.within().filter(|record| record.action == Action::AccessReviewed.as_str()).map(act).collect()
    }

    fn rotation(
        &self,
        position: usize,
        started: &Record,
        counted: &impl Fn(Timestamp, Timestamp) -> Window,
    ) -> RotationEvidence {
        let new = &started.subject;
        let old_kid = text(started.after.as_ref(), "old_kid").unwrap_or_default();
        let at = |action, kid: &str| self.later(position, action, kid).map(Record::timestamp);
        let [published_at, confirmed_at] =
            [Action::KeyPublished, Action::KeyConfirmed].map(|action| at(action, new));
        let overridden = self.later(position, Action::KeyActivatedUnconfirmed, new);
        let retired_at = at(Action::KeyRetired, &old_kid);
        let cancelled_at = at(Action::RotationCancelled, new);
        let end = retired_at.or(cancelled_at).unwrap_or(self.period.to);
        RotationEvidence {
            propagation_secs: published_at.zip(confirmed_at).map(|(from, to)| to.since(from)),
            activated_at: at(Action::KeyActivated, new).or(overridden.map(Record::timestamp)),
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
    ACCESS.iter().any(|prefix| record.action.starts_with(prefix))
        || record.action == Action::AccessReviewed.as_str()
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
