//! What can happen, in the past tense.

/// Spells each action once: its variant and its name.
macro_rules! actions {
    ($($variant:ident = $name:literal,)*) => {
        /// What was done. The names are stable: they are what an auditor searches for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each says what its name says")]
        pub enum Action {
            $($variant,)*
        }

        impl Action {
            /// Everything that can happen.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

actions! {
    ServerInitialised = "server.initialised",
    IssuerChanged = "issuer.changed",
    KeyCreated = "key.created",
    KeyImported = "key.imported",
    KeyAdopted = "key.adopted",
    KeyPublished = "key.published",
    KeyConfirmed = "key.confirmed",
    KeyActivated = "key.activated",
    KeyActivatedUnconfirmed = "key.activated_unconfirmed",
    KeyRetired = "key.retired",
    KeyRevoked = "key.revoked",
    PrivateHalfDestroyed = "key.private_half_destroyed",
    KeyHandedOff = "key.handed_off",
    KeyHandedOver = "key.handed_over",
    OlderHandOverRemoved = "key.older_hand_over_removed",
    HandOffTargetsSet = "hand_off.targets_set",
    KeySetSignedAgain = "key_set.signed_again",
    RotationStarted = "rotation.started",
    RotationCancelled = "rotation.cancelled",
    RotationPaused = "rotation.paused",
    RotationResumed = "rotation.resumed",
    RolledBack = "rotation.rolled_back",
    EmergencyDeclared = "emergency.declared",
    EmergencyConfirmed = "emergency.confirmed",
    StoreDisturbed = "store.disturbed",
    StoreRepaired = "store.repaired",
    StoreOvertaken = "store.overtaken",
    RootAnnounced = "root.announced",
    RootWithdrawn = "root.withdrawn",
    SetSigningKeyCreated = "set_signing_key.created",
    DelegationInstalled = "delegation.installed",
    PolicySigned = "policy.signed",
    EpochRaised = "epoch.raised",
    TokensRevoked = "tokens.revoked",
    RevocationsFiltered = "revocations.filtered",
    TokenMinted = "token.minted",
    ApiTokenCreated = "api_token.created",
    ApiTokenRevoked = "api_token.revoked",
    SessionOpened = "session.opened",
    SessionEnded = "session.ended",
    ApprovalAsked = "approval.asked",
    ApprovalGiven = "approval.approved",
    ApprovalRefused = "approval.refused",
    ApprovalExpired = "approval.expired",
    ApprovalUsed = "approval.used",
    GlassBroken = "approval.glass_broken",
    BrokenGlassReviewed = "approval.glass_reviewed",
    UserCreated = "user.created",
    UserInvited = "user.invited",
    UserPasswordSet = "user.password_set",
    UserRoleChanged = "user.role_changed",
    UserDisabled = "user.disabled",
    UserEnabled = "user.enabled",
    PasskeyRegistered = "passkey.registered",
    PasskeyRemoved = "passkey.removed",
    PasskeyRefused = "passkey.refused",
    AuditKeyCreated = "audit.key_created",
    AuditExported = "audit.exported",
    AuditRetentionSet = "audit.retention_set",
    AuditEntriesDeleted = "audit.entries_deleted",
    LegalHoldSet = "audit.hold_set",
    LegalHoldReleased = "audit.hold_released",
    AccessReviewed = "access.reviewed",
    MasterKeyReplaced = "master_key.replaced",
    WebhookAdded = "webhook.added",
    WebhookRemoved = "webhook.removed",
    WebhookSecretRotated = "webhook.secret_rotated",
    WebhookTested = "webhook.tested",
    WebhookDisabled = "webhook.disabled",
    BackupMade = "backup.made",
    BackupRestored = "backup.restored",
    BackupDrilled = "backup.drilled",
    InstallationMoved = "installation.moved",
}

impl Action {
    /// What others may want to be told as it happens: what changes which tokens are good, what is done to the way
    /// there, and what lets records go.
    const NEWS: [Self; 20] = [
        Self::KeyActivated,
        Self::KeyActivatedUnconfirmed,
        Self::KeyRetired,
        Self::KeyRevoked,
        Self::RotationStarted,
        Self::RotationCancelled,
        Self::RotationPaused,
        Self::RotationResumed,
        Self::RolledBack,
        Self::EmergencyDeclared,
        Self::EmergencyConfirmed,
        Self::StoreDisturbed,
        Self::StoreRepaired,
        Self::StoreOvertaken,
        Self::EpochRaised,
        Self::ApprovalAsked,
        Self::GlassBroken,
        Self::AuditRetentionSet,
        Self::LegalHoldReleased,
        Self::WebhookDisabled,
    ];

    /// Whether others may want to be told of it.
    pub fn is_news(self) -> bool {
        Self::NEWS.contains(&self)
    }
}
