//! What the command line says where a deed takes two people.

use clap::Args;

use super::approvals::announce;
use super::context::Opened;
use super::failure::Failure;
use crate::operations::approvals::{self, Deed};

/// How a deed that takes two people comes by the second one.
#[derive(Args, Default)]
#[group(multiple = false)]
pub(super) struct Consent {
    /// Ask another person to approve exactly this, and do nothing yet
    #[arg(long)]
    ask: bool,
    /// Do it, now that this request is approved
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    approval: Option<String>,
    /// Go on alone where the policy wants two people, and why. Recorded, and an alert until somebody else has looked at it
    #[arg(long, value_name = "REASON")]
    break_glass: Option<String>,
}

impl Consent {
    /// Lets the actor of `opened` come with what was said here. Answers whether the deed is to be done now.
    pub(super) async fn settle(self, opened: &mut Opened, deed: Deed) -> Result<bool, Failure> {
        let (keystile, actor) = (&opened.keystile, &opened.actor);
        if self.ask {
            let asked = approvals::ask(keystile, actor, deed).await?;
            opened.output.answer(&asked, || announce(&asked))?;
            return Ok(false);
        }
        let approval = match (self.approval, self.break_glass) {
            (None, Some(reason)) => Some(approvals::break_glass(keystile, actor, deed, &reason).await?.id),
            (approval, _) => approval,
        };
        opened.actor = actor.clone().with_approval(approval);
        Ok(true)
    }
}
