//! The examples of RS256 that the standards print.
#![expect(clippy::unwrap_used, reason = "what goes wrong here fails the test")]

use keystile_validator::{Code, Expected, KeySet, Limits, Policy, PublicKey, UnixTime, Validator};

/// RFC 7515 appendix A.2.
const RFC7515_A2_JWK: &str = concat!(
    r#"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt"#,
    "0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e",
    "-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8",
    r#"q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#
);
const RFC7515_A2_JWS: &str = concat!(
    "eyJhbGciOiJSUzI1NiJ9.",
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.",
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CU",
    "Ar7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_d",
    "O--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0ig",
    "cN_IoypGlUPQGe77Rw"
);

/// RFC 7520 section 4.1, with the key of section 3.3.
const RFC7520_JWK: &str = concat!(
    r#"{"kty":"RSA","kid":"bilbo.baggins@hobbiton.example","use":"sig","n":"n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZd"#,
    "R8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5yd",
    "QLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVb",
    r#"b9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw","e":"AQAB"}"#
);
const RFC7520_SIGNING_INPUT: &str = concat!(
    "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.",
    "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwg",
    "YW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9m",
    "ZiB0by4"
);
const RFC7520_SIGNATURE: &str = concat!(
    "MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDk",
    "oBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpE",
    "RV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogore",
    "e7vjbU5y18kDquDg"
);

/// RFC 7638 section 3.1.
const RFC7638_JWK: &str = concat!(
    r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"#,
    "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaS",
    "qzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniI",
    r#"qbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#
);

#[test]
fn rfc7515_a2_is_accepted_until_it_expires() {
    let key_set =
        KeySet::from_keys(vec![PublicKey::from_jwk(RFC7515_A2_JWK.as_bytes(), &Limits::default()).unwrap()])
            .unwrap();
    let policy = Policy::builder()
        .issuer(Expected::one_of(["joe"]))
        .audience(Expected::NotChecked)
        .allow_missing_kid(true)
        .leeway(0)
        .build()
        .unwrap();
    let validator = Validator::new(key_set, policy);
    let validate = |now| validator.validate(RFC7515_A2_JWS.as_bytes(), UnixTime::from_secs(now));

    let token = validate(1_300_819_379).unwrap();
    assert_eq!(token.issuer(), Some("joe"));
    assert_eq!(token.expires_at(), Some(UnixTime::from_secs(1_300_819_380)));
    assert_eq!(
        token.claims_json(),
        "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
    );
    assert_eq!(validate(1_300_819_380).unwrap_err().code(), Code::TokenExpired);
}

#[test]
fn rfc7520_4_1_verifies_though_its_payload_is_no_claims() {
    let key = PublicKey::from_jwk(RFC7520_JWK.as_bytes(), &Limits::default()).unwrap();
    let signature = base64url(RFC7520_SIGNATURE);
    assert!(key.verify(RFC7520_SIGNING_INPUT.as_bytes(), &signature).is_ok());
    assert!(key.verify(&RFC7520_SIGNING_INPUT.as_bytes()[1..], &signature).is_err());

    let policy =
        Policy::builder().issuer(Expected::NotChecked).audience(Expected::NotChecked).build().unwrap();
    let validator = Validator::new(KeySet::from_keys(vec![key]).unwrap(), policy);
    let token = format!("{RFC7520_SIGNING_INPUT}.{RFC7520_SIGNATURE}");
    let refusal = validator.validate(token.as_bytes(), UnixTime::from_secs(0)).unwrap_err();
    assert_eq!(refusal.code(), Code::ClaimsMalformed);
}

#[test]
fn rfc7638_3_1_has_the_thumbprint_that_it_prints() {
    let key = PublicKey::from_jwk(RFC7638_JWK.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(key.thumbprint().as_str(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    assert_eq!(key.kid().as_str(), "2011-04-29");
}

fn base64url(text: &str) -> Vec<u8> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.decode(text).unwrap()
}
