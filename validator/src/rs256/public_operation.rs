//! RSAVP1 (RFC 8017 section 5.2.2): the one place where a power modulo n is taken.

use rsa::BigUint;

/// A public key in the form that its operation wants, made once a key.
#[derive(Clone, Debug)]
pub(crate) struct PublicOperation {
    modulus: BigUint,
    exponent: BigUint,
}

impl PublicOperation {
    /// Prepares a key from big-endian bytes. The modulus is odd.
    pub(crate) fn new(modulus: &[u8], exponent: &[u8]) -> Self {
        Self { modulus: BigUint::from_bytes_be(modulus), exponent: BigUint::from_bytes_be(exponent) }
    }

    /// Writes `signature^e mod n` to `out`, big-endian. `signature` is below n, and both are as long as n.
    pub(crate) fn raise(&self, signature: &[u8], out: &mut [u8]) {
        let power = BigUint::from_bytes_be(signature).modpow(&self.exponent, &self.modulus).to_bytes_be();
        for (place, byte) in out.iter_mut().rev().zip(power.iter().rev()) {
            *place = *byte;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_fills_its_place_from_the_right() {
        let operation = PublicOperation::new(&[0xff; 16], &[3]);
        let mut out = [0; 16];
        operation.raise(&[&[0; 15][..], &[5]].concat(), &mut out);
        assert_eq!(out, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 125]);
    }
}
