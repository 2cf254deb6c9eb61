use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;
use xtask::http::{Answer, Client};
use xtask::place::Place;
use xtask::system::{Behind, Environment, Folder, PhoneManager, Session, any_free_port, wait_until};

use crate::{AUDIENCE, House, ISSUER, KeyPair};

/// Who signs in.
pub const EMAIL: &str = "test@example.com";
/// And with what.
pub const PASSWORD: &str = "testpass";

/// Where the backend says who a token speaks for.
const ME: &str = "/api/v1/users/me";

/// The company of the procedure: its backend, which has signed with a key pair in its environment so far, and the
/// Keystile that it has moved in with. Dropping it ends all of it.
#[derive(Debug)]
pub struct Company {
    /// Keystile, in front of the backend.
    pub house: House,
    /// The backend.
    pub backend: PhoneManager,
    /// The key pair from before.
    pub pair: KeyPair,
    /// What the backend is deployed with besides its keys.
    common: Environment,
    client: Client,
    // Last, so that the folder is removed when nobody writes to it any more.
    folder: TempDir,
}

/// Somebody who has signed in, and goes on as applications do: with new tokens for the old refresh token.
#[derive(Clone, Debug)]
pub struct Device {
    /// Its tokens.
    pub session: Session,
}

impl Company {
    /// The company before Keystile has turned a key: users hold tokens without `kid`, and the edge lets them pass.
    pub fn that_has_signed_so_far(settings: &[(&str, &str)]) -> Result<(Self, Vec<Device>)> {
        let (place, folder, pair) = (Place::find()?, TempDir::new()?, KeyPair::of_bits(2048)?);
        let mut backend = PhoneManager::on(&place, &Folder::new(folder.path())?, any_free_port()?);
        let theirs = |(name, _): &&(&str, &str)| name.starts_with("PM__");
        let lifetimes = settings.iter().filter(theirs).copied();
        let common =
            [("PM__JWT__ISSUER", ISSUER), ("PM__JWT__AUDIENCE", AUDIENCE)].into_iter().chain(lifetimes);
        let common: Environment = common.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let before = [pair_variables(&pair), common.clone()].concat();
        backend.add_user(&before, EMAIL, PASSWORD)?;
        backend.deploy(&before)?;
        let behind = Behind::At(backend.url());
        let house = House::adopting_for(&pair, behind, settings, &[("ALLOW_MISSING_KID", "true")])?;
        // The backend has not heard of Keystile: whoever signs in now holds what everybody held so far.
        let signed_in = |_| backend.sign_in(EMAIL, PASSWORD).map(|session| Device { session });
        let devices = (0..3).map(signed_in).collect::<Result<Vec<_>>>()?;
        Ok((Self { house, backend, pair, common, client: Client::new(), folder }, devices))
    }

    /// Deploys the backend with what `keystile env` hands over.
    pub fn deploy_the_key_that_signs(&mut self) -> Result<()> {
        let environment = self.with_common(self.house.system.admin.hand_off("PM")?);
        self.backend.deploy(&environment)
    }

    /// Deploys the backend with the key pair from before; it also reads what is published.
    pub fn deploy_the_old_key(&mut self) -> Result<()> {
        let environment = self.with_common(pair_variables(&self.pair));
        self.backend.deploy(&environment)
    }

    /// Deploys the backend under `keystile agent`, which gives it the key that signs, from now on.
    pub fn deploy_under_the_agent(&mut self) -> Result<()> {
        let agent = self.house.system.admin.command(["agent", "--prefix", "PM", "--grace", "10", "--"]);
        let environment = self.with_common(Vec::new());
        self.backend.deploy_under(agent, &environment)
    }

    /// The procedure's `TRUNCATE TABLE user_sessions`.
    pub fn truncate_user_sessions(&self) -> Result<()> {
        self.backend.end_all_sessions(&self.with_common(pair_variables(&self.pair)))
    }

    /// Signs in with a new device.
    pub fn sign_in(&self) -> Result<Device> {
        Ok(Device { session: self.backend.sign_in(EMAIL, PASSWORD)? })
    }

    /// What the edge answers to the question who this device's user is.
    pub fn me(&self, device: &Device) -> Result<Answer> {
        let url = format!("{}{ME}", self.house.system.edge.url());
        self.client.get(&url, Some(&device.session.access_token))
    }

    /// Fails unless every one of these devices is signed in.
    pub fn all_are_in(&self, devices: &[Device]) -> Result<()> {
        for device in devices {
            let me = self.me(device)?.success().context("a signed-in user was refused")?;
            ensure!(me["email"] == EMAIL, "somebody else: {me}");
        }
        Ok(())
    }

    /// Fails unless none of these devices gets past the edge, nor gets new tokens.
    pub fn all_are_out(&self, devices: &[Device]) -> Result<()> {
        for device in devices {
            ensure!(self.me(device)?.status == 401, "somebody is still signed in");
            ensure!(self.backend.refresh(&device.session)?.status == 401, "somebody got new tokens");
        }
        Ok(())
    }

    /// Has every device ask for new tokens with the refresh token that it holds.
    pub fn all_refresh(&self, devices: &mut [Device]) -> Result<()> {
        for device in devices {
            let renewed = self.backend.refresh(&device.session)?.success();
            device.session = Session::of(&renewed.context("a refresh token was refused")?)?;
        }
        Ok(())
    }

    /// Turns the key and waits until the new one signs.
    pub fn rotate(&mut self, reason: &str) -> Result<String> {
        let started = self.house.system.admin.ask(["rotate", "--reason", reason])?;
        let new_kid = started["rotation"]["new_kid"].as_str().context("no new kid")?.to_owned();
        self.wait_until_it_signs(&new_kid)?;
        Ok(new_kid)
    }

    /// Waits until this key signs; the edge is visited meanwhile, as it always is.
    pub fn wait_until_it_signs(&mut self, kid: &str) -> Result<()> {
        wait_until("the new key to sign", || {
            self.house.system.edge.visit(&self.client)?;
            Ok(self.house.system.admin.active_kid(&self.client)? == kid)
        })
    }

    /// The issuer, in the server's status.
    pub fn status(&self) -> Result<Value> {
        Ok(self.house.admin("/v1/status")?["issuers"][0].clone())
    }

    /// Runs OpenSSL on this PEM text.
    pub fn openssl(&self, arguments: &[&str], pem: &str) -> Result<Output> {
        let file = self.folder.path().join("key.pem");
        fs::write(&file, pem)?;
        Ok(Command::new("openssl").args(arguments).arg("-in").arg(file).output()?)
    }

    /// Whether this text stands anywhere in what the server keeps.
    pub fn keeps(&self, text: &str) -> Result<bool> {
        let data = self.house.system.admin.environment().iter().find(|(name, _)| name == "KEYSTILE__DATA");
        contains(Path::new(&data.context("no data folder")?.1), text.as_bytes())
    }

    fn with_common(&self, keys: Environment) -> Environment {
        let published = format!("{}/.well-known/jwks.json", self.house.system.admin.url());
        [keys, self.common.clone(), vec![("PM__JWT__JWKS_URL".to_owned(), published)]].concat()
    }
}

fn pair_variables(pair: &KeyPair) -> Environment {
    vec![
        ("PM__JWT__PRIVATE_KEY".to_owned(), pair.private_pem.clone()),
        ("PM__JWT__PUBLIC_KEY".to_owned(), pair.public_pem.clone()),
    ]
}

/// Whether a file of the folder itself contains these bytes; what `cargo xtask up` keeps below it is not the server's.
fn contains(folder: &Path, bytes: &[u8]) -> Result<bool> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() && fs::read(&path)?.windows(bytes.len()).any(|window| window == bytes) {
            return Ok(true);
        }
    }
    Ok(false)
}
