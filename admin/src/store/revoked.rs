//! Tokens and sessions that are refused by name.

use keystile_validator::{EntryDigest, RevokedClaim};

use super::row::{int, secs};
use super::statement::{Statement, places, query};
use super::{Change, Snapshot, StoreError};
use crate::domain::{IssuerId, Timestamp, Unfiltered, listed_bytes};

/// So many values that a statement with all of them stays below SQLite's 32,766 parameters and PostgreSQL's 65,535.
const AT_ONCE: usize = 1_000;

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
        let row = query(
            "SELECT COUNT(*) AS entries, CAST(COALESCE(SUM(listed_bytes), 0) AS BIGINT) AS bytes,
                    COALESCE(MAX(number), 0) AS last
             FROM revoked
             WHERE issuer = $1 AND claim = $2 AND number > $3 AND expires_at > $4",
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
        let rows = query(
            "SELECT number, value FROM revoked
             WHERE issuer = $1 AND claim = $2 AND number > $3 AND expires_at > $4 ORDER BY number LIMIT $5",
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
        let row = query("SELECT number FROM revoked_published WHERE issuer = $1")
            .bind(issuer.as_str())
            .fetch_optional(self.connection())
            .await?;
        row.map_or(Ok(0), |row| row.number("number"))
    }

    /// The highest number that any entry has.
    pub async fn newest_revocation(&mut self) -> Result<u64, StoreError> {
        let row = query("SELECT COALESCE(MAX(number), 0) AS newest FROM revoked")
            .fetch_one(self.connection())
            .await?;
        row.number("newest")
    }

    /// The highest number that any entry ever had, also one that was forgotten.
    pub(super) async fn last_revocation_number(&mut self) -> Result<u64, StoreError> {
        let asked = match self.is_sqlite() {
            true => query("SELECT seq FROM sqlite_sequence WHERE name = 'revoked'"),
            false => query("SELECT last_value AS seq FROM revoked_number_seq WHERE is_called"),
        };
        let row = asked.fetch_optional(self.connection()).await?;
        row.map_or(Ok(0), |row| row.number("seq"))
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
            let rows = query(
                "SELECT number, digest, expires_at FROM revoked
                 WHERE issuer = $1 AND claim = $2 AND number BETWEEN $3 AND $4 AND expires_at > $5
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
        let row = query("SELECT MIN(expires_at) AS next FROM revoked WHERE issuer = $1 AND expires_at > $2")
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
        let mut added = 0;
        for values in values.chunks(AT_ONCE) {
            self.forget_shorter(issuer, claim, values, expires_at).await?;
            added += self.add_revoked(issuer, claim, values, expires_at).await?;
        }
        Ok(added)
    }

    async fn forget_shorter(
        &mut self,
        issuer: &IssuerId,
        claim: RevokedClaim,
        values: &[String],
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let delete = Statement::made(format!(
            "DELETE FROM revoked WHERE issuer = $1 AND claim = $2 AND expires_at < $3 AND digest IN ({})",
            places(3, values.len(), 1)
        ));
        let delete = delete.bind(issuer.as_str()).bind(claim.as_str()).bind(secs(expires_at));
        let digest =
            |delete: Statement, value: &String| delete.bind(EntryDigest::of(value).as_bytes().as_slice());
        values.iter().fold(delete, digest).execute(self.connection()).await?;
        Ok(())
    }

    async fn add_revoked(
        &mut self,
        issuer: &IssuerId,
        claim: RevokedClaim,
        values: &[String],
        expires_at: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut insert = Statement::made(format!(
            "INSERT INTO revoked (issuer, claim, expires_at, value, digest, listed_bytes) VALUES {}
             ON CONFLICT (issuer, claim, digest) DO NOTHING",
            places(0, values.len(), 6)
        ));
        for value in values {
            insert = insert
                .bind(issuer.as_str())
                .bind(claim.as_str())
                .bind(secs(expires_at))
                .bind(value)
                .bind(EntryDigest::of(value).as_bytes().as_slice())
                .bind(int(listed_bytes(value)));
        }
        insert.execute(self.connection()).await
    }

    /// Numbers whatever is revoked from now on above `number`.
    pub(super) async fn number_revocations_after(&mut self, number: u64) -> Result<(), StoreError> {
        if number == 0 {
            return Ok(());
        }
        if self.is_sqlite() {
            query("DELETE FROM sqlite_sequence WHERE name = 'revoked'").execute(self.connection()).await?;
            let insert = query("INSERT INTO sqlite_sequence (name, seq) VALUES ('revoked', $1)");
            insert.bind(int(number)).execute(self.connection()).await?;
        } else {
            let set = query("SELECT setval('revoked_number_seq', $1)");
            set.bind(int(number)).fetch_one(self.connection()).await?;
        }
        Ok(())
    }

    /// Notes that everything up to this number stands in the key set that this change signs.
    pub async fn note_revoked_published(&mut self, issuer: &IssuerId, number: u64) -> Result<(), StoreError> {
        query(
            "INSERT INTO revoked_published (issuer, number) VALUES ($1, $2)
             ON CONFLICT (issuer) DO UPDATE SET number = excluded.number
             WHERE revoked_published.number < excluded.number",
        )
        .bind(issuer.as_str())
        .bind(int(number))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Deletes up to `most` entries that have no meaning any more, and says how many there were.
    pub async fn prune_revoked(&mut self, now: Timestamp, most: u64) -> Result<u64, StoreError> {
        query(
            "DELETE FROM revoked WHERE number IN (SELECT number FROM revoked WHERE expires_at <= $1 LIMIT $2)",
        )
        .bind(secs(now))
        .bind(int(most))
        .execute(self.connection())
        .await
    }
}
