use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use serde_json::{Value, json};

use super::house::Door;
use super::ledger::Ledger;

/// More than the machine has cores, so that requests meet.
const CLIENTS: u64 = 4;
const GLANCE: Duration = Duration::from_millis(20);

/// Clients that ask for one thing after the other, whether the server is there or not.
pub(super) struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Result<Ledger>>>,
}

impl Load {
    pub(super) fn begin(door: &Door, seed: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let begin = |number| {
            let (stop, door) = (Arc::clone(&stop), door.clone());
            let mut client = Client {
                dice: fastrand::Rng::with_seed(seed.wrapping_mul(CLIENTS).wrapping_add(number)),
                name: format!("client-{number}"),
                wishes: 0,
                ledger: Ledger::default(),
                door,
            };
            thread::spawn(move || {
                while !stop.load(Ordering::SeqCst) {
                    client.ask()?;
                }
                Ok(client.ledger)
            })
        };
        let clients = (0..CLIENTS).map(begin).collect();
        Self { stop, clients }
    }

    /// Lets everybody finish what is begun, and puts together what they were answered.
    pub(super) fn end(self) -> Result<Ledger> {
        self.stop.store(true, Ordering::SeqCst);
        let mut ledger = Ledger::default();
        for client in self.clients {
            ledger.add(client.join().map_err(|_| anyhow!("a client broke down"))??);
        }
        Ok(ledger)
    }
}

struct Client {
    door: Door,
    name: String,
    wishes: u64,
    dice: fastrand::Rng,
    ledger: Ledger,
}

impl Client {
    fn ask(&mut self) -> Result<()> {
        let outcome = match self.dice.u8(0..20) {
            0 => self.emergency(),
            1..=3 => self.key_that_goes_again(),
            4..=11 => self.api_token(),
            _ => self.token(),
        };
        match outcome {
            Ok(true) => Ok(()),
            Ok(false) => {
                self.ledger.unanswered += 1;
                self.wait_for_the_server();
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Asks for something, and says whether there was an answer.
    fn order(&mut self, what: &'static str, path: &str, body: &Value) -> Result<Option<Value>> {
        self.wishes += 1;
        let key = format!("{}-{}", self.name, self.wishes);
        let Ok(answer) = self.door.order(path, &key, body) else { return Ok(None) };
        let succeeded = self.ledger.note(what, &answer)?;
        Ok(Some(if succeeded { answer.json()? } else { Value::Null }))
    }

    fn token(&mut self) -> Result<bool> {
        let body = json!({ "subject": self.name });
        Ok(self.order("token", "/v1/issuers/main/tokens", &body)?.is_some())
    }

    fn api_token(&mut self) -> Result<bool> {
        self.wishes += 1;
        let label = format!("{}-{}", self.name, self.wishes);
        let Ok(answer) = self.door.wish(&label) else {
            self.ledger.unknown.push(label);
            return Ok(false);
        };
        if self.ledger.note("api_token", &answer)? {
            self.ledger.tokens.push(label);
        }
        Ok(true)
    }

    fn key_that_goes_again(&mut self) -> Result<bool> {
        let Some(key) = self.order("key", "/v1/issuers/main/keys", &json!({}))? else { return Ok(false) };
        let Some(kid) = key.get("kid").and_then(Value::as_str) else { return Ok(true) };
        let path = format!("/v1/issuers/main/keys/{kid}/revoke");
        Ok(self.order("revocation", &path, &json!({ "reason": "one key less" }))?.is_some())
    }

    fn emergency(&mut self) -> Result<bool> {
        let Ok(status) = self.door.get("/v1/status") else { return Ok(false) };
        let active = status.pointer("/issuers/0/active_kid").and_then(Value::as_str);
        let confirm = active.and_then(|kid| kid.get(..8)).context("no key is active")?;
        let body = json!({ "reason": "a drill", "confirm": confirm });
        Ok(self.order("emergency", "/v1/issuers/main/emergency", &body)?.is_some())
    }

    fn wait_for_the_server(&self) {
        let ready = format!("{}/readyz", self.door.url);
        for _ in 0..500 {
            if self.door.client.get(&ready, None).is_ok_and(|answer| answer.status == 200) {
                return;
            }
            thread::sleep(GLANCE);
        }
    }
}
