//! What every gate here stands before.

use anyhow::Result;
use keystile_tests::{AUDIENCE, House, ISSUER, KeyPair, Signer};
use serde_json::{Value, json};
use xtask::http::Client;
use xtask::system::{Gate, GatePolicy, Origin};

/// A house with a signer: what every gate here stands before.
pub(crate) struct Scene {
    pub(crate) house: House,
    pub(crate) signer: Signer,
    pub(crate) pair: KeyPair,
    pub(crate) client: Client,
}

impl Scene {
    pub(crate) fn set() -> Result<Self> {
        let pair = KeyPair::of_bits(2048)?;
        let house = House::adopting(&pair)?;
        let signer = Signer::start(&house.place)?;
        Ok(Self { house, signer, pair, client: Client::new() })
    }

    pub(crate) fn good(&mut self) -> Result<String> {
        self.signer.good_token(&self.pair.private_pem)
    }

    /// The policy of the example, with the server, the roots and the audience of this house.
    pub(crate) fn policy(&self) -> Result<Value> {
        let text = std::fs::read_to_string(self.house.place.root().join("examples/gate/policy.json"))?;
        let mut policy: Value = serde_json::from_str(&text)?;
        let provider = &mut policy["providers"]["main"];
        provider["issuer"] = ISSUER.into();
        provider["audience"] = AUDIENCE.into();
        let at = format!("{}/v1/issuers/main/key-set", self.house.system.admin.url());
        provider["keys"]["signed"] = json!({ "at": [at], "roots": self.house.system.admin.roots()? });
        Ok(policy)
    }

    pub(crate) fn gate(&self, name: &str, arguments: &[&str]) -> Result<Gate> {
        self.gate_under(name, GatePolicy::Given(&self.policy()?), arguments)
    }

    pub(crate) fn gate_under(&self, name: &str, policy: GatePolicy<'_>, arguments: &[&str]) -> Result<Gate> {
        let (place, folder, admin) = (&self.house.place, self.house.folder(), &self.house.system.admin);
        Gate::start(place, (name, folder), admin, policy, arguments)
    }

    pub(crate) fn origin(&self) -> &str {
        self.house.system.origin.as_ref().map(Origin::url).unwrap_or_default()
    }
}
