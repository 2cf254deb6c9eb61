//! What is told by mail, and in which words.

use serde_json::Value;

use crate::notify::{DeliveryError, Mailer};
use crate::store::Notification;

/// What somebody should read in the night. The rest of the news is for programs.
const WANTED: [&str; 6] = [
    "alert.raised",
    "alert.resolved",
    "emergency.declared",
    "emergency.confirmed",
    "rotation.rolled_back",
    "webhook.disabled",
];
/// What of an event people read, in this order.
const LINES: [&str; 10] = [
    "summary",
    "help",
    "issuer",
    "subject",
    "severity",
    "actor",
    "reason",
    "raised_at",
    "resolved_at",
    "rollback",
];

/// Whether an event goes out by mail.
pub(super) fn is_wanted(event: &str) -> bool {
    WANTED.contains(&event)
}

/// Sends it.
pub(super) async fn send(mailer: &Mailer, notification: &Notification) -> Result<(), DeliveryError> {
    let event: Value = serde_json::from_str(&notification.body).unwrap_or_default();
    let data = event.get("data").cloned().unwrap_or_default();
    mailer.send(&notification.id, &subject(&notification.event, &data), text(&event, &data)).await
}

fn subject(event: &str, data: &Value) -> String {
    let word = |name: &str| data.get(name).and_then(Value::as_str).filter(|word| !word.is_empty());
    let mut words = vec!["[keystile]".to_owned()];
    words.extend(word("severity").map(|severity| format!("{severity}:")));
    match (event, word("kind")) {
        ("alert.resolved", Some(kind)) => words.push(format!("over: {kind}")),
        (_, Some(kind)) => words.push(kind.to_owned()),
        (event, None) => words.push(event.to_owned()),
    }
    words.extend(word("issuer").map(|issuer| format!("({issuer})")));
    words.join(" ")
}

fn text(event: &Value, data: &Value) -> String {
    let mut lines =
        vec![format!("{} at {}", shown(event.get("type")), shown(event.get("timestamp"))), String::new()];
    for name in LINES {
        let value = data.get(name).filter(|value| !value.is_null());
        lines.extend(value.map(|value| format!("{name}: {}", shown(Some(value)))));
    }
    lines.push(String::new());
    lines.push("keystile alerts shows what is the matter now; keystile audit list what was done.".to_owned());
    lines.join("\n")
}

fn shown(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_subject_says_how_bad_it_is_and_of_whom() {
        let data = json!({ "kind": "refusals_spike", "severity": "critical", "issuer": "main" });
        assert_eq!(subject("alert.raised", &data), "[keystile] critical: refusals_spike (main)");
        assert_eq!(subject("alert.resolved", &data), "[keystile] critical: over: refusals_spike (main)");
        assert_eq!(
            subject("emergency.declared", &json!({ "issuer": "main" })),
            "[keystile] emergency.declared (main)"
        );
    }

    #[test]
    fn the_text_has_what_people_read() {
        let event = json!({ "type": "alert.raised", "timestamp": "2026-01-01T00:00:00Z", "data": {
            "summary": "it burns", "help": "water", "issuer": null, "id": "x" } });
        let text = text(&event, &event["data"]);
        assert!(
            text.starts_with("alert.raised at 2026-01-01T00:00:00Z\n\nsummary: it burns\nhelp: water\n\n"),
            "{text}"
        );
    }
}
