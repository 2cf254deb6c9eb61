//! People who sign in by name: invited, let in by their password, shut out at once.

use std::collections::BTreeMap;

use keystile_admin::domain::{INVITATION_SECS, Role, SecretText, UserName};
use keystile_admin::operations::approvals::{self, Credential, Deed};
use keystile_admin::operations::sessions::{NewSession, SignedIn};
use keystile_admin::operations::users::{self, Invited, UserView};
use keystile_admin::operations::{OperationError, access_review, audit_log, issuers, sessions};
use keystile_admin::settings::IssuerChange;

use crate::rehearsal::Rehearsal;

const PASSWORD: &str = "four short words";

fn secret(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

fn ada() -> UserName {
    "ada".parse().unwrap()
}

fn code<T>(outcome: Result<T, OperationError>) -> &'static str {
    outcome.err().unwrap().code()
}

impl Rehearsal {
    async fn invited(&self, role: Role) -> Invited {
        users::create(&self.keystile, &self.admin, &ada(), role).await.unwrap()
    }

    async fn accept(&self, invitation: &str, password: &str) -> Result<UserView, OperationError> {
        users::accept(&self.keystile, invitation, secret(password)).await
    }

    async fn user(&self, role: Role) {
        let invited = self.invited(role).await;
        self.accept(invited.invitation.reveal(), PASSWORD).await.unwrap();
    }

    async fn sign_in(&self, name: &str, password: &str) -> Result<NewSession, OperationError> {
        match sessions::create_for_user(&self.keystile, name, secret(password)).await? {
            SignedIn::Entered(session) => Ok(session),
            SignedIn::Unfinished(_) => panic!("a passkey is asked for"),
        }
    }

    async fn is_in(&self, session: &NewSession) -> bool {
        sessions::authenticate(&self.keystile, session.cookie.reveal()).await.is_ok()
    }
}

#[tokio::test]
async fn whoever_was_invited_chooses_a_password_and_signs_in_by_name() {
    let house = Rehearsal::begin().await;
    let invited = house.invited(Role::Operator).await;
    assert_eq!(code(house.sign_in("ada", PASSWORD).await), "unauthenticated");
    assert_eq!(code(house.accept(invited.invitation.reveal(), "too short").await), "invalid_input");
    house.accept(invited.invitation.reveal(), PASSWORD).await.unwrap();
    let session = house.sign_in("ada", PASSWORD).await.unwrap();
    let holder = sessions::authenticate(&house.keystile, session.cookie.reveal()).await.unwrap();
    assert_eq!(
        (holder.actor.name(), holder.actor.role(), holder.label.as_str()),
        ("user:ada", Role::Operator, "ada")
    );
    let entries = audit_log::list(&house.keystile, &house.admin, 3, None).await.unwrap();
    let told: Vec<_> = entries.iter().map(|it| (it.action.as_str(), it.actor.as_str())).collect();
    let expected =
        [("session.opened", "user:ada"), ("user.password_set", "user:ada"), ("user.created", "local:test")];
    assert_eq!(told, expected);
    // The invitation worked once.
    assert_eq!(
        code(house.accept(invited.invitation.reveal(), "four other words").await),
        "invitation_unknown"
    );
    assert!(house.sign_in("ada", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn an_invitation_ends_by_itself_and_with_the_next_one() {
    let house = Rehearsal::begin().await;
    let first = house.invited(Role::Viewer).await;
    let second = users::invite(&house.keystile, &house.admin, "ada").await.unwrap();
    assert_eq!(code(house.accept(first.invitation.reveal(), PASSWORD).await), "invitation_unknown");
    house.clock.advance(INVITATION_SECS);
    assert_eq!(code(house.accept(second.invitation.reveal(), PASSWORD).await), "invitation_unknown");
    for wrong in ["", "ksi_", "ksi_guess"] {
        assert_eq!(code(house.accept(wrong, PASSWORD).await), "invitation_unknown");
    }
}

#[tokio::test]
async fn every_failure_to_sign_in_is_the_same_one() {
    let house = Rehearsal::begin().await;
    house.user(Role::Admin).await;
    let invited = "eve".parse().unwrap();
    users::create(&house.keystile, &house.admin, &invited, Role::Viewer).await.unwrap();
    let long = "x".repeat(100_000);
    let wrong =
        [("ada", "four short word"), ("nobody", PASSWORD), ("eve", PASSWORD), ("", ""), ("ada", &long)];
    for (name, password) in wrong {
        let refused = house.sign_in(name, password).await.err();
        assert_eq!(refused, Some(OperationError::Unauthenticated), "{name}");
    }
    users::disable(&house.keystile, &house.admin, "ada").await.unwrap();
    assert_eq!(house.sign_in("ada", PASSWORD).await.err(), Some(OperationError::Unauthenticated));
    users::enable(&house.keystile, &house.admin, "ada").await.unwrap();
    assert!(house.sign_in("ada", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_session_ends_with_the_role_the_password_and_the_user_that_opened_it() {
    let house = Rehearsal::begin().await;
    let (keystile, admin) = (&house.keystile, &house.admin);
    house.user(Role::Operator).await;
    let session = house.sign_in("ada", PASSWORD).await.unwrap();
    assert!(house.is_in(&session).await);
    // The same role is no other one.
    users::set_role(keystile, admin, "ada", Role::Operator).await.unwrap();
    assert!(house.is_in(&session).await);
    users::set_role(keystile, admin, "ada", Role::Viewer).await.unwrap();
    assert!(!house.is_in(&session).await);
    let session = house.sign_in("ada", PASSWORD).await.unwrap();
    users::set_password(keystile, admin, "ada", secret("four other words")).await.unwrap();
    assert!(!house.is_in(&session).await);
    assert!(house.sign_in("ada", PASSWORD).await.is_err());
    let session = house.sign_in("ada", "four other words").await.unwrap();
    users::disable(keystile, admin, "ada").await.unwrap();
    assert!(!house.is_in(&session).await);
    users::enable(keystile, admin, "ada").await.unwrap();
    assert!(!house.is_in(&session).await);
    let session = house.sign_in("ada", "four other words").await.unwrap();
    users::invite(keystile, admin, "ada").await.unwrap();
    assert!(!house.is_in(&session).await);
    assert!(house.sign_in("ada", "four other words").await.is_err());
}

#[tokio::test]
async fn each_sign_in_is_a_session_of_its_own_that_can_be_ended() {
    let house = Rehearsal::begin().await;
    house.user(Role::Viewer).await;
    let [one, other] =
        [house.sign_in("ada", PASSWORD).await.unwrap(), house.sign_in("ada", PASSWORD).await.unwrap()];
    assert_ne!(one.cookie.reveal(), other.cookie.reveal());
    let open = sessions::list(&house.keystile, &house.admin).await.unwrap();
    let whose: BTreeMap<_, _> = open.iter().map(|it| (&it.id, it.user.as_deref())).collect();
    assert_eq!(whose.values().collect::<Vec<_>>(), [&Some("ada"), &Some("ada")]);
    sessions::end(&house.keystile, one.cookie.reveal()).await.unwrap();
    assert_eq!((house.is_in(&one).await, house.is_in(&other).await), (false, true));
    house.clock.advance(3_600);
    assert!(!house.is_in(&other).await);
}

#[tokio::test]
async fn no_password_and_no_invitation_lies_in_the_data_folder() {
    let house = Rehearsal::begin().await;
    let invited = house.invited(Role::Viewer).await;
    house.accept(invited.invitation.reveal(), PASSWORD).await.unwrap();
    let again = users::invite(&house.keystile, &house.admin, "ada").await.unwrap();
    let secrets = [PASSWORD, &invited.invitation.reveal()[4..], &again.invitation.reveal()[4..]];
    for entry in std::fs::read_dir(house.folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for secret in secrets {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
        }
    }
}

#[tokio::test]
async fn a_name_is_given_once_and_machines_have_none() {
    let house = Rehearsal::begin().await;
    let (keystile, admin) = (&house.keystile, &house.admin);
    house.user(Role::Viewer).await;
    users::disable(keystile, admin, "ada").await.unwrap();
    assert_eq!(code(users::create(keystile, admin, &ada(), Role::Admin).await), "user_exists");
    for role in [Role::Edge, Role::Signer] {
        assert_eq!(
            code(users::create(keystile, admin, &"worker".parse().unwrap(), role).await),
            "invalid_input"
        );
    }
    assert_eq!(code(users::disable(keystile, admin, "nobody").await), "user_not_found");
    let access = access_review::review(keystile, admin, "who is here").await.unwrap();
    assert_eq!((access.users.len(), access.api_tokens.len()), (0, 2));
}

#[tokio::test]
async fn users_who_could_approve_are_let_in_by_two_and_approve_only_while_they_may() {
    let house = Rehearsal::begin().await;
    let (keystile, admin) = (&house.keystile, &house.admin);
    house.user(Role::Admin).await;
    let session = house.sign_in("ada", PASSWORD).await.unwrap();
    let user = sessions::authenticate(keystile, session.cookie.reveal()).await.unwrap().actor;
    let change = IssuerChange { approval_required: Some(true), ..IssuerChange::default() };
    issuers::change(keystile, admin, &house.main, change).await.unwrap();
    let eve: UserName = "eve".parse().unwrap();
    assert_eq!(code(users::create(keystile, admin, &eve, Role::Operator).await), "approval_required");
    assert!(users::create(keystile, admin, &"vic".parse().unwrap(), Role::Viewer).await.is_ok());
    assert_eq!(code(users::set_role(keystile, admin, "vic", Role::Admin).await), "approval_required");
    assert_eq!(code(users::invite(keystile, admin, "ada").await), "approval_required");
    let taken_over = users::set_password(keystile, admin, "ada", secret("four other words")).await;
    assert_eq!(code(taken_over), "approval_required");
    let deed = Deed::GrantAccess { by: Credential::User, to: "eve".to_owned(), role: Role::Operator };
    let id = approvals::ask(keystile, admin, deed).await.unwrap().id;
    approvals::approve(keystile, &user, &id, None).await.unwrap();
    // Shutting somebody out takes one person, and takes back what they have approved.
    users::disable(keystile, admin, "ada").await.unwrap();
    let approved = admin.clone().with_approval(Some(id));
    assert_eq!(code(users::create(keystile, &approved, &eve, Role::Operator).await), "approver_gone");
    assert_eq!(code(users::enable(keystile, admin, "ada").await), "approval_required");
}
