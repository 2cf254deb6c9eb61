//! A user, from the invitation to being let in again.

use anyhow::Result;
use keystile_admin::domain::{Role, SecretText};
use keystile_admin::operations::{Keystile, sessions, users};

use crate::house::operator;

pub(super) async fn look_after(server: &Keystile) -> Result<()> {
    let (actor, password) = (operator(), || SecretText::new("four short words".to_owned()));
    users::create(server, &actor, &"ada".parse()?, Role::Viewer).await?;
    let invited = users::invite(server, &actor, "ada").await?;
    users::accept(server, invited.invitation.reveal(), password()).await?;
    sessions::create_for_user(server, "ada", password()).await?;
    users::set_role(server, &actor, "ada", Role::Auditor).await?;
    users::disable(server, &actor, "ada").await?;
    users::enable(server, &actor, "ada").await?;
    Ok(())
}
