//! The root goes offline, is renewed and replaced; the server signs key sets with what the root lets it.

use keystile_admin::domain::{KeySize, PublicJwk, Timestamp};
use keystile_admin::operations::edge::EdgeReport;
use keystile_admin::operations::set_signer::{self, DelegationOrder, RequestOrder};
use keystile_admin::operations::{
    Keystile, OperationError, RootView, SetSignerKind, SetSignerView, issuers, key_set, roots,
};
use keystile_admin::settings::IssuerChange;
use keystile_admin::signing::{PrivateKey, sign_delegation};
use keystile_validator::{Floor, KeySet, KeySetCode, KeySetError, Limits, RootKeys, UnverifiedKeySet};
use serde_json::json;

use crate::rehearsal::{ISS, Rehearsal, report, settings};

const DAY: u64 = 86_400;
const WHY: &str = "a test";

/// A root key on a machine that is offline.
struct OfflineRoot(PrivateKey);

impl OfflineRoot {
    fn new() -> Self {
        Self(PrivateKey::generate(KeySize::Rsa2048).unwrap())
    }

    fn kid(&self) -> &str {
        self.0.public().thumbprint().as_str()
    }

    fn jwks(&self) -> String {
        json!({ "keys": [PublicJwk::of(self.0.public())] }).to_string()
    }

    fn pinned(&self) -> RootKeys {
        RootKeys::new(vec![self.0.public().clone()]).unwrap()
    }
}

impl Rehearsal {
    async fn announce(&self, root: &OfflineRoot) -> Result<RootView, OperationError> {
        roots::announce(&self.keystile, &self.admin, &root.jwks(), None).await
    }

    /// What the root signs of the server's request, for so many days from now.
    async fn delegation(&self, root: &OfflineRoot, new_key: bool, days: u64) -> String {
        let request = set_signer::request(
            &self.keystile,
            &self.admin,
            &self.main,
            RequestOrder { new_key, above: None },
        )
        .await
        .unwrap();
        let now = self.keystile.now();
        sign_delegation(&root.0, &request, now, now.plus(days * DAY)).unwrap()
    }

    async fn install(&self, delegation: &str, why: Option<&str>) -> Result<SetSignerView, OperationError> {
        let order = DelegationOrder {
            delegation: delegation.to_owned(),
            override_reason: why.map(ToOwned::to_owned),
        };
        set_signer::install(&self.keystile, &self.admin, &self.main, order).await
    }

    async fn signer(&self) -> SetSignerView {
        set_signer::get(&self.keystile, &self.admin, &self.main).await.unwrap()
    }

    async fn withdraw(&self, kid: &str) -> Result<RootView, OperationError> {
        roots::withdraw(&self.keystile, &self.admin, kid, WHY.to_owned()).await
    }

    /// A report that the instance of `fra` runs `version` and has pinned these roots.
    async fn report_roots(&self, version: u64, roots: &[&str]) {
        let roots = Some(roots.iter().map(ToString::to_string).collect());
        self.try_report(EdgeReport { roots, ..report("fra", version) }).await.unwrap();
    }

    /// The current key set, as an edge with these roots and this floor believes it.
    async fn read_with(&self, roots: &RootKeys, floor: &Floor) -> Result<KeySet, KeySetError> {
        let current = key_set::current(&self.keystile, &self.main).await.unwrap();
        UnverifiedKeySet::parse(current.document.as_bytes(), &Limits::default())?.verify(roots)?.trusted(
            ISS,
            self.keystile.now().into(),
            floor,
        )
    }

    async fn online_root(&self) -> String {
        self.made.roots["keys"][0]["kid"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn the_root_goes_offline_step_by_step_and_every_step_waits_for_the_edge() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.settle().await;
    let (old, new) = (rehearsal.online_root().await, OfflineRoot::new());
    rehearsal.report_roots(1, &[&old]).await;
    let announced = rehearsal.announce(&new).await.unwrap();
    assert!(!announced.pinned_everywhere && announced.vouches_for.is_empty());
    let delegation = rehearsal.delegation(&new, false, 90).await;

    // Not before the edge believes the new root.
    let refused = rehearsal.install(&delegation, None).await.unwrap_err();
    assert_eq!(refused.code(), "root_not_pinned");
    assert!(refused.to_string().contains("1 of 1 region: `fra`"), "{refused}");
    assert_eq!(rehearsal.signer().await.kind, SetSignerKind::Root);
    rehearsal.report_roots(1, &[&old, new.kid()]).await;
    let signer = rehearsal.install(&delegation, None).await.unwrap();
    assert_eq!((signer.kind, signer.generation), (SetSignerKind::Delegation, Some(1)));
    assert_eq!(signer.root.as_deref(), Some(new.kid()));

    // Not before the edge has a key set under it.
    assert_eq!(rehearsal.withdraw(&old).await.unwrap_err().code(), "not_yet_confirmed");
    rehearsal.settle().await;
    rehearsal.report_roots(2, &[&old, new.kid()]).await;
    assert_eq!(rehearsal.withdraw(new.kid()).await.unwrap_err().code(), "root_in_use");
    let withdrawn = rehearsal.withdraw(&old).await.unwrap();
    assert!(withdrawn.withdrawn_at.is_some() && !withdrawn.has_private_key);

    // No root is on this server now, and it publishes all the same.
    assert!(
        roots::list(&rehearsal.keystile, &rehearsal.admin).await.unwrap().iter().all(|r| !r.has_private_key)
    );
    rehearsal.new_key().await;
    let set = rehearsal.read_with(&new.pinned(), &Floor::at_version(3)).await.unwrap();
    assert_eq!((set.len(), set.generation()), (2, Some(1)));
    let pinned = key_set::roots(&rehearsal.keystile).await.unwrap();
    assert_eq!(pinned, serde_json::from_str::<serde_json::Value>(&new.jwks()).unwrap());
    rehearsal.second_process().await;
}

impl Rehearsal {
    /// A server whose root is offline, with a delegation for so many days.
    async fn delegated(days: u64) -> (Self, OfflineRoot) {
        let rehearsal = Self::begin().await;
        let root = OfflineRoot::new();
        rehearsal.announce(&root).await.unwrap();
        let delegation = rehearsal.delegation(&root, false, days).await;
        rehearsal.install(&delegation, Some(WHY)).await.unwrap();
        rehearsal.settle().await;
        rehearsal.pass(130).await;
        rehearsal.withdraw(&rehearsal.online_root().await).await.unwrap();
        (rehearsal, root)
    }
}

#[tokio::test]
async fn a_stolen_set_signing_key_is_shut_out_by_the_next_generation() {
    let (rehearsal, root) = Rehearsal::delegated(90).await;
    let before = key_set::current(&rehearsal.keystile, &rehearsal.main).await.unwrap().document;
    let stolen = rehearsal.signer().await.kid.unwrap();
    let delegation = rehearsal.delegation(&root, true, 90).await;
    // The key of the request alone changes nothing.
    assert_eq!(rehearsal.signer().await.kid.as_deref(), Some(stolen.as_str()));
    let signer = rehearsal.install(&delegation, None).await.unwrap();
    assert_eq!(signer.generation, Some(2));
    assert_ne!(signer.kid, Some(stolen));
    let mut floor = Floor::default();
    floor.raise(&rehearsal.read_with(&root.pinned(), &floor).await.unwrap());
    let again = UnverifiedKeySet::parse(before.as_bytes(), &Limits::default()).unwrap();
    let again = again.verify(&root.pinned()).unwrap().trusted(ISS, rehearsal.keystile.now().into(), &floor);
    assert_eq!(again.unwrap_err().code(), KeySetCode::DelegationWithdrawn);
}

#[tokio::test]
async fn a_delegation_is_renewed_in_good_time_and_the_key_stays() {
    let (rehearsal, root) = Rehearsal::delegated(9).await;
    let first = rehearsal.signer().await;
    assert_eq!(first.warning, None);
    rehearsal.pass(6 * DAY).await;
    let due = rehearsal.signer().await;
    assert!(due.warning.unwrap().contains("keystile root request"));
    assert!(rehearsal.status().await.signer.warning.is_some());
    let renewed = rehearsal.delegation(&root, false, 90).await;
    let signer = rehearsal.install(&renewed, None).await.unwrap();
    assert_eq!((&signer.kid, signer.generation, signer.warning), (&first.kid, Some(1), None));
    assert!(signer.expires_at > first.expires_at);
}

#[tokio::test]
async fn a_key_set_ends_with_its_delegation_and_without_one_nobody_signs() {
    let (rehearsal, root) = Rehearsal::delegated(3).await;
    let current = key_set::current(&rehearsal.keystile, &rehearsal.main).await.unwrap();
    assert_eq!(Some(current.expires_at), rehearsal.signer().await.expires_at);
    rehearsal.clock.advance(3 * DAY);
    let refused = rehearsal.read_with(&root.pinned(), &Floor::default()).await.unwrap_err();
    assert_eq!(refused.code(), KeySetCode::DelegationExpired);
    let signer = rehearsal.signer().await;
    assert_eq!(signer.kind, SetSignerKind::None);
    let change = IssuerChange { leeway_secs: Some(31), ..IssuerChange::default() };
    let refused = issuers::change(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, change).await;
    assert_eq!(refused.unwrap_err(), OperationError::NoSetSigner);
    // The way out needs nothing that has ended, not even after a restart.
    let restarted = Keystile::open(settings(rehearsal.folder.path()), rehearsal.clock.clone()).await.unwrap();
    let request = set_signer::request(&restarted, &rehearsal.admin, &rehearsal.main, RequestOrder::default())
        .await
        .unwrap();
    let now = rehearsal.keystile.now();
    let delegation = sign_delegation(&root.0, &request, now, now.plus(90 * DAY)).unwrap();
    rehearsal.install(&delegation, Some(WHY)).await.unwrap();
    assert!(rehearsal.read_with(&root.pinned(), &Floor::default()).await.is_ok());
}

#[tokio::test]
async fn only_what_was_asked_for_is_installed() {
    let rehearsal = Rehearsal::begin().await;
    let (root, stranger) = (OfflineRoot::new(), OfflineRoot::new());
    rehearsal.announce(&root).await.unwrap();
    let request =
        set_signer::request(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, RequestOrder::default())
            .await
            .unwrap();
    let now = rehearsal.keystile.now();
    let (soon, late) = (now.plus(1), now.plus(90 * DAY));
    let mut foreign = request.clone();
    foreign.iss = "https://somebody.example".to_owned();
    let mut ahead = request.clone();
    ahead.generation = 7;
    let mut other_key = request.clone();
    other_key.key = serde_json::to_value(PublicJwk::of(stranger.0.public())).unwrap();
    let sign = |root: &OfflineRoot, request, from: Timestamp, until| {
        sign_delegation(&root.0, request, from, until).unwrap()
    };
    for (what, delegation) in [
        ("no delegation", "e30.e30.e30".to_owned()),
        ("a root nobody announced", sign(&stranger, &request, now, late)),
        ("another issuer", sign(&root, &foreign, now, late)),
        ("another generation", sign(&root, &ahead, now, late)),
        ("another key", sign(&root, &other_key, now, late)),
        ("not yet valid", sign(&root, &request, soon, late)),
        ("over before it has arrived", sign(&root, &request, now, now.plus(130))),
    ] {
        let refused = rehearsal.install(&delegation, Some(WHY)).await.unwrap_err();
        assert_eq!(refused.code(), "delegation_refused", "{what}: {refused}");
    }
    assert_eq!((rehearsal.version().await, rehearsal.signer().await.kind), (1, SetSignerKind::Root));
    assert!(rehearsal.install(&sign(&root, &request, now, late), Some(WHY)).await.is_ok());
}

#[tokio::test]
async fn four_roots_are_announced_at_most_and_a_withdrawn_one_never_comes_back() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.settle().await;
    let offline = [(); 4].map(|()| OfflineRoot::new());
    for root in &offline[..3] {
        rehearsal.announce(root).await.unwrap();
    }
    let entries = rehearsal.entries().await;
    rehearsal.announce(&offline[0]).await.unwrap();
    assert_eq!(rehearsal.announce(&offline[3]).await.unwrap_err().code(), "invalid_input");
    assert_eq!(rehearsal.entries().await, entries);
    rehearsal.pass(130).await;
    rehearsal.withdraw(offline[0].kid()).await.unwrap();
    assert_eq!(rehearsal.announce(&offline[0]).await.unwrap_err().code(), "invalid_input");
    rehearsal.announce(&offline[3]).await.unwrap();
    assert_eq!(rehearsal.withdraw("x").await.unwrap_err().code(), "root_not_found");
}

#[tokio::test]
async fn a_key_that_signs_tokens_is_no_root_and_what_is_no_public_key_is_refused() {
    let rehearsal = Rehearsal::begin().await;
    let (keystile, admin) = (&rehearsal.keystile, &rehearsal.admin);
    let token_key = json!({ "keys": [rehearsal.key(&rehearsal.made.kid).await.public_jwk] }).to_string();
    for jwks in [token_key.as_str(), "", "{}", r#"{"keys":[]}"#] {
        assert_eq!(
            roots::announce(keystile, admin, jwks, None).await.unwrap_err().code(),
            "invalid_input",
            "{jwks}"
        );
    }
}

#[tokio::test]
async fn a_generation_can_be_asked_for_above_one_that_this_database_does_not_know() {
    let (rehearsal, _) = Rehearsal::delegated(90).await;
    let ask = async |above| {
        let order = RequestOrder { new_key: false, above };
        set_signer::request(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, order).await
    };
    assert_eq!(ask(None).await.unwrap().generation, 1);
    assert_eq!(ask(Some(7)).await.unwrap().generation, 8);
    assert_eq!(ask(Some(7)).await.unwrap().generation, 8, "the key of that request is still good");
    assert_eq!(ask(Some((1 << 53) - 1)).await.unwrap_err().code(), "invalid_input");
}

#[tokio::test]
async fn an_issuer_whose_root_is_offline_keeps_its_name() {
    let (rehearsal, _) = Rehearsal::delegated(90).await;
    let change = IssuerChange { iss: Some("https://new.example".to_owned()), ..IssuerChange::default() };
    let refused = issuers::change(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, change).await;
    assert_eq!(refused.unwrap_err().code(), "invalid_input");
}
