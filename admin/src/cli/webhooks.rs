//! `keystile webhooks …`

use clap::Subcommand;
use serde_json::json;

use super::context::{Context, Opened};
use super::failure::Failure;
use super::output::table;
use super::span::moment;
use crate::domain::Timestamp;
use crate::operations::webhooks::{self, NewSecret, WebhookView};

#[derive(Subcommand)]
pub(super) enum Webhooks {
    /// Add a webhook, and print its secret this once
    #[command(after_help = "Examples:
  keystile webhooks add https://hooks.example.com/keystile
  keystile webhooks add https://hooks.example.com/page-me --event alert.raised --event emergency.declared")]
    Add {
        /// Where it leads
        url: String,
        /// An event that it wants; may be repeated [default: all]
        #[arg(long = "event", value_name = "EVENT")]
        events: Vec<String>,
    },
    /// Every webhook, without its secrets
    #[command(after_help = "Example:\n  keystile webhooks list")]
    List,
    /// Remove a webhook, and destroy its secrets
    #[command(after_help = "Example:\n  keystile webhooks remove wh_mZ0v3xTqYt1s2bQk")]
    Remove {
        /// Its id
        id: String,
    },
    /// Make another secret; the one before signs beside it for a day
    #[command(after_help = "Example:\n  keystile webhooks rotate-secret wh_mZ0v3xTqYt1s2bQk")]
    RotateSecret {
        /// Its id
        id: String,
    },
    /// Deliver one event at once, and say whether it arrived
    #[command(after_help = "Example:\n  keystile webhooks test wh_mZ0v3xTqYt1s2bQk")]
    Test {
        /// Its id
        id: String,
    },
}

impl Webhooks {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let opened = context.open().await?;
        let (keystile, actor) = (&opened.keystile, &opened.actor);
        match self {
            Self::Add { url, events } => show(&opened, &webhooks::add(keystile, actor, &url, events).await?),
            Self::RotateSecret { id } => show(&opened, &webhooks::rotate_secret(keystile, actor, &id).await?),
            Self::List => {
                let all = webhooks::list(keystile, actor).await?;
                opened.output.answer(&json!({ "webhooks": all }), || webhooks_table(&all, keystile.now()))
            }
            Self::Remove { id } => {
                let view = webhooks::remove(keystile, actor, &id).await?;
                opened.output.answer(&view, || format!("webhook {} is removed", view.id))
            }
            Self::Test { id } => {
                let test = webhooks::test(keystile, actor, &id).await?;
                let words = test
                    .error
                    .clone()
                    .map_or("it arrived".to_owned(), |error| format!("it did not arrive: {error}"));
                opened.output.answer(&test, || words.clone())?;
                if test.delivered { Ok(()) } else { Err(Failure::Negative(words)) }
            }
        }
    }
}

fn show(opened: &Opened, new: &NewSecret) -> Result<(), Failure> {
    let mut value = json!(new.view);
    if let Some(object) = value.as_object_mut() {
        object.insert("secret".to_owned(), new.secret.reveal().into());
    }
    opened.output.answer(&value, || {
        format!("{}\n\nShown this once; webhook {} to {}.", new.secret.reveal(), new.view.id, new.view.url)
    })
}

fn webhooks_table(all: &[WebhookView], now: Timestamp) -> String {
    let rows: Vec<_> = all.iter().map(|webhook| row(webhook, now)).collect();
    table(["id", "state", "waiting", "events", "url"], &rows)
}

fn row(webhook: &WebhookView, now: Timestamp) -> [String; 5] {
    let state = match (&webhook.disabled_reason, webhook.failing_since) {
        (Some(why), _) => format!("given up: {why}"),
        (None, Some(at)) => format!("failing since {}", moment(at, now)),
        (None, None) => "well".to_owned(),
    };
    let events = if webhook.events.is_empty() { "all".to_owned() } else { webhook.events.join(",") };
    [webhook.id.clone(), state, webhook.waiting.to_string(), events, webhook.url.clone()]
}
