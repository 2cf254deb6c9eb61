use aws_lc_rs::digest::{SHA256, digest};

/// The SHA-256 of something, in hexadecimal. Contents are compared by it, so that nobody holds two of them at a time.
pub fn hex_digest(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
