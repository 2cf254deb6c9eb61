//! Passkeys: after the password, once for each challenge, and for nobody else.

mod answers;
mod changes;

use keystile_admin::domain::{ATTEMPT_SECS, Role, SecretText, UserName};
use keystile_admin::operations::passkeys::{
    self, NewPasskeyOrder, NextStep, PasskeyRefusal, PasskeyView, SecondStep,
};
use keystile_admin::operations::sessions::{NewSession, SignedIn, cookie_hash};
use keystile_admin::operations::{Keystile, OperationError, audit_log, sessions, users};
use keystile_admin::passkeys::{
    Assertion, CreationOptions, PasskeyError, Registration, RelyingParty, RequestOptions,
};
use keystile_admin::settings::Settings;
use serde_json::json;

use crate::authenticator::Authenticator;
use crate::rehearsal::{Rehearsal, settings};

const PASSWORD: &str = "four short words";

fn code<T>(outcome: Result<T, OperationError>) -> &'static str {
    outcome.err().unwrap().code()
}

fn refused(why: PasskeyError) -> Option<OperationError> {
    Some(OperationError::Passkey(PasskeyRefusal::Refused(why)))
}

fn order(attempt: &SecretText, name: &str, answer: Registration) -> NewPasskeyOrder {
    let transports = vec!["usb".to_owned()];
    NewPasskeyOrder { attempt: attempt.reveal().to_owned(), name: name.parse().unwrap(), transports, answer }
}

/// A server under its own name, on which Ada has a password, and the same opened with another configuration.
struct House {
    rehearsal: Rehearsal,
    server: Keystile,
}

impl House {
    async fn with(role: Role) -> Self {
        let rehearsal = Rehearsal::begin().await;
        let server = opened(&rehearsal, false).await;
        let house = Self { rehearsal, server };
        house.user("ada", role).await;
        house
    }

    /// The same server, on which everybody must have a passkey from now on.
    async fn requiring(mut self) -> Self {
        self.server = opened(&self.rehearsal, true).await;
        self
    }

    async fn user(&self, name: &str, role: Role) {
        let name: UserName = name.parse().unwrap();
        let invited = users::create(&self.server, &self.rehearsal.admin, &name, role).await.unwrap();
        self.accept(&invited.invitation).await;
    }

    async fn accept(&self, invitation: &SecretText) {
        let password = SecretText::new(PASSWORD.to_owned());
        users::accept(&self.server, invitation.reveal(), password).await.unwrap();
    }

    async fn password(&self, name: &str) -> SignedIn {
        let password = SecretText::new(PASSWORD.to_owned());
        sessions::create_for_user(&self.server, name, password).await.unwrap()
    }

    /// With the password alone.
    async fn enter(&self, name: &str) -> NewSession {
        match self.password(name).await {
            SignedIn::Entered(session) => session,
            SignedIn::Unfinished(_) => panic!("a passkey is asked for"),
        }
    }

    /// What the password is answered with.
    async fn asked(&self, name: &str) -> (SecretText, RequestOptions) {
        match self.half_way(name).await {
            SecondStep { attempt, next: NextStep::UsePasskey(asked), .. } => (attempt, asked),
            _ => panic!("a first passkey is asked for"),
        }
    }

    /// What the password is answered with, where a first passkey must be made.
    async fn asked_for_first(&self, name: &str) -> (SecretText, CreationOptions) {
        match self.half_way(name).await {
            SecondStep { attempt, next: NextStep::MakePasskey(asked), .. } => (attempt, asked),
            _ => panic!("a passkey that is known is asked for"),
        }
    }

    async fn half_way(&self, name: &str) -> SecondStep {
        match self.password(name).await {
            SignedIn::Unfinished(step) => *step,
            SignedIn::Entered(_) => panic!("no passkey is asked for"),
        }
    }

    async fn register(&self, session: &NewSession, name: &str) -> Authenticator {
        let mut authenticator = Authenticator::new();
        self.try_register(session, name, &mut authenticator).await.unwrap();
        authenticator
    }

    async fn try_register(
        &self,
        session: &NewSession,
        name: &str,
        authenticator: &mut Authenticator,
    ) -> Result<PasskeyView, OperationError> {
        let actor = sessions::authenticate(&self.server, session.cookie.reveal()).await.unwrap().actor;
        let begun = passkeys::begin(&self.server, &actor).await?;
        let order = order(&begun.attempt, name, authenticator.make(&begun.options));
        passkeys::add(&self.server, &actor, &cookie_hash(session.cookie.reveal()), order).await
    }

    async fn finish(&self, attempt: &SecretText, answer: &Assertion) -> Result<NewSession, OperationError> {
        passkeys::finish(&self.server, attempt.reveal(), answer).await
    }

    /// With the password, and then the passkey.
    async fn try_enter_with(
        &self,
        name: &str,
        authenticator: &Authenticator,
    ) -> Result<NewSession, OperationError> {
        let (attempt, asked) = self.asked(name).await;
        self.finish(&attempt, &authenticator.answer(&asked)).await
    }

    async fn is_in(&self, session: &NewSession) -> bool {
        sessions::authenticate(&self.server, session.cookie.reveal()).await.is_ok()
    }

    async fn log(&self, count: u32) -> Vec<(String, String)> {
        let entries = audit_log::list(&self.server, &self.rehearsal.admin, count, None).await.unwrap();
        entries.into_iter().map(|it| (it.action, it.actor)).collect()
    }

    async fn sessions(&self) -> usize {
        sessions::list(&self.server, &self.rehearsal.admin).await.unwrap().len()
    }
}

async fn opened(rehearsal: &Rehearsal, passkey_required: bool) -> Keystile {
    let relying_party = RelyingParty::at("http://127.0.0.1:8420");
    let settings = Settings { relying_party, passkey_required, ..settings(rehearsal.folder.path()) };
    Keystile::open(settings, rehearsal.clock.clone()).await.unwrap()
}

#[tokio::test]
async fn a_password_alone_opens_nothing_once_there_is_a_passkey() {
    let house = House::with(Role::Operator).await;
    let first = house.enter("ada").await;
    let authenticator = house.register(&first, "blue key").await;
    // The session that registered it goes on, and nothing but it.
    assert!(house.is_in(&first).await);
    let (attempt, asked) = house.asked("ada").await;
    assert_eq!(house.sessions().await, 1);
    assert_eq!((asked.rp_id.as_str(), asked.user_verification), ("localhost", "required"));
    assert_eq!(asked.allow_credentials[0].transports, ["usb"]);
    let session = house.finish(&attempt, &authenticator.answer(&asked)).await.unwrap();
    assert_ne!(session.cookie.reveal(), first.cookie.reveal());
    assert!(house.is_in(&session).await);
    let told = house.log(2).await;
    assert_eq!(told[0], ("session.opened".to_owned(), "user:ada".to_owned()));
    assert_eq!(told[1].0, "passkey.registered");
    let known = passkeys::of_user(&house.server, &house.rehearsal.admin, "ada").await.unwrap();
    assert_eq!((known[0].name.as_str(), known[0].last_used_at), ("blue key", Some(house.server.now())));
}

#[tokio::test]
async fn an_answer_counts_once_and_in_time() {
    let house = House::with(Role::Viewer).await;
    let authenticator = house.register(&house.enter("ada").await, "key").await;
    let (attempt, asked) = house.asked("ada").await;
    let answer = authenticator.answer(&asked);
    house.finish(&attempt, &answer).await.unwrap();
    assert_eq!(code(house.finish(&attempt, &answer).await), "attempt_over");
    // Replayed to another question, it is the answer to none.
    let (attempt, _) = house.asked("ada").await;
    assert_eq!(house.finish(&attempt, &answer).await.err(), refused(PasskeyError::OtherChallenge));
    // And a wrong answer uses the question up.
    assert_eq!(code(house.finish(&attempt, &answer).await), "attempt_over");
    let (attempt, asked) = house.asked("ada").await;
    house.rehearsal.clock.advance(ATTEMPT_SECS);
    assert_eq!(code(house.finish(&attempt, &authenticator.answer(&asked)).await), "attempt_over");
    assert_eq!(code(house.finish(&SecretText::new(String::new()), &answer).await), "attempt_over");
}

#[tokio::test]
async fn of_two_at_once_with_one_challenge_one_enters() {
    let house = House::with(Role::Viewer).await;
    let authenticator = house.register(&house.enter("ada").await, "key").await;
    let (attempt, asked) = house.asked("ada").await;
    let [one, other] = [authenticator.answer(&asked), authenticator.answer(&asked)];
    let (one, other) = tokio::join!(house.finish(&attempt, &one), house.finish(&attempt, &other));
    assert_ne!(one.is_ok(), other.is_ok());
    assert_eq!(code(if one.is_ok() { other } else { one }), "attempt_over");
}

#[tokio::test]
async fn a_question_is_answered_by_whom_it_was_put_to_and_for_what_it_was_put() {
    let house = House::with(Role::Viewer).await;
    let session = house.enter("ada").await;
    let hers = house.register(&session, "key").await;
    house.user("eve", Role::Viewer).await;
    let eve = house.enter("eve").await;
    let eves = sessions::authenticate(&house.server, eve.cookie.reveal()).await.unwrap().actor;
    let actor = sessions::authenticate(&house.server, session.cookie.reveal()).await.unwrap().actor;
    // Ada's question for a new passkey, answered by Eve, would give Ada's account a key of Eve's.
    let begun = passkeys::begin(&house.server, &actor).await.unwrap();
    let order_of_eve = order(&begun.attempt, "key", Authenticator::new().make(&begun.options));
    let cookie = cookie_hash(eve.cookie.reveal());
    assert_eq!(code(passkeys::add(&house.server, &eves, &cookie, order_of_eve).await), "attempt_over");
    // A question of a sign-in registers nothing, and one for a registration lets nobody in.
    let (attempt, _) = house.asked("ada").await;
    let stolen = order(&attempt, "key", Authenticator::new().make(&begun.options));
    assert_eq!(code(passkeys::finish_with_first(&house.server, stolen).await), "attempt_over");
    let begun = passkeys::begin(&house.server, &actor).await.unwrap();
    let answer = hers.answer_with(&begun.options.challenge, "webauthn.get", &json!({}));
    assert_eq!(code(house.finish(&begun.attempt, &answer).await), "attempt_over");
    // What is registered already is nobody else's.
    let mut copied = hers;
    assert_eq!(code(house.try_register(&eve, "key", &mut copied).await), "passkey_not_registered");
    assert_eq!(code(passkeys::begin(&house.server, &house.rehearsal.admin).await), "not_a_user");
}

#[tokio::test]
async fn what_changes_between_the_question_and_the_answer_counts() {
    let house = House::with(Role::Viewer).await;
    let (server, admin) = (&house.server, &house.rehearsal.admin);
    let authenticator = house.register(&house.enter("ada").await, "key").await;
    let id = passkeys::of_user(server, admin, "ada").await.unwrap()[0].id.clone();
    // Shut out, and let in again: the question is over all the same.
    let (attempt, asked) = house.asked("ada").await;
    users::disable(server, admin, "ada").await.unwrap();
    users::enable(server, admin, "ada").await.unwrap();
    assert_eq!(code(house.finish(&attempt, &authenticator.answer(&asked)).await), "attempt_over");
    let (attempt, asked) = house.asked("ada").await;
    passkeys::remove(server, admin, "ada", &id).await.unwrap();
    assert_eq!(code(house.finish(&attempt, &authenticator.answer(&asked)).await), "attempt_over");
    // Without any, the password alone is enough again, where nobody says otherwise.
    assert!(house.is_in(&house.enter("ada").await).await);
    assert_eq!(code(passkeys::remove(server, admin, "ada", &id).await), "passkey_not_found");
    assert_eq!(code(passkeys::remove(server, admin, "nobody", &id).await), "user_not_found");
}
