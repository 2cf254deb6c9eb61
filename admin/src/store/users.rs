//! People who sign in by name.

use super::row::{Row, secs};
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::domain::{ProviderIdentity, Timestamp, User, UserName};

/// A person, with what their password is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredUser {
    /// The person.
    pub user: User,
    /// The hash of their password, with its parameters and salt.
    pub password_hash: Option<String>,
    /// What sets the next password, once.
    pub invitation: Option<Invitation>,
    /// How many passkeys they have. They are written by themselves.
    pub passkeys: u64,
}

/// An invitation to set a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// SHA-256 of its secret.
    pub hash: Vec<u8>,
    /// From when on it is over.
    pub ends_at: Timestamp,
}

/// A user, and how many passkeys they have.
macro_rules! users_where {
    ($condition:literal) => {
        concat!(
            "SELECT users.*, (SELECT COUNT(*) FROM passkeys WHERE user_name = users.name) AS passkeys FROM users ",
            $condition
        )
    };
}

impl Snapshot {
    /// Everybody, in the order of their names.
    pub async fn users(&mut self) -> Result<Vec<StoredUser>, StoreError> {
        let rows = query(users_where!("ORDER BY name")).fetch_all(self.connection()).await?;
        rows.iter().map(stored).collect()
    }

    /// One person.
    pub async fn user(&mut self, name: &str) -> Result<Option<StoredUser>, StoreError> {
        let row = query(users_where!("WHERE name = $1")).bind(name).fetch_optional(self.connection()).await?;
        row.as_ref().map(stored).transpose()
    }

    /// Who signs in at the identity provider as this.
    pub async fn user_of_provider(
        &mut self,
        who: &ProviderIdentity,
    ) -> Result<Option<StoredUser>, StoreError> {
        let row = query(users_where!("WHERE provider_issuer = $1 AND provider_subject = $2"))
            .bind(&who.issuer)
            .bind(&who.subject)
            .fetch_optional(self.connection())
            .await?;
        row.as_ref().map(stored).transpose()
    }

    /// Whom this invitation was made for.
    pub async fn invited(&mut self, hash: &[u8]) -> Result<Option<StoredUser>, StoreError> {
        let row = query(users_where!("WHERE invitation_hash = $1"))
            .bind(hash)
            .fetch_optional(self.connection())
            .await?;
        row.as_ref().map(stored).transpose()
    }
}

impl Change {
    /// Writes a person, new or changed.
    pub async fn save_user(&mut self, it: &StoredUser) -> Result<(), StoreError> {
        let StoredUser { user, password_hash, invitation, .. } = it;
        query(
            "INSERT INTO users (name, role, created_at, disabled_at, password_hash, password_set_at,
                 invitation_hash, invitation_ends_at, last_signed_in_at, provider_issuer, provider_subject)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (name) DO UPDATE SET role = excluded.role, disabled_at = excluded.disabled_at,
                 password_hash = excluded.password_hash, password_set_at = excluded.password_set_at,
                 invitation_hash = excluded.invitation_hash, invitation_ends_at = excluded.invitation_ends_at,
                 last_signed_in_at = excluded.last_signed_in_at",
        )
        .bind(user.name.as_str())
        .bind(user.role.as_str())
        .bind(secs(user.created_at))
        .bind(user.disabled_at.map(secs))
        .bind(password_hash)
        .bind(user.password_set_at.map(secs))
        .bind(invitation.as_ref().map(|it| it.hash.as_slice()))
        .bind(invitation.as_ref().map(|it| secs(it.ends_at)))
        .bind(user.last_signed_in_at.map(secs))
        .bind(user.provider.as_ref().map(|it| it.issuer.as_str()))
        .bind(user.provider.as_ref().map(|it| it.subject.as_str()))
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

fn stored(row: &Row) -> Result<StoredUser, StoreError> {
    let provider = row.text_opt("provider_issuer")?.zip(row.text_opt("provider_subject")?);
    let invitation = row.bytes_opt("invitation_hash")?.zip(row.at_opt("invitation_ends_at")?);
    let name: Result<UserName, _> = row.text("name")?.parse();
    Ok(StoredUser {
        user: User {
            name: name.map_err(|_| StoreError::Unexpected("users.name"))?,
            role: row.text("role")?.parse().map_err(|_| StoreError::Unexpected("users.role"))?,
            created_at: row.at("created_at")?,
            disabled_at: row.at_opt("disabled_at")?,
            password_set_at: row.at_opt("password_set_at")?,
            provider: provider.map(|(issuer, subject)| ProviderIdentity { issuer, subject }),
            last_signed_in_at: row.at_opt("last_signed_in_at")?,
        },
        password_hash: row.text_opt("password_hash")?,
        invitation: invitation.map(|(hash, ends_at)| Invitation { hash, ends_at }),
        passkeys: row.number("passkeys")?,
    })
}
