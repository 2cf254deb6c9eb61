//! Why an answer of an authenticator does not count.

/// Each names the step of the standard that fails. None says anything that the browser did not send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyError {
    /// It cannot be read.
    #[error("the answer cannot be read: {0}")]
    Malformed(&'static str),
    /// It is the answer to another question: a registration to a sign-in, or the other way round.
    #[error("the answer is to another kind of question")]
    OtherCeremony,
    /// It answers a challenge that was not asked now.
    #[error("the answer is to another challenge")]
    OtherChallenge,
    /// Another page asked for it, or one within a frame of another site.
    #[error("the answer was asked for by another page than this console")]
    OtherOrigin,
    /// The authenticator answered another site.
    #[error("the answer is meant for another site")]
    OtherRelyingParty,
    /// Nobody touched the authenticator.
    #[error("nobody was there: the authenticator must be touched")]
    NobodyPresent,
    /// The authenticator has not asked for a PIN, a finger or a face.
    #[error("the authenticator has not verified its user: set a PIN, a finger or a face on it")]
    NotVerified,
    /// An algorithm that was not offered.
    #[error("the passkey uses an algorithm that was not offered")]
    OtherAlgorithm,
    /// Its key is none.
    #[error("the key of the passkey cannot be used")]
    UnusableKey,
    /// A statement about the authenticator's make that was not asked for, or a wrong one.
    #[error("the authenticator attests its make, which was not asked for, or wrongly")]
    WrongAttestation,
    /// It is known already.
    #[error("this passkey is registered already")]
    KnownAlready,
    /// It is none of this user.
    #[error("the passkey is none of this user's: it is another one, or was removed")]
    OfNobody,
    /// It says of itself that it can be copied, or cannot, and said otherwise when it was made; or it contradicts itself.
    #[error("what the passkey says about copies of itself contradicts what it said before")]
    Contradiction,
    /// The signature is not that of the passkey.
    #[error("the signature is wrong")]
    BadSignature,
    /// There are two of it, or its answer is an old one.
    #[error(
        "the passkey counts {presented} uses and has counted {known}: somebody may have a copy of it; have it removed"
    )]
    CounterWentBack {
        /// The highest that was seen.
        known: u32,
        /// The one that came.
        presented: u32,
    },
}
