//! As much of DER (X.690) as it takes to read an RSA public key, strictly: one key has exactly one encoding.

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const NULL: u8 = 0x05;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// `rsaEncryption`, 1.2.840.113549.1.1.1 (RFC 8017 appendix A.1). Keys bound to PSS or OAEP have other identifiers and
/// are not taken.
const RSA_ENCRYPTION: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// `SubjectPublicKeyInfo` with an RSA key (RFC 5280 section 4.1). The parameters of the algorithm are NULL (RFC 3279
/// section 2.3.1), or left out, as some software does.
pub(crate) fn subject_public_key(der: &[u8]) -> Option<RsaPublicKey<'_>> {
    Reader::whole(der, SEQUENCE, |info| {
        let mut algorithm = Reader(info.take(SEQUENCE)?);
        let identifier = algorithm.take(OBJECT_IDENTIFIER)?;
        let parameters = if algorithm.0.is_empty() { &[][..] } else { algorithm.take(NULL)? };
        if identifier != RSA_ENCRYPTION || !parameters.is_empty() || !algorithm.0.is_empty() {
            return None;
        }
        // The first byte says how many bits of the last one are not used.
        rsa_public_key(info.take(BIT_STRING)?.strip_prefix(&[0])?)
    })
}

/// `RSAPublicKey` (RFC 8017 appendix A.1.1).
pub(crate) fn rsa_public_key(der: &[u8]) -> Option<RsaPublicKey<'_>> {
    Reader::whole(der, SEQUENCE, |key| {
        Some(RsaPublicKey { modulus: key.natural_number()?, exponent: key.natural_number()? })
    })
}

/// The two numbers of a key, big-endian, without leading zeros.
pub(crate) struct RsaPublicKey<'d> {
    pub(crate) modulus: &'d [u8],
    pub(crate) exponent: &'d [u8],
}

/// What is left to read.
struct Reader<'d>(&'d [u8]);

impl<'d> Reader<'d> {
    /// Reads one value, with nothing in it or behind it that is left over.
    fn whole<T>(der: &'d [u8], tag: u8, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let mut outer = Self(der);
        let mut inner = Self(outer.take(tag)?);
        let value = read(&mut inner)?;
        (outer.0.is_empty() && inner.0.is_empty()).then_some(value)
    }

    /// Takes the content of the next value, which has this tag.
    fn take(&mut self, tag: u8) -> Option<&'d [u8]> {
        let (length, rest) = length(self.0.strip_prefix(&[tag])?)?;
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(content)
    }

    /// Takes an integer that is not negative, without the zero byte that says so.
    fn natural_number(&mut self) -> Option<&'d [u8]> {
        match self.take(INTEGER)? {
            [0, rest @ ..] if rest.first().is_some_and(|first| *first >= 0x80) => Some(rest),
            number @ ([0] | [0x01..=0x7f, ..]) => Some(number),
            _ => None,
        }
    }
}

/// The length that a value begins with, in the shortest form there is for it (X.690 section 10.1). No key has a longer
/// one than fits into two bytes.
fn length(der: &[u8]) -> Option<(usize, &[u8])> {
    match der {
        [length @ ..=0x7f, rest @ ..] => Some((usize::from(*length), rest)),
        [0x81, length @ 0x80..=0xff, rest @ ..] => Some((usize::from(*length), rest)),
        [0x82, high @ 1..=0xff, low, rest @ ..] => Some((usize::from(*high) << 8 | usize::from(*low), rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use pkcs1::der::{Decode, Encode, asn1::UintRef};

    use super::*;

    fn pkcs1(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
        let number = |bytes| UintRef::new(bytes).unwrap();
        let key = pkcs1::RsaPublicKey { modulus: number(modulus), public_exponent: number(exponent) };
        key.to_der().unwrap()
    }

    fn value(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = match content.len() {
            length @ 0..0x80 => vec![length as u8],
            length @ 0x80..0x100 => vec![0x81, length as u8],
            length => vec![0x82, (length >> 8) as u8, length as u8],
        };
        [&[tag][..], &length, content].concat()
    }

    fn spki(algorithm: &[u8], pkcs1: &[u8]) -> Vec<u8> {
        let bits = value(BIT_STRING, &[&[0][..], pkcs1].concat());
        value(SEQUENCE, &[value(SEQUENCE, algorithm), bits].concat())
    }

    /// What another make reads.
    fn theirs(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        let key = pkcs1::RsaPublicKey::from_der(der).ok()?;
        Some((key.modulus.as_bytes().to_vec(), key.public_exponent.as_bytes().to_vec()))
    }

    fn ours(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        rsa_public_key(der).map(|key| (key.modulus.to_vec(), key.exponent.to_vec()))
    }

    #[test]
    fn keys_of_every_length_are_read() {
        for length in (1..300).chain([384, 512, 1024]) {
            for first in [0x01, 0x7f, 0x80, 0xff] {
                let mut modulus = vec![0x55; length];
                modulus[0] = first;
                let der = pkcs1(&modulus, &[1, 0, 1]);
                assert_eq!(ours(&der), Some((modulus.clone(), vec![1, 0, 1])));
                let identifier = value(OBJECT_IDENTIFIER, &RSA_ENCRYPTION);
                for parameters in [&[][..], &[NULL, 0]] {
                    let info = spki(&[&identifier[..], parameters].concat(), &der);
                    assert_eq!(subject_public_key(&info).unwrap().modulus, modulus);
                }
            }
        }
    }

    #[test]
    fn every_change_of_a_byte_is_judged_as_another_make_judges_it() {
        for der in [pkcs1(&[0xc1; 129], &[1, 0, 1]), pkcs1(&[0x41; 4], &[3])] {
            for place in 0..der.len() {
                for byte in 0..=255 {
                    let mut changed = der.clone();
                    changed[place] = byte;
                    assert_eq!(ours(&changed), theirs(&changed), "{place}: {byte:#x}");
                }
                assert_eq!(ours(&der[..place]), None);
            }
            assert_eq!(ours(&[&der[..], &[0]].concat()), None);
        }
    }

    #[test]
    fn another_algorithm_is_no_rsa_key() {
        let der = pkcs1(&[0xc1; 256], &[1, 0, 1]);
        let identifier = |bytes: &[u8]| value(OBJECT_IDENTIFIER, bytes);
        let rsa = identifier(&RSA_ENCRYPTION);
        // RSASSA-PSS, parameters that are no NULL, a NULL with content, something after it.
        let pss = identifier(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a]);
        let others: [&[u8]; 4] = [&[], &[SEQUENCE, 0], &[NULL, 1, 0], &[NULL, 0, NULL, 0]];
        assert!(subject_public_key(&spki(&pss, &der)).is_none());
        for parameters in &others[1..] {
            assert!(subject_public_key(&spki(&[&rsa[..], parameters].concat(), &der)).is_none());
        }
        assert!(subject_public_key(&spki(others[0], &der)).is_none());
    }
}
