//! Requests to do what takes two people, as the log tells them.

use super::story::{Story, act, text};
use super::{Act, ApprovalEvidence};
use crate::audit::{Action, Record};

impl Story {
    /// The requests that were made in the period, with what came of them, also later.
    pub fn approvals(&self) -> Vec<ApprovalEvidence> {
        let began = |record: &&Record| is(record, Action::ApprovalAsked) || is(record, Action::GlassBroken);
        self.within().filter(began).map(|record| self.approval(record)).collect()
    }

    /// The approval that was used for this act: in its transaction, so by the same person at the same instant.
    pub(super) fn approval_of(&self, deed: &str, of: &Record) -> Option<Act> {
        let used = self.all().filter(|record| is(record, Action::ApprovalUsed) && record.seq < of.seq);
        let same = |record: &&Record| {
            let told = (&record.actor, record.at, &record.issuer);
            told == (&of.actor, of.at, &of.issuer)
                && text(record.after.as_ref(), "deed").as_deref() == Some(deed)
        };
        used.filter(same).last().map(act)
    }

    fn approval(&self, asked: &Record) -> ApprovalEvidence {
        let told = |actions: &[Action]| {
            let later = |record: &&Record| record.seq > asked.seq && record.subject == asked.subject;
            let found =
                self.all().filter(later).find(|record| actions.iter().any(|action| is(record, *action)));
            found.map(act)
        };
        ApprovalEvidence {
            id: asked.subject.clone(),
            deed: text(asked.after.as_ref(), "deed").unwrap_or_default(),
            digest: text(asked.after.as_ref(), "digest").unwrap_or_default(),
            answered: told(&[Action::ApprovalGiven, Action::ApprovalRefused]),
            used: told(&[Action::ApprovalUsed]),
            expired: told(&[Action::ApprovalExpired]),
            reviewed: told(&[Action::BrokenGlassReviewed]),
            asked: act(asked),
        }
    }
}

fn is(record: &Record, action: Action) -> bool {
    record.action == action.as_str()
}
