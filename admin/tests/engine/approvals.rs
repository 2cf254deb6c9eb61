//! What takes two people, and what somebody tries who is one.

use keystile_admin::domain::{Actor, GOOD_SECS, Role, Timestamp, WAITS_SECS};
use keystile_admin::operations::approvals::{self, ApprovalView, Deed};
use keystile_admin::operations::emergency::{EmergencyOrder, EmergencyView, emergency};
use keystile_admin::operations::environment::{PrivateKeyFormat, environment, for_backend};
use keystile_admin::operations::issuers::ChangeOrder;
use keystile_admin::operations::rollback::{RollbackOrder, rollback};
use keystile_admin::operations::set_signer::{self, DelegationOrder};
use keystile_admin::operations::{
    OperationError, Precondition, alerts, api_tokens, audit_log, issuers, roots, rotation,
};
use keystile_admin::settings::IssuerChange;

use crate::rehearsal::Rehearsal;

const WHY: &str = "laptop stolen";

/// A server on which some deeds take two people, and the people.
pub(crate) struct Office {
    pub(crate) house: Rehearsal,
    pub(crate) ada: Actor,
    pub(crate) bob: Actor,
}

impl Office {
    pub(crate) async fn open() -> Self {
        let house = Rehearsal::begin().await;
        house.settle().await;
        let [ada, bob] = [house.person("Ada", Role::Admin).await, house.person("Bob", Role::Admin).await];
        let office = Self { house, ada, bob };
        office.require(true, &office.ada).await.unwrap();
        office.house.settle().await;
        office
    }

    async fn require(&self, wanted: bool, actor: &Actor) -> Result<(), OperationError> {
        let change = IssuerChange { approval_required: Some(wanted), ..IssuerChange::default() };
        let order = ChangeOrder { precondition: Some(Precondition::Exists), ..ChangeOrder::default() };
        issuers::amend(&self.house.keystile, actor, &self.house.main, change, order).await.map(drop)
    }

    /// The emergency that Ada wants.
    pub(crate) async fn deed(&self) -> Deed {
        let confirm = self.house.status().await.active_kid;
        Deed::Emergency { issuer: "main".to_owned(), confirm, reason: WHY.to_owned() }
    }

    async fn ask(&self) -> ApprovalView {
        approvals::ask(&self.house.keystile, &self.ada, self.deed().await).await.unwrap()
    }

    async fn approve(&self, id: &str, by: &Actor) -> Result<ApprovalView, OperationError> {
        approvals::approve(&self.house.keystile, by, id, None).await
    }

    async fn approved(&self) -> String {
        let id = self.ask().await.id;
        self.approve(&id, &self.bob).await.unwrap();
        id
    }

    async fn declare(&self, by: &Actor, id: &str, reason: &str) -> Result<EmergencyView, OperationError> {
        let confirm = self.house.status().await.active_kid;
        let actor = by.clone().with_approval(Some(id.to_owned()));
        let order = EmergencyOrder { reason: reason.to_owned(), confirm };
        emergency(&self.house.keystile, &actor, &self.house.main, order).await
    }

    async fn state(&self, id: &str) -> &'static str {
        approvals::get(&self.house.keystile, &self.ada, id).await.unwrap().state
    }

    /// What the log says about approvals, the newest first.
    async fn told(&self) -> Vec<(String, String)> {
        let entries = audit_log::list(&self.house.keystile, &self.ada, 1000, None).await.unwrap();
        let about = entries.into_iter().filter(|entry| entry.action.starts_with("approval."));
        about.map(|entry| (entry.action, entry.actor)).collect()
    }
}

impl Rehearsal {
    async fn person(&self, label: &str, role: Role) -> Actor {
        let made = api_tokens::create(&self.keystile, &self.admin, label, role, None).await.unwrap();
        api_tokens::authenticate(&self.keystile, made.secret.reveal()).await.unwrap()
    }
}

fn code<T: std::fmt::Debug>(outcome: Result<T, OperationError>) -> &'static str {
    outcome.unwrap_err().code()
}

#[tokio::test]
async fn one_asks_another_approves_and_the_first_does_it_once() {
    let office = Office::open().await;
    let before = office.house.status().await.active_kid;
    let asked = office.ask().await;
    assert_eq!((asked.state, office.ask().await.id == asked.id), ("waiting", true));
    let shown = approvals::get(&office.house.keystile, &office.bob, &asked.id).await.unwrap();
    assert_eq!(shown.plan.unwrap()["revoked_kid"], before.as_str());
    office.approve(&asked.id, &office.bob).await.unwrap();
    let done = office.declare(&office.ada, &asked.id, WHY).await.unwrap();
    assert_eq!((done.revoked_kid, office.state(&asked.id).await), (before, "used"));
    let told = office.told().await;
    let actions: Vec<_> = told.iter().map(|(action, _)| action.as_str()).collect();
    assert_eq!(actions, ["approval.used", "approval.approved", "approval.asked"]);
    assert_eq!((&told[0].1, &told[1].1), (&office.ada.name().to_owned(), &office.bob.name().to_owned()));
    // Once.
    assert_eq!(code(office.declare(&office.ada, &asked.id, WHY).await), "approval_not_given");
}

#[tokio::test]
async fn without_another_person_nothing_of_it_happens() {
    let office = Office::open().await;
    let (house, ada) = (&office.house, &office.ada);
    let (keystile, main) = (&house.keystile, &house.main);
    let (version, confirm) = (house.version().await, house.status().await.active_kid);
    let order = EmergencyOrder { reason: WHY.to_owned(), confirm };
    assert_eq!(code(emergency(keystile, ada, main, order).await), "approval_required");
    let format = PrivateKeyFormat::Pkcs8;
    let printed = environment(keystile, &house.admin, main, "PM", format).await;
    assert_eq!(code(printed.map(|_| ())), "approval_required");
    // A backend starts again with every key, when nobody is there.
    assert!(for_backend(keystile, &house.admin, main, "PM", format).await.is_ok());
    let jwks = another_root();
    assert_eq!(code(roots::announce(keystile, ada, &jwks, None).await), "approval_required");
    assert_eq!(code(office.require(false, ada).await), "approval_required");
    for role in [Role::Operator, Role::Admin] {
        let made = api_tokens::create(keystile, ada, "a helper", role, None).await;
        assert_eq!(code(made.map(|_| ())), "approval_required");
    }
    // What can neither do nor approve any of it is given by one.
    assert!(api_tokens::create(keystile, ada, "a worker", Role::Edge, None).await.is_ok());
    assert_eq!(house.version().await, version);
}

#[tokio::test]
async fn the_other_deeds_take_two_as_well() {
    let office = Office::open().await;
    let (keystile, main) = (&office.house.keystile, &office.house.main);
    // A root is announced, asked for by its thumbprint.
    let jwks = another_root();
    let kid = roots::kid(&jwks).unwrap();
    let deed = Deed::AnnounceRoot { kid: kid.clone(), reason: None };
    let id = approvals::ask(keystile, &office.ada, deed).await.unwrap().id;
    office.approve(&id, &office.bob).await.unwrap();
    let ada = office.ada.clone().with_approval(Some(id));
    roots::announce(keystile, &ada, &jwks, None).await.unwrap();
    // And withdrawn.
    let withdrawn = roots::withdraw(keystile, &office.ada, &kid, WHY.to_owned()).await;
    assert!(["approval_required", "not_yet_confirmed"].contains(&code(withdrawn)));
    // A delegation that cannot be used is refused for itself, and not let through.
    let order = DelegationOrder { delegation: "x".to_owned(), override_reason: None };
    assert_eq!(code(set_signer::install(keystile, &office.ada, main, order).await), "delegation_refused");
    // Going back.
    rotation::start(keystile, &office.ada, main, None, None).await.unwrap();
    office.house.settle().await;
    office.house.pass(200).await;
    let order = || RollbackOrder { reason: WHY.to_owned(), ..RollbackOrder::default() };
    assert_eq!(code(rollback(keystile, &office.ada, main, order()).await), "approval_required");
    let rehearsed = RollbackOrder { dry_run: true, ..order() };
    assert!(rollback(keystile, &office.ada, main, rehearsed).await.is_ok());
    let deed = Deed::Rollback {
        issuer: "main".to_owned(),
        kid: None,
        reason: WHY.to_owned(),
        override_reason: None,
    };
    let id = approvals::ask(keystile, &office.ada, deed).await.unwrap().id;
    office.approve(&id, &office.bob).await.unwrap();
    let ada = office.ada.clone().with_approval(Some(id));
    rollback(keystile, &ada, main, order()).await.unwrap();
    // One person is enough again, which two have decided.
    let deed = Deed::EndApproval { issuer: "main".to_owned() };
    let id = approvals::ask(keystile, &office.ada, deed).await.unwrap().id;
    office.approve(&id, &office.bob).await.unwrap();
    office.require(false, &office.ada.clone().with_approval(Some(id))).await.unwrap();
    let unasked = approvals::ask(keystile, &office.ada, office.deed().await).await;
    assert_eq!(code(unasked), "approval_not_required");
}

#[tokio::test]
async fn nobody_approves_what_they_have_asked_for() {
    let office = Office::open().await;
    let id = office.ask().await.id;
    assert_eq!(code(office.approve(&id, &office.ada).await), "own_request");
    let refused = approvals::refuse(&office.house.keystile, &office.ada, &id, "mine").await;
    assert_eq!(code(refused), "own_request");
    // Nor in a session: it is the same token.
    let viewer = office.house.person("Vic", Role::Viewer).await;
    assert_eq!(code(office.approve(&id, &viewer).await), "forbidden");
    assert_eq!(code(office.declare(&office.ada, &id, WHY).await), "approval_not_given");
    assert_eq!(office.state(&id).await, "waiting");
}

#[tokio::test]
async fn an_approval_is_for_one_deed_with_all_its_parameters() {
    let office = Office::open().await;
    let id = office.approved().await;
    assert_eq!(code(office.declare(&office.ada, &id, "another reason").await), "approval_for_another_deed");
    // Nor for somebody else, nor for another kind of deed.
    assert_eq!(code(office.declare(&office.bob, &id, WHY).await), "approval_of_another");
    let ada = office.ada.clone().with_approval(Some(id.clone()));
    let made = api_tokens::create(&office.house.keystile, &ada, "a helper", Role::Admin, None).await;
    assert_eq!(code(made.map(|_| ())), "approval_for_another_deed");
    assert_eq!(office.state(&id).await, "approved");
    assert_eq!(office.ask().await.id, id, "the same request while it is good");
    office.declare(&office.ada, &id, WHY).await.unwrap();
    let stale = Deed::Emergency {
        issuer: "main".to_owned(),
        confirm: "nobody-s-key".to_owned(),
        reason: WHY.to_owned(),
    };
    let asked = approvals::ask(&office.house.keystile, &office.ada, stale).await;
    assert_eq!(code(asked), "confirmation_mismatch");
}

#[tokio::test]
async fn a_deed_that_was_changed_in_the_database_is_not_the_one_that_was_approved() {
    let office = Office::open().await;
    let id = office.approved().await;
    let change = "UPDATE approvals SET deed = replace(deed, 'laptop stolen', 'another reason')";
    office.house.tamper(change).await.unwrap();
    assert_eq!(code(office.declare(&office.ada, &id, "another reason").await), "approval_for_another_deed");
}

#[tokio::test]
async fn an_approval_counts_only_while_who_gave_it_may_give_it() {
    let office = Office::open().await;
    let id = office.approved().await;
    let version = office.house.version().await;
    let keystile_admin::domain::Principal::Token(bob) = office.bob.principal() else { panic!() };
    api_tokens::revoke(&office.house.keystile, &office.ada, bob).await.unwrap();
    assert_eq!(code(office.declare(&office.ada, &id, WHY).await), "approver_gone");
    assert_eq!((office.house.version().await, office.state(&id).await), (version, "approved"));
}

#[tokio::test]
async fn of_two_who_answer_at_once_one_is_heard() {
    let office = Office::open().await;
    let local = office.house.admin.clone();
    let id = office.ask().await.id;
    let keystile = &office.house.keystile;
    let (yes, no) = tokio::join!(
        approvals::approve(keystile, &office.bob, &id, None),
        approvals::refuse(keystile, &local, &id, "rotate instead"),
    );
    assert!(yes.is_ok() != no.is_ok());
    let heard = if yes.is_ok() { "approved" } else { "refused" };
    assert_eq!(office.state(&id).await, heard);
    let answers = office.told().await.len() - 1;
    assert_eq!(answers, 1);
}

#[tokio::test]
async fn two_who_use_one_approval_at_once_do_one_deed() {
    let office = Office::open().await;
    let id = office.approved().await;
    let second = office.house.second_process().await;
    let confirm = office.house.status().await.active_kid;
    let order = || EmergencyOrder { reason: WHY.to_owned(), confirm: confirm.clone() };
    let ada = office.ada.clone().with_approval(Some(id));
    let (one, other) = tokio::join!(
        emergency(&office.house.keystile, &ada, &office.house.main, order()),
        emergency(&second, &ada, &office.house.main, order()),
    );
    assert!(one.is_ok() != other.is_ok());
}

#[tokio::test]
async fn requests_and_approvals_run_out_and_no_clock_brings_them_back() {
    let office = Office::open().await;
    let waiting = office.ask().await.id;
    office.house.pass(WAITS_SECS).await;
    assert_eq!(code(office.approve(&waiting, &office.bob).await), "approval_not_waiting");
    assert_eq!(office.told().await[0].0, "approval.expired");
    let id = office.approved().await;
    office.house.clock.advance(GOOD_SECS);
    assert_eq!(code(office.declare(&office.ada, &id, WHY).await), "approval_not_given");
    office.house.settle().await;
    // A day back: what is over stays over, and what is not has not been asked for yet.
    let fresh = office.approved().await;
    let now = office.house.keystile.now();
    office.house.clock.set(Timestamp::from_secs(now.as_secs() - 86_400));
    for id in [&id, &fresh, &waiting] {
        assert_eq!(code(office.declare(&office.ada, id, WHY).await), "approval_not_given");
    }
    office.house.clock.set(now);
    assert_eq!(office.state(&fresh).await, "approved");
    assert_eq!(office.state(&id).await, "expired");
}

#[tokio::test]
async fn whoever_goes_on_alone_is_seen_until_somebody_else_has_looked() {
    let office = Office::open().await;
    let keystile = &office.house.keystile;
    let silent = approvals::break_glass(keystile, &office.ada, office.deed().await, " ").await;
    assert_eq!(code(silent), "invalid_input");
    let broken = approvals::break_glass(keystile, &office.ada, office.deed().await, "nobody is awake").await;
    let broken = broken.unwrap();
    assert_eq!((broken.state, broken.glass_broken), ("glass_broken", true));
    assert_eq!(code(office.approve(&broken.id, &office.bob).await), "approval_not_waiting");
    office.declare(&office.ada, &broken.id, WHY).await.unwrap();
    assert_eq!(code(office.declare(&office.ada, &broken.id, WHY).await), "approval_not_given");
    let alarm = async || {
        let open = alerts::list(keystile, &office.ada).await.unwrap().alerts;
        open.into_iter().find(|alert| alert.kind == "glass_broken")
    };
    assert_eq!(alarm().await.unwrap().subject.as_deref(), Some(broken.id.as_str()));
    let own = approvals::review(keystile, &office.ada, &broken.id, "it was right").await;
    assert_eq!(code(own), "own_request");
    approvals::review(keystile, &office.bob, &broken.id, "it was right").await.unwrap();
    let again = approvals::review(keystile, &office.bob, &broken.id, "it was right").await;
    assert_eq!(code(again), "nothing_to_review");
    office.house.pass(600).await;
    assert!(alarm().await.is_none());
    let told: Vec<_> = office.told().await.into_iter().map(|(action, _)| action).collect();
    assert_eq!(told, ["approval.glass_reviewed", "approval.used", "approval.glass_broken"]);
}

#[tokio::test]
async fn the_command_line_is_one_person_too() {
    let office = Office::open().await;
    let (keystile, local) = (&office.house.keystile, &office.house.admin);
    let deed = Deed::ExportKey { issuer: "main".to_owned(), kid: None };
    let id = approvals::ask(keystile, local, deed).await.unwrap().id;
    assert_eq!(code(office.approve(&id, local).await), "own_request");
    office.approve(&id, &office.ada).await.unwrap();
    let approved = local.clone().with_approval(Some(id));
    let format = PrivateKeyFormat::Pkcs8;
    assert!(environment(keystile, &approved, &office.house.main, "PM", format).await.is_ok());
    assert!(environment(keystile, &approved, &office.house.main, "PM", format).await.is_err());
}

/// The public half of a root that was made elsewhere.
fn another_root() -> String {
    use keystile_admin::domain::{KeySize, PublicJwk};
    use keystile_admin::signing::PrivateKey;
    let root = PrivateKey::generate(KeySize::Rsa2048).unwrap();
    serde_json::json!({ "keys": [PublicJwk::of(root.public())] }).to_string()
}
