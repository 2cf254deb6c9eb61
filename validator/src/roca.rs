//! Keys of a library that made its primes in one form only, so that they can be factored (ROCA, CVE-2017-15361).
//!
//! Such a prime is `k * M + (65537^a mod M)`, where `M` is the product of the first primes: for keys of 2048 bits and
//! more, of all up to 701 at least (Nemec and others, "The Return of Coppersmith's Attack", 2017). So modulo each of
//! these, the product of two of them is a power of 65537.

/// The ten modulo which 65537 has the fewest powers, for their size: of 2^49 healthy keys, one looks like that.
const PRIMES: [u32; 10] = [97, 239, 241, 257, 331, 461, 523, 541, 673, 691];

/// Whether a modulus, big-endian, is such a product.
pub(crate) fn has_form_of_roca(modulus: &[u8]) -> bool {
    PRIMES.iter().all(|prime| is_power_of_65537(remainder(modulus, *prime), *prime))
}

fn is_power_of_65537(number: u32, prime: u32) -> bool {
    let mut power = 1;
    while power != number {
        power = power * (65537 % prime) % prime;
        if power == 1 {
            return false;
        }
    }
    true
}

fn remainder(number: &[u8], divisor: u32) -> u32 {
    number.iter().fold(0, |remainder, byte| (remainder << 8 | u32::from(*byte)) % divisor)
}

#[cfg(test)]
mod tests {
    use core::iter::successors;

    use num_bigint::BigUint;

    use super::*;

    /// 65537^`power` modulo the primes up to 701, which are 126, and `times` their product.
    fn of_form(power: u32, times: u32) -> Vec<u8> {
        let is_prime = |number: &u32| (2..*number).all(|it| !number.is_multiple_of(it));
        let primes: Vec<_> = (2..=701).filter(is_prime).collect();
        assert_eq!(primes.len(), 126);
        let product: BigUint = primes.into_iter().product();
        (BigUint::from(65537_u32).pow(power) % &product + product * times).to_bytes_be()
    }

    #[test]
    fn a_modulus_of_the_form_of_roca_is_known_and_no_neighbour_is() {
        for (power, times) in [(0, 1), (1, 7), (2017, 15361), (4096, u32::MAX)] {
            let modulus = of_form(power, times);
            assert!(has_form_of_roca(&modulus), "{power} {times}");
            let number = BigUint::from_bytes_be(&modulus);
            for neighbour in [&number + 2_u32, &number - 1_u32, &number * 3_u32] {
                assert!(!has_form_of_roca(&neighbour.to_bytes_be()), "{power} {times}");
            }
        }
    }

    #[test]
    fn every_power_counts_and_nothing_else() {
        for prime in PRIMES {
            let next = |power: &u32| Some(power * 65537 % prime);
            let powers: Vec<_> = successors(Some(1), next).take(prime as usize).collect();
            for number in 0..prime {
                assert_eq!(is_power_of_65537(number, prime), powers.contains(&number), "{number} {prime}");
            }
        }
    }
}
