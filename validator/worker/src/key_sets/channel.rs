//! The emergency channel beside the store: what it has is taken like anything that was read.

use std::rc::Rc;

use keystile_gateway::{CHANNEL_DEADLINE, Plan};
use keystile_validator::{KeySetCode, KeySetError};
use worker::{Context, Delay, console_error};

use super::{KeySets, POLL};
use crate::{clock, deadline::within};

/// Why a document does not go into the emergency channel.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Undelivered {
    /// None is bound.
    #[error("no emergency channel is bound; bind `EMERGENCY_CHANNEL` in wrangler.toml")]
    NoChannel,
    /// It is not to be believed, or older than what is there.
    #[error(transparent)]
    Refused(#[from] KeySetError),
    /// The channel failed.
    #[error("the emergency channel failed; try again")]
    Failed,
}

impl KeySets {
    /// Takes a document that the admin server brings, and gives it to every isolate.
    pub(crate) async fn deliver(&self, document: String) -> Result<(), Undelivered> {
        let channel = self.channel.as_ref().ok_or(Undelivered::NoChannel)?;
        let version = self.keyring().vet(&document, clock::now())?;
        let failed = |error| {
            console_error!("writing to the emergency channel: {error}");
            Undelivered::Failed
        };
        if !channel.write(version, &document).await.map_err(failed)? {
            return Err(Undelivered::Refused(KeySetCode::DocumentVersionRollback.into()));
        }
        if let Err(error) = self.complete(Some(self.take(document))).await {
            console_error!("the key set for the emergency channel: {error}");
        }
        Ok(())
    }

    /// Reads the channel in the background, or before a token is judged if it was not read for too long.
    pub(super) async fn follow_channel(self: &Rc<Self>, context: &Context) {
        let Some(channel) = &self.channel else { return };
        match channel.plan(clock::now()) {
            Plan::Judge => {}
            Plan::JudgeAndRead => {
                let key_sets = Rc::clone(self);
                context.wait_until(async move { key_sets.read_channel().await });
            }
            Plan::ReadFirst => self.read_channel().await,
            Plan::WaitFirst => {
                while channel.is_being_read(clock::now()) {
                    Delay::from(POLL).await;
                }
            }
        }
    }

    /// Takes what the channel has, if it is newer than ours. Whatever fails here, the store is followed anyhow.
    async fn read_channel(&self) {
        let Some(channel) = &self.channel else { return };
        let version = self.keyring().version().unwrap_or(0);
        let read = within(CHANNEL_DEADLINE, channel.read(version)).await;
        let taken = match &read {
            Some(Ok(Some(document))) => self.complete(Some(self.take(document.clone()))).await,
            _ => Ok(()),
        };
        channel.end_read(matches!(read, Some(Ok(_))), clock::now());
        match (read, taken) {
            (Some(Ok(_)), Ok(())) => {}
            (Some(Ok(_)), Err(error)) => console_error!("the key set in the emergency channel: {error}"),
            (Some(Err(error)), _) => console_error!("the emergency channel: {error}"),
            (None, _) => console_error!("the emergency channel takes too long"),
        }
    }
}
