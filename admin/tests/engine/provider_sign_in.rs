//! People whom the identity provider vouches for: who they become here, what they may do, and what ends it. What has to be
//! true of the provider's answer before is shown against a real provider, in `tests/oidc`.

use keystile_admin::domain::{ProviderIdentity, Role, SecretText};
use keystile_admin::oidc::{Identity, SignInError};
use keystile_admin::operations::approvals::{self, Credential, Deed};
use keystile_admin::operations::sessions::NewSession;
use keystile_admin::operations::users::{self, UserView};
use keystile_admin::operations::{OperationError, audit_log, issuers, provider_sign_in, sessions};
use keystile_admin::settings::IssuerChange;

use crate::rehearsal::Rehearsal;

fn identity(subject: &str, name: &str, role: Option<Role>) -> Identity {
    Identity {
        who: ProviderIdentity { issuer: "https://login.example".to_owned(), subject: subject.to_owned() },
        name: Some(name.to_owned()),
        name_claim: "preferred_username".to_owned(),
        role,
    }
}

fn code<T>(outcome: Result<T, OperationError>) -> &'static str {
    outcome.err().unwrap().code()
}

impl Rehearsal {
    /// A sign-in of its own each time.
    async fn comes(&self, identity: &Identity) -> Result<NewSession, OperationError> {
        let mark = self.entries().await.to_be_bytes();
        provider_sign_in::admit(&self.keystile, identity, &mark, Some("192.0.2.7".to_owned())).await
    }

    async fn holds(&self, session: &NewSession) -> Option<Role> {
        let holder = sessions::authenticate(&self.keystile, session.cookie.reveal()).await.ok()?;
        Some(holder.actor.role())
    }

    async fn everybody(&self) -> Vec<UserView> {
        users::list(&self.keystile, &self.admin).await.unwrap()
    }

    async fn wants_two(&self) {
        let change = IssuerChange { approval_required: Some(true), ..IssuerChange::default() };
        issuers::change(&self.keystile, &self.admin, &self.main, change).await.unwrap();
    }
}

#[tokio::test]
async fn whoever_comes_for_the_first_time_becomes_a_user_and_the_log_says_how() {
    let house = Rehearsal::begin().await;
    let session = house.comes(&identity("s-1", "Ada@example.com", Some(Role::Operator))).await.unwrap();
    assert_eq!((session.label.as_str(), house.holds(&session).await), ("ada", Some(Role::Operator)));
    let made = house.everybody().await.remove(0);
    let provider = made.provider.unwrap();
    assert_eq!((provider.issuer.as_str(), provider.subject.as_str()), ("https://login.example", "s-1"));
    assert_eq!(made.password_set_at, None);
    let entries = audit_log::list(&house.keystile, &house.admin, 2, None).await.unwrap();
    let told: Vec<_> =
        entries.iter().map(|it| (it.action.as_str(), it.actor.as_str(), it.from.as_deref())).collect();
    let from = Some("192.0.2.7");
    assert_eq!(told, [("session.opened", "user:ada", from), ("user.created", "user:ada", from)]);
    let shown = entries[0].after.as_ref().unwrap();
    assert_eq!((&shown["with"], &shown["subject"]), (&"provider".into(), &"s-1".into()));
}

#[tokio::test]
async fn a_person_is_their_subject_and_never_their_name() {
    let house = Rehearsal::begin().await;
    house.comes(&identity("s-1", "ada", Some(Role::Viewer))).await.unwrap();
    let renamed = house.comes(&identity("s-1", "countess", Some(Role::Viewer))).await.unwrap();
    assert_eq!(renamed.label, "ada");
    let namesake = house.comes(&identity("s-2", "ada", Some(Role::Viewer))).await.unwrap();
    assert_eq!(namesake.label, "ada-2");
    let mut elsewhere = identity("s-1", "ada", Some(Role::Viewer));
    elsewhere.who.issuer = "https://other.example".to_owned();
    assert_eq!(house.comes(&elsewhere).await.unwrap().label, "ada-3");
}

#[tokio::test]
async fn a_user_with_a_password_is_not_taken_over_by_one_of_the_provider() {
    let house = Rehearsal::begin().await;
    users::create(&house.keystile, &house.admin, &"ada".parse().unwrap(), Role::Admin).await.unwrap();
    let session = house.comes(&identity("s-1", "ada", Some(Role::Viewer))).await.unwrap();
    assert_eq!((session.label.as_str(), house.holds(&session).await), ("ada-2", Some(Role::Viewer)));
}

#[tokio::test]
async fn without_a_role_or_a_name_nobody_gets_in_and_nothing_is_written() {
    let house = Rehearsal::begin().await;
    let before = house.entries().await;
    assert_eq!(code(house.comes(&identity("s-1", "ada", None)).await), "no_role");
    assert_eq!(code(house.comes(&identity("s-1", "李", Some(Role::Viewer))).await), "no_name");
    let nameless = Identity { name: None, ..identity("s-1", "", Some(Role::Viewer)) };
    assert_eq!(code(house.comes(&nameless).await), "no_name");
    assert_eq!((house.entries().await, house.everybody().await.len()), (before, 0));
}

#[tokio::test]
async fn the_role_follows_the_mapping_at_each_sign_in_and_ends_the_sessions_before() {
    let house = Rehearsal::begin().await;
    let first = house.comes(&identity("s-1", "ada", Some(Role::Operator))).await.unwrap();
    let second = house.comes(&identity("s-1", "ada", Some(Role::Operator))).await.unwrap();
    assert_eq!(
        (house.holds(&first).await, house.holds(&second).await),
        (Some(Role::Operator), Some(Role::Operator))
    );
    let lower = house.comes(&identity("s-1", "ada", Some(Role::Viewer))).await.unwrap();
    assert_eq!((house.holds(&first).await, house.holds(&second).await), (None, None));
    assert_eq!(house.holds(&lower).await, Some(Role::Viewer));
    let entries = audit_log::list(&house.keystile, &house.admin, 2, None).await.unwrap();
    assert_eq!((entries[1].action.as_str(), entries[1].actor.as_str()), ("user.role_changed", "user:ada"));
    // Whoever has no role any more is refused, and let out.
    assert_eq!(code(house.comes(&identity("s-1", "ada", None)).await), "no_role");
    assert_eq!(house.holds(&lower).await, None);
}

#[tokio::test]
async fn whoever_is_shut_out_here_stays_out() {
    let house = Rehearsal::begin().await;
    let ada = identity("s-1", "ada", Some(Role::Operator));
    let session = house.comes(&ada).await.unwrap();
    users::disable(&house.keystile, &house.admin, "ada").await.unwrap();
    assert_eq!(house.holds(&session).await, None);
    assert_eq!(house.comes(&ada).await.err(), Some(SignInError::ShutOut.into()));
    assert_eq!(house.everybody().await.len(), 1);
    users::enable(&house.keystile, &house.admin, "ada").await.unwrap();
    assert!(house.comes(&ada).await.is_ok());
}

#[tokio::test]
async fn a_user_of_the_provider_has_no_password_here_and_gets_none() {
    let house = Rehearsal::begin().await;
    let (keystile, admin) = (&house.keystile, &house.admin);
    house.comes(&identity("s-1", "ada", Some(Role::Admin))).await.unwrap();
    let secret = || SecretText::new("four short words".to_owned());
    assert_eq!(code(users::invite(keystile, admin, "ada").await), "invalid_input");
    assert_eq!(code(users::set_password(keystile, admin, "ada", secret()).await), "invalid_input");
    for password in ["four short words", ""] {
        let password = SecretText::new(password.to_owned());
        assert_eq!(code(sessions::create_for_user(keystile, "ada", password).await), "unauthenticated");
    }
}

#[tokio::test]
async fn one_sign_in_leads_to_one_session_even_of_two_at_once() {
    let house = Rehearsal::begin().await;
    let ada = identity("s-1", "ada", Some(Role::Viewer));
    let other = house.second_process().await;
    let (one, two) = tokio::join!(
        provider_sign_in::admit(&house.keystile, &ada, b"mark", None),
        provider_sign_in::admit(&other, &ada, b"mark", None),
    );
    assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|it| **it).count(), 1);
    assert_eq!(one.err().or(two.err()), Some(SignInError::Spent.into()));
    assert_eq!(sessions::list(&house.keystile, &house.admin).await.unwrap().len(), 1);
    // Also after every ID token of that attempt has run out.
    house.clock.advance(3_599);
    let again = provider_sign_in::admit(&house.keystile, &ada, b"mark", None).await;
    assert_eq!(again.err(), Some(SignInError::Spent.into()));
}

#[tokio::test]
async fn where_access_takes_two_the_mapping_takes_away_and_gives_nothing_that_does() {
    let house = Rehearsal::begin().await;
    house.comes(&identity("op", "olga", Some(Role::Operator))).await.unwrap();
    house.comes(&identity("ad", "adam", Some(Role::Admin))).await.unwrap();
    house.wants_two().await;
    let comes_as = async |subject: &str, name: &str, role| {
        let session = house.comes(&identity(subject, name, Some(role))).await.unwrap();
        let entries = audit_log::list(&house.keystile, &house.admin, 1, None).await.unwrap();
        let held_back = entries[0].after.as_ref().unwrap()["role_held_back"].as_str().map(str::to_owned);
        (session.role, held_back)
    };
    let admin = || Some("admin".to_owned());
    // Whoever comes anew looks on; what they have is kept, and less is given at once.
    assert_eq!(comes_as("n", "nina", Role::Admin).await, (Role::Viewer, admin()));
    assert_eq!(comes_as("n", "nina", Role::Auditor).await, (Role::Auditor, None));
    assert_eq!(comes_as("op", "olga", Role::Operator).await, (Role::Operator, None));
    assert_eq!(comes_as("op", "olga", Role::Admin).await, (Role::Operator, admin()));
    assert_eq!(comes_as("ad", "adam", Role::Admin).await, (Role::Admin, None));
    assert_eq!(comes_as("ad", "adam", Role::Operator).await, (Role::Operator, None));
    assert_eq!(comes_as("ad", "adam", Role::Admin).await, (Role::Operator, admin()));
    assert_eq!(comes_as("ad", "adam", Role::Viewer).await, (Role::Viewer, None));
    assert_eq!(comes_as("ad", "adam", Role::Operator).await, (Role::Viewer, Some("operator".to_owned())));
}

#[tokio::test]
async fn what_two_people_have_given_stays_while_the_mapping_says_the_same() {
    let house = Rehearsal::begin().await;
    let (keystile, admin) = (&house.keystile, &house.admin);
    house.comes(&identity("ad", "adam", Some(Role::Admin))).await.unwrap();
    let adam = house.comes(&identity("ad", "adam", Some(Role::Admin))).await.unwrap();
    let adam = sessions::authenticate(keystile, adam.cookie.reveal()).await.unwrap().actor;
    house.wants_two().await;
    let nina = identity("n", "nina", Some(Role::Operator));
    assert_eq!(house.comes(&nina).await.unwrap().role, Role::Viewer);
    let deed = Deed::GrantAccess { by: Credential::User, to: "nina".to_owned(), role: Role::Operator };
    let id = approvals::ask(keystile, admin, deed).await.unwrap().id;
    approvals::approve(keystile, &adam, &id, None).await.unwrap();
    let approved = admin.clone().with_approval(Some(id));
    users::set_role(keystile, &approved, "nina", Role::Operator).await.unwrap();
    assert_eq!(house.comes(&nina).await.unwrap().role, Role::Operator);
}
