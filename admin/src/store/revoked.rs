//! Tokens and sessions that are refused by name.

use keystile_validator::{EntryDigest, RevokedClaim};
use serde_json::json;

use super::row::{Columns, int, secs};
use super::{Change, Snapshot, StoreError};
use crate::domain::{IssuerId, Timestamp, Unfiltered};

impl Snapshot {
    /// What stands in no filter: what is numbered above `last`, and still has a meaning at `now`.
    pub async fn unfiltered(
        &mut self,
        issuer: &IssuerId,
        claim: RevokedClaim,
        last: u64,
        now: Timestamp,
    ) -> Result<Unfiltered, StoreError> {
        // As it stands in the document, with a comma.
        let row = sqlx::query(
            "SELECT COUNT(*) AS entries, COALESCE(SUM(length(CAST(json_quote(value) AS BLOB)) + 1), 0) AS bytes,
                    COALESCE(MAX(number), 0) AS last
             FROM revoked INDEXED BY revoked_in_order
             WHERE issuer = ? AND claim = ? AND number > ? AND expires_at > ?",
        )
        .bind(issuer.as_str())
        .bind(claim.as_str())
        .bind(int(last))
        .bind(secs(now))
        .fetch_one(self.connection())
        .await?;
        Ok(Unfiltered {
            count: row.number("entries")?,
            bytes: row.number("bytes")?,
            last: row.number("last")?,
        })
    }

    /// The values that stand in no filter with their numbers, oldest first, at most `most` of them.
    pub async fn unfiltered_values(
        &mut self,
        issuer: &IssuerId,
        claim: RevokedClaim,
        last: u64,
        now: Timestamp,
        most: u64,
    ) -> Result<Vec<(u64, String)>, StoreError> {
        let rows = sqlx::query(
            "SELECT number, value FROM revoked INDEXED BY revoked_in_order
             WHERE issuer = ? AND claim = ? AND number > ? AND expires_at > ? ORDER BY number LIMIT ?",
        )
        .bind(issuer.as_str())
        .bind(claim.as_str())
        .bind(int(last))
        .bind(secs(now))
        .bind(int(most))
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(|row| Ok((row.number("number")?, row.text("value")?))).collect()
    }

    /// The number up to which everything stands in a key set that was signed.
    pub async fn revoked_published(&mut self, issuer: &IssuerId) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT number FROM revoked_published WHERE issuer = ?")
            .bind(issuer.as_str())
            .fetch_optional(self.connection())
            .await?;
        row.map_or(Ok(0), |row| row.number("number"))
    }

    /// The highest number that any entry has.
    pub async fn newest_revocation(&mut self) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT COALESCE(MAX(number), 0) AS newest FROM revoked")
            .fetch_one(self.connection())
            .await?;
        row.number("newest")
    }

    /// The digests of the entries with these numbers that still have a meaning, and when the last of them has none.
    pub async fn revoked_digests(
        &mut self,
        issuer: &IssuerId,
        claim: RevokedClaim,
        numbers: std::ops::RangeInclusive<u64>,
        now: Timestamp,
    ) -> Result<(Vec<EntryDigest>, Timestamp), StoreError> {
        let (mut digests, mut ends_at, mut next) = (Vec::new(), now, *numbers.start());
        loop {
            let rows = sqlx::query(
                "SELECT number, digest, expires_at FROM revoked INDEXED BY revoked_in_order
                 WHERE issuer = ? AND claim = ? AND number BETWEEN ? AND ? AND expires_at > ?
                 ORDER BY number LIMIT 10000",
            )
            .bind(issuer.as_str())
            .bind(claim.as_str())
            .bind(int(next))
            .bind(int(*numbers.end()))
            .bind(secs(now))
            .fetch_all(self.connection())
            .await?;
            for row in &rows {
                let digest = row.bytes("digest")?.try_into();
                digests.push(EntryDigest::from_bytes(
                    digest.map_err(|_| StoreError::Unexpected("revoked.digest"))?,
                ));
                ends_at = ends_at.max(row.at("expires_at")?);
            }
            match rows.last() {
                Some(row) => next = row.number("number")? + 1,
                None => return Ok((digests, ends_at)),
            }
        }
    }

    /// When the next entry has no meaning any more.
    pub async fn next_revocation_end(
        &mut self,
        issuer: &IssuerId,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let row =
            sqlx::query("SELECT MIN(expires_at) AS next FROM revoked WHERE issuer = ? AND expires_at > ?")
                .bind(issuer.as_str())
                .bind(secs(now))
                .fetch_one(self.connection())
                .await?;
        row.at_opt("next")
    }
}

impl Change {
    /// Revokes `values` until `expires_at`, and says how many of them were not, or not for so long.
    ///
    /// What an entry says never changes, because it may stand in a filter: to revoke a value for longer is to revoke
    /// it again.
    pub async fn revoke_values(
        &mut self,
        issuer: &IssuerId,
        claim: RevokedClaim,
        values: &[String],
        expires_at: Timestamp,
    ) -> Result<u64, StoreError> {
        let hex = |digest: EntryDigest| digest.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let entries: Vec<[String; 2]> =
            values.iter().map(|value| [value.clone(), hex(EntryDigest::of(value))]).collect();
        let entries = json!(entries).to_string();
        sqlx::query(
            "DELETE FROM revoked WHERE issuer = ? AND claim = ? AND expires_at < ?
             AND digest IN (SELECT unhex(entry.value ->> 1) FROM json_each(?) AS entry)",
        )
        .bind(issuer.as_str())
        .bind(claim.as_str())
        .bind(secs(expires_at))
        .bind(&entries)
        .execute(self.connection())
        .await?;
        let added = sqlx::query(
            "INSERT INTO revoked (issuer, claim, value, digest, expires_at)
             SELECT ?, ?, entry.value ->> 0, unhex(entry.value ->> 1), ? FROM json_each(?) AS entry WHERE true
             ON CONFLICT (issuer, claim, digest) DO NOTHING",
        )
        .bind(issuer.as_str())
        .bind(claim.as_str())
        .bind(secs(expires_at))
        .bind(&entries)
        .execute(self.connection())
        .await?;
        Ok(added.rows_affected())
    }

    /// Notes that everything up to this number stands in the key set that this change signs.
    pub async fn note_revoked_published(&mut self, issuer: &IssuerId, number: u64) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO revoked_published (issuer, number) VALUES (?, ?)
             ON CONFLICT (issuer) DO UPDATE SET number = MAX(number, excluded.number)",
        )
        .bind(issuer.as_str())
        .bind(int(number))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Deletes up to `most` entries that have no meaning any more, and says how many there were.
    pub async fn prune_revoked(&mut self, now: Timestamp, most: u64) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "DELETE FROM revoked WHERE number IN (SELECT number FROM revoked WHERE expires_at <= ? LIMIT ?)",
        )
        .bind(secs(now))
        .bind(int(most))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected())
    }
}
