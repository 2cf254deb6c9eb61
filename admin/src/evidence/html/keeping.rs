//! For how long all of this is kept.

use super::acts;
use super::sheet::{Sheet, or_dash, when};
use crate::evidence::KeepingEvidence;
use crate::operations::legal_holds::LegalHoldView;

pub(super) fn section(page: &mut Sheet, keeping: &KeepingEvidence) {
    page.section("Keeping of records");
    let kept = keeping.retention_days.map_or("for ever".to_owned(), |days| format!("for {days} days"));
    let deleted = keeping.deleted_until.map_or("none was ever deleted".to_owned(), |until| {
        format!(
            "those until {} were deleted; what remains, and every checkpoint over it, is verified",
            when(until)
        )
    });
    page.facts(&[("Entries of the audit log are kept", kept), ("Older entries", deleted)]);
    page.subsection("Legal holds");
    page.table(["Hold", "Covers", "Set", "Released"], keeping.holds.iter().map(hold));
    page.subsection("Settings, holds and deletions");
    acts(page, &keeping.acts);
}

fn hold(it: &LegalHoldView) -> [String; 4] {
    let bound = |at: Option<crate::domain::Timestamp>| at.map_or("without end".to_owned(), when);
    let released = match (&it.released_by, it.released_at, &it.release_reason) {
        (Some(by), Some(at), Some(reason)) => Some(format!("{}\n{by}\nbecause: {reason}", when(at))),
        _ => None,
    };
    [
        it.id.clone(),
        format!("{} to {}", it.from.map_or("the beginning".to_owned(), when), bound(it.to)),
        format!("{}\n{}\nbecause: {}", when(it.set_at), it.set_by, it.reason),
        or_dash(released),
    ]
}
