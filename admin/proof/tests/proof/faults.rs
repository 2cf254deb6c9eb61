//! The server under load and faults, in small; `cargo xtask faults` kills it as often as one likes.

use keystile_proof::faults::{Plan, disk_faults, kill_under_load, may_mount};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_under_load_loses_nothing_does_nothing_twice_and_never_publishes_backwards() {
    let plan = Plan { kills: 6, seed: 7, asks_again: false };
    let figures = kill_under_load(plan).await.unwrap();
    println!("{:#}", figures.to_json());
    assert_eq!(figures.kills, 6);
    for what in ["api_token", "key", "revocation", "token"] {
        assert!(figures.answered.contains_key(what), "nobody was answered for `{what}`");
    }
    assert!(figures.unanswered > 0, "no kill met a request");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_or_breaks_loses_nothing_and_everybody_is_told() {
    if !may_mount() {
        println!("not tried: only an administrator may mount the disks that this takes");
        return;
    }
    let figures = disk_faults(7).await.unwrap();
    println!("{:#}", figures.to_json());
    assert!(figures.full.answered.contains_key("api_token"));
    assert!(figures.read_only.answered.contains_key("api_token"));
}
