use std::error::Error;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;

/// Where free ports are looked for. From 32,768 on Linux takes those of outgoing connections, so that one which was free
/// may be busy before its server has started; other systems begin higher.
const DRAWN_FROM: Range<u16> = 20_000..32_000;

/// After so many busy ones, something else is wrong.
const DRAWS: usize = 100;

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
    let found = if wanted == 0 { any_free_port() } else { unused(wanted) };
    found.map_err(|_| NoFreePort { port: wanted, option })
}

/// A port of 127.0.0.1 that nobody listens on, drawn by chance: whoever looks at the same time finds another.
pub fn any_free_port() -> io::Result<u16> {
    let mut found = unused(drawn());
    for _ in 1..DRAWS {
        if found.is_ok() {
            break;
        }
        found = unused(drawn());
    }
    found
}

fn drawn() -> u16 {
    // The system's random numbers seed it, and every one has another key.
    let chance = RandomState::new().hash_one(());
    DRAWN_FROM.start + (chance % DRAWN_FROM.len() as u64) as u16
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
    fn nought_is_any_free_port_and_none_that_a_connection_could_take() {
        for _ in 0..100 {
            assert!(DRAWN_FROM.contains(&free_port(0, "--port").unwrap()));
        }
    }

    #[test]
    fn two_who_look_at_the_same_time_find_two() {
        let found: std::collections::BTreeSet<_> = (0..20).map(|_| drawn()).collect();
        assert!(found.len() > 10, "{found:?}");
    }
}
