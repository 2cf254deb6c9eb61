use std::process::{Command, Stdio};

use anyhow::{Result, ensure};

/// An RSA key pair made by OpenSSL, in the formats of a service that keeps its keys in the environment: PKCS#1 for the
/// private half, SPKI for the public one.
#[derive(Clone, Debug)]
pub struct KeyPair {
    /// `-----BEGIN RSA PRIVATE KEY-----`
    pub private_pem: String,
    /// `-----BEGIN PUBLIC KEY-----`
    pub public_pem: String,
}

impl KeyPair {
    /// `openssl genrsa`, then `openssl rsa -pubout`.
    pub fn of_bits(bits: u32) -> Result<Self> {
        let private_pem = openssl(&["genrsa", "-traditional", &bits.to_string()], "")?;
        let public_pem = openssl(&["rsa", "-pubout"], &private_pem)?;
        Ok(Self { private_pem, public_pem })
    }
}

/// `openssl dgst -hmac`, as whoever shares a key computes it.
pub fn hmac_sha256(key: &str, message: &str) -> Result<Vec<u8>> {
    openssl_bytes(&["dgst", "-sha256", "-hmac", key, "-binary"], message)
}

fn openssl(arguments: &[&str], input: &str) -> Result<String> {
    Ok(String::from_utf8(openssl_bytes(arguments, input)?)?)
}

fn openssl_bytes(arguments: &[&str], input: &str) -> Result<Vec<u8>> {
    use std::io::Write;

    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout)
}
