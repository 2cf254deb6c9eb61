use super::{ApprovalState, Principal};

/// Why an approval cannot be given, or does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalError {
    /// Nobody approves what they have asked for.
    #[error("a request is answered by somebody else than who made it")]
    OwnRequest,
    /// It is answered already, or too late.
    #[error("the request `{id}` cannot be answered: it {state}")]
    NotWaiting {
        /// The request.
        id: String,
        /// Where it stands.
        state: ApprovalState,
    },
    /// Nobody has approved it, or it counts no more.
    #[error("the request `{id}` lets nobody go on: it {state}")]
    NotGiven {
        /// The request.
        id: String,
        /// Where it stands.
        state: ApprovalState,
    },
    /// Somebody else asked.
    #[error("the request `{id}` was made by {asked_by}, who alone may go on with it")]
    OfAnother {
        /// The request.
        id: String,
        /// Who made it.
        asked_by: Principal,
    },
    /// What is to be done is not what was approved.
    #[error("the request `{id}` was for something else: approved is one deed with all its parameters")]
    OtherDeed {
        /// The request.
        id: String,
    },
    /// Who approved it could not do so any more.
    #[error("{by}, who has approved the request `{id}`, may not do so any more")]
    ApproverGone {
        /// The request.
        id: String,
        /// Who approved it.
        by: Principal,
    },
}

impl ApprovalError {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OwnRequest => "own_request",
            Self::NotWaiting { .. } => "approval_not_waiting",
            Self::NotGiven { .. } => "approval_not_given",
            Self::OfAnother { .. } => "approval_of_another",
            Self::OtherDeed { .. } => "approval_for_another_deed",
            Self::ApproverGone { .. } => "approver_gone",
        }
    }

    /// What to do about it.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::OwnRequest => "ask a colleague who may do it too",
            Self::NotWaiting { .. } => "have them ask again, if it is still wanted",
            Self::NotGiven { .. } | Self::ApproverGone { .. } => "ask somebody, or ask again",
            Self::OfAnother { .. } => "ask for it yourself",
            Self::OtherDeed { .. } => {
                "do exactly what was asked for, with the same reason; or ask for what you want now"
            }
        }
    }
}
