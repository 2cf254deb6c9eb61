//! The active key may be known to others.

use keystile_admin::operations::emergency::{EmergencyOrder, EmergencyView, emergency, rehearse};
use keystile_admin::operations::tokens::{TokenRequest, inspect, mint};
use keystile_admin::operations::{OperationError, RotationStage, audit_log, rotation};

use crate::rehearsal::Rehearsal;

impl Rehearsal {
    pub(crate) async fn emergency(&self, confirm: &str) -> Result<EmergencyView, OperationError> {
        let emergency = EmergencyOrder { reason: "laptop stolen".to_owned(), confirm: confirm.to_owned() };
        self::emergency(&self.keystile, &self.admin, &self.main, emergency).await
    }

    async fn token(&self) -> String {
        let request = TokenRequest {
            subject: "alice".to_owned(),
            audience: None,
            lifetime_secs: None,
            claims: Default::default(),
        };
        mint(&self.keystile, &self.admin, &self.main, request).await.unwrap().token
    }

    pub(crate) async fn verdict(&self, token: &str) -> Option<&'static str> {
        inspect(&self.keystile, &self.admin, &self.main, token).await.unwrap().code
    }
}

#[tokio::test]
async fn one_action_replaces_the_key_and_logs_everybody_out() {
    let rehearsal = Rehearsal::begin().await;
    let (stolen, before) = (rehearsal.made.kid.clone(), rehearsal.token().await);
    assert_eq!(rehearsal.verdict(&before).await, None);
    rehearsal.clock.advance(10);
    let view = rehearsal.emergency(&stolen[..8]).await.unwrap();
    assert_eq!(view.revoked_kid, stolen);
    assert_eq!(view.epoch, rehearsal.keystile.now().as_secs());
    assert_eq!(view.version, rehearsal.version().await);
    assert_eq!(rehearsal.published().await, [view.new_kid.as_str()]);
    assert_eq!(rehearsal.verdict(&before).await, Some("key_revoked"));
    let after = rehearsal.token().await;
    assert_eq!(rehearsal.verdict(&after).await, None);
    assert!(!rehearsal.key(&stolen).await.has_private_key);
}

#[tokio::test]
async fn tokens_of_other_keys_from_before_are_refused_too() {
    let rehearsal = Rehearsal::begin().await;
    let old = rehearsal.token().await;
    let next = rehearsal.new_key().await;
    let why = Some("a test".to_owned());
    let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
    keystile_admin::operations::activate::activate(keystile, admin, main, &next, why).await.unwrap();
    rehearsal.clock.advance(10);
    rehearsal.emergency(&next[..8]).await.unwrap();
    assert!(rehearsal.published().await.contains(&rehearsal.made.kid));
    assert_eq!(rehearsal.verdict(&old).await, Some("issued_before_epoch"));
}

#[tokio::test]
async fn without_the_right_confirmation_nothing_happens() {
    let rehearsal = Rehearsal::begin().await;
    let kid = rehearsal.made.kid.clone();
    for confirm in ["", &kid[..7], "XXXXXXXX", &format!("{kid}x")] {
        let refused = rehearsal.emergency(confirm).await.unwrap_err();
        assert_eq!(refused, OperationError::ConfirmationMismatch, "`{confirm}`");
    }
    assert_eq!(rehearsal.version().await, 1);
    assert_eq!(rehearsal.keys().await.len(), 1);
}

#[tokio::test]
async fn a_rotation_under_way_is_called_off_and_its_key_revoked_too() {
    let rehearsal = Rehearsal::begin().await;
    let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
    let rotation = rotation::start(keystile, admin, main, None, None).await.unwrap();
    let view = rehearsal.emergency(&rehearsal.made.kid[..8]).await.unwrap();
    assert_ne!(view.new_kid, rotation.new_kid);
    assert_eq!(rehearsal.key(&rotation.new_kid).await.state, "revoked");
    let stage = rotation::get(keystile, admin, main).await.unwrap().unwrap().stage;
    assert_eq!(stage, RotationStage::Cancelled);
    rehearsal.settle().await;
    rehearsal.pass(1_000).await;
    assert_eq!(rehearsal.key(&view.new_kid).await.state, "active");
}

#[tokio::test]
async fn the_time_from_the_command_to_the_last_region_is_in_the_audit_log() {
    let rehearsal = Rehearsal::begin().await;
    for region in ["fra", "sin"] {
        rehearsal.report(region, 1).await;
    }
    let view = rehearsal.emergency(&rehearsal.made.kid[..8]).await.unwrap();
    rehearsal.settle().await;
    rehearsal.report("fra", view.version).await;
    rehearsal.pass(7).await;
    let status = rehearsal.status().await.emergency.unwrap();
    assert_eq!((status.regions_confirmed, status.regions_reporting), (1, 2));
    assert_eq!((status.waiting_for, status.confirmed_at), (vec!["sin".to_owned()], None));
    rehearsal.report("sin", view.version).await;
    rehearsal.settle().await;
    assert_eq!(rehearsal.status().await.emergency, None);
    let log = audit_log::list(&rehearsal.keystile, &rehearsal.admin, 10, None).await.unwrap();
    let confirmed: Vec<_> = log.iter().filter(|entry| entry.action == "emergency.confirmed").collect();
    assert_eq!((confirmed.len(), &confirmed[0].subject), (1, &view.revoked_kid));
    let after = confirmed[0].after.as_ref().unwrap();
    assert_eq!((&after["seconds_to_last_region"], &after["regions"]), (&7.into(), &2.into()));
}

#[tokio::test]
async fn a_rehearsal_names_who_would_be_logged_out_and_does_nothing() {
    let rehearsal = Rehearsal::begin().await;
    let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
    let rotation = rotation::start(keystile, admin, main, None, None).await.unwrap();
    let (version, entries) = (rehearsal.version().await, rehearsal.entries().await);
    let plan = rehearse(keystile, admin, main).await.unwrap();
    assert_eq!((&plan.revoked_kid, plan.cancelled_kid), (&rotation.old_kid, Some(rotation.new_kid)));
    assert_eq!(plan.logged_out.iter().map(|key| &key.kid).collect::<Vec<_>>(), [&rotation.old_kid]);
    assert_eq!((rehearsal.version().await, rehearsal.entries().await), (version, entries));
}

#[tokio::test]
async fn the_operators_words_do_not_reach_the_public_document() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.emergency(&rehearsal.made.kid[..8]).await.unwrap();
    use base64::Engine;
    let current =
        keystile_admin::operations::key_set::current(&rehearsal.keystile, &rehearsal.main).await.unwrap();
    let payload = current.document.split('.').nth(1).unwrap();
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    let payload: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(payload["history"][0]["status"], "revoked");
    assert!(!payload.to_string().contains("laptop"));
}
