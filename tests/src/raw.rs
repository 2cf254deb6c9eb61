use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

/// An answer to a request that no well-behaved client would send.
#[derive(Debug)]
pub struct RawAnswer {
    /// The status; 0 if the connection was closed without a word.
    pub status: u16,
    /// Everything that came, head and body.
    pub text: String,
}

impl RawAnswer {
    /// The body as JSON.
    pub fn json(&self) -> Result<Value> {
        let body = self.body().with_context(|| format!("no whole answer: {}", self.text))?;
        serde_json::from_str(&body).with_context(|| format!("not JSON: {}", self.text))
    }

    /// The body, its chunks put together if it came in such (RFC 9112 section 7.1).
    fn body(&self) -> Option<String> {
        let (head, mut rest) = self.text.split_once("\r\n\r\n")?;
        if !head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
            return Some(rest.to_owned());
        }
        let mut body = String::new();
        loop {
            let (length, after) = rest.split_once("\r\n")?;
            let length = usize::from_str_radix(length.trim(), 16).ok()?;
            if length == 0 {
                return Some(body);
            }
            body.push_str(after.get(..length)?);
            rest = after.get(length..)?.strip_prefix("\r\n")?;
        }
    }
}

/// Sends these bytes to `http://host:port` as they are, and reads until the other end closes or is silent.
pub fn send_raw(url: &str, request: &[u8]) -> Result<RawAnswer> {
    send_raw_until(url, request, "\0")
}

/// The same, and reads no further than the text `last`.
pub fn send_raw_until(url: &str, request: &[u8], last: &str) -> Result<RawAnswer> {
    let address = url.trim_start_matches("http://").split('/').next().unwrap_or_default();
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(request)?;
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    // A server that keeps the connection open has said all before the time is up.
    while let Ok(length @ 1..) = stream.read(&mut piece) {
        bytes.extend_from_slice(piece.get(..length).unwrap_or_default());
        if String::from_utf8_lossy(&bytes).ends_with(last) {
            break;
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.split_whitespace().nth(1).and_then(|it| it.parse().ok()).unwrap_or(0);
    Ok(RawAnswer { status, text })
}

/// A request by hand: its line, then headers, then that the connection is closed after it.
pub fn by_hand(line: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("{line} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n").into_bytes()
}
