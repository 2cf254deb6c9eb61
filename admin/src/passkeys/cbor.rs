//! As much of CBOR (RFC 8949) as authenticators write: CTAP 2.2, section 8, has definite lengths, no tags, no fractions, and
//! four levels at most.

use super::PasskeyError;

/// The canonical form of CTAP nests no deeper, so that no answer takes more of the stack.
const DEEPEST: u8 = 4;

const GARBLED: PasskeyError = PasskeyError::Malformed("its CBOR is garbled or cut short");

/// One item, borrowed from the bytes it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item<'a> {
    Integer(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    Array(Vec<Item<'a>>),
    Map(Map<'a>),
    /// `false`, `true`, `null` or `undefined`.
    Simple,
}

/// A map, no key of which comes twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Map<'a>(Vec<(Item<'a>, Item<'a>)>);

impl<'a> Map<'a> {
    pub(super) fn by_text(&self, name: &str) -> Option<&Item<'a>> {
        self.get(&Item::Text(name))
    }

    pub(super) fn by_number(&self, label: i64) -> Option<&Item<'a>> {
        self.get(&Item::Integer(label))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, key: &Item<'_>) -> Option<&Item<'a>> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }
}

/// The map that the bytes begin with, and the bytes after it.
pub(super) fn map(bytes: &[u8]) -> Result<(Map<'_>, &[u8]), PasskeyError> {
    let mut reader = Reader(bytes);
    match reader.item(1)? {
        Item::Map(map) => Ok((map, reader.0)),
        _ => Err(GARBLED),
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn item(&mut self, level: u8) -> Result<Item<'a>, PasskeyError> {
        if level > DEEPEST {
            return Err(GARBLED);
        }
        let [head] = *self.take(1)? else { return Err(GARBLED) };
        let (major, argument) = (head >> 5, self.argument(head & 0x1f)?);
        match major {
            0 => i64::try_from(argument).map(Item::Integer).map_err(|_| GARBLED),
            1 => i64::try_from(argument).map(|it| Item::Integer(-1 - it)).map_err(|_| GARBLED),
            2 => self.take_counted(argument).map(Item::Bytes),
            3 => str::from_utf8(self.take_counted(argument)?).map(Item::Text).map_err(|_| GARBLED),
            4 => self.array(argument, level),
            5 => self.map(argument, level),
            // Without the fractions, which begin at 25.
            7 if (20..=23).contains(&head.wrapping_sub(0xe0)) => Ok(Item::Simple),
            _ => Err(GARBLED),
        }
    }

    /// The number in the head, or in the one, two, four or eight bytes after it. An indefinite length is none.
    fn argument(&mut self, short: u8) -> Result<u64, PasskeyError> {
        let length = match short {
            0..24 => return Ok(u64::from(short)),
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            _ => return Err(GARBLED),
        };
        Ok(self.take(length)?.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
    }

    /// Nothing is set aside for as many as are promised: each takes a byte at least, so that the input's end is found first.
    fn array(&mut self, count: u64, level: u8) -> Result<Item<'a>, PasskeyError> {
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(self.item(level + 1)?);
        }
        Ok(Item::Array(items))
    }

    fn map(&mut self, count: u64, level: u8) -> Result<Item<'a>, PasskeyError> {
        let mut map = Map(Vec::new());
        for _ in 0..count {
            let (key, value) = (self.item(level + 1)?, self.item(level + 1)?);
            if map.get(&key).is_some() {
                return Err(GARBLED);
            }
            map.0.push((key, value));
        }
        Ok(Item::Map(map))
    }

    fn take_counted(&mut self, count: u64) -> Result<&'a [u8], PasskeyError> {
        self.take(usize::try_from(count).map_err(|_| GARBLED)?)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], PasskeyError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(GARBLED)?;
        self.0 = rest;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_authenticators_write_is_read() {
        // {1: 2, 3: -7, "x": h'0102', "a": [true, null], -65537: 65536}
        let bytes = b"\xa5\x01\x02\x03\x26\x61x\x42\x01\x02\x61a\x82\xf5\xf6\x3a\x00\x01\x00\x00\x1a\x00\x01\x00\x00rest";
        let (map, rest) = map(bytes).unwrap();
        assert_eq!(map.by_number(3), Some(&Item::Integer(-7)));
        assert_eq!(map.by_text("x"), Some(&Item::Bytes(&[1, 2])));
        assert_eq!(map.by_text("a"), Some(&Item::Array(vec![Item::Simple, Item::Simple])));
        assert_eq!(map.by_number(-65537), Some(&Item::Integer(65536)));
        assert_eq!((map.len(), map.by_text("y"), rest), (5, None, &b"rest"[..]));
    }

    #[test]
    fn what_they_do_not_write_is_refused() {
        let garbage: [&[u8]; 14] = [
            b"",
            b"\x01",
            b"\xa1",
            b"\xa1\x01",
            b"\xa2\x01\x02\x01\x02",                         // a key twice
            b"\xa2\x01\x02\x18\x01\x02",                     // a key twice, once written longer
            b"\xbf\xff",                                     // an indefinite length
            b"\xa1\x01\x5f\xff",                             // the same of bytes
            b"\xa1\x01\xc0\x01",                             // a tag
            b"\xa1\x01\xf9\x00\x00",                         // a fraction
            b"\xa1\x01\x62\xff\xfe",                         // no UTF-8
            b"\xa1\x01\x1b\xff\xff\xff\xff\xff\xff\xff\xff", // beyond every number of theirs
            b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02", // a map of 2^64 - 1
            b"\xa1\x01\x81\x81\x81\x01",                     // five levels
        ];
        for bytes in garbage {
            assert_eq!(map(bytes), Err(GARBLED), "{bytes:x?}");
        }
    }

    proptest! {
        #[test]
        fn no_input_is_read_beyond_its_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok((_, rest)) = map(&bytes) {
                prop_assert!(bytes.ends_with(rest) && rest.len() < bytes.len());
            }
        }
    }
}
