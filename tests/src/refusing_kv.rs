use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use anyhow::Result;

/// A stand-in for a KV that refuses every request, because the real one cannot be made to fail on demand.
#[derive(Debug)]
pub struct RefusingKv {
    url: String,
}

impl RefusingKv {
    /// Starts one that answers with this status and body, in Cloudflare's envelope.
    pub fn answering(status: u16, code: u32, message: &str) -> Result<Self> {
        let body = format!(
            r#"{{"success":false,"errors":[{{"code":{code},"message":"{message}"}}],"messages":[],"result":null}}"#
        );
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let url = format!("http://{}", listener.local_addr()?);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that went away has had its answer.
                let _ = refuse(&stream, status, &body);
            }
        });
        Ok(Self { url })
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        &self.url
    }
}

fn refuse(stream: &TcpStream, status: u16, body: &str) -> Result<()> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    reader.take(length).read_to_end(&mut Vec::new())?;
    let head = "Content-Type: application/json\r\nConnection: close";
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status} Refused\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len())?;
    Ok(())
}
