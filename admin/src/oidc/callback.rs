use serde::Deserialize;

use crate::domain::SecretText;

/// What the provider sends the browser back with (RFC 6749, 4.1.2). A parameter that comes twice is refused before.
#[derive(Default, Deserialize)]
pub struct Callback {
    /// What is exchanged for the ID token, once.
    pub code: Option<SecretText>,
    /// What came with the request.
    pub state: Option<String>,
    /// Who answers (RFC 9207).
    pub iss: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
}
