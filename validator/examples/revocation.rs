//! What a list of revoked tokens takes, in each form that was considered: `cargo xtask bench revocation` runs this.
//!
//! Takes the number of revoked tokens, and prints one JSON object a line.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "it measures, and nothing depends on it"
)]

use std::{collections::HashSet, env, hint::black_box, io::Write, time::Instant};

use flate2::{Compression, write::ZlibEncoder};
use keystile_validator::{EntryDigest, WrittenFilter};
use serde_json::json;
use xorf::{BinaryFuse8, BinaryFuse16, DmaSerializable, Filter};

/// How many tokens are alive for each that is revoked, where the form takes a place for every token.
const ALIVE: [usize; 2] = [10, 100];
const LOOKUPS: usize = 2_000_000;

fn main() {
    let count: usize = env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(1_000_000);
    let values: Vec<String> = (0..count).map(|number| format!("{number:032x}")).collect();
    let digests: Vec<EntryDigest> = values.iter().map(|value| EntryDigest::of(value)).collect();
    let keys: Vec<u64> = digests.iter().map(|digest| key(*digest)).collect();
    let strangers: Vec<u64> =
        (0..LOOKUPS).map(|number| key(EntryDigest::of(&format!("good-{number}")))).collect();

    let (made, written) = timed(|| WrittenFilter::new(digests.clone()).unwrap());
    let lists: usize = written.shards.iter().map(Vec::len).sum();
    say(&json!({
        "form": "filter of 16 bits and exact lists, as published", "revoked": count,
        "bytes_in_memory": written.value.len(), "bytes_beside": lists, "values": 1 + written.shards.len(),
        "seconds_to_make": made,
    }));

    let (made, filter) = timed(|| BinaryFuse8::try_from(&keys).unwrap());
    fuse("binary fuse of 8 bits (xorf)", count, made, filter.dma_fingerprints().len(), &strangers, |key| {
        filter.contains(key)
    });
    let (made, filter) = timed(|| BinaryFuse16::try_from(&keys).unwrap());
    fuse("binary fuse of 16 bits (xorf)", count, made, filter.dma_fingerprints().len(), &strangers, |key| {
        filter.contains(key)
    });

    let mut exact = digests.clone();
    exact.sort_unstable();
    let (nanoseconds, _) =
        per_lookup(&strangers, |key| exact.binary_search_by(|digest| self::key(*digest).cmp(key)).is_ok());
    say(&json!({
        "form": "all digests of 16 bytes in memory", "revoked": count,
        "bytes_in_memory": EntryDigest::BYTES * count, "nanoseconds_a_lookup": nanoseconds,
    }));
    let names: HashSet<&str> = values.iter().map(String::as_str).collect();
    let bytes = names.capacity() * (size_of::<&str>() + 1) + values.iter().map(String::len).sum::<usize>();
    say(&json!({ "form": "all names in a hash set", "revoked": count, "bytes_in_memory": bytes }));
    ALIVE.iter().for_each(|alive| status_list(count, count * alive));
}

/// The Token Status List: a bit for each token that is alive, found by an index that the token has to carry.
fn status_list(revoked: usize, alive: usize) {
    let mut bits = vec![0_u8; alive.div_ceil(8)];
    let mut marked = 0;
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    while marked < revoked {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let index = (random % alive as u64) as usize;
        let is_new = bits[index / 8] & (1 << (index % 8)) == 0;
        bits[index / 8] |= 1 << (index % 8);
        marked += usize::from(is_new);
    }
    let (made, packed) = timed(|| {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&bits).unwrap();
        encoder.finish().unwrap()
    });
    let indices: Vec<u64> =
        (0..LOOKUPS as u64).map(|number| number.wrapping_mul(2_654_435_761) % alive as u64).collect();
    let (nanoseconds, _) = per_lookup(&indices, |index| bits[*index as usize / 8] & (1 << (index % 8)) != 0);
    say(&json!({
        "form": "Token Status List, 1 bit a token, zlib", "revoked": revoked, "alive": alive,
        "bytes_published": packed.len(), "bytes_in_memory": bits.len(), "seconds_to_make": made,
        "nanoseconds_a_lookup": nanoseconds, "needs": "an index in each token",
    }));
}

fn fuse(
    form: &str,
    revoked: usize,
    made: f64,
    bytes: usize,
    strangers: &[u64],
    contains: impl Fn(&u64) -> bool,
) {
    let (nanoseconds, hits) = per_lookup(strangers, contains);
    say(&json!({
        "form": form, "revoked": revoked, "bytes_in_memory": bytes, "seconds_to_make": made,
        "nanoseconds_a_lookup": nanoseconds, "false_positives": hits, "good_tokens": strangers.len(),
    }));
}

fn key(digest: EntryDigest) -> u64 {
    u64::from_le_bytes(digest.as_bytes()[..8].try_into().unwrap())
}

fn per_lookup<T>(values: &[T], is_hit: impl Fn(&T) -> bool) -> (f64, usize) {
    let (seconds, hits) = timed(|| values.iter().filter(|value| is_hit(black_box(value))).count());
    (seconds * 1e9 / values.len() as f64, hits)
}

fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let done = work();
    (start.elapsed().as_secs_f64(), done)
}

fn say(line: &serde_json::Value) {
    println!("{line}");
}
