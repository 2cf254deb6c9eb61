//! From the error of each layer to the one that the doors know.

use super::OperationError;
use crate::domain::{Forbidden, InvalidPolicy, UnsupportedKeySize};
use crate::notify::DeliveryError;
use crate::passwords::HashingError;
use crate::publish::PublishError;
use crate::seal::SealError;
use crate::signing::SigningError;
use crate::store::StoreError;

impl From<Forbidden> for OperationError {
    fn from(error: Forbidden) -> Self {
        Self::Forbidden { detail: error.to_string() }
    }
}

impl From<InvalidPolicy> for OperationError {
    fn from(error: InvalidPolicy) -> Self {
        Self::InvalidInput { field: "policy", detail: error.to_string() }
    }
}

impl From<UnsupportedKeySize> for OperationError {
    fn from(error: UnsupportedKeySize) -> Self {
        Self::InvalidInput { field: "bits", detail: error.to_string() }
    }
}

impl From<StoreError> for OperationError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::StoreBusy,
            StoreError::Unreachable(_) => Self::DatabaseUnreachable { detail: error.to_string() },
            StoreError::Full(_) => Self::DiskFull { detail: error.to_string() },
            StoreError::Disk(_) => Self::DiskFailed { detail: error.to_string() },
            StoreError::ZeroCharacter => Self::InvalidInput { field: "text", detail: error.to_string() },
            StoreError::NotEmpty(_) => Self::InvalidInput { field: "to", detail: error.to_string() },
            StoreError::Moved(place) => Self::Moved(place),
            StoreError::Unusable(_) => Self::DataFolder { detail: error.to_string() },
            _ => Self::StoreFailed { detail: error.to_string() },
        }
    }
}

impl From<SealError> for OperationError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Randomness => Self::Internal { detail: error.to_string() },
            _ => Self::MasterKey { detail: error.to_string() },
        }
    }
}

impl From<SigningError> for OperationError {
    fn from(error: SigningError) -> Self {
        match error {
            SigningError::KeySetRefused(cause) => Self::KeySetRefused { detail: cause.to_string() },
            SigningError::DelegationRefused(cause) => Self::DelegationRefused { detail: cause.to_string() },
            SigningError::RequestUnreadable => {
                Self::InvalidInput { field: "request", detail: error.to_string() }
            }
            SigningError::Library(_) | SigningError::NotJson | SigningError::TestSignatureFailed => {
                Self::Internal { detail: error.to_string() }
            }
            _ => Self::KeyInvalid { detail: error.to_string() },
        }
    }
}

impl From<HashingError> for OperationError {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Crowded => Self::TooManySignIns,
            HashingError::Failed => Self::Internal { detail: error.to_string() },
        }
    }
}

impl From<DeliveryError> for OperationError {
    fn from(error: DeliveryError) -> Self {
        let field = match error {
            DeliveryError::MailMisconfigured { .. } => "mail",
            _ => "url",
        };
        Self::InvalidInput { field, detail: error.to_string() }
    }
}

impl From<PublishError> for OperationError {
    fn from(error: PublishError) -> Self {
        Self::PushFailed { detail: format!("{error}; {}", error.help()) }
    }
}
