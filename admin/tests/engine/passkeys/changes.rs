//! Who has passkeys, who must, and who takes them away.

use keystile_admin::domain::{MOST_PASSKEYS, Role, SecretText};
use keystile_admin::operations::sessions::cookie_hash;
use keystile_admin::operations::{access_review, audit_log, issuers, passkeys, sessions, users};
use keystile_admin::settings::IssuerChange;

use super::{House, PASSWORD, code, order};
use crate::authenticator::Authenticator;

#[tokio::test]
async fn other_sessions_end_with_every_change_of_passkeys() {
    let house = House::with(Role::Viewer).await;
    let [here, elsewhere] = [house.enter("ada").await, house.enter("ada").await];
    let authenticator = house.register(&here, "key").await;
    assert_eq!((house.is_in(&here).await, house.is_in(&elsewhere).await), (true, false));
    let elsewhere = house.try_enter_with("ada", &authenticator).await.unwrap();
    let actor = sessions::authenticate(&house.server, here.cookie.reveal()).await.unwrap().actor;
    let id = passkeys::own(&house.server, &actor).await.unwrap()[0].id.clone();
    passkeys::remove_own(&house.server, &actor, &cookie_hash(here.cookie.reveal()), &id).await.unwrap();
    assert_eq!((house.is_in(&here).await, house.is_in(&elsewhere).await), (true, false));
    house.register(&here, "key").await;
    let known = passkeys::of_user(&house.server, &house.rehearsal.admin, "ada").await.unwrap();
    passkeys::remove(&house.server, &house.rehearsal.admin, "ada", &known[0].id).await.unwrap();
    assert!(!house.is_in(&here).await);
}

#[tokio::test]
async fn where_everybody_must_have_one_the_password_lets_a_first_one_be_made_and_nothing_else() {
    let house = House::with(Role::Operator).await;
    let before = house.enter("ada").await;
    let house = house.requiring().await;
    // A session from before is over.
    assert!(!house.is_in(&before).await);
    let (attempt, asked) = house.asked_for_first("ada").await;
    let mut authenticator = Authenticator::new();
    let session =
        passkeys::finish_with_first(&house.server, order(&attempt, "key", authenticator.make(&asked)));
    let session = session.await.unwrap();
    assert!(house.is_in(&session).await);
    assert!(house.try_enter_with("ada", &authenticator).await.is_ok());
    let actor = sessions::authenticate(&house.server, session.cookie.reveal()).await.unwrap().actor;
    let id = passkeys::own(&house.server, &actor).await.unwrap()[0].id.clone();
    let cookie = cookie_hash(session.cookie.reveal());
    assert_eq!(code(passkeys::remove_own(&house.server, &actor, &cookie, &id).await), "last_passkey");
    // A lost one: the invitation takes it away, and the next password leads to the next passkey.
    let invited = users::invite(&house.server, &house.rehearsal.admin, "ada").await.unwrap();
    assert_eq!(invited.view.passkeys, 0);
    house.accept(&invited.invitation).await;
    house.asked_for_first("ada").await;
}

#[tokio::test]
async fn of_two_first_passkeys_by_one_password_one_is_kept() {
    let house = House::with(Role::Viewer).await.requiring().await;
    let mut attempts = Vec::new();
    for _ in 0..2 {
        let (attempt, asked) = house.asked_for_first("ada").await;
        attempts.push(order(&attempt, "key", Authenticator::new().make(&asked)));
    }
    let (one, other) = (attempts.remove(0), attempts.remove(0));
    assert!(passkeys::finish_with_first(&house.server, one).await.is_ok());
    assert_eq!(code(passkeys::finish_with_first(&house.server, other).await), "attempt_over");
    assert_eq!(passkeys::of_user(&house.server, &house.rehearsal.admin, "ada").await.unwrap().len(), 1);
}

#[tokio::test]
async fn passkeys_and_questions_are_bounded_in_number() {
    let house = House::with(Role::Viewer).await;
    let session = house.enter("ada").await;
    for _ in 0..MOST_PASSKEYS {
        house.register(&session, "key").await;
    }
    assert_eq!(
        code(house.try_register(&session, "key", &mut Authenticator::new()).await),
        "too_many_passkeys"
    );
    // Of many questions the newest are kept.
    let (oldest, asked) = house.asked("ada").await;
    for _ in 0..8 {
        house.rehearsal.clock.advance(1);
        house.asked("ada").await;
    }
    let answer = Authenticator::new().answer(&asked);
    assert_eq!(code(house.finish(&oldest, &answer).await), "attempt_over");
}

#[tokio::test]
async fn the_last_passkey_of_somebody_who_may_change_keys_is_taken_by_two() {
    let house = House::with(Role::Admin).await;
    let (server, admin) = (&house.server, &house.rehearsal.admin);
    let session = house.enter("ada").await;
    let [_, _] = [house.register(&session, "one").await, house.register(&session, "other").await];
    let change = IssuerChange { approval_required: Some(true), ..IssuerChange::default() };
    issuers::change(server, admin, &house.rehearsal.main, change).await.unwrap();
    let known = passkeys::of_user(server, admin, "ada").await.unwrap();
    // One of two: what is left is still a passkey.
    passkeys::remove(server, admin, "ada", &known[0].id).await.unwrap();
    assert_eq!(code(passkeys::remove(server, admin, "ada", &known[1].id).await), "approval_required");
    assert_eq!(code(users::invite(server, admin, "ada").await), "approval_required");
    assert_eq!(passkeys::of_user(server, admin, "ada").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_review_of_access_says_who_has_a_second_factor_and_no_secret_lies_in_the_data_folder() {
    let house = House::with(Role::Viewer).await;
    house.register(&house.enter("ada").await, "key").await;
    let access = access_review::review(&house.server, &house.rehearsal.admin, "who is here").await.unwrap();
    assert_eq!(access.users[0].passkeys, 1);
    let entries = audit_log::list(&house.server, &house.rehearsal.admin, 1, None).await.unwrap();
    assert_eq!(entries[0].after.as_ref().unwrap()["users"][0]["passkeys"], 1);
    let (attempt, _) = house.asked("ada").await;
    let secret = attempt.reveal().as_bytes();
    for entry in std::fs::read_dir(house.rehearsal.folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret));
    }
}

#[tokio::test]
async fn without_a_name_of_its_own_a_server_makes_no_passkeys_and_lets_nobody_past_one() {
    let house = House::with(Role::Viewer).await;
    let session = house.enter("ada").await;
    house.register(&session, "key").await;
    let nameless = &house.rehearsal.keystile;
    let actor = sessions::authenticate(nameless, session.cookie.reveal()).await.unwrap().actor;
    assert_eq!(code(passkeys::begin(nameless, &actor).await), "passkeys_unavailable");
    let password = SecretText::new(PASSWORD.to_owned());
    assert_eq!(code(sessions::create_for_user(nameless, "ada", password).await), "passkeys_unavailable");
}
