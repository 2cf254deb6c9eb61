use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{Context, SHA256};

use crate::audit::Record;

/// The hash of an entry and, through the chain, of all before it. Shown in hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What stands before the first entry.
    const NONE: Self = Self([0; 32]);

    pub(super) const fn to_bytes(self) -> [u8; 32] {
        self.0
    }

    fn of(previous: Self, text: &str) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(&previous.0);
        context.update(text.as_bytes());
        let mut hash = Self::NONE;
        for (to, from) in hash.0.iter_mut().zip(context.finish().as_ref()) {
            *to = *from;
        }
        hash
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The text is not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hash has 64 hexadecimal digits")]
pub struct NotAHash;

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let mut hash = Self::NONE;
        let digits = text.as_bytes();
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(NotAHash);
        }
        for (byte, pair) in hash.0.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| NotAHash)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| NotAHash)?;
        }
        Ok(hash)
    }
}

/// The end of a chain: how many entries it has, and the hash of the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// How many entries there are.
    pub entries: u64,
    /// The hash of the last one; `None` where there is none.
    pub hash: Option<Hash>,
}

/// The first entry that is not the one that was written, or does not stand where it stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the audit log was changed at entry {seq}")]
pub struct Broken {
    /// The number of the entry that belongs there.
    pub seq: u64,
}

/// A chain, growing at its end. Appending and checking are the same computation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    head: Head,
}

impl Chain {
    /// A chain without an entry.
    pub const fn new() -> Self {
        Self { head: Head { entries: 0, hash: None } }
    }

    /// A chain that goes on from a stored end.
    pub const fn from_head(head: Head) -> Self {
        Self { head }
    }

    /// The number the next entry will have.
    pub const fn next_seq(&self) -> u64 {
        self.head.entries + 1
    }

    /// Appends the text of the next entry and returns its hash.
    pub fn append(&mut self, text: &str) -> Hash {
        let hash = Hash::of(self.head.hash.unwrap_or(Hash::NONE), text);
        self.head = Head { entries: self.next_seq(), hash: Some(hash) };
        hash
    }

    /// Returns `Ok` only if `text`, with its stored `hash`, is the next entry of this chain.
    pub fn check(&mut self, text: &str, hash: Hash) -> Result<(), Broken> {
        let seq = self.next_seq();
        let in_place = Record::from_text(text).is_ok_and(|record| record.seq == seq);
        if self.append(text) == hash && in_place { Ok(()) } else { Err(Broken { seq }) }
    }

    /// Where the chain ends.
    pub const fn head(&self) -> Head {
        self.head
    }
}

impl Default for Chain {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(count: u64) -> Vec<(String, Hash)> {
        let mut chain = Chain::new();
        let entry = |seq| {
            let record = Record {
                seq,
                at: 1_700_000_000 + seq,
                actor: "token:abc (ops)".to_owned(),
                action: "key.activated".to_owned(),
                subject: format!("kid-{seq}"),
                issuer: Some("main".to_owned()),
                reason: None,
                before: None,
                after: Some(serde_json::json!({ "state": "active" })),
                request_id: None,
                from: None,
            };
            let text = record.to_text().unwrap();
            let hash = chain.append(&text);
            (text, hash)
        };
        (1..=count).map(entry).collect()
    }

    fn verify(entries: &[(String, Hash)]) -> Result<Head, Broken> {
        let mut chain = Chain::new();
        entries.iter().try_for_each(|(text, hash)| chain.check(text, *hash))?;
        Ok(chain.head())
    }

    #[test]
    fn an_untouched_log_holds_and_has_a_head() {
        let log = entries(5);
        assert_eq!(verify(&log), Ok(Head { entries: 5, hash: Some(log[4].1) }));
        assert_eq!(verify(&[]), Ok(Head { entries: 0, hash: None }));
    }

    #[test]
    fn one_changed_bit_breaks_the_entry_it_is_in() {
        let log = entries(3);
        for position in 0..log[1].0.len() {
            let mut changed = log.clone();
            let mut bytes = changed[1].0.clone().into_bytes();
            bytes[position] ^= 1;
            changed[1].0 = String::from_utf8(bytes).unwrap();
            assert_eq!(verify(&changed), Err(Broken { seq: 2 }));
        }
    }

    #[test]
    fn a_missing_entry_shows_where_it_was() {
        let mut log = entries(4);
        log.remove(1);
        assert_eq!(verify(&log), Err(Broken { seq: 2 }));
    }

    #[test]
    fn two_entries_in_the_wrong_order_show() {
        let mut log = entries(4);
        log.swap(1, 2);
        assert_eq!(verify(&log), Err(Broken { seq: 2 }));
    }

    #[test]
    fn a_rewritten_hash_shows_at_the_entry_after() {
        let mut log = entries(3);
        let mut forged = Chain::new();
        forged.append(&log[0].0);
        log[1].0 = log[1].0.replace("ops", "eve");
        log[1].1 = forged.append(&log[1].0);
        assert_eq!(verify(&log), Err(Broken { seq: 3 }));
    }

    #[test]
    fn a_chain_goes_on_from_its_stored_end() {
        let log = entries(3);
        let mut chain = Chain::from_head(verify(&log[..2]).unwrap());
        assert_eq!(chain.append(&log[2].0), log[2].1);
    }

    #[test]
    fn a_hash_reads_back_from_its_hex_and_nothing_else_does() {
        let hash = entries(1)[0].1;
        assert_eq!(hash.to_string().parse(), Ok(hash));
        for text in ["", "00", &"g".repeat(64), &"+f".repeat(32), &"ä".repeat(32)] {
            assert_eq!(text.parse::<Hash>(), Err(NotAHash), "`{text}`");
        }
    }
}
