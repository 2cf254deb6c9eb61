//! Requests to do what takes two people.

use super::row::{Row, secs};
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::domain::{Answer, Approval, Ending, IssuerId, Timestamp, Verdict};

/// A request as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredApproval {
    /// The request.
    pub approval: Approval,
    /// What is to be done, as its digest was computed.
    pub deed: String,
    /// The issuer concerned; none where it is the server itself.
    pub issuer: Option<IssuerId>,
    /// Who has looked at it afterwards, where the glass was broken.
    pub review: Option<Review>,
}

/// A look at a deed that one person did alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Who looked.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What they found.
    pub finding: String,
}

impl Snapshot {
    /// Every request, the newest first.
    pub async fn approvals(&mut self) -> Result<Vec<StoredApproval>, StoreError> {
        let rows =
            query("SELECT * FROM approvals ORDER BY asked_at DESC, id").fetch_all(self.connection()).await?;
        rows.iter().map(stored).collect()
    }

    /// One request.
    pub async fn approval(&mut self, id: &str) -> Result<Option<StoredApproval>, StoreError> {
        let row =
            query("SELECT * FROM approvals WHERE id = $1").bind(id).fetch_optional(self.connection()).await?;
        row.as_ref().map(stored).transpose()
    }

    /// Those that have not ended, the oldest first; refused ones have.
    pub async fn open_approvals(&mut self) -> Result<Vec<StoredApproval>, StoreError> {
        let rows = query(
            "SELECT * FROM approvals WHERE used_at IS NULL AND expired_at IS NULL
                 AND (verdict IS NULL OR verdict <> 'refused') ORDER BY expires_at, id",
        )
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(stored).collect()
    }

    /// Where the glass was broken, and nobody has looked at it since.
    pub async fn unreviewed_approvals(&mut self) -> Result<Vec<StoredApproval>, StoreError> {
        let rows = query(
            "SELECT * FROM approvals WHERE verdict = 'glass_broken' AND reviewed_at IS NULL ORDER BY asked_at, id",
        )
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(stored).collect()
    }
}

impl Change {
    /// Writes a request, new or changed. What is to be done never changes.
    pub async fn save_approval(&mut self, it: &StoredApproval) -> Result<(), StoreError> {
        let StoredApproval { approval, deed, issuer, review } = it;
        let answer = approval.answer.as_ref();
        let (used_at, expired_at) = match approval.ending {
            Some(Ending::Used(at)) => (Some(secs(at)), None),
            Some(Ending::Expired(at)) => (None, Some(secs(at))),
            None => (None, None),
        };
        query(
            "INSERT INTO approvals (id, deed, digest, issuer, asked_by, asked_at, expires_at, verdict, answered_by,
                 answered_at, answer_reason, used_at, expired_at, reviewed_by, reviewed_at, review)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
             ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at, verdict = excluded.verdict,
                 answered_by = excluded.answered_by, answered_at = excluded.answered_at,
                 answer_reason = excluded.answer_reason, used_at = excluded.used_at,
                 expired_at = excluded.expired_at, reviewed_by = excluded.reviewed_by,
                 reviewed_at = excluded.reviewed_at, review = excluded.review",
        )
        .bind(&approval.id)
        .bind(deed)
        .bind(&approval.digest)
        .bind(issuer.as_ref().map(IssuerId::as_str))
        .bind(approval.asked_by.to_string())
        .bind(secs(approval.asked_at))
        .bind(secs(approval.expires_at))
        .bind(answer.map(|answer| answer.verdict.as_str()))
        .bind(answer.map(|answer| answer.by.to_string()))
        .bind(answer.map(|answer| secs(answer.at)))
        .bind(answer.and_then(|answer| answer.reason.as_deref()))
        .bind(used_at)
        .bind(expired_at)
        .bind(review.as_ref().map(|review| review.by.as_str()))
        .bind(review.as_ref().map(|review| secs(review.at)))
        .bind(review.as_ref().map(|review| review.finding.as_str()))
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

fn stored(row: &Row) -> Result<StoredApproval, StoreError> {
    let issuer = row.text_opt("issuer")?.map(|id| id.parse()).transpose();
    Ok(StoredApproval {
        approval: Approval {
            id: row.text("id")?,
            digest: row.text("digest")?,
            asked_by: row
                .text("asked_by")?
                .parse()
                .map_err(|_| StoreError::Unexpected("approvals.asked_by"))?,
            asked_at: row.at("asked_at")?,
            expires_at: row.at("expires_at")?,
            answer: answer(row)?,
            ending: match (row.at_opt("used_at")?, row.at_opt("expired_at")?) {
                (Some(at), _) => Some(Ending::Used(at)),
                (None, at) => at.map(Ending::Expired),
            },
        },
        deed: row.text("deed")?,
        issuer: issuer.map_err(|_| StoreError::Unexpected("approvals.issuer"))?,
        review: match (row.text_opt("reviewed_by")?, row.at_opt("reviewed_at")?, row.text_opt("review")?) {
            (Some(by), Some(at), Some(finding)) => Some(Review { by, at, finding }),
            _ => None,
        },
    })
}

fn answer(row: &Row) -> Result<Option<Answer>, StoreError> {
    let Some(verdict) = row.text_opt("verdict")? else { return Ok(None) };
    let unexpected = || StoreError::Unexpected("approvals.verdict");
    let by = row.text_opt("answered_by")?.ok_or_else(unexpected)?;
    Ok(Some(Answer {
        verdict: Verdict::named(&verdict).ok_or_else(unexpected)?,
        by: by.parse().map_err(|_| unexpected())?,
        at: row.at_opt("answered_at")?.ok_or_else(unexpected)?,
        reason: row.text_opt("answer_reason")?,
    }))
}
