use crate::managers::ManagerError;

/// Why a key is not known to have arrived. It is tried again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandOffError {
    /// The target cannot work as it is.
    #[error("{detail}")]
    Misconfigured {
        /// What is wrong with it.
        detail: String,
    },
    /// Where it is, nobody answered as hoped.
    #[error(transparent)]
    Manager(#[from] ManagerError),
    /// Somebody else keeps something in our place.
    #[error("it holds `{name}` there too, which would be lost")]
    Foreign {
        /// The name of what is not ours.
        name: String,
    },
    /// What was read back is not what was written.
    #[error("it holds something else than what was written")]
    ReadBackDiffers,
    /// A file could not be read or written.
    #[error("`{path}`: {cause}")]
    File {
        /// Which one.
        path: String,
        /// What the system said.
        cause: String,
    },
}

impl HandOffError {
    /// What to do about it.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Misconfigured { .. } => TARGET_HELP,
            Self::Manager(error) => help_with(error),
            Self::ReadBackDiffers => AGAIN_HELP,
            Self::Foreign { .. } => "give the key a path of its own",
            Self::File { .. } => "make the folder, and let the server write there",
        }
    }
}

const TARGET_HELP: &str = "put the target right with `keystile hand-off set`";
const AGAIN_HELP: &str =
    "it is tried again by itself; if it goes on, check address and path, and who else writes there";

const fn help_with(error: &ManagerError) -> &'static str {
    match error {
        ManagerError::Misconfigured { .. }
        | ManagerError::NotAdmitted(_)
        | ManagerError::Redirected { .. } => TARGET_HELP,
        ManagerError::CredentialMissing { .. } => {
            "set KEYSTILE_CREDENTIAL__NAME, or put a file of this name into KEYSTILE__HAND_OFF__CREDENTIALS"
        }
        ManagerError::Unreachable { .. } | ManagerError::TimedOut { .. } => "it is tried again by itself",
        ManagerError::Unauthorized { .. } => {
            "give the server a credential that may read and write this very secret"
        }
        ManagerError::Refused { .. } | ManagerError::Unreadable { .. } => AGAIN_HELP,
    }
}
