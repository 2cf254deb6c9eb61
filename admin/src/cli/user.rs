//! `keystile user …`

use std::io::{self, BufRead, Read};

use clap::{Args, Subcommand};
use serde_json::json;
use zeroize::Zeroizing;

use super::consent::Consent;
use super::context::{Context, Opened};
use super::failure::Failure;
use super::output::table;
use super::passkeys::Passkeys;
use super::span::moment;
use crate::domain::{Role, SecretText, Timestamp, UserName};
use crate::operations::approvals::{Credential, Deed};
use crate::operations::users::{self, Invited, UserView};

/// Longer than any password: a larger input is not one.
const LIMIT: u64 = 4096;

#[derive(Subcommand)]
pub(super) enum User {
    /// Make a user, and print the invitation with which they choose a password
    #[command(after_help = "Example:\n  keystile user create ada --role operator")]
    Create(Create),
    /// Every user, those who were shut out included
    #[command(after_help = "Example:\n  keystile user list")]
    List,
    /// Invite a user again: their password, their passkeys and their sessions end at once
    #[command(after_help = "Example:\n  keystile user invite ada")]
    Invite(Named),
    /// Set a user's password, which is read from standard input; their sessions end
    #[command(after_help = "Example:\n  keystile user password ada < password.txt")]
    Password(Named),
    /// Give a user another role; their sessions end
    #[command(after_help = "Example:\n  keystile user role ada --role viewer")]
    Role(Create),
    /// Shut a user out, and end their sessions at once
    #[command(after_help = "Example:\n  keystile user disable ada")]
    Disable {
        /// What they sign in by
        name: UserName,
    },
    /// Let a user in again
    #[command(after_help = "Example:\n  keystile user enable ada")]
    Enable(Named),
    /// A user's passkeys
    #[command(
        after_help = "Examples:\n  keystile user passkeys ada\n  keystile user passkeys ada remove 5f0c1d9e22ab4c70"
    )]
    Passkeys(Passkeys),
}

#[derive(Args)]
pub(super) struct Create {
    /// What they sign in by: lower-case letters, digits, `.`, `-` and `_`
    name: UserName,
    /// viewer, operator, admin or auditor
    #[arg(long)]
    role: Role,
    #[command(flatten)]
    consent: Consent,
}

#[derive(Args)]
pub(super) struct Named {
    /// What they sign in by
    name: UserName,
    #[command(flatten)]
    consent: Consent,
}

impl User {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let mut opened = context.open().await?;
        match self {
            Self::List => list(&opened).await,
            Self::Create(Create { name, role, consent }) => {
                if !settle(&mut opened, consent, &name, Some(role)).await? {
                    return Ok(());
                }
                let Opened { keystile, actor, .. } = &opened;
                invited(&opened, &users::create(keystile, actor, &name, role).await?)
            }
            Self::Invite(Named { name, consent }) => {
                if !settle(&mut opened, consent, &name, None).await? {
                    return Ok(());
                }
                let Opened { keystile, actor, .. } = &opened;
                invited(&opened, &users::invite(keystile, actor, name.as_str()).await?)
            }
            Self::Password(Named { name, consent }) => {
                if !settle(&mut opened, consent, &name, None).await? {
                    return Ok(());
                }
                let password = from_standard_input()?;
                let Opened { keystile, actor, .. } = &opened;
                tell(
                    &opened,
                    &users::set_password(keystile, actor, name.as_str(), password).await?,
                    "has a new password",
                )
            }
            Self::Role(Create { name, role, consent }) => {
                if !settle(&mut opened, consent, &name, Some(role)).await? {
                    return Ok(());
                }
                let Opened { keystile, actor, .. } = &opened;
                tell(
                    &opened,
                    &users::set_role(keystile, actor, name.as_str(), role).await?,
                    "has another role",
                )
            }
            Self::Disable { name } => {
                let Opened { keystile, actor, .. } = &opened;
                tell(&opened, &users::disable(keystile, actor, name.as_str()).await?, "is shut out")
            }
            Self::Enable(Named { name, consent }) => {
                if !settle(&mut opened, consent, &name, None).await? {
                    return Ok(());
                }
                let Opened { keystile, actor, .. } = &opened;
                tell(&opened, &users::enable(keystile, actor, name.as_str()).await?, "is let in again")
            }
            Self::Passkeys(passkeys) => passkeys.run(opened).await,
        }
    }
}

/// The role is that of the user, unless another one is to be given.
pub(super) async fn settle(
    opened: &mut Opened,
    consent: Consent,
    name: &UserName,
    role: Option<Role>,
) -> Result<bool, Failure> {
    let known = users::list(&opened.keystile, &opened.actor).await?;
    let has = known.iter().find(|it| it.name == *name).map(|it| it.role);
    let role = role.or(has).unwrap_or(Role::Viewer);
    let deed = Deed::GrantAccess { by: Credential::User, to: name.to_string(), role };
    consent.settle(opened, deed).await
}

/// One line, so that a file and a pipe may end it as they do. A password is never an argument: others would see it.
fn from_standard_input() -> Result<SecretText, Failure> {
    let mut line = Zeroizing::new(String::new());
    io::BufReader::new(io::stdin().lock().take(LIMIT)).read_line(&mut line)?;
    Ok(SecretText::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}

fn invited(opened: &Opened, invited: &Invited) -> Result<(), Failure> {
    let mut value = json!(invited.view);
    if let Some(object) = value.as_object_mut() {
        object.insert("invitation".to_owned(), invited.invitation.reveal().into());
    }
    opened.output.answer(&value, || {
        format!(
            "{}\n\nShown this once. {} chooses a password with it on the console's sign-in, within three days; role {}.",
            invited.invitation.reveal(),
            invited.view.name,
            invited.view.role,
        )
    })
}

fn tell(opened: &Opened, view: &UserView, what: &str) -> Result<(), Failure> {
    opened.output.answer(view, || format!("{} {what}; role {}", view.name, view.role))
}

async fn list(opened: &Opened) -> Result<(), Failure> {
    let all = users::list(&opened.keystile, &opened.actor).await?;
    let now = opened.keystile.now();
    opened.output.answer(&json!({ "users": all }), || users_table(&all, now))
}

/// Users as a table.
pub(super) fn users_table(users: &[UserView], now: Timestamp) -> String {
    let rows: Vec<_> = users.iter().map(|user| row(user, now)).collect();
    table(["user", "role", "signs in", "last signed in", "passkeys", "state"], &rows)
}

fn row(user: &UserView, now: Timestamp) -> [String; 6] {
    let signed_in = user.last_signed_in_at.map_or_else(|| "never".to_owned(), |at| moment(at, now));
    let state = match (user.disabled_at, user.invited_until, user.password_set_at) {
        (Some(at), _, _) => format!("shut out {at}"),
        (None, Some(at), _) => format!("invited until {at}"),
        (None, None, None) if user.provider.is_none() => "has no password: `keystile user invite`".to_owned(),
        (None, None, _) => "may sign in".to_owned(),
    };
    let from = user.provider.as_ref().map_or("here", |provider| &provider.issuer).to_owned();
    [user.name.to_string(), user.role.to_string(), from, signed_in, user.passkeys.to_string(), state]
}
