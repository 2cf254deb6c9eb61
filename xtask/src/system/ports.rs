use std::error::Error;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, TcpListener};

/// A port that somebody else listens on.
#[derive(Debug)]
pub struct NoFreePort {
    port: u16,
    option: &'static str,
}

impl fmt::Display for NoFreePort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { port, option } = self;
        write!(
            f,
            "port `{port}` is busy: choose another with `{option} PORT`, or any free one with `{option} 0`"
        )
    }
}

impl Error for NoFreePort {}

/// The wanted port of 127.0.0.1 if nobody listens there, any free one if it is 0. `option` is what chooses it.
pub fn free_port(wanted: u16, option: &'static str) -> Result<u16, NoFreePort> {
    unused(wanted).map_err(|_| NoFreePort { port: wanted, option })
}

/// A port of 127.0.0.1 that nobody listens on.
pub fn any_free_port() -> io::Result<u16> {
    unused(0)
}

fn unused(port: u16) -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, port))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_port_is_refused_with_the_option_that_chooses_another() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let refused = free_port(port, "--admin-port").unwrap_err().to_string();
        assert!(
            refused.contains(&format!("port `{port}` is busy")) && refused.contains("`--admin-port 0`"),
            "{refused}"
        );
    }

    #[test]
    fn nought_is_any_free_port() {
        assert_ne!(free_port(0, "--port").unwrap(), 0);
    }
}
