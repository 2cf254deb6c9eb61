//! Answers that are wrong, garbled, or of a copy.

use std::sync::atomic::Ordering;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keystile_admin::domain::Role;
use keystile_admin::operations::sessions::cookie_hash;
use keystile_admin::operations::{audit_log, passkeys, sessions};
use keystile_admin::passkeys::{Assertion, PasskeyError, Registration, RelyingParty, RequestOptions};
use serde_json::json;

use super::{House, code, order, refused};
use crate::authenticator::{Authenticator, BACKED_UP, BACKUP_ELIGIBLE, VERIFIED};

#[tokio::test]
async fn every_answer_that_is_not_hers_here_and_now_is_refused_and_written_down() {
    let house = House::with(Role::Viewer).await;
    let mut hers = house.register(&house.enter("ada").await, "key").await;
    house.user("eve", Role::Viewer).await;
    let eves = house.register(&house.enter("eve").await, "key").await;
    let before = house.sessions().await;
    let other_challenge = "A".repeat(43);
    type Wrong = (PasskeyError, Box<dyn Fn(&mut Authenticator, &RequestOptions) -> Assertion>);
    let mut wrongs: Vec<Wrong> = vec![
        (
            PasskeyError::OtherChallenge,
            Box::new(move |it, _| it.answer_with(&other_challenge, "webauthn.get", &json!({}))),
        ),
        (
            PasskeyError::OtherCeremony,
            Box::new(|it, asked| it.answer_with(&asked.challenge, "webauthn.create", &json!({}))),
        ),
        (
            PasskeyError::OtherOrigin,
            Box::new(|it, asked| {
                it.answer_with(&asked.challenge, "webauthn.get", &json!({ "crossOrigin": true }))
            }),
        ),
        (
            PasskeyError::OtherOrigin,
            Box::new(|it, asked| {
                it.answer_with(
                    &asked.challenge,
                    "webauthn.get",
                    &json!({ "topOrigin": "https://evil.example" }),
                )
            }),
        ),
        (
            PasskeyError::BadSignature,
            Box::new(|it, asked| {
                let mut answer = it.answer(asked);
                *answer.signature.last_mut().unwrap() ^= 1;
                answer
            }),
        ),
        (
            PasskeyError::BadSignature,
            Box::new(|it, asked| {
                // A higher count than was signed.
                let mut answer = it.answer(asked);
                answer.authenticator_data[33] ^= 1;
                answer
            }),
        ),
        (
            PasskeyError::OfNobody,
            Box::new(|it, asked| Assertion { user_handle: Some(vec![1; 32]), ..it.answer(asked) }),
        ),
        (PasskeyError::OfNobody, Box::new(move |_, asked| eves.answer(asked))),
        (
            PasskeyError::OfNobody,
            Box::new(|it, asked| Assertion { credential_id: vec![1; 1023], ..it.answer(asked) }),
        ),
        (
            PasskeyError::OfNobody,
            Box::new(|it, asked| Assertion { credential_id: vec![], ..it.answer(asked) }),
        ),
    ];
    for origin in [
        "http://localhost",
        "https://localhost:8420",
        "http://localhost:8421",
        "http://evil.example:8420",
        "null",
    ] {
        wrongs.push((
            PasskeyError::OtherOrigin,
            Box::new(move |it, asked| with(it, |it| it.origin = origin, asked)),
        ));
    }
    wrongs.push((
        PasskeyError::OtherRelyingParty,
        Box::new(|it, asked| with(it, |it| it.site = "evil.example", asked)),
    ));
    wrongs
        .push((PasskeyError::NobodyPresent, Box::new(|it, asked| with(it, |it| it.flags = VERIFIED, asked))));
    wrongs.push((PasskeyError::NotVerified, Box::new(|it, asked| with(it, |it| it.flags = 1, asked))));
    wrongs.push((
        PasskeyError::Contradiction,
        Box::new(|it, asked| with(it, |it| it.flags |= BACKED_UP, asked)),
    ));
    wrongs.push((
        PasskeyError::Contradiction,
        Box::new(|it, asked| with(it, |it| it.flags |= BACKUP_ELIGIBLE, asked)),
    ));
    for (why, wrong) in wrongs {
        let (attempt, asked) = house.asked("ada").await;
        let answer = wrong(&mut hers, &asked);
        assert_eq!(house.finish(&attempt, &answer).await.err(), refused(why));
        assert_eq!(house.log(1).await[0], ("passkey.refused".to_owned(), "user:ada".to_owned()), "{why}");
    }
    assert_eq!(house.sessions().await, before);
    assert!(house.try_enter_with("ada", &hers).await.is_ok());
}

/// Answers as something else, once.
fn with(it: &mut Authenticator, change: impl Fn(&mut Authenticator), asked: &RequestOptions) -> Assertion {
    let (flags, site, origin) = (it.flags, it.site, it.origin);
    change(it);
    let answer = it.answer(asked);
    (it.flags, it.site, it.origin) = (flags, site, origin);
    answer
}

#[tokio::test]
async fn a_counter_that_goes_backwards_is_a_copy_and_one_that_stands_still_at_nothing_is_none() {
    let house = House::with(Role::Viewer).await;
    let authenticator = house.register(&house.enter("ada").await, "key").await;
    authenticator.counter.store(7, Ordering::Relaxed);
    house.try_enter_with("ada", &authenticator).await.unwrap();
    for presented in [7, 6, 0] {
        authenticator.counter.store(presented, Ordering::Relaxed);
        let went_back = refused(PasskeyError::CounterWentBack { known: 7, presented });
        assert_eq!(house.try_enter_with("ada", &authenticator).await.err(), went_back);
        let entries = audit_log::list(&house.server, &house.rehearsal.admin, 1, None).await.unwrap();
        let why = entries[0].after.as_ref().unwrap()["why"].as_str().unwrap();
        assert_eq!((entries[0].action.as_str(), why.contains("copy")), ("passkey.refused", true));
    }
    authenticator.counter.store(8, Ordering::Relaxed);
    assert!(house.try_enter_with("ada", &authenticator).await.is_ok());
    // Many authenticators count nothing, and say 0 for ever.
    house.user("eve", Role::Viewer).await;
    let uncounted = house.register(&house.enter("eve").await, "key").await;
    for _ in 0..2 {
        uncounted.counter.store(0, Ordering::Relaxed);
        assert!(house.try_enter_with("eve", &uncounted).await.is_ok());
    }
}

#[tokio::test]
async fn garbage_registers_nothing_and_lets_nobody_in() {
    let house = House::with(Role::Viewer).await;
    let session = house.enter("ada").await;
    let actor = sessions::authenticate(&house.server, session.cookie.reveal()).await.unwrap().actor;
    let mut hers = Authenticator::new();
    let cookie = cookie_hash(session.cookie.reveal());
    let begun = passkeys::begin(&house.server, &actor).await.unwrap();
    let whole = hers.make(&begun.options);
    let us = RelyingParty::at("http://localhost:8420").unwrap();
    let challenge = challenge_of(&begun.options.challenge);
    assert!(us.registered(&challenge, &whole).is_ok());
    // Cut short anywhere, longer by anything, or with any bit turned in what is looked at: never a panic, and no passkey but
    // where the bit is in the key, its id, the count, or the make.
    for length in 0..whole.attestation_object.len() {
        let cut =
            Registration { attestation_object: whole.attestation_object[..length].to_vec(), ..whole.clone() };
        assert!(us.registered(&challenge, &cut).is_err(), "{length}");
    }
    let longer =
        Registration { attestation_object: [&whole.attestation_object[..], &[0]].concat(), ..whole.clone() };
    assert!(us.registered(&challenge, &longer).is_err());
    for bit in 0..whole.attestation_object.len() * 8 {
        let mut turned = whole.clone();
        turned.attestation_object[bit / 8] ^= 1 << (bit % 8);
        us.registered(&challenge, &turned).ok();
    }
    for client_data in [
        &b""[..],
        b"{}",
        b"[]",
        b"\xff",
        &whole.client_data[1..],
        b"{\"type\":\"webauthn.create\",\"type\":\"webauthn.create\"}",
    ] {
        let wrong = Registration { client_data: client_data.to_vec(), ..whole.clone() };
        assert!(matches!(us.registered(&challenge, &wrong), Err(PasskeyError::Malformed(_))));
    }
    let cut = Registration { attestation_object: whole.attestation_object[..60].to_vec(), ..whole.clone() };
    let outcome = passkeys::add(&house.server, &actor, &cookie, order(&begun.attempt, "key", cut)).await;
    assert_eq!(code(outcome), "passkey_not_registered");
    // The question is used up, also for the right answer.
    let outcome = passkeys::add(&house.server, &actor, &cookie, order(&begun.attempt, "key", whole)).await;
    assert_eq!(code(outcome), "attempt_over");
    assert_eq!(passkeys::own(&house.server, &actor).await.unwrap(), []);
    house.try_register(&session, "key", &mut hers).await.unwrap();
    let (attempt, asked) = house.asked("ada").await;
    let cut = Assertion { authenticator_data: vec![0; 36], ..hers.answer(&asked) };
    assert_eq!(code(house.finish(&attempt, &cut).await), "passkey_refused");
}

fn challenge_of(text: &str) -> [u8; 32] {
    URL_SAFE_NO_PAD.decode(text).unwrap().try_into().unwrap()
}
