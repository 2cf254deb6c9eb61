/// What the database says about the master key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedMasterKey {
    /// Which one everything is sealed with.
    pub fingerprint: String,
    /// The key itself as its keeper has wrapped it; `None` where it is in a file or the environment.
    pub wrapped: Option<WrappedMasterKey>,
}

/// A master key that only its keeper can open. It may lie in a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedMasterKey {
    /// What the keeper has made of it.
    pub text: String,
    /// The keeper, as the settings name it.
    pub by: String,
}
