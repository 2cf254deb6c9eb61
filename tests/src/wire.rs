use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::Result;
use xtask::process::glance;

/// A line between two programs on which everything can be held up, as by a network that is slow.
#[derive(Debug)]
pub struct Wire {
    port: u16,
    held: Arc<AtomicBool>,
}

impl Wire {
    /// A line to this port.
    pub fn to(port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let wire = Self { port: listener.local_addr()?.port(), held: Arc::default() };
        let held = Arc::clone(&wire.held);
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                // Where nobody listens at the other end, the caller is hung up on.
                let Ok(far) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { continue };
                let (Ok(from_near), Ok(from_far)) = (near.try_clone(), far.try_clone()) else { continue };
                for (from, to) in [(from_near, far), (from_far, near)] {
                    let held = Arc::clone(&held);
                    thread::spawn(move || carry(from, to, &held));
                }
            }
        });
        Ok(wire)
    }

    /// The port of its near end.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on nothing arrives.
    pub fn hold(&self) {
        self.held.store(true, Ordering::SeqCst);
    }

    /// Everything arrives again, what was held up included.
    pub fn release(&self) {
        self.held.store(false, Ordering::SeqCst);
    }
}

/// Carries bytes one way, until either end hangs up.
fn carry(mut from: TcpStream, mut to: TcpStream, held: &AtomicBool) {
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        while held.load(Ordering::SeqCst) {
            if glance().is_err() {
                return;
            }
        }
        if to.write_all(bytes.get(..count).unwrap_or_default()).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
}
