//! The signature of Standard Webhooks: HMAC-SHA256 over id, timestamp and body.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::domain::SecretBytes;

/// What a secret begins with where people see it; the rest is base64.
pub const SECRET_PREFIX: &str = "whsec_";
/// How long a secret is: the specification asks for 24 to 64 bytes.
pub const SECRET_BYTES: usize = 32;

/// The value of `webhook-signature`: one signature for each secret, so that receivers may change from one to the next.
pub fn sign(secrets: &[SecretBytes], id: &str, timestamp: u64, body: &str) -> String {
    let content = format!("{id}.{timestamp}.{body}");
    let signature = |secret: &SecretBytes| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.reveal());
        format!("v1,{}", STANDARD.encode(hmac::sign(&key, content.as_bytes())))
    };
    secrets.iter().map(signature).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const SIGNED: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn secret() -> SecretBytes {
        SecretBytes::new(STANDARD.decode(SECRET).unwrap())
    }

    #[test]
    fn the_specifications_own_example_is_signed_as_it_is_there() {
        let body = r#"{"test": 2432232314}"#;
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        assert_eq!(sign(&[secret()], id, 1_614_265_330, body), SIGNED);
        let both = sign(&[secret(), SecretBytes::new(vec![7; 32])], id, 1_614_265_330, body);
        assert!(both.starts_with(&format!("{SIGNED} v1,")) && both.split(' ').count() == 2, "{both}");
    }
}
