//! What can happen, in the past tense.

/// What was done. The names are stable: they are what an auditor searches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each says what its name says")]
pub enum Action {
    ServerInitialised,
    IssuerChanged,
    KeyCreated,
    KeyImported,
    KeyAdopted,
    KeyPublished,
    KeyConfirmed,
    KeyActivated,
    KeyActivatedUnconfirmed,
    KeyRetired,
    KeyRevoked,
    PrivateHalfDestroyed,
    KeyHandedOff,
    KeySetSignedAgain,
    RotationStarted,
    RotationCancelled,
    RotationPaused,
    RotationResumed,
    RolledBack,
    EmergencyDeclared,
    EmergencyConfirmed,
    StoreDisturbed,
    StoreRepaired,
    StoreOvertaken,
    TokenMinted,
    ApiTokenCreated,
    ApiTokenRevoked,
    SessionOpened,
    SessionEnded,
}

impl Action {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ServerInitialised => "server.initialised",
            Self::IssuerChanged => "issuer.changed",
            Self::KeyCreated => "key.created",
            Self::KeyImported => "key.imported",
            Self::KeyAdopted => "key.adopted",
            Self::KeyPublished => "key.published",
            Self::KeyConfirmed => "key.confirmed",
            Self::KeyActivated => "key.activated",
            Self::KeyActivatedUnconfirmed => "key.activated_unconfirmed",
            Self::KeyRetired => "key.retired",
            Self::KeyRevoked => "key.revoked",
            Self::KeyHandedOff => "key.handed_off",
            Self::KeySetSignedAgain => "key_set.signed_again",
            Self::RotationStarted => "rotation.started",
            Self::RotationCancelled => "rotation.cancelled",
            Self::RotationPaused => "rotation.paused",
            Self::RotationResumed => "rotation.resumed",
            Self::RolledBack => "rotation.rolled_back",
            Self::EmergencyConfirmed => "emergency.confirmed",
            Self::PrivateHalfDestroyed => "key.private_half_destroyed",
            Self::EmergencyDeclared => "emergency.declared",
            Self::StoreDisturbed => "store.disturbed",
            Self::StoreRepaired => "store.repaired",
            Self::StoreOvertaken => "store.overtaken",
            Self::TokenMinted => "token.minted",
            Self::ApiTokenCreated => "api_token.created",
            Self::ApiTokenRevoked => "api_token.revoked",
            Self::SessionOpened => "session.opened",
            Self::SessionEnded => "session.ended",
        }
    }
}
