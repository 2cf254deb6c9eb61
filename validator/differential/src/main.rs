//! Compares the validator's answers about RS256 signatures with those of other makes, on random, mutated and special
//! inputs, and the bytes of its powers with big-integer arithmetic. `cargo xtask differential` runs it.

extern crate alloc;

mod inputs;
mod keys;
mod peers;
mod powers;
mod tally;

use std::io::{self, Write};
use std::process::ExitCode;
use std::thread;

use anyhow::{Result, anyhow};
use clap::Parser;

use inputs::Inputs;
use keys::Key;
use peers::{Answer, Peer};
use tally::Tally;

/// Inputs are judged in batches of one key, which a peer may prepare once.
const BATCH: u64 = 250;

/// As many at a time.
const SHARES: u64 = 4;

/// What to compare.
#[derive(Parser)]
struct Options {
    /// How many signatures everybody judges.
    #[arg(long, default_value_t = 20_000)]
    inputs: u64,
    /// Any number; the same one gives the same inputs.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Print the counts as one line of JSON.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<ExitCode> {
    let options = Options::parse();
    let tally = compare(options.inputs, options.seed)?;
    let shown = if options.json { tally.to_json() } else { tally.to_string() };
    writeln!(io::stdout(), "{shown}")?;
    Ok(if tally.disagreements().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Judges `count` inputs here and by every peer, in shares of their own, so that a seed gives the same inputs on every
/// machine.
fn compare(count: u64, seed: u64) -> Result<Tally> {
    let mut random = fastrand::Rng::with_seed(seed);
    let keys = keys::all(&mut random)?;
    let sources = keys.iter().map(|key| Inputs::new(key, &mut random)).collect::<Result<Vec<_>>>()?;
    let (keys, sources) = (&keys, &sources);
    thread::scope(|scope| {
        let shares: Vec<_> = (0..SHARES)
            .map(|share| {
                let random = random.fork();
                let count = count / SHARES + u64::from(share < count % SHARES);
                scope.spawn(move || compare_share(keys, sources, count, random))
            })
            .collect();
        shares.into_iter().try_fold(Tally::default(), |sum, share| {
            let tally = share.join().map_err(|_| anyhow!("a share of the inputs ended in a panic"))??;
            Ok(sum.with(tally))
        })
    })
}

fn compare_share(keys: &[Key], sources: &[Inputs], count: u64, mut random: fastrand::Rng) -> Result<Tally> {
    let mut peers = peers::all()?;
    let mut tally = Tally::default();
    let mut left = count;
    while left > 0 {
        let at = keys::choose(keys, &mut random);
        let (Some(key), Some(source)) = (keys.get(at), sources.get(at)) else { continue };
        let size = BATCH.min(left);
        judge(key, source, size, &mut peers, &mut random, &mut tally)?;
        left -= size;
    }
    Ok(tally)
}

fn judge(
    key: &Key,
    source: &Inputs,
    size: u64,
    peers: &mut [Box<dyn Peer>],
    random: &mut fastrand::Rng,
    tally: &mut Tally,
) -> Result<()> {
    let batch: Vec<_> = (0..size).map(|_| source.next(random)).collect();
    let ours: Vec<_> = batch
        .iter()
        .map(|input| match key.public.verify(&input.message, &input.signature) {
            Ok(()) => Answer::Accepted,
            Err(_) => Answer::Refused,
        })
        .collect();
    for (input, answer) in batch.iter().zip(&ours) {
        tally.judged(input.kind, *answer);
        powers::compare(key, &input.signature, tally);
    }
    for peer in peers {
        let theirs = peer.judge(key, &batch)?;
        for ((input, our), their) in batch.iter().zip(&ours).zip(&theirs) {
            tally.compared(peer.name(), key, input, *our, *their);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_make_gives_the_same_answers() {
        let tally = compare(2_000, 1).unwrap();
        assert_eq!(tally.disagreements(), [""; 0]);
        assert!(tally.accepted() > 100 && tally.refused() > 100);
    }
}
