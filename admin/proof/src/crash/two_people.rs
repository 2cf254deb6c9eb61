//! What takes two people, from the request to the deed.

use anyhow::Result;
use keystile_admin::domain::Actor;
use keystile_admin::operations::approvals::{self, Deed};
use keystile_admin::operations::environment::{PrivateKeyFormat, environment};
use keystile_admin::operations::{Keystile, issuers};
use keystile_admin::settings::IssuerChange;

use crate::house::{main_issuer, operator};

fn export() -> Deed {
    Deed::ExportKey { issuer: "main".to_owned(), kid: None }
}

/// From now on it takes two people, and one of them asks.
pub(super) async fn ask(server: &Keystile) -> Result<()> {
    let change = IssuerChange { approval_required: Some(true), ..IssuerChange::default() };
    issuers::change(server, &operator(), &main_issuer()?, change).await?;
    approvals::ask(server, &operator(), export()).await?;
    Ok(())
}

/// Refused, approved and done, and at last done alone.
pub(super) async fn take_two(server: &Keystile) -> Result<()> {
    let (actor, another) = (operator(), Actor::local("another"));
    let id = approvals::ask(server, &actor, export()).await?.id;
    approvals::refuse(server, &another, &id, "a test").await?;
    let id = approvals::ask(server, &actor, export()).await?.id;
    approvals::approve(server, &another, &id, None).await?;
    let (approved, issuer) = (actor.clone().with_approval(Some(id)), main_issuer()?);
    environment(server, &approved, &issuer, "KEYSTILE", PrivateKeyFormat::Pkcs8).await?;
    let id = approvals::break_glass(server, &actor, export(), "a test").await?.id;
    approvals::review(server, &another, &id, "a test").await?;
    Ok(())
}
