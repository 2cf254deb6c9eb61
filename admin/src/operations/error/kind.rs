/// What kind of refusal this is, from which each door derives its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request itself is wrong (400).
    Invalid,
    /// Who asks is not known (401).
    Unauthenticated,
    /// Who asks may not (403).
    Forbidden,
    /// What is asked for is not there (404).
    NotFound,
    /// The present state does not allow it (409).
    Conflict,
    /// It does not say from which state it starts (428).
    Unconditional,
    /// It was changed since it was read (412).
    Stale,
    /// The request contradicts an earlier one (422).
    Contradictory,
    /// Too much was asked in too short a time (429).
    TooMany,
    /// It may succeed later, or after somebody acts (503).
    Unavailable,
    /// The server is at fault (500).
    Internal,
}
