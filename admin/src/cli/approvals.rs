//! `keystile approvals …`

use clap::Subcommand;
use serde_json::json;

use super::context::{Context, Opened};
use super::failure::Failure;
use super::output::table;
use super::span::moment;
use crate::domain::Timestamp;
use crate::operations::approvals::{self, ApprovalView};

#[derive(Subcommand)]
pub(super) enum Approvals {
    /// Every request to do what takes two people
    #[command(after_help = "Example:\n  keystile approvals list")]
    List,
    /// One request, and what its deed would do now
    #[command(after_help = "Example:\n  keystile approvals show 3q2-7wEZ0kG1hUyc")]
    Show {
        /// The request
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
    /// Approve what somebody else has asked for; they have an hour to do it
    #[command(
        after_help = "Example:\n  keystile approvals approve 3q2-7wEZ0kG1hUyc --reason 'seen the laptop report'"
    )]
    Approve {
        /// The request
        #[arg(allow_hyphen_values = true)]
        id: String,
        /// Why, for the audit log
        #[arg(long)]
        reason: Option<String>,
    },
    /// Refuse what somebody else has asked for
    #[command(
        after_help = "Example:\n  keystile approvals refuse 3q2-7wEZ0kG1hUyc --reason 'rotate instead'"
    )]
    Refuse {
        /// The request
        #[arg(allow_hyphen_values = true)]
        id: String,
        /// Why, for whoever asked and for the audit log
        #[arg(long)]
        reason: String,
    },
    /// Note that you have looked at what somebody else did alone
    #[command(
        after_help = "Example:\n  keystile approvals review 3q2-7wEZ0kG1hUyc --finding 'it was right: nobody was awake'"
    )]
    Review {
        /// The request
        #[arg(allow_hyphen_values = true)]
        id: String,
        /// What you found, for the audit log
        #[arg(long)]
        finding: String,
    },
}

impl Approvals {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let opened = context.open().await?;
        let Opened { keystile, actor, output, .. } = &opened;
        let now = keystile.now();
        let view = match self {
            Self::List => {
                let all = approvals::list(keystile, actor).await?;
                let rows: Vec<_> = all.iter().map(|it| row(it, now)).collect();
                let heads = ["request", "state", "deed", "asked by", "until"];
                return output.answer(&json!({ "approvals": all }), || table(heads, &rows));
            }
            Self::Show { id } => approvals::get(keystile, actor, &id).await?,
            Self::Approve { id, reason } => approvals::approve(keystile, actor, &id, reason).await?,
            Self::Refuse { id, reason } => approvals::refuse(keystile, actor, &id, &reason).await?,
            Self::Review { id, finding } => approvals::review(keystile, actor, &id, &finding).await?,
        };
        output.answer(&view, || describe(&view, now))
    }
}

fn row(it: &ApprovalView, now: Timestamp) -> [String; 5] {
    [
        it.id.clone(),
        it.state.to_owned(),
        it.deed.kind().to_owned(),
        it.asked_by.clone(),
        moment(it.expires_at, now),
    ]
}

/// What whoever asked does next.
pub(super) fn announce(asked: &ApprovalView) -> String {
    format!(
        "asked for approval of {} as request {}\nnext: somebody else looks at it with `keystile approvals show {1}`, and \
         approves it with `keystile approvals approve {1}` or in the console; then run this command again with \
         `--approval {1}` in place of `--ask`",
        asked.deed.kind(),
        asked.id,
    )
}

fn describe(it: &ApprovalView, now: Timestamp) -> String {
    let mut lines = vec![
        format!("request {}: {}", it.id, it.state.replace('_', " ")),
        serde_json::to_string_pretty(&it.deed).unwrap_or_default(),
        format!("digest {}", it.digest),
        format!("asked by {} at {}", it.asked_by, moment(it.asked_at, now)),
    ];
    if let (Some(by), Some(at)) = (&it.answered_by, it.answered_at) {
        let because = it.answer_reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        lines.push(format!("answered by {by} at {}{because}", moment(at, now)));
    }
    match it.used_at {
        Some(at) => lines.push(format!("done at {}", moment(at, now))),
        None => lines.push(format!("good until {}", moment(it.expires_at, now))),
    }
    if let (Some(by), Some(finding)) = (&it.reviewed_by, &it.finding) {
        lines.push(format!("looked at by {by}: {finding}"));
    }
    lines.extend(
        it.plan.as_ref().map(|plan| {
            format!("it would do now:\n{}", serde_json::to_string_pretty(plan).unwrap_or_default())
        }),
    );
    lines.join("\n")
}
