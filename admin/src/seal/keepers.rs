//! OpenBao and AWS KMS, which wrap a master key and open it again. They are asked at the start and at a re-wrapping, and never
//! for a signature: a keeper that is away for a while stops nobody.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use serde::de::DeserializeOwned;

use super::kms::Kms;
use super::origin::{Keeper, MasterKeyOrigins};
use super::transit::Transit;
use super::{MasterKey, SealError, WrappedMasterKey};
use crate::domain::Timestamp;
use crate::managers::{AccessKey, Answer, AwsService, Credentials, ManagerError, OpenBaoServer};
use crate::outbound::{Destination, NotAdmitted, Outbound};

/// A wrapped master key has some 100 characters in OpenBao and 250 in KMS. It stands in the database.
const LONGEST_WRAPPED: usize = 4096;

/// How keepers are asked.
pub(super) struct Keepers {
    pub(super) outbound: Outbound,
    pub(super) credentials: Credentials,
    pub(super) context: String,
    pub(super) kms_endpoint: Option<String>,
}

/// To what a keeper binds a wrapped master key: it opens it for no other installation, and as no other key.
pub(super) struct Binding<'a> {
    pub(super) context: &'a str,
    pub(super) fingerprint: &'a str,
}

/// A keeper that is about to be asked.
enum Asked<'a> {
    Transit(Transit<'a>),
    Kms(Kms<'a>),
}

impl Keepers {
    /// Returns `Ok` only if each of them could be asked without anything travelling in clear. Asks none.
    pub(super) fn check(&self, origins: &MasterKeyOrigins) -> Result<(), SealError> {
        let check =
            |keeper| self.destination(keeper).map(drop).map_err(|cause| refused(keeper, cause.into()));
        origins.keepers().try_for_each(check)
    }

    /// Has a new master key wrapped, and opened again: what cannot be opened must seal nothing.
    pub(super) async fn wrap(
        &self,
        keeper: &Keeper,
        key: &MasterKey,
        now: Timestamp,
    ) -> Result<WrappedMasterKey, SealError> {
        let fingerprint = key.fingerprint();
        let text =
            self.wrapped(keeper, key, &fingerprint, now).await.map_err(|cause| refused(keeper, cause))?;
        let wrapped = WrappedMasterKey { text, by: keeper.to_string() };
        let opened = self.open(keeper, &wrapped, &fingerprint, now).await?;
        verify_slices_are_equal(opened.to_text().reveal().as_bytes(), key.to_text().reveal().as_bytes())
            .map_err(|_| SealError::DoesNotOpen)?;
        Ok(wrapped)
    }

    /// Has a master key opened. It is believed for its fingerprint, and not for who sent it.
    pub(super) async fn open(
        &self,
        keeper: &Keeper,
        wrapped: &WrappedMasterKey,
        fingerprint: &str,
        now: Timestamp,
    ) -> Result<MasterKey, SealError> {
        let binding = Binding { context: &self.context, fingerprint };
        let opened = async {
            match self.ask(keeper, now)? {
                Asked::Transit(transit) => transit.decrypt(&wrapped.text, &binding).await,
                Asked::Kms(kms) => kms.decrypt(&wrapped.text, &binding).await,
            }
        };
        let key = MasterKey::from_base64(&opened.await.map_err(|cause| refused(keeper, cause))?)?;
        match key.fingerprint() {
            found if found == fingerprint => Ok(key),
            found => Err(SealError::AnotherMasterKey { expected: fingerprint.to_owned(), found }),
        }
    }

    async fn wrapped(
        &self,
        keeper: &Keeper,
        key: &MasterKey,
        fingerprint: &str,
        now: Timestamp,
    ) -> Result<String, ManagerError> {
        let (binding, key) = (Binding { context: &self.context, fingerprint }, key.to_text());
        let text = match self.ask(keeper, now)? {
            Asked::Transit(transit) => transit.encrypt(&key, &binding).await?,
            Asked::Kms(kms) => kms.encrypt(&key, &binding).await?,
        };
        let is_one =
            (1..=LONGEST_WRAPPED).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        let detail = format!("a wrapped key is a text of {LONGEST_WRAPPED} characters at most");
        if is_one { Ok(text) } else { Err(ManagerError::Unreadable { detail }) }
    }

    fn ask<'a>(&'a self, keeper: &'a Keeper, now: Timestamp) -> Result<Asked<'a>, ManagerError> {
        let (outbound, address, name) = (&self.outbound, self.destination(keeper)?, keeper.credential());
        let credential = self.credentials.of_master_key(name)?;
        Ok(match keeper {
            Keeper::Transit(key) => {
                let server = OpenBaoServer { outbound, address, namespace: None, token: credential };
                Asked::Transit(Transit { server, key })
            }
            Keeper::Kms(key) => {
                let name = format!("{}{name}", Credentials::OF_MASTER_KEY);
                let access_key = AccessKey::read(&credential, &name)?;
                let (region, name, target) = (key.region.as_str(), "kms", "TrentService");
                let service =
                    AwsService { outbound, endpoint: address, region, name, target, access_key, now };
                Asked::Kms(Kms { service, key })
            }
        })
    }

    fn destination(&self, keeper: &Keeper) -> Result<Destination, NotAdmitted> {
        self.outbound.admit_for_operator(&keeper.address(self.kms_endpoint.as_deref()))
    }
}

/// What a keeper has answered, whose body may be a master key: nothing of it stands in an error.
pub(super) fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, ManagerError> {
    let unreadable = |_| ManagerError::Unreadable { detail: "it is no answer of its kind".to_owned() };
    serde_json::from_slice(&answer.body).map_err(unreadable)
}

fn refused(keeper: &Keeper, cause: ManagerError) -> SealError {
    SealError::Keeper { keeper: keeper.to_string(), cause }
}
