//! Revoking a long list: part by part, and published as one.

use keystile_validator::RevokedClaim;

use super::filters::Turn;
use super::revocations::{self, MOST_AT_ONCE, RevocationOrder, RevocationView};
use super::{Keystile, OperationError};
use crate::domain::{Actor, IssuerId, LONGEST_VALUE, Timestamp};

/// What all values of a list have in common.
#[derive(Debug, Clone)]
pub struct ImportOrder {
    /// The claim whose values are given.
    pub claim: RevokedClaim,
    /// When the last token that this is about expires; left out, as late as any that is out there can.
    pub expires_at: Option<Timestamp>,
    /// Why, for the audit log.
    pub reason: String,
}

/// A list on its way in.
///
/// Each part is committed with its audit entry. Where the process dies in the middle, the server publishes what was
/// committed a minute later, and the same list taken in again adds what is missing.
pub struct Import<'k> {
    turn: Turn,
    keystile: &'k Keystile,
    actor: &'k Actor,
    issuer: &'k IssuerId,
    order: ImportOrder,
    part: Vec<String>,
    lines: u64,
    given: u64,
    added: u64,
}

impl<'k> Import<'k> {
    /// Begins a list. Refused with `import_in_progress` while another process takes one in.
    pub async fn begin(
        keystile: &'k Keystile,
        actor: &'k Actor,
        issuer: &'k IssuerId,
        order: ImportOrder,
    ) -> Result<Self, OperationError> {
        let turn = Turn::take(keystile, issuer).await?.ok_or(OperationError::ImportInProgress)?;
        Ok(Self { turn, keystile, actor, issuer, order, part: Vec::new(), lines: 0, given: 0, added: 0 })
    }

    /// Takes the next line, which may be empty, and says whether a part was committed with it.
    pub async fn take(&mut self, value: &str) -> Result<bool, OperationError> {
        self.lines += 1;
        if value.is_empty() {
            return Ok(false);
        }
        if value.len() > LONGEST_VALUE {
            let (line, length) = (self.lines, value.len());
            let detail = format!("line {line} has {length} bytes: use {LONGEST_VALUE} at most");
            return Err(OperationError::InvalidInput { field: "values", detail });
        }
        self.part.push(value.to_owned());
        if self.part.len() < MOST_AT_ONCE {
            return Ok(false);
        }
        self.commit_part().await?;
        Ok(true)
    }

    /// How many values were committed.
    pub fn given(&self) -> u64 {
        self.given
    }

    /// How many of them were not revoked before, or not for so long.
    pub fn added(&self) -> u64 {
        self.added
    }

    /// Commits the rest, and publishes everything.
    pub async fn finish(mut self) -> Result<RevocationView, OperationError> {
        let rest = self.next_part();
        let last = if rest.values.is_empty() && self.given > 0 {
            revocations::publish(self.keystile, self.issuer, rest).await?
        } else {
            revocations::revoke(self.keystile, self.actor, self.issuer, rest).await?
        };
        self.turn.end(self.keystile).await?;
        Ok(RevocationView { given: self.given + last.given, added: self.added + last.added, ..last })
    }

    async fn commit_part(&mut self) -> Result<(), OperationError> {
        let order = self.next_part();
        let part = revocations::revoke_part(self.keystile, self.actor, self.issuer, order).await?;
        self.given += part.given;
        self.added += part.added;
        self.turn.keep(self.keystile).await
    }

    fn next_part(&mut self) -> RevocationOrder {
        let ImportOrder { claim, expires_at, reason } = self.order.clone();
        RevocationOrder { claim, values: std::mem::take(&mut self.part), expires_at, reason }
    }
}
