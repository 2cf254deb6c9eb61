use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use anyhow::{Result, anyhow, ensure};
use xtask::http::Client;
use xtask::system::wait_until;

/// What makes a count of requests worth something: so many with each token.
const ENOUGH: u64 = 50;

/// Clients that send good tokens without a pause, all of them in turn.
#[derive(Debug)]
pub struct Traffic {
    url: String,
    tally: Arc<Mutex<Tally>>,
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Tally {
    tokens: Vec<String>,
    /// How many requests reached the origin, by the number of the token.
    accepted: Vec<u64>,
    /// How many did not, by what came instead.
    refused: BTreeMap<String, u64>,
}

impl Traffic {
    /// Starts two clients, with nothing to send yet.
    pub fn start(edge: &str) -> Self {
        let mut traffic = Self {
            url: format!("{edge}/traffic"),
            tally: Arc::default(),
            stop: Arc::default(),
            clients: Vec::new(),
        };
        for _ in 0..2 {
            let (url, tally, stop) =
                (traffic.url.clone(), Arc::clone(&traffic.tally), Arc::clone(&traffic.stop));
            traffic.clients.push(thread::spawn(move || send_until(&stop, &url, &tally)));
        }
        traffic
    }

    /// From now on this token is sent too.
    pub fn add(&self, token: String) {
        let mut tally = lock(&self.tally);
        tally.tokens.push(token);
        tally.accepted.push(0);
    }

    /// Goes on until every token was sent often enough, then ends. Returns the number of requests, and fails when one
    /// of them was refused.
    pub fn finish(self) -> Result<u64> {
        wait_until("enough traffic", || {
            let tally = lock(&self.tally);
            Ok(!tally.refused.is_empty() || tally.accepted.iter().all(|sent| *sent >= ENOUGH))
        })?;
        self.stop.store(true, Ordering::SeqCst);
        for client in self.clients {
            client.join().map_err(|_| anyhow!("a client panicked"))?;
        }
        let tally = lock(&self.tally);
        ensure!(tally.refused.is_empty(), "good tokens were refused: {:?}", tally.refused);
        Ok(tally.accepted.iter().sum())
    }
}

fn send_until(stop: &AtomicBool, url: &str, tally: &Mutex<Tally>) {
    let client = Client::new();
    while !stop.load(Ordering::SeqCst) {
        let round = lock(tally).tokens.clone();
        for (number, token) in round.iter().enumerate() {
            let refusal = match client.get(url, Some(token)) {
                Ok(answer) if answer.status == 200 => None,
                Ok(answer) => Some(answer.body),
                Err(error) => Some(format!("{error:#}")),
            };
            let mut tally = lock(tally);
            match refusal {
                None => tally.accepted[number] += 1,
                Some(what) => *tally.refused.entry(what).or_default() += 1,
            }
        }
    }
}

fn lock(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}
